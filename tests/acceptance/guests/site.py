"""The reference application as a department would ask for it, on real guests: two servers, each with a volume and a page."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final, Self

from devcloud import guestseed, reach
from devcloud.fixture import Devcloud
from devcloud.guests import reference
from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import Document, application, cloud, project, tenant, write
from tests.acceptance.shell import TENANTRY, Ended, Shell

#: The application's servers by name, and the addresses that the manifest gives them.
ADDRESSES: Final = {"web-1": "10.30.0.11", "web-2": "10.30.0.12"}
#: Seconds. Far above what anything takes on a machine at rest: it ends a test that hangs, and measures nothing.
_PATIENCE_S: Final = 240.0
#: What ssh ends with when it has no connection.
_NOT_LET_IN: Final = 255
_HOST: Final = "OS-EXT-SRV-ATTR:host"


@dataclass(frozen=True, kw_only=True)
class ReferenceSite:
    """The application, with Tenantry to apply it and the cloud to look at it."""

    name: str
    tenantry: Shell
    guests: Devcloud
    city: Cloud
    #: The private key that its servers let in; the public one lies beside it.
    key: Path
    #: What its servers are.
    kind: guestseed.Guest = guestseed.LIVE

    @classmethod
    def made_in(cls, folder: Path, guests: Devcloud, kind: guestseed.Guest = guestseed.LIVE) -> Self:
        """The application, running, under a name of its own: its writers have written their first lines."""
        folder.mkdir(parents=True, exist_ok=True)
        key = folder / "id"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        shell = Shell(folder=folder, clouds_yaml=guests.clouds_yaml, environment={"TENANTRY_SSH_KEY_FILE": str(key)})
        name = f"t{secrets.token_hex(4)}"
        made = cls(name=name, tenantry=shell, guests=guests, city=Cloud.of(guests, "city"), key=key, kind=kind)
        made.ask()
        made.apply()
        for each in ADDRESSES:
            made.goes_on(each, after=0)
        return made

    @property
    def folder(self) -> Path:
        """Where the manifests are."""
        return self.tenantry.folder / "manifests"

    @cached_property
    def project_id(self) -> str:
        """Keystone's id of its project."""
        return str(self.city.project(f"{self.name}-registration")["id"])

    @cached_property
    def network_id(self) -> str:
        """Neutron's id of its network."""
        found = self.city.admin.call("GET", "neutron", f"/v2.0/networks?project_id={self.project_id}")["networks"]
        return str(found[0]["id"])

    @cached_property
    def namespace(self) -> Path:
        """The namespace of its network."""
        return reach.namespace_file(self.guests, "city", self.network_id)

    def ask(self, *, flavor: str | None = None, volumes: tuple[Document, ...] = ()) -> Path:
        """Write the manifests; returns their folder."""
        script = self.folder / "files" / "reference.sh"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_bytes(reference.script())
        network = {"name": "web", "subnets": [{"name": "web", "cidr": "10.30.0.0/24", "gateway": "10.30.0.1"}]}
        public = self.key.with_suffix(".pub").read_text(encoding="ascii").strip()
        landing = {"networks": [network], "keyPairs": [{"name": "ops", "publicKey": public}]}
        quota = {
            "compute": {"instances": 4, "cores": 8, "ram": "4GiB"},
            "block-storage": {"volumes": 8, "gigabytes": 20},
        }
        ours = project(zone="internet", quota=quota, members=[], landingZone=landing)
        server = {
            "name": "web",
            "replicas": len(ADDRESSES),
            "image": self.kind.image,
            "flavor": flavor or self.kind.flavor,
            "networks": [{"network": "web", "addresses": list(ADDRESSES.values())}],
            "keyPair": "ops",
            "userData": "files/reference.sh",
            "disruption": "stop",
        }
        probes = [
            {"name": "page", "server": "web", "http": {"port": 80, "path": reference.PAGE, "text": "host web"}},
            {"name": "ssh", "server": "web", "tcp": {"port": 22}},
            {"name": "writes", "server": "web", "command": {"user": "root", "command": f"test -s {reference.LINES}"}},
        ]
        site = application(
            f"{self.name}-reference",
            "参考应用",
            owner=self.name,
            project="registration",
            servers=[server],
            volumes=[{"name": "web-data", "size": "1GiB", "server": "web"}, *volumes],
            probes=[{**each, "timeout": 30} for each in probes],
        )
        return write(self.folder, cloud(), tenant(self.name, ours), site)

    def apply(self) -> Ended:
        """Apply what is asked."""
        return self.tenantry("apply", self.folder, "--yes")

    def probe(self, *options: str) -> Any:
        """What `tenantry probe` says, run where the application's network is, as a document."""
        asked = (TENANTRY, "probe", f"{self.name}-reference", self.folder, "-o", "json", *options)
        return json.loads(self.within(*map(str, asked)))

    def within(self, *command: str) -> str:
        """What a command prints that is run in the application's network; its exit code is not looked at."""
        return self.ran_within(*command).stdout

    def ran_within(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command that was run in the application's network, to its end."""
        place = ("--state", str(self.guests.state.root), "city", self.network_id)
        return subprocess.run(
            [sys.executable, "-m", "devcloud", "within", *place, *command],
            env=self.tenantry.variables(),
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=False,
        )

    def server(self, name: str) -> dict[str, Any]:
        """A server, as Nova shows it."""
        return next(each for each in self.city.servers(self.project_id) if each["name"] == name)

    def act(self, name: str, **action: Any) -> None:
        """Ask Nova, past Tenantry, to do something with a server."""
        self.city.admin.call("POST", "nova", f"/servers/{self.server(name)['id']}/action", action)

    def host(self, name: str) -> str:
        """The compute that a server is on."""
        return str(self.server(name)[_HOST])

    def is_settled(self, name: str, status: str = "ACTIVE") -> bool:
        """Whether a server is in that status and Nova does nothing with it."""
        server = self.server(name)
        assert server["status"] != "ERROR", server.get("fault")
        return (server["status"], server["OS-EXT-STS:task_state"]) == (status, None)

    def page(self, name: str, *, timeout_s: float = 5.0) -> str:
        """A server's page."""
        address = ADDRESSES[name]
        connection = HTTPConnection(address)
        connection.sock = reach.open_socket(self.namespace, address, 80, timeout_s=timeout_s)
        try:
            connection.request("GET", reference.PAGE)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def last_line(self, name: str) -> int:
        """The number of the last line that a server's page shows; 0 while there is none, or no answer."""
        with suppress(OSError, HTTPException):
            fields = self.page(name).partition("line ")[2].split()
            return int(fields[0]) if fields else 0
        return 0

    def line(self, name: str) -> int:
        """The number of the last line, from a server whose writer has begun: waits until its page answers."""
        shown = 0

        def is_shown() -> bool:
            nonlocal shown
            shown = self.last_line(name)
            return shown > 0

        await_that(is_shown)
        return shown

    def run(self, name: str, command: str) -> str:
        """What a command prints in a server, which may still be on its way up: its page can come before its SSH server."""
        options = reach.ssh_options(self.guests, "city", self.network_id)
        login = ("ssh", "-i", str(self.key), "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=30", *options)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            done = subprocess.run(
                [*login, f"root@{ADDRESSES[name]}", command], capture_output=True, text=True, check=False, timeout=120
            )
            if done.returncode != _NOT_LET_IN or time.monotonic() > deadline:
                assert done.returncode == 0, f"{command}: {done.returncode}: {done.stderr}"
                return done.stdout
            time.sleep(1)

    def written(self, name: str) -> reference.Written:
        """What the writer of a server has on its volume."""
        return reference.check(self.run(name, f"cat {reference.LINES}"))

    def goes_on(self, name: str, after: int) -> None:
        """Wait until a server's writer has gone on after a line, and still goes on."""
        await_that(lambda: self.last_line(name) > after)
        shown = self.line(name)  # perhaps written before what was done to the server: a later one is not
        await_that(lambda: self.last_line(name) > shown)


def await_that(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it does not."""
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.3)
