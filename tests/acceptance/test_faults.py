"""Clouds that falter: what passes is waited out, what was lost is found, and what stays broken costs nobody else."""

from dataclasses import asdict, dataclass

import pytest
import yaml

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import QUOTA, cloud, project, tenant
from tests.acceptance.records import unfinished
from tests.acceptance.shell import CHANGES, ERROR, Shell
from tests.acceptance.site import Site
from tests.acceptance.traffic import writes

_FOR_GOOD = 1_000_000
_BAD_REQUEST = 400
_NOWHERE = "http://127.0.0.1:9/v3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next requests of a kind in the city."""

    service: str
    method: str
    path: str
    kind: str
    count: int = 1
    retry_after_s: int | None = None
    after_acting: bool = False

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.kind}"


_PASSING = [
    Fault(service="keystone", method="POST", path="/v3/auth/tokens$", kind="503", retry_after_s=1),
    Fault(service="keystone", method="GET", path="/v3/projects", kind="reset"),
    Fault(service="keystone", method="POST", path="/v3/projects$", kind="503"),
    Fault(service="keystone", method="POST", path="/v3/projects$", kind="reset"),
    Fault(service="keystone", method="PUT", path="/roles/", kind="500", count=2),
    Fault(service="nova", method="PUT", path="/os-quota-sets/", kind="503", retry_after_s=1, count=2),
    Fault(service="cinder", method="PUT", path="/os-quota-sets/", kind="500"),
    Fault(service="cinder", method="GET", path="/os-quota-sets/", kind="reset"),
    Fault(service="neutron", method="PUT", path="/v2.0/quotas/", kind="429"),
]
_LOST = [
    Fault(service="keystone", method="POST", path="/v3/projects$", kind="500", after_acting=True),
    Fault(service="keystone", method="POST", path="/v3/projects$", kind="reset", after_acting=True),
    Fault(service="keystone", method="PUT", path="/roles/", kind="reset", after_acting=True),
    Fault(service="nova", method="PUT", path="/os-quota-sets/", kind="reset", after_acting=True),
    Fault(service="cinder", method="PUT", path="/os-quota-sets/", kind="500", after_acting=True),
    Fault(service="neutron", method="PUT", path="/v2.0/quotas/", kind="503", after_acting=True),
]


def _strike(devcloud: Devcloud, fault: Fault) -> None:
    devcloud.fail("city", **asdict(fault))


def _struck(site: Site) -> set[str]:
    return {each.fault for each in site.devcloud.requests(since=site.began) if each.fault}


@pytest.mark.parametrize("fault", _PASSING, ids=str)
def test_a_passing_fault_is_waited_out(undisturbed: Devcloud, site: Site, fault: Fault) -> None:
    """Every service may fail a few times, before it acts, in any of the usual ways."""
    _strike(undisturbed, fault)
    assert "1 done." in site.apply().out
    assert _struck(site) == {fault.kind}
    site.must_be_as_asked()


@pytest.mark.parametrize("fault", _LOST, ids=str)
def test_a_lost_answer_is_found_out(undisturbed: Devcloud, site: Site, fault: Fault) -> None:
    """The cloud acted and its answer was lost: the effect is found, or written again as the same."""
    _strike(undisturbed, fault)
    site.apply()
    assert _struck(site) == {fault.kind}
    site.must_be_as_asked()
    assert "Nothing to do" in site.apply().out


def test_a_request_that_hangs_is_given_up_and_repeated(undisturbed: Devcloud, site: Site) -> None:
    """`api_timeout` in clouds.yaml bounds the patience with one request."""
    impatient = _with_cloud(site.tenantry, "city", api_timeout=2)
    undisturbed.fail("city", "nova", "/os-quota-sets/", method="PUT", kind="hang", after_acting=True)
    impatient("apply", site.folder, "--yes")
    site.must_be_as_asked()


