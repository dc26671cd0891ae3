"""Kind `quota`, retired projects: limits go down to what is still held, and never up."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.diff import diff, patched
from provisioner.kinds.interface import Asked
from provisioner.kinds.quota import QuotaKind
from provisioner.objects import Properties
from tenants.resources import UNLIMITED, Service
from tenants.spec import ProjectState

_KIND = QuotaKind()
_limits = st.integers(-1, 8)
_uses = st.integers(0, 8)


@pytest.fixture(scope="session")
def retired(build: Any) -> Callable[..., Asked]:
    """A retired project that was seen with these readings; its manifest still names limits."""

    def make(readings: Mapping[str, tuple[int, ...]], **fields: object) -> Asked:
        project = build.project(state=ProjectState.RETIRED, limits={"compute/cores": 40})
        view = build.view(readings=readings, **{"read": tuple(Service), **fields})
        return build.asked(project, view)

    return make


def _after(asked: Asked) -> dict[str, Properties]:
    changes = diff(_KIND.desired(asked), dict(_KIND.observed(asked)))
    return {change.address.key: change.after for change in changes}


def test_limits_go_down_to_zero_where_nothing_is_held(retired: Callable[..., Asked]) -> None:
    """Whatever the manifest named, and in every service that was read."""
    seen = {"compute/cores": (40, 0), "network/port": (500, 0)}
    assert _after(retired(seen)) == {"compute": {"cores": 0}, "network": {"port": 0}}


def test_limits_stay_at_what_is_held(retired: Callable[..., Asked]) -> None:
    """With what is reserved, for that is about to be held."""
    seen = {"block-storage/volumes": (10, 2, 1)}
    assert _after(retired(seen)) == {"block-storage": {"volumes": 3}}


def test_limits_of_volume_types_go_down_too(retired: Callable[..., Asked]) -> None:
    """Unlimited is a limit that can go down."""
    seen = {"block-storage/gigabytes": (100, 30), "block-storage/gigabytes/ssd": (UNLIMITED, 30)}
    assert _after(retired(seen)) == {"block-storage": {"gigabytes": 30, "gigabytes_ssd": 30}}


@pytest.mark.parametrize(
    "name", ["compute/metadata_items", "block-storage/per_volume_gigabytes", "network/router_route"]
)
def test_limits_that_do_not_add_up_are_left(retired: Callable[..., Asked], name: str) -> None:
    """They limit one thing, not the project: nothing is given back by lowering them."""
    assert _after(retired({name: (100, 0)})) == {}


def test_a_limit_of_unknown_use_is_left(retired: Callable[..., Asked]) -> None:
    """Down to what, nobody can say."""
    assert _after(retired({"compute/server_groups": (10, -1)})) == {}


def test_a_limit_below_use_is_not_raised(retired: Callable[..., Asked]) -> None:
    """Retiring gives nothing back that was taken away before."""
    assert _after(retired({"compute/cores": (2, 6)})) == {}


@given(limit=_limits, used=_uses, reserved=st.integers(0, 2))
def test_the_limit_is_the_smaller_of_what_is_enforced_and_held(
    retired: Callable[..., Asked], limit: int, used: int, reserved: int
) -> None:
    """Whatever it was before; unlimited counts as more than anything."""
    held = used + reserved
    wanted = held if limit == UNLIMITED else min(limit, held)
    after = _after(retired({"compute/cores": (limit, used, reserved)})).get("compute", {"cores": limit})
    assert after == {"cores": wanted}


@given(limit=_limits, used=_uses)
def test_a_second_pass_changes_nothing(retired: Callable[..., Asked], limit: int, used: int) -> None:
    """What the first pass set is what the second wants."""
    asked = retired({"compute/cores": (limit, used)})
    world = dict(_KIND.observed(asked))
    once = patched(world, diff(_KIND.desired(asked), world))
    enforced = next(iter(once.values()))["cores"]
    assert _after(retired({"compute/cores": (enforced, used)})) == {}


def test_lowering_is_no_danger(retired: Callable[..., Asked]) -> None:
    """Nothing that exists is lost, so the plan does not cry wolf."""
    asked = retired({"compute/cores": (40, 3)})
    (change,) = diff(_KIND.desired(asked), dict(_KIND.observed(asked)))
    assessment = _KIND.assess(change, asked)
    assert (assessment.reason, assessment.destructive) == (
        "the manifest retires the project; its limits go down to what it holds",
        False,
    )


def test_its_own_limits_are_not_noticed(build: Any) -> None:
    """What the manifest of a retired project still names is not what is applied, so it is not spoken of."""
    project = build.project(state=ProjectState.RETIRED, limits={"compute/cores": 1}, allow_below_usage=True)
    assert list(_KIND.notices(build.asked(project, build.view(readings={"compute/cores": (40, 6)})))) == []


@pytest.fixture
def without_cinder(build: Any) -> Asked:
    """A retired project in a cloud without block storage."""
    view = build.view(read=(Service.COMPUTE, Service.NETWORK), unreadable={"block-storage": "not in the catalogue"})
    has = build.capabilities(services=frozenset({Service.COMPUTE, Service.NETWORK}))
    return build.asked(build.project(state=ProjectState.RETIRED), view, capabilities=has)


def test_a_service_that_the_cloud_lacks_is_no_obstacle(without_cinder: Asked) -> None:
    """Where there is no Cinder there are no limits of it to lower."""
    assert list(_KIND.obstacles(without_cinder)) == []


def test_a_service_that_does_not_answer_is_an_obstacle(build: Any) -> None:
    """That it is silent does not mean that the cloud lacks it."""
    view = build.view(read=(Service.COMPUTE, Service.NETWORK), unreadable={"block-storage": "HTTP 503"})
    silent = build.capabilities(
        services=frozenset({Service.COMPUTE, Service.NETWORK}), unreachable={Service.BLOCK_STORAGE: "HTTP 503"}
    )
    asked = build.asked(build.project(state=ProjectState.RETIRED), view, capabilities=silent)
    assert [each.address.key for each in _KIND.obstacles(asked)] == ["block-storage"]


def test_a_retired_project_that_does_not_exist_asks_for_nothing(build: Any) -> None:
    """Nothing is made only to be taken back."""
    project = build.project(state=ProjectState.RETIRED, limits={"compute/cores": 4})
    assert list(_KIND.desired(build.asked(project))) == []
