"""Real guests: how long they take to boot and to be moved, how long the application stands meanwhile, what they hold."""

import secrets
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight
from devcloud.memory import resident_mib
from devcloud.records import CloudOptions, Hypervisor
from tests.acceptance.clouds import Cloud
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite, await_that
from tests.acceptance.guests.watch import Watch
from tests.acceptance.shell import Shell
from tests.benchmarks.bench import Bench
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement

NAME = "guests"

_MIB: Final = 1024**2 / 1000**2


def measure(bench: Bench) -> Measurement:
    """Boot the reference application, and move one of its servers live and the other cold."""
    if problems := preflight.problems():
        raise BenchmarkFailed(f"real guests cannot run here: {'; '.join(map(str, problems))}")
    with running(("city",), options=CloudOptions(hypervisor=Hypervisor.QEMU)) as clouds:
        site = _site(clouds, bench.scratch / "guests")
        applied = _seconds(site.apply)
        booted = _seconds(lambda: [site.goes_on(each, after=0) for each in ADDRESSES])
        memory = [resident_mib(pid) * _MIB for pid in _emulators(site)]
        with Watch(site, "web-1") as live_watch:
            live = _seconds(lambda: _move_live(site))
            site.goes_on("web-1", site.last_line("web-1"))
        with Watch(site, "web-2") as cold_watch:
            cold = _seconds(lambda: _move_cold(site))
            site.goes_on("web-2", site.last_line("web-2"))
        faults = [fault for each in ADDRESSES if (fault := site.written(each).fault)]
    if faults:
        raise BenchmarkFailed(f"lines of the writers are not whole: {faults[0]}")
    return Measurement(
        name=NAME,
        title="Real guests: an application of two servers, each with a volume and a writer",
        figures=(
            Figure(name="apply, both servers ACTIVE", value=applied, unit="s"),
            Figure(name="from there until both pages answer", value=booted, unit="s"),
            Figure(name="memory of a guest with 192 MiB", value=max(memory), unit="MB"),
            Figure(name="live migration", value=live, unit="s"),
            Figure(name="longest pause of the writer during it", value=live_watch.gap, unit="s"),
            Figure(name="cold migration, confirmed", value=cold, unit="s"),
            Figure(name="longest pause of the writer during it (a boot)", value=cold_watch.gap, unit="s"),
        ),
        notes=(
            (
                "The guests are emulated (QEMU without KVM). The writer appends a line every 100 ms; its pauses are seen from "
                "outside, for a guest's clock stands still while it is moved. No line was missing, doubled or damaged."
            ),
        ),
    )


def _site(clouds: Devcloud, folder: Path) -> ReferenceSite:
    folder.mkdir(parents=True)
    key = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    shell = Shell(folder=folder, clouds_yaml=clouds.clouds_yaml)
    name = f"t{secrets.token_hex(4)}"
    made = ReferenceSite(name=name, tenantry=shell, guests=clouds, city=Cloud.of(clouds, "city"), key=key)
    made.ask()
    return made


def _move_live(site: ReferenceSite) -> None:
    before = site.host("web-1")
    site.act("web-1", **{"os-migrateLive": {"host": None, "block_migration": "auto"}})
    await_that(lambda: site.is_settled("web-1") and site.host("web-1") != before)


def _move_cold(site: ReferenceSite) -> None:
    site.act("web-2", migrate=None)
    await_that(lambda: site.is_settled("web-2", "VERIFY_RESIZE"))
    site.act("web-2", confirmResize=None)
    await_that(lambda: site.is_settled("web-2"))


def _emulators(site: ReferenceSite) -> list[int]:
    """The processes that are the application's guests."""
    servers = [each["id"].encode() for each in site.city.servers(site.project_id)]
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes()
        except OSError:  # it has just ended
            continue
        if command.startswith(b"/usr/bin/qemu") and any(each in command for each in servers):
            found.append(int(process.parent.name))
    return found


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began
