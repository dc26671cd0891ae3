"""Real guests end with their devcloud, however it ends; and where they cannot run, they are refused with the reason."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devcloud import guestseed
from devcloud.errors import DevcloudError
from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight, ready
from devcloud.guests.cell import NETWORKS
from devcloud.layout import PACKAGE
from devcloud.records import NOVA, CloudOptions, Hypervisor

pytestmark = pytest.mark.timeout(900)


def require_real_guests() -> None:
    """Skip the test, with the reason, where real guests cannot run."""
    problems = preflight.problems()
    if problems:
        pytest.skip(f"real guests cannot run here: {'; '.join(map(str, problems))}")


@pytest.fixture
def devcloud(tmp_path: Path) -> Iterator[Devcloud]:
    """A cloud `city` of the test's own, whose guests are real machines."""
    require_real_guests()
    with running(("city",), state=tmp_path, options=CloudOptions(hypervisor=Hypervisor.QEMU)) as clouds:
        yield clouds


@pytest.fixture
def server_request(city: Any, network: str) -> dict[str, Any]:
    """What to ask Nova for a guest."""
    flavors = {one["name"]: one["id"] for one in city.get("compute", "/flavors")["flavors"]}
    images = {one["name"]: one["id"] for one in city.get("image", "/v2/images")["images"]}
    chosen = {"flavorRef": flavors[guestseed.LIVE.flavor], "imageRef": images[guestseed.LIVE.image]}
    return {"name": "guest", "networks": [{"uuid": network}], **chosen}


def members(process: int) -> dict[int, str]:
    """Return the processes of the process namespace that a process's children are in: id and program."""
    space = Path(f"/proc/{process}/ns/pid_for_children").readlink()
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "ns" / "pid").readlink() == space:
                found[int(folder.name)] = (folder / "comm").read_text(encoding="utf-8").strip()
        except OSError:  # it ended meanwhile
            continue
    return found


def test_a_killed_supervisor_leaves_no_guest_behind(city: Any, boot: Callable[..., Any], devcloud: Devcloud) -> None:
    """After `kill -9` no guest, libvirt daemon or DHCP server is left, and the machine never saw their interfaces."""
    boot()
    nova = next(record.pid for record in devcloud.told().processes if record.service == NOVA)
    there = members(nova)
    programs = set(there.values())
    os.kill(devcloud.told().supervisor_pid, signal.SIGKILL)
    city.undo.clear()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}/comm").exists() for pid in there):
        assert time.monotonic() < deadline, "processes are left"
        time.sleep(0.1)
    assert {"libvirtd", "qemu-system-x86", "dnsmasq"} <= programs
    assert not list(NETWORKS.glob("network-*"))
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    assert "br-" not in links


def test_what_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each missing program's package is in the command."""
    monkeypatch.setattr(shutil, "which", lambda _name, **_options: None)
    problem = preflight.problems()[0]
    assert "qemu-system-x86" in problem.reason
    assert problem.remedy.startswith("run: apt-get update && apt-get install --no-install-recommends ")
    assert "dnsmasq-base" in problem.remedy


def test_whoever_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interfaces and namespaces need root, and nothing else is tried without."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "this process is not root" in [problem.reason for problem in preflight.problems()]


def test_a_machine_that_cannot_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The refusal holds reason and remedy."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(DevcloudError, match="real guests cannot run here:\n  this process is not root; run it as root"):
        ready.require_machine(CloudOptions(hypervisor=Hypervisor.QEMU))


def test_kvm_is_offered_only_where_a_kernel_boots_with_it(tmp_path: Path) -> None:
    """`check` and `up --hypervisor kvm` agree with a really booted kernel."""
    require_real_guests()
    check = subprocess.run(
        [sys.executable, "-m", "devcloud", "check"], capture_output=True, text=True, cwd=PACKAGE.parent, check=False
    )
    assert check.returncode == 0, check.stderr
    if "a kernel boots with it here" in check.stdout:
        pytest.skip("KVM works here, so there is no refusal to see")
    command = [
        sys.executable,
        "-m",
        "devcloud",
        "--state",
        str(tmp_path),
        "up",
        "--cloud",
        "city",
        "--hypervisor",
        "kvm",
    ]
    up = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent, check=False)
    assert up.returncode == 1
    assert "--hypervisor kvm cannot be used here" in up.stderr
    assert "use --hypervisor qemu" in up.stderr
