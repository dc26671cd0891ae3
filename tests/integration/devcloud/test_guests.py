"""Real guests boot, answer, keep their volumes and survive being moved, as on a real hypervisor.

They are skipped, with the reason, where this machine cannot run them.
"""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from devcloud import guestseed, reach
from devcloud.fixture import Devcloud
from devcloud.guests import reference

pytestmark = pytest.mark.timeout(900)

_HOST = "OS-EXT-SRV-ATTR:host"
_PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def devcloud(guests: Devcloud) -> Devcloud:
    """A cloud `city` whose guests are real machines."""
    return guests


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private SSH key; the public one lies beside it."""
    file = tmp_path_factory.mktemp("key") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return file


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A running guest."""

    id: str
    #: Its first address, in the test's network.
    address: str
    namespace: Path
    ssh: tuple[str, ...]
    #: The compute it was started on.
    host: str

    def run(self, command: str) -> str:
        """Run a command in the guest as root, and return its output."""
        done = subprocess.run([*self.ssh, command], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self) -> bool:
        """Return whether the guest lets us in."""
        return subprocess.run([*self.ssh, "true"], capture_output=True, check=False, timeout=60).returncode == 0

    def page(self) -> str:
        """Return the reference application's page."""
        connection = HTTPConnection(self.address)
        connection.sock = reach.open_socket(self.namespace, self.address, 80, timeout_s=5)
        try:
            connection.request("GET", reference.PAGE)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


@pytest.fixture
def server_request(city: Any, network: str, key: Path) -> dict[str, Any]:
    """What to ask Nova for a guest that can be logged into."""
    flavors = {one["name"]: one["id"] for one in city.get("compute", "/flavors")["flavors"]}
    images = {one["name"]: one["id"] for one in city.get("image", "/v2/images")["images"]}
    public = key.with_suffix(".pub").read_text(encoding="ascii")
    name = f"guests-{network[:8]}"
    city.call("compute", "POST", "/os-keypairs", json={"keypair": {"name": name, "public_key": public}}, raise_exc=True)
    city.undo.append(lambda: city.call("compute", "DELETE", f"/os-keypairs/{name}"))
    return {
        "name": "guest",
        "flavorRef": flavors[guestseed.LIVE.flavor],
        "imageRef": images[guestseed.LIVE.image],
        "networks": [{"uuid": network}],
        "key_name": name,
        "availability_zone": "internet",
    }


@pytest.fixture
def guest(boot: Callable[..., Any], devcloud: Devcloud, network: str, key: Path) -> Callable[..., Guest]:
    """Start a guest and wait until it lets us in; keywords go into the request."""

    def start(**values: Any) -> Guest:
        server = boot(**values)
        address = next(iter(server["addresses"].values()))[0]["addr"]
        options = reach.ssh_options(devcloud, "city", network)
        ssh = ("ssh", "-i", str(key), "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=30", *options, f"root@{address}")
        namespace = reach.namespace_file(devcloud, "city", network)
        made = Guest(id=server["id"], address=address, namespace=namespace, ssh=ssh, host=server[_HOST])
        await_that(made.answers)
        return made

    return start


@pytest.fixture
def volume(city: Any) -> str:
    """The id of an empty volume of 1 GiB."""
    made: str = city.create("block-storage", "/volumes", "volume", size=1)["id"]
    city.wait("block-storage", f"/volumes/{made}", "volume", status="available")
    return made


@pytest.fixture
def application(city: Any, guest: Callable[..., Guest], volume: str) -> Guest:
    """A guest with the reference application on a data volume, which has written its first lines."""
    made = guest(user_data=reference.user_data())
    attach(city, made, volume)
    await_that(lambda: last_line(made) > 0)
    return made


def attach(city: Any, guest: Guest, volume: str) -> None:
    """Attach a volume and wait until Cinder says so."""
    path = f"/servers/{guest.id}/os-volume_attachments"
    city.call("compute", "POST", path, json={"volumeAttachment": {"volumeId": volume}}, raise_exc=True)
    city.wait("block-storage", f"/volumes/{volume}", "volume", status="in-use")


def act(city: Any, guest: Guest, **action: Any) -> None:
    """Ask Nova to do something with a guest."""
    headers = {"OpenStack-API-Version": "compute 2.79"}
    city.call("compute", "POST", f"/servers/{guest.id}/action", json=action, headers=headers, raise_exc=True)


def last_line(guest: Guest) -> int:
    """Return the number of the last line that the page shows; 0 while there is none or no answer."""
    with suppress(OSError, HTTPException):
        fields = guest.page().partition("line ")[2].split()
        return int(fields[0]) if fields else 0
    return 0


def await_going_on(guest: Guest, after: int) -> None:
    """Wait until the writer has gone on after a line, and still goes on."""
    await_that(lambda: last_line(guest) > after)
    shown = last_line(guest)  # perhaps written before what was done to the guest: a later one is not
    await_that(lambda: last_line(guest) > max(shown, after))


def boot_id(guest: Guest) -> str:
    """Return what is another at each boot of a guest."""
    return guest.run("cat /proc/sys/kernel/random/boot_id")


