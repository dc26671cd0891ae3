"""What a cloud does not have: a clear problem at its place in the manifest, before any plan."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import Document, cloud, project, tenant, write
from tests.acceptance.shell import ERROR
from tests.acceptance.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A manifest that asks for what the cloud lacks."""

    #: The line at fault, and what is said about it.
    line: str
    message: str
    #: Fields of the project, of the cloud, and of the cloud's second zone.
    project: Document = field(default_factory=dict)
    cloud: Document = field(default_factory=dict)
    zone: Document = field(default_factory=dict)


_LACKING = {
    "group": Lacking(
        project={"members": [{"group": "国库处", "role": "member"}]},
        line="group: 国库处",
        message="the cloud's domain has no group 国库处",
    ),
    "user": Lacking(
        project={"members": [{"user": "no-body", "role": "member"}]},
        line="user: no-body",
        message="the cloud's domain has no user no-body",
    ),
    "role": Lacking(
        project={"members": [{"group": "finance-ops", "role": "owner"}]},
        line="role: owner",
        message="the cloud has no role owner",
    ),
    "volume type": Lacking(
        cloud={"volumeTypes": ["standard", "ssd", "nvme"]},
        project={"quota": {"block-storage": {"types": {"nvme": {"gigabytes": 5}}}}},
        line="nvme:",
        message="the cloud has no volume type nvme",
    ),
    "Neutron extension": Lacking(
        project={"quota": {"network": {"vpnservice": 2}}},
        line="vpnservice: 2",
        message="the cloud's Neutron has no extension vpnaas, which vpnservice needs",
    ),
    "availability zone": Lacking(
        zone={"availabilityZone": "mars"},
        line="availabilityZone: mars",
        message="the cloud has no availability zone mars",
    ),
    "external network": Lacking(
        zone={"externalNetwork": "mars-external"},
        line="externalNetwork: mars-external",
        message="the cloud has no external network mars-external",
    ),
}


@pytest.mark.parametrize("lacking", _LACKING.values(), ids=_LACKING)
def test_it_is_told_at_its_line_and_nothing_is_done(site: Site, lacking: Lacking) -> None:
    """The problem stands where the manifest asks for what is missing; tenants that ask for nothing odd wait too."""
    described = cloud(**lacking.cloud)
    described["spec"]["zones"][1] |= lacking.zone
    fine, odd = tenant(f"{site.name}-fine"), tenant(site.name, project(**lacking.project))
    write(site.folder, described, fine, odd)
    ended = site.apply(code=ERROR)
    assert f"manifests.yaml:{_line_of(site, lacking.line)}:" in ended.err
    assert (lacking.message in ended.err, "Traceback" in ended.err) == (True, False)
    assert (site.writes, site.city.projects(f"{site.name}-fine-registration")) == (0, [])


def test_a_domain_that_keystone_lacks_is_told(site: Site) -> None:
    """Without it nothing in the cloud can be compared."""
    write(site.folder, cloud(domain="mars"), tenant(site.name))
    assert "Keystone has no domain named mars" in site.apply(code=ERROR).out
    assert site.writes == 0


@pytest.fixture
def without_volumes(city: Cloud) -> Iterator[None]:
    """A cloud whose Keystone lists no Cinder, for the time of the test."""
    listed = city.admin.call("GET", "keystone", "/v3/services?type=block-storage")["services"]
    path = f"/v3/services/{listed[0]['id']}"
    city.admin.call("PATCH", "keystone", path, {"service": {"enabled": False}})
    yield
    city.admin.call("PATCH", "keystone", path, {"service": {"enabled": True}})


def test_a_service_that_the_cloud_lacks_is_told(without_volumes: None, site: Site) -> None:
    """Whoever asks for volumes learns that there are none; whoever does not is applied and settled."""
    bare = cloud(volumeTypes=[])
    write(site.folder, bare, tenant(site.name, project(quota={"block-storage": {"volumes": 3}})))
    assert "the cloud has no block-storage service" in site.apply(code=ERROR).err
    write(site.folder, bare, tenant(site.name, project(quota={"compute": {"cores": 3}})))
    site.apply()
    assert (site.enforced["compute"]["cores"], site.plan(code=0)["summary"]["change"]) == (3, 0)


def test_several_are_told_at_once_with_what_there_is(site: Site) -> None:
    """Nobody has to run the command once for each."""
    site.ask(members=[{"group": "no-such-group", "role": "member"}, {"group": "finance-ops", "role": "owner"}])
    problems = site.plan(code=ERROR)["problems"]
    assert len([each for each in problems if each["severity"] == "error"]) == 2
    assert "manager, member, reader" in str([each["remedy"] for each in problems])


def _line_of(site: Site, excerpt: str) -> int:
    lines = (site.folder / "manifests.yaml").read_text(encoding="utf-8").splitlines()
    return max(number for number, line in enumerate(lines, start=1) if excerpt in line)
