"""Whose a resource is: by its name in manifests, by what it is beside, by what it was."""

from typing import Any

import pytest

from monitoring.metering.systems import register_of, systems_of
from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import ResourceId, Sort
from provisioner.usage.systems import Clue, Register, ResourceKey, System
from tenants.application import ApplicationSpec, ServerSpec, VolumeSpec
from tenants.names import ApplicationName, CloudName, FlavorName, ProjectName, ServerName, TenantName, VolumeName
from tenants.spec import SystemSpec

P, Q = ProjectId("p"), ProjectId("q")
PORTAL, LEDGER = System(code="portal", name="门户"), System(code="ledger", name="台账")
REGISTER = Register(
    named={
        (P, Sort.SERVER, "web-1"): PORTAL,
        (P, Sort.VOLUME, "data"): PORTAL,
        (P, Sort.SERVER, "books"): LEDGER,
    },
    held={P: frozenset({"portal", "ledger"})},
)
_SERVER, _VOLUME = (Sort.SERVER, ResourceId("s")), (Sort.VOLUME, ResourceId("v"))


def of(key: ResourceKey, *beside: ResourceKey, name: str = "", project: ProjectId = P) -> Clue:
    """What a look tells of a resource."""
    return Clue(sort=key[0], id=key[1], project=project, name=name, beside=beside)


@pytest.mark.parametrize(
    ("clue", "known", "expected"),
    [
        pytest.param(of(_SERVER, name="web-1"), {}, PORTAL, id="named"),
        pytest.param(of(_SERVER, name="books"), {_SERVER: PORTAL}, LEDGER, id="named by another"),
        pytest.param(of(_SERVER, name="web-1", project=Q), {}, None, id="the same name in another project"),
        pytest.param(of(_VOLUME, name="web-1"), {}, None, id="a server's name on a volume"),
        pytest.param(of(_VOLUME, _SERVER), {_SERVER: PORTAL}, PORTAL, id="attached"),
        pytest.param(of(_VOLUME, _SERVER, name="data"), {_SERVER: LEDGER}, PORTAL, id="a name before an attachment"),
        pytest.param(of(_SERVER, name="renamed"), {_SERVER: PORTAL}, PORTAL, id="renamed"),
        pytest.param(of(_VOLUME), {_VOLUME: PORTAL}, PORTAL, id="detached"),
        pytest.param(of(_SERVER, project=Q), {_SERVER: PORTAL}, None, id="moved to a project without the application"),
        pytest.param(of(_SERVER), {}, None, id="never of any"),
    ],
)
def test_whose_a_resource_is(clue: Clue, known: dict[ResourceKey, System], expected: System | None) -> None:
    """Each rule, and which of two counts."""
    assert systems_of([clue], known, REGISTER) == {(clue.sort, clue.id): expected}


def test_an_application_may_be_of_a_declared_system(build: Any) -> None:
    """Several of them of one: what they name is that system's, and stays it for as long as the project holds either."""
    declared = SystemSpec(code="SCJG-001", name="商事登记系统")
    applications = tuple(
        ApplicationSpec(
            name=ApplicationName(name),
            display_name=name,
            owner=TenantName("market"),
            project=ProjectName("registration"),
            protection_level=2,
            system=code,
            servers=(ServerSpec(name=ServerName(f"{name}-web"), flavor=FlavorName("small")),),
        )
        for name, code in (("portal", "SCJG-001"), ("desk", "SCJG-001"), ("other", None))
    )
    project = build.project(applications=applications, systems=(declared, SystemSpec(code="SCJG-002", name="信用")))
    found = register_of(build.city(build.tenant(project)), CloudName("city"), {"market-registration": P})
    codes = {name: system.code for (_, _, name), system in found.named.items()}
    assert codes == {"portal-web": "SCJG-001", "desk-web": "SCJG-001", "other-web": "other"}
    assert found.held == {P: frozenset({"SCJG-001", "other"})}


def test_manifests_name_each_member(build: Any) -> None:
    """Counts are spelt out, volumes beside their members; projects that Keystone does not have are left out."""
    application = ApplicationSpec(
        name=ApplicationName("portal"),
        display_name="门户",
        owner=TenantName("market"),
        project=ProjectName("registration"),
        protection_level=2,
        servers=(ServerSpec(name=ServerName("web"), flavor=FlavorName("small"), replicas=2),),
        volumes=(VolumeSpec(name=VolumeName("data"), size=1, server=ServerName("web")),),
    )
    city = build.city(build.tenant(build.project(applications=(application,)), build.project("unmade")))
    found = register_of(city, CloudName("city"), {"market-registration": P})
    names = [(Sort.SERVER, "web-1"), (Sort.SERVER, "web-2"), (Sort.VOLUME, "data-1"), (Sort.VOLUME, "data-2")]
    assert found.named == {(P, *each): PORTAL for each in names}
    assert found.held == {P: frozenset({"portal"})}
