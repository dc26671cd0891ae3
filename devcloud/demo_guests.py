"""The demo with real machines: an application from a manifest boots, is asked for its page, moved while it runs, and asked again.

Runs the same commands that a person would type, and shows them; ends at the first that ends otherwise than it should.
Needs root and what ``python -m devcloud check`` names. Run by ``make demo-guests``, with Debian's packages by
``make demo-guests GUEST=debian``.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

import openstack
from openstack.connection import Connection
from openstack.exceptions import SDKException

from devcloud import guestseed, reach
from devcloud.errors import DevcloudError
from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight, reference
from devcloud.records import CloudOptions, Hypervisor
from devcloud.stage import INTERRUPTED, ROOT, TENANTRY, DemoFailed, Stage, environment, title

_MANIFESTS: Final = ROOT / "devcloud" / "guests" / "manifests"
_ASKED: Final = Path(".tenantry/guests")
_RECORDS: Final = ROOT / ".tenantry" / "demo-guests"
_KEY: Final = _RECORDS / "id"
_CLOUD: Final = "city"
_PROJECT: Final = "market-regulation-registration"
_SERVER: Final = "web-1"
_ADDRESS: Final = "10.30.0.11"
#: Seconds that a guest may take to boot, and a migration to end.
_PATIENCE_S: Final = 300.0
_GUESTS: Final = {"live": guestseed.LIVE, "debian": guestseed.DEBIAN}


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the application runs."""

    devcloud: Devcloud
    cloud: Connection
    project_id: str
    network_id: str

    def server(self) -> Any:
        """The server that is moved, as Nova shows it."""
        found = self.cloud.compute.servers(details=True, all_projects=True, project_id=self.project_id, name=_SERVER)
        return next(iter(found))

    def page(self) -> str:
        """Its page; empty where it does not answer."""
        namespace = reach.namespace_file(self.devcloud, _CLOUD, self.network_id)
        connection = HTTPConnection(_ADDRESS)
        with suppress(OSError, HTTPException):
            connection.sock = reach.open_socket(namespace, _ADDRESS, 80, timeout_s=2)
            connection.request("GET", reference.PAGE)
            page = connection.getresponse().read().decode()
            connection.close()
            return page
        return ""

    def lines(self) -> reference.Written:
        """What its writer has on its volume."""
        options = reach.ssh_options(self.devcloud, _CLOUD, self.network_id)
        login = ("ssh", "-i", str(_KEY), "-o", "LogLevel=ERROR", *options, f"root@{_ADDRESS}")
        done = subprocess.run([*login, f"cat {reference.LINES}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise DemoFailed(f"{_SERVER} does not let us in: {done.stderr.strip()}")
        return reference.check(done.stdout)


def main(arguments: Sequence[str]) -> int:
    """Run the demo with the guests that the first argument names, ``live`` without one; returns the exit code."""
    os.chdir(ROOT)
    named = arguments[0] if arguments else "live"
    if named not in _GUESTS:
        print(f"There are no guests {named!r}: name one of {', '.join(_GUESTS)}", file=sys.stderr)
        return 1
    guest = _GUESTS[named]
    debian = guest is guestseed.DEBIAN
    problems = preflight.problems(debian=debian)
    if problems:
        print("Real guests cannot run here:", *problems, sep="\n  ", file=sys.stderr)
        return 1
    for folder in (_RECORDS, _ASKED):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    began = time.monotonic()
    title("A real OpenStack cloud on this machine, whose servers are real machines")
    try:
        with running((_CLOUD,), options=CloudOptions(hypervisor=Hypervisor.QEMU, debian=debian)) as devcloud:
            _show(devcloud, guest)
        title(f"All as it should be, in {time.monotonic() - began:.0f} s")
    except (DemoFailed, DevcloudError, SDKException) as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; the cloud is down.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _show(devcloud: Devcloud, guest: guestseed.Guest) -> None:
    stage = Stage(environment=environment(devcloud.clouds_yaml, _RECORDS, TENANTRY_SSH_KEY_FILE=str(_KEY)))
    title("A department's manifest: a network, and an application of two servers with a page and a writer each")
    _write_manifests(guest)
    stage.run("cat", _ASKED / "reference.yaml")
    stage.tenantry("validate", _ASKED)
    title("Make it so")
    stage.tenantry("apply", _ASKED, "--yes")
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(devcloud.clouds_yaml)
    with openstack.connect(cloud=_CLOUD) as cloud:
        place = _find(devcloud, cloud)
        title("The guests boot; the page of the first, as its users see it")
        _await(place.page, f"the page of {_SERVER}")
        _print_page(place)
        title("The probes of the manifest: the page, the SSH port, and a command that Ansible runs in the guests")
        inside = ("-m", "devcloud", "within", "--state", str(devcloud.state.root), _CLOUD, place.network_id)
        stage.run(sys.executable, *inside, TENANTRY, "probe", "reference", _ASKED)
        title("The first server is moved to another compute while it runs")
        _move(place)
        title("The same page, from there: the same boot, and the lines go on")
        _print_page(place)
        _prove(place)
    title("Nothing is left to do")
    stage.tenantry("plan", _ASKED)


def _write_manifests(guest: guestseed.Guest) -> None:
    """Make a key, and the manifests with its public half and the kind of guest."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(_KEY)], check=True)  # noqa: S607
    public = _KEY.with_suffix(".pub").read_text(encoding="ascii").strip()
    for each in sorted(_MANIFESTS.glob("*.yaml")):
        text = each.read_text(encoding="utf-8").replace("PUBLIC-KEY", public)
        text = text.replace(f"image: {guestseed.LIVE.image}", f"image: {guest.image}")
        text = text.replace(f"flavor: {guestseed.LIVE.flavor}", f"flavor: {guest.flavor}")
        (_ASKED / each.name).write_text(text, encoding="utf-8")
    (_ASKED / "files").mkdir()
    (_ASKED / "files" / "reference.sh").write_bytes(reference.script())


def _find(devcloud: Devcloud, cloud: Connection) -> _Place:
    project = cloud.get_project(_PROJECT)
    if project is None:
        raise DemoFailed(f"cloud {_CLOUD} lacks the project {_PROJECT}, which was just made")
    network = next(iter(cloud.network.networks(project_id=project["id"])))
    return _Place(devcloud=devcloud, cloud=cloud, project_id=project["id"], network_id=network.id)


def _print_page(place: _Place) -> None:
    print(f"{_SERVER} is on {place.server().compute_host}. http://{_ADDRESS}{reference.PAGE}:")
    print("".join(f"  {line}\n" for line in place.page().splitlines()), end="", flush=True)


def _move(place: _Place) -> None:
    server = place.server()
    before = server.compute_host
    place.cloud.compute.live_migrate_server(server, block_migration="auto")

    def moved() -> bool:
        now = place.server()
        if now.status == "ERROR":
            raise DemoFailed(f"Nova could not move {_SERVER}: {now.fault}")
        return bool(now.compute_host != before and now.status == "ACTIVE" and now.task_state is None)

    _await(moved, f"the migration of {_SERVER}")
    print(f"{_SERVER} went from {before} to {place.server().compute_host}.")


def _prove(place: _Place) -> None:
    written = place.lines()
    if written.fault is not None:
        raise DemoFailed(f"the writer's lines are not whole: {written.fault}")
    print(f"All {written.count} lines of the writer are on its volume, once each, in order, with their checksums.")


def _await(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} did not come within {_PATIENCE_S:.0f} s")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
