"""What kinds do where a change cannot be made as planned: they say so, and write nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.diff import Change, Verb
from provisioner.errors import CloudMisconfigured, PlanChanged
from provisioner.kinds.catalogue import KINDS, kind_of
from provisioner.kinds.interface import Kind, Target
from provisioner.kinds.members import MembersKind
from provisioner.kinds.quota import QuotaKind
from provisioner.objects import KindName, Value


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Callable[..., Target]:
    """A project in a cloud, known by its id or not."""

    def aim(*, exists: bool) -> Target:
        domain = build.cloud().domain
        project_id = cloud.identity.create_project(domain, name="market-registration", description="")[0].id
        return Target(
            cloud=cloud,
            domain=domain,
            tenant=build.tenant(build.project()),
            project=build.project(),
            project_id=project_id if exists else None,
            directory=cloud.identity.directory(domain, users=True),
        )

    return aim


@pytest.fixture
def change(build: Any) -> Callable[..., Change]:
    """An update of one property."""

    def make(kind: Kind, key: str, name: str, value: Value) -> Change:
        address = build.asked(build.project()).address(kind.name, key)
        return Change(address=address, verb=Verb.UPDATE, before={}, after={name: value})

    return make


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_project_that_is_gone_means_that_the_plan_changed(
    target: Callable[..., Target], change: Callable[..., Change], kind: Kind
) -> None:
    """Its name is told; nothing is written to a project without id."""
    with pytest.raises(PlanChanged, match="market-registration is gone from Keystone"):
        kind.perform(change(kind, "compute", "cores", 0), target(exists=False))


@pytest.mark.parametrize("member", ["group:nobody:member", "user:nobody:member", "group:ops:boss"])
def test_a_member_or_role_that_does_not_exist_is_named(
    target: Callable[..., Target], change: Callable[..., Change], member: str
) -> None:
    """With the domain that it was looked for in."""
    unknown = "role boss" if "boss" in member else member.rpartition(":")[0].replace(":", " ")
    with pytest.raises(CloudMisconfigured, match=f"city has no {unknown} in domain government"):
        MembersKind().perform(change(MembersKind(), "", member, True), target(exists=True))


@pytest.mark.parametrize("value", [None, "4"])
def test_a_limit_that_is_no_number_is_never_written(
    cloud: MemoryCloud, target: Callable[..., Target], change: Callable[..., Change], value: Value
) -> None:
    """Least of all as zero."""
    with pytest.raises(TypeError, match="is no limit"):
        QuotaKind().perform(change(QuotaKind(), "compute", "cores", value), target(exists=True))
    assert "compute.set_limits" not in cloud.weather.calls


def test_every_kind_is_found_by_its_name() -> None:
    """And a name that no kind has is an error."""
    assert [kind_of(kind.name) for kind in KINDS] == list(KINDS)
    with pytest.raises(KeyError):
        kind_of(KindName("castle"))