def written(guest: Guest) -> reference.Written:
    """Return what the writer has on its volume."""
    return reference.check(guest.run(f"cat {reference.LINES}"))


def await_that(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it does not."""
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.3)


def test_a_guest_has_its_name_and_the_address_that_neutron_gave(guest: Callable[..., Guest]) -> None:
    """It can be logged into with its key at that address, and the host name is the server's."""
    made = guest()
    assert made.run("hostname").partition(".")[0] == "guest"
    assert f"inet {made.address}/24" in made.run("ip -4 address show dev eth0")


def test_guests_of_a_network_reach_one_another(guest: Callable[..., Guest]) -> None:
    """Packets pass between two guests on different computes."""
    one, other = (guest(availability_zone=f"internet:compute-{number}") for number in (1, 2))
    assert ", 0% packet loss" in one.run(f"ping -c 1 -W 5 {other.address}")


def test_what_a_guest_writes_is_on_the_volume(
    city: Any, guest: Callable[..., Guest], volume: str, devcloud: Devcloud
) -> None:
    """A volume attached to a running guest is a disk there, and its bytes are in the volume's file."""
    made = guest()
    attach(city, made, volume)
    await_that(lambda: "vdb" in made.run("ls /sys/block"))
    made.run("printf 'the bytes of the guest' | dd of=/dev/vdb conv=fsync")
    file = next(devcloud.state.root.glob(f"clouds/city/volumes/*/*{volume}"))
    with file.open("rb") as opened:
        assert opened.read(22) == b"the bytes of the guest"


@pytest.mark.parametrize("host", ["compute-1", "compute-2"])
def test_a_detachment_reaches_the_guest(city: Any, guest: Callable[..., Guest], volume: str, host: str) -> None:
    """When Cinder has the volume back, the guest has no such disk any more, whichever compute runs it."""
    made = guest(availability_zone=f"internet:{host}")
    attach(city, made, volume)
    await_that(lambda: "vdb" in made.run("ls /sys/block"))
    city.call("compute", "DELETE", f"/servers/{made.id}/os-volume_attachments/{volume}", raise_exc=True)
    city.wait("block-storage", f"/volumes/{volume}", "volume", status="available")
    assert "vdb" not in made.run("ls /sys/block")


@pytest.mark.full
def test_a_live_migration_loses_no_line_and_boots_nothing(city: Any, application: Guest) -> None:
    """The guest goes on running on the other compute: the same boot, every line once, the page served from there."""
    boot, before = boot_id(application), last_line(application)
    act(city, application, **{"os-migrateLive": {"host": None, "block_migration": "auto"}})
    target = "compute-1" if application.host == "compute-2" else "compute-2"
    wanted = {_HOST: target, "OS-EXT-STS:task_state": None}
    city.wait("compute", f"/servers/{application.id}", "server", status="ACTIVE", **wanted)
    await_going_on(application, before)
    assert (boot_id(application), written(application).fault) == (boot, None)


@pytest.mark.full
def test_a_cold_migration_loses_no_line(city: Any, application: Guest) -> None:
    """The guest is shut down, started on the other compute, and the application goes on where it was."""
    boot, before = boot_id(application), last_line(application)
    act(city, application, migrate=None)
    city.wait("compute", f"/servers/{application.id}", "server", status="VERIFY_RESIZE")
    act(city, application, confirmResize=None)
    moved = city.wait("compute", f"/servers/{application.id}", "server", status="ACTIVE")
    await_going_on(application, before)
    assert moved[_HOST] != application.host
    assert boot_id(application) != boot
    assert written(application).fault is None


@pytest.mark.full
def test_a_stop_presses_the_power_button(city: Any, application: Guest, devcloud: Devcloud) -> None:
    """A stopped guest has shut itself down, and a started one goes on where it was."""
    before = last_line(application)
    act(city, application, **{"os-stop": None})
    city.wait("compute", f"/servers/{application.id}", "server", status="SHUTOFF")
    console = devcloud.state.root / "clouds/city/scratch/nova/instances" / application.id / "console.log"
    assert "Power down" in console.read_text(encoding="utf-8", errors="replace")
    act(city, application, **{"os-start": None})
    city.wait("compute", f"/servers/{application.id}", "server", status="ACTIVE")
    await_going_on(application, before)
    assert written(application).fault is None


@pytest.mark.full
def test_a_resize_gives_the_guest_more_memory(city: Any, guest: Callable[..., Guest]) -> None:
    """After a resize the guest itself sees the larger flavor."""
    made = guest()
    small = int(made.run("free -m | sed -n 's/Mem: *\\([0-9]*\\).*/\\1/p'"))
    flavor = next(one["id"] for one in city.get("compute", "/flavors")["flavors"] if one["name"] == "tiny")
    act(city, made, resize={"flavorRef": flavor})
    city.wait("compute", f"/servers/{made.id}", "server", status="VERIFY_RESIZE")
    act(city, made, confirmResize=None)
    city.wait("compute", f"/servers/{made.id}", "server", status="ACTIVE")
    await_that(made.answers)
    large = int(made.run("free -m | sed -n 's/Mem: *\\([0-9]*\\).*/\\1/p'"))
    assert large > small + 200
