"""Projects in a cloud in memory, furnished by hand as departments do, and imports of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from provisioner.adoption.cloud import adopt_cloud
from provisioner.adoption.documents import Adopter, Adoption
from provisioner.adoption.takeover import adopt
from provisioner.clouds.collections import Act, Collection, ItemId, Read
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import PORTS
from provisioner.kinds.router import ROUTERS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.security_group_rules import RULES
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.subnet import SUBNETS
from provisioner.kinds.volume import VOLUMES
from provisioner.observation import Observation
from provisioner.observe import Wanted, observe
from provisioner.plan import Plan
from provisioner.planning import make_plan
from tenants.language.emission import emit
from tenants.names import CloudName, DomainName, TenantName
from tenants.problems import Problem
from tenants.spec import City
from tenants.validation import validate

_CITY = CloudName("city")
_DOMAIN = DomainName("government")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import, read back as the files that it would be."""

    adoption: Adoption
    city: City
    problems: tuple[Problem, ...]
    plan: Plan

    @property
    def left_out(self) -> dict[str, str]:
        """The reasons, by what was left out."""
        return {each.what: each.reason for each in self.adoption.left_out}

    @property
    def landing_zone(self) -> dict[str, Any]:
        """That of the only project."""
        (project,) = self.adoption.document["spec"]["projects"]
        return dict(project.get("landingZone", {}))

    @property
    def applications(self) -> dict[str, dict[str, Any]]:
        """The specs, by name."""
        return {each["metadata"]["name"]: dict(each["spec"]) for each in self.adoption.applications}


class OldCloud:
    """A cloud whose projects were made by hand."""

    def __init__(self, cloud: MemoryCloud) -> None:
        self.cloud = cloud
        self.projects: dict[str, ProjectId] = {}

    def project(self, name: str = "老系统") -> ProjectId:
        """The project of that name, made where it is not there."""
        if name not in self.projects:
            self.projects[name] = self.cloud.identity.create_project(_DOMAIN, name=name, description="")[0].id
        return self.projects[name]

    def make(self, collection: Collection, project: str = "老系统", /, **body: Any) -> ItemId:
        """Make an item of a project; returns its id."""
        owner = self.project(project)
        # Neutron believes an administrator's body, the others believe the token.
        whose = {"project_id": owner} if collection.neutron else {}
        answered = self.cloud.resources.create(collection, owner, {**whose, **body})
        return ItemId(str(answered.item["id"]))

    def network(self, name: str = "应用网", cidr: str = "10.20.0.0/24", **subnet: Any) -> tuple[ItemId, ItemId]:
        """A network with a subnet; returns the ids of both."""
        network = self.make(NETWORKS, name=name)
        made = {"name": f"{name}-v4", "network_id": network, "cidr": cidr, "ip_version": 4, **subnet}
        return network, self.make(SUBNETS, **made)

    def server(self, name: str = "web", **body: Any) -> ItemId:
        """A running server of the image `guest`, in no network unless said otherwise; returns its id."""
        made = {"name": name, "flavorRef": "f1", "imageRef": "i1", "networks": "none", **body}
        return self.make(SERVERS, **{key: value for key, value in made.items() if value is not None})

    def port(self, network: ItemId, server: ItemId | None = None, **body: Any) -> ItemId:
        """A port; of a server, as Nova makes it: without a name."""
        owner = {"device_id": server, "device_owner": "compute:internet"} if server else {}
        return self.make(PORTS, network_id=network, **owner, **body)

    def volume(self, name: str = "数据盘", **body: Any) -> ItemId:
        """A volume of 1 GiB; returns its id."""
        return self.make(VOLUMES, name=name, size=1, **body)

    def external(self, name: str = "extranet-external") -> str:
        """The id of an external network."""
        return next(each.id for each in self.cloud.offers().networks if each.name == name)

    def router(self, name: str, *subnets: ItemId, external: str | None = "extranet-external") -> ItemId:
        """A router at the gateways of these subnets."""
        gateway = {"external_gateway_info": {"network_id": self.external(external)}} if external else {}
        made = self.make(ROUTERS, name=name, **gateway)
        for each in subnets:
            act = Act(below="/add_router_interface", body={"subnet_id": each}, method="PUT")
            self.cloud.resources.act(ROUTERS, self.project(), made, act)
        return made

    def group(self, name: str) -> ItemId:
        """A security group."""
        return self.make(SECURITY_GROUPS, name=name)

    def floating_ip(self, **body: Any) -> ItemId:
        """A floating IP of the external network `extranet-external`, unless said otherwise."""
        return self.make(FLOATING_IPS, **{"floating_network_id": self.external(), **body})

    def server_group(self, name: str) -> ItemId:
        """A server group."""
        return self.make(SERVER_GROUPS, name=name, policies=["anti-affinity"])

    def observed(self, build: Any) -> Observation:
        """All that there is. What is under way ends with a first look."""
        wanted = Wanted(domain=_DOMAIN, services={}, everything=True, users=True, inventory=True)
        self.settle()
        return observe(self.cloud, wanted, now=build.now)

    def settle(self) -> None:
        """Look often enough for everything that is under way to end."""
        for _ in range(3):
            for collection in (SERVERS, VOLUMES):
                self.cloud.resources.list(Read(collection=collection), list(self.projects.values()))

    def rule(self, project: str, group: str, rule: Mapping[str, Any]) -> None:
        """A rule of a security group."""
        body = [{"project_id": self.project(project), "security_group_id": group, **rule}]
        self.cloud.resources.create_all(RULES, self.project(project), body)


@pytest.fixture(scope="session")
def new_old(new_cloud: Callable[[], MemoryCloud]) -> Callable[[], OldCloud]:
    """Makes clouds without projects."""
    return lambda: OldCloud(new_cloud())


@pytest.fixture
def old(new_old: Callable[[], OldCloud]) -> OldCloud:
    """A cloud without projects."""
    return new_old()


@pytest.fixture(scope="session")
def take(build: Any) -> Callable[..., Imported]:
    """Import what was observed, write and read it, and plan it."""

    def imported(seen: Observation, **options: Any) -> Imported:
        cloud = adopt_cloud(_CITY, "city-yaml", _DOMAIN, seen.capabilities)
        described = validate([("cloud.yaml", emit([cloud]).encode())]).city
        assert described
        adopter = replace(Adopter(name=TenantName("legacy"), display_name="历史系统"), **options)
        adoption = adopt(adopter, described.clouds[_CITY], seen)
        whole = emit([cloud, adoption.document, *adoption.applications])
        validation = validate([("all.yaml", whole.encode())])
        assert validation.city, [*map(str, validation.problems), whole]
        plan = make_plan(validation.city, {_CITY: seen})
        return Imported(adoption=adoption, city=validation.city, problems=validation.problems, plan=plan)

    return imported


@pytest.fixture
def imported(old: OldCloud, build: Any, take: Callable[..., Imported]) -> Callable[..., Imported]:
    """Import what the old cloud holds now."""
    return lambda **options: take(old.observed(build), **options)
