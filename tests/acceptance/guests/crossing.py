"""The reference application on its way from the city's cloud to the district's, by a wave that Tenantry carries out.

One of its servers has its root disk from an image, the other boots from a volume; each writes to a data volume. Both clouds'
networks are one, as a carrier stretches them, so that servers keep their addresses and are found by them wherever they run.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from devcloud import joining, reach
from devcloud.guests import reference
from tests.acceptance.clouds import Cloud
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite, await_that
from tests.acceptance.manifests import Document, application, cloud, project, tenant, write
from tests.acceptance.shell import TENANTRY

CIDR: Final = "10.30.0.0/24"
#: The servers by where their root disks are.
IMAGE_ROOT, VOLUME_ROOT = ADDRESSES
#: Where no server of the application is.
_SCOUT: Final = "10.30.0.200"


@dataclass(frozen=True, kw_only=True)
class Crossing(ReferenceSite):
    """The application, with the project in the district that it goes to and the wave that takes it there."""

    @property
    def application(self) -> str:
        """Its name."""
        return f"{self.name}-reference"

    @property
    def wave(self) -> str:
        """The wave's name."""
        return f"{self.name}-moves"

    @cached_property
    def district(self) -> Cloud:
        """The other cloud."""
        return Cloud.of(self.guests, "district")

    @cached_property
    def target_project(self) -> str:
        """Keystone's id of the project that it goes to."""
        return str(self.district.project(f"{self.name}-registration-district")["id"])

    @cached_property
    def target_network(self) -> str:
        """Neutron's id of the network that it goes to."""
        path = f"/v2.0/networks?project_id={self.target_project}"
        return str(self.district.admin.call("GET", "neutron", path)["networks"][0]["id"])

    def ask(self, *, flavor: str | None = None, volumes: tuple[Document, ...] = ()) -> Path:
        """Write the manifests; returns their folder."""
        script = self.folder / "files" / "reference.sh"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_bytes(reference.script())
        here, there = self._project("city", "10.30.0.1"), self._project("district", "10.30.0.254")
        return write(
            self.folder,
            cloud("city"),
            cloud("district"),
            tenant(self.name, here, there),
            self._application(flavor or self.kind.flavor, volumes),
            self._wave(),
        )

    def _project(self, where: str, gateway: str) -> Document:
        network = {"name": "web", "subnets": [{"name": "web", "cidr": CIDR, "gateway": gateway}]}
        public = self.key.with_suffix(".pub").read_text(encoding="ascii").strip()
        quota = {
            "compute": {"instances": 4, "cores": 8, "ram": "4GiB"},
            "block-storage": {"volumes": 12, "gigabytes": 30, "snapshots": 10},
        }
        return project(
            "registration" if where == "city" else "registration-district",
            cloud=where,
            zone="internet",
            quota=quota,
            members=[],
            landingZone={"networks": [network], "keyPairs": [{"name": "ops", "publicKey": public}]},
        )

    def _application(self, flavor: str, volumes: tuple[Document, ...]) -> Document:
        def server(name: str, **root: str) -> Document:
            return {
                "name": name,
                "flavor": flavor,
                "networks": [{"network": "web", "addresses": [ADDRESSES[name]]}],
                "keyPair": "ops",
                "userData": "files/reference.sh",
                "disruption": "stop",
                **root,
            }

        probes = [
            {
                "name": f"page-{name}",
                "server": name,
                "http": {"port": 80, "path": reference.PAGE, "text": f"host {name}"},
            }
            for name in ADDRESSES
        ]
        return application(
            self.application,
            "参考应用",
            owner=self.name,
            project="registration",
            servers=[
                server(IMAGE_ROOT, image=self.kind.image),
                server(VOLUME_ROOT, bootVolume=f"{VOLUME_ROOT}-root"),
            ],
            volumes=[
                {"name": f"{VOLUME_ROOT}-root", "size": "1GiB", "image": self.kind.image},
                *({"name": f"{name}-data", "size": "1GiB", "server": name} for name in ADDRESSES),
                *volumes,
            ],
            probes=[{**each, "timeout": 30} for each in probes],
        )

    def _wave(self) -> Document:
        quiet = {"services": ["writer"], "commands_after": ["sync"]}
        works = {
            "services": ["writer"],
            "mounts": ["/mnt/data"],
            "commands": [f"test -s {reference.LINES}"],
            "patience": 120,
        }
        spec = {
            "owner": self.name,
            "mode": "cross-cloud",
            "source": {"cloud": "city"},
            "target": {"cloud": "district", "project": "registration-district"},
            "applications": [{"name": self.application}],
            "playbooks": [
                {"phase": "preflight"},
                {"phase": "quiesce", "variables": quiet, "timeout": "4m"},
                {"phase": "verify", "variables": works, "timeout": "8m"},
            ],
            "retention": "1m",
        }
        metadata = {"name": self.wave, "displayName": "参考应用迁往区政务云"}
        return {"apiVersion": "tenantry/v1", "kind": "Wave", "metadata": metadata, "spec": spec}

    def stretch(self) -> None:
        """Make one of both networks. A guest is in the district's for a moment, for it is the first that makes it."""
        api = self.district.admin
        flavor = next(each["id"] for each in api.call("GET", "nova", "/flavors")["flavors"] if each["name"] == "micro")
        image = api.call("GET", "glance", f"/v2/images?name={self.kind.image}")["images"][0]["id"]
        networks = [{"uuid": self.target_network, "fixed_ip": _SCOUT}]
        body = {"name": "scout", "flavorRef": flavor, "imageRef": image, "networks": networks}
        scout = api.call("POST", "nova", "/servers", {"server": body})["server"]["id"]
        await_that(lambda: api.call("GET", "nova", f"/servers/{scout}")["server"]["status"] == "ACTIVE")
        api.call("DELETE", "nova", f"/servers/{scout}")
        await_that(lambda: not api.send("GET", "nova", f"/servers/{scout}").ok)
        ends = ((("city", self.network_id)), (("district", self.target_network)))
        here, there = (joining.Network(cloud=where, id=network) for where, network in ends)
        joining.join(self.guests, here, there)

    def migrate(self, *arguments: str) -> Any:
        """What `tenantry migrate` says, run where the application's guests can be reached, as a document."""
        asked = (str(TENANTRY), "migrate", *arguments, "-o", "json")
        done = self.ran_within(*asked)
        assert done.stdout, f"{' '.join(asked)}: {done.returncode}: {done.stderr}"
        return json.loads(done.stdout)

    def ended(self) -> bool:
        """Carry the wave on as far as it goes now; whether it has ended."""
        return bool(self.migrate("start", self.wave, "--yes")["state"] == "ended")

    def there(self) -> dict[str, dict[str, Any]]:
        """The servers of the target project, by their names, as Nova shows them."""
        return {each["name"]: each for each in self.district.servers(self.target_project)}

    def logged_in(self, name: str, command: str) -> str:
        """What a command prints in a server of the district, which is logged in to from the district's own network."""
        options = reach.ssh_options(self.guests, "district", self.target_network)
        login = ("ssh", "-i", str(self.key), "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=30", *options)
        done = subprocess.run(
            [*login, f"root@{ADDRESSES[name]}", command],
            cwd=Path(__file__).parents[3],
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
                "PYTHONPATH": str(Path(__file__).parents[3]),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
