"""The clouds that the contract holds to the same behaviour, each with the means to put something into a project."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
import yaml
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from devcloud import disks
from devcloud.errors import DevcloudError
from devcloud.fixture import Devcloud
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.clouds.openstack.cloud import connect
from provisioner.migration.collections import MIGRATIONS
from tenants.names import CloudName, DomainName, PrincipalName, RoleName
from tenants.resources import Resource, Service
from tenants.spec import PrincipalKind

_DOMAIN = DomainName("government")
_GROUPS = ("market-regulation-ops", "finance-ops", "cloud-auditors")
#: Disks of the cloud in memory are small, for tests read them whole.
_SMALL_GIB = 1024**2
_USERS = ("li-wei", "wang-fang")


class Bench(Protocol):
    """A cloud under test."""

    cloud: Cloud
    #: The domain that holds the projects.
    domain: DomainName

    #: How many bytes a GiB of a disk has.
    gib: int

    def occupy(self, project: ProjectId, resource: Resource, amount: int) -> None:
        """Put as much of the resource into use."""

    def write_disk(self, item: str, data: bytes, *, offset: int) -> None:
        """Put bytes into the disk of a volume or of a server, by its id, as a guest would."""

    def hold_up(self, server: str) -> None:
        """Let the next live migration, of the server of that name, go on until it is aborted or forced."""

    def spoil(self, server: str) -> None:
        """Let it fail."""


@dataclass
class MemoryBench:
    """The cloud in memory."""

    cloud: MemoryCloud
    domain: DomainName = _DOMAIN
    gib: int = _SMALL_GIB

    def occupy(self, project: ProjectId, resource: Resource, amount: int) -> None:
        """Say that it is in use."""
        self.cloud.set_usage(project, resource, amount)

    def write_disk(self, item: str, data: bytes, *, offset: int) -> None:
        """Into what the cloud keeps."""
        self.cloud.write_disk(item, data, offset=offset)

    def hold_up(self, server: str) -> None:
        """Nothing becomes of it."""
        self.cloud.destine(MIGRATIONS, server)

    def spoil(self, server: str) -> None:
        """It becomes a failure."""
        self.cloud.destine(MIGRATIONS, server, {"status": "failed"})


@dataclass
class OpenStackBench:
    """A real OpenStack, whose administrator makes real things."""

    cloud: Cloud
    #: How the administrator authenticates, without the project.
    administrator: Mapping[str, str]
    devcloud: Devcloud
    domain: DomainName = _DOMAIN
    gib: int = 1024**3

    def occupy(self, project: ProjectId, resource: Resource, amount: int) -> None:
        """Make as many networks, server groups or gigabytes in one volume."""
        inside = self._inside(project)
        match resource.service, resource.name:
            case Service.NETWORK, "network":
                for number in range(amount):
                    _post(inside, "network", "/v2.0/networks", {"network": {"name": f"n{number}"}})
            case Service.COMPUTE, "server_groups":
                for number in range(amount):
                    group = {"name": f"g{number}", "policies": ["affinity"]}
                    _post(inside, "compute", "/os-server-groups", {"server_group": group})
            case Service.BLOCK_STORAGE, "gigabytes":
                volume = {"size": amount, "name": "v", "volume_type": resource.volume_type or "ssd"}
                _post(inside, "block-storage", "/volumes", {"volume": volume})
            case _:
                raise NotImplementedError(f"no test has needed {resource} yet")

    def write_disk(self, item: str, data: bytes, *, offset: int) -> None:
        """Into the file."""
        try:
            file = disks.server_disk(self.devcloud, "city", item)
        except DevcloudError:
            file = disks.volume_file(self.devcloud, "city", item)
        disks.write(file, offset, data)

    def hold_up(self, server: str) -> None:
        """Whichever comes next."""
        self.devcloud.hinder("city", "live-migration", seconds=3600)

    def spoil(self, server: str) -> None:
        """Whichever comes next."""
        self.devcloud.hinder("city", "live-migration", fails=True)

    def _inside(self, project: ProjectId) -> Session:
        """The administrator as a member of the project: Nova and Cinder let nobody make things in another's."""
        session = Session(auth=Password(**self.administrator, project_id=project))
        roles = self.cloud.identity.directory(self.domain, users=False).roles
        user = Session(auth=Password(**self.administrator)).get_user_id()
        assignment = Assignment(
            project_id=project,
            kind=PrincipalKind.USER,
            principal_id=PrincipalId(str(user)),
            role_id=roles[RoleName("admin")],
        )
        self.cloud.identity.grant(assignment)
        return session


def _post(session: Session, service: str, path: str, body: Any) -> None:
    session.post(path, json=body, endpoint_filter={"service_type": service, "interface": "public"})


@pytest.fixture(scope="session")
def openstack_bench(devcloud: Devcloud) -> Iterator[OpenStackBench]:
    """The city cloud of the devcloud."""
    auth = yaml.safe_load(devcloud.clouds_yaml.read_text())["clouds"]["city"]["auth"]
    administrator = {name: auth[name] for name in ("auth_url", "username", "password", "user_domain_name")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
        with connect(CloudName("city"), "city") as cloud:
            yield OpenStackBench(cloud=cloud, administrator=administrator, devcloud=devcloud)


@pytest.fixture(scope="session")
def memory_bench() -> MemoryBench:
    """A cloud in memory, furnished like the devcloud."""
    furnishing = Furnishing(
        domains=frozenset({_DOMAIN}),
        roles=frozenset(map(RoleName, ("admin", "member", "reader"))),
        groups=frozenset(map(PrincipalName, _GROUPS)),
        users=frozenset(map(PrincipalName, _USERS)),
        gib=_SMALL_GIB,
    )
    return MemoryBench(cloud=MemoryCloud(CloudName("city"), furnishing))


@pytest.fixture(params=["memory", "openstack"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each cloud in turn."""
    bench: Bench = request.getfixturevalue(f"{request.param}_bench")
    return bench


@pytest.fixture
def cloud(bench: Bench) -> Cloud:
    """The cloud under test."""
    return bench.cloud


@pytest.fixture
def name() -> str:
    """A name for a project that nobody else has."""
    return f"市场-{secrets.token_hex(4)}"


@pytest.fixture
def project(bench: Bench, name: str) -> ProjectId:
    """A new project."""
    return bench.cloud.identity.create_project(bench.domain, name=name, description="商事登记")[0].id


@pytest.fixture
def resource() -> Callable[[str], Resource]:
    """A resource written as `block-storage/gigabytes/ssd`."""

    def read(text: str) -> Resource:
        service, name, *volume_type = text.split("/", 2)
        return Resource(service=Service(service), name=name, volume_type=volume_type[0] if volume_type else None)  # type: ignore[arg-type]

    return read