def test_a_service_that_stays_broken_fails_its_own_tenants(undisturbed: Devcloud, site: Site, district: Cloud) -> None:
    """The reason is told; other tenants and clouds are done; the same command completes it when the service is back."""
    light = tenant(f"{site.name}-light", project(quota={"compute": QUOTA["compute"]}))
    far = tenant(f"{site.name}-far", project(cloud="district"))
    site.ask_all(cloud("district"), tenant(site.name), light, far)
    undisturbed.fail("city", "cinder", "/os-quota-sets/", method="PUT", kind="500", count=_FOR_GOOD)
    results = {each["tenant"]: each for each in site.apply("-o", "json", code=ERROR).document["results"]}
    ends = {each: results[each]["result"] for each in results}
    assert ends == {site.name: "failed", f"{site.name}-light": "done", f"{site.name}-far": "done"}
    failed = [step for step in results[site.name]["operation"]["steps"] if step["failure"]]
    assert [f"{step['kind']} {step['key']}" for step in failed] == ["quota block-storage"]
    assert ("500" in failed[0]["failure"]["message"], failed[0]["failure"]["retryable"]) == (True, True)
    assert len(district.projects(f"{site.name}-far-registration")) == 1
    undisturbed.clear()
    site.apply()
    site.must_be_as_asked()
    assert (site.projects_made, unfinished(site.tenantry)) == (3, [])


def test_what_a_service_will_never_take_is_told_with_its_request(site: Site) -> None:
    """Nova has a greatest number. The reason and OpenStack's request id lead its operators to their log."""
    site.ask(quota={"compute": {"server_groups": 2**40}, "network": QUOTA["network"]})
    ended = site.apply("-o", "json", code=ERROR).document["results"][0]
    failures = [step["failure"] for step in ended["operation"]["steps"] if step["failure"]]
    refused = [each for each in writes(site.devcloud, site.began) if each.status == _BAD_REQUEST]
    assert [each["requestId"] for each in failures] == [each.request_id for each in refused]
    assert (ended["result"], failures[0]["retryable"], len(refused)) == ("failed", False, 1)
    assert site.enforced["network"]["port"] == 20
    site.ask()
    site.apply()
    site.must_be_as_asked()


def test_a_service_that_cannot_be_read_refuses_its_own_tenants(undisturbed: Devcloud, site: Site) -> None:
    """Limits that cannot be compared are not written; a tenant that does not need the service is applied."""
    site.apply()
    light = tenant(f"{site.name}-light", project(quota={"network": QUOTA["network"]}))
    site.ask_all(tenant(site.name, project(quota={**QUOTA, "compute": {"cores": 9}})), light)
    undisturbed.fail("city", "nova", "/os-quota-sets/", method="GET", kind="503", count=_FOR_GOOD)
    said = site.apply(code=ERROR).out
    assert ("could not be read" in said, "1 done, 1 refused" in said) == (True, True)
    site.must_be_as_asked()


def test_a_cloud_that_is_down_leaves_the_other_alone(site: Site) -> None:
    """The tenants of the cloud that answers are applied; the others are refused with the reason, until it is back."""
    site.ask_all(cloud("district"), tenant(site.name), tenant(f"{site.name}-far", project(cloud="district")))
    half = _with_cloud(site.tenantry, "district", auth_url=_NOWHERE)
    said = half("apply", site.folder, "--yes", code=ERROR).out
    assert ("1 done, 1 refused" in said, "cloud district could not be observed" in said) == (True, True)
    site.must_be_as_asked()
    assert "1 done" in site.apply().out


def test_a_cloud_that_is_down_shows_in_drift_and_status(site: Site) -> None:
    """Neither says that all is well about what it could not look at."""
    site.apply()
    lost = _with_cloud(site.tenantry, "city", auth_url=_NOWHERE)
    assert "Not looked at: cloud city" in lost("drift", code=ERROR).err
    assert "Not looked at: cloud city" in lost("status", code=ERROR).err


def test_a_plan_waits_faults_out_too(undisturbed: Devcloud, site: Site) -> None:
    """Whatever falters while it looks."""
    for service in ("keystone", "nova", "cinder", "neutron", "placement"):
        undisturbed.fail("city", service, method="GET", kind="500", count=2)
    assert (site.plan(code=CHANGES)["summary"]["create"], site.writes) == (5, 0)


def _with_cloud(shell: Shell, name: str, *, auth_url: str | None = None, **settings: object) -> Shell:
    """The shell with a clouds.yaml in which one cloud is different."""
    known = yaml.safe_load(shell.clouds_yaml.read_text(encoding="utf-8"))
    known["clouds"][name] |= settings
    if auth_url:
        known["clouds"][name]["auth"]["auth_url"] = auth_url
    changed = shell.folder / "clouds.yaml"
    changed.write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")
    return shell.with_environment(OS_CLIENT_CONFIG_FILE=str(changed))
