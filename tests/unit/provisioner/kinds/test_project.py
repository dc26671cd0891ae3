"""Kind `project`: what a manifest means for the Keystone project, decided from what was seen."""

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.diff import Change, Verb, diff
from provisioner.kinds.interface import Asked
from provisioner.kinds.project import ProjectKind
from tenants.resources import Service
from tenants.spec import ProjectState

_KIND = ProjectKind()
#: A reading of all that may hold data, with nothing in it.
_EMPTY = {
    "compute/instances": (10, 0),
    "block-storage/volumes": (10, 0),
    "block-storage/snapshots": (10, 0),
    "block-storage/backups": (10, 0),
}


def _changes(asked: Asked) -> tuple[Change, ...]:
    return diff(_KIND.desired(asked), dict(_KIND.observed(asked)))


@pytest.fixture(scope="session")
def retired(build: Any) -> Callable[..., Asked]:
    """A retired project that was seen with these fields."""

    def make(*, description: str | None = None, **fields: object) -> Asked:
        project = build.project(state=ProjectState.RETIRED, description=description)
        return build.asked(project, build.view(**fields))

    return make


def test_a_missing_project_is_created_under_its_keystone_name(build: Any) -> None:
    """With the manifest's description, enabled."""
    (change,) = _changes(build.asked(build.project(keystone_name="gs-登记", description="工商登记")))
    assert change.verb is Verb.CREATE
    assert change.after == {"name": "gs-登记", "description": "工商登记", "enabled": True}


def test_a_new_project_without_description_is_described_by_whose_it_is(build: Any) -> None:
    """The tenant's name and the purpose, so that Keystone's operators know what they look at."""
    (change,) = _changes(build.asked(build.project()))
    assert change.after["description"] == "市市场监督管理局:商事登记"


def test_an_existing_description_is_left_alone_where_none_is_asked_for(build: Any) -> None:
    """It may have been written by hand."""
    assert _changes(build.asked(build.project(), build.view(description="by hand"))) == ()


def test_a_description_can_be_emptied(build: Any) -> None:
    """An empty description is asked for; it is not the same as none."""
    (change,) = _changes(build.asked(build.project(description=""), build.view(description="old")))
    assert (change.verb, change.after) == (Verb.UPDATE, {"description": ""})


def test_a_disabled_project_in_use_is_enabled(build: Any) -> None:
    """An active project can be used."""
    (change,) = _changes(build.asked(build.project(), build.view(enabled=False)))
    assert change.after == {"enabled": True}
    assert _KIND.assess(change, build.asked(build.project())).destructive is False


def test_a_retired_project_that_is_empty_is_disabled(retired: Callable[..., Asked]) -> None:
    """It is destructive: whoever still works in it is cut off."""
    asked = retired(readings=_EMPTY)
    (change,) = _changes(asked)
    assert change.after == {"enabled": False}
    assert _KIND.assess(change, asked).destructive is True


def test_a_retired_project_that_is_disabled_stays_so(retired: Callable[..., Asked]) -> None:
    """The second pass has nothing to do and nothing to say."""
    asked = retired(readings=_EMPTY, enabled=False)
    assert (_changes(asked), list(_KIND.notices(asked))) == ((), [])


def test_a_retired_project_that_will_be_disabled_needs_no_notice(retired: Callable[..., Asked]) -> None:
    """The plan shows it."""
    assert list(_KIND.notices(retired(readings=_EMPTY))) == []


def test_a_disabled_project_with_data_is_not_said_to_stay_enabled(retired: Callable[..., Asked]) -> None:
    """Somebody else disabled it, and may enable it again."""
    asked = retired(readings={**_EMPTY, "compute/instances": (10, 1)}, enabled=False)
    assert list(_KIND.notices(asked)) == []


def test_a_project_in_use_needs_no_notice(build: Any) -> None:
    """That it holds something is what it is for."""
    view = build.view(readings={**_EMPTY, "compute/instances": (10, 1)})
    assert list(_KIND.notices(build.asked(build.project(), view))) == []


def test_services_that_could_not_be_read_are_told_in_order(retired: Callable[..., Asked]) -> None:
    """The same plan reads the same every time."""
    (notice,) = _KIND.notices(retired(readings={}))
    assert "block-storage (could not be read), compute (could not be read)" in notice.message


def test_a_retired_project_that_does_not_exist_is_not_made(build: Any) -> None:
    """Only to be disabled."""
    assert _changes(build.asked(build.project(state=ProjectState.RETIRED))) == ()


@pytest.mark.parametrize("held", sorted(_EMPTY))
def test_a_retired_project_with_data_stays_enabled(retired: Callable[..., Asked], held: str) -> None:
    """Servers, volumes, snapshots and backups: their owner must be able to fetch them, and is told what they are."""
    asked = retired(readings={**_EMPTY, held: (10, 3)})
    (notice,) = _KIND.notices(asked)
    assert _changes(asked) == ()
    assert f"3 {held.split('/')[1]}" in notice.message


@pytest.mark.parametrize("held", sorted(_EMPTY))
def test_data_that_is_just_being_made_keeps_a_project_enabled(retired: Callable[..., Asked], held: str) -> None:
    """A reservation becomes a volume in a moment."""
    assert _changes(retired(readings={**_EMPTY, held: (10, 0, 1)})) == ()


def test_what_is_held_and_what_is_being_made_add_up(retired: Callable[..., Asked]) -> None:
    """One volume and one more on its way are two."""
    asked = retired(readings={**_EMPTY, "block-storage/volumes": (10, 1, 1)})
    (notice,) = _KIND.notices(asked)
    assert (_changes(asked), "2 volumes" in notice.message) == ((), True)


@pytest.mark.parametrize("held", sorted(_EMPTY))
def test_data_of_unknown_amount_keeps_a_project_enabled(retired: Callable[..., Asked], held: str) -> None:
    """A service that does not say how many may hold some."""
    assert _changes(retired(readings={**_EMPTY, held: (10, -1)})) == ()


@pytest.mark.parametrize("held", sorted(_EMPTY))
def test_data_that_a_service_does_not_speak_of_keeps_a_project_enabled(
    retired: Callable[..., Asked], held: str
) -> None:
    """Nor is silence a proof that there is none."""
    assert _changes(retired(readings={name: usage for name, usage in _EMPTY.items() if name != held})) == ()


@pytest.mark.parametrize("service", [Service.COMPUTE, Service.BLOCK_STORAGE])
def test_a_service_that_could_not_be_read_keeps_a_project_enabled(
    retired: Callable[..., Asked], service: Service
) -> None:
    """What is in there, nobody knows; the notice says that it could not be read."""
    readings = {name: usage for name, usage in _EMPTY.items() if not name.startswith(service)}
    asked = retired(readings=readings, unreadable={service: "HTTP 503"})
    (notice,) = _KIND.notices(asked)
    assert _changes(asked) == ()
    assert f"{service} (could not be read)" in notice.message


@pytest.mark.parametrize("service", [Service.COMPUTE, Service.BLOCK_STORAGE])
def test_a_service_that_was_not_read_keeps_a_project_enabled(retired: Callable[..., Asked], service: Service) -> None:
    """A recorded look from before the retirement says nothing of services that were not asked then."""
    readings = {name: usage for name, usage in _EMPTY.items() if not name.startswith(service)}
    assert _changes(retired(readings=readings)) == ()


@pytest.mark.parametrize(("unreachable", "after"), [({}, {"enabled": False}), ({Service.BLOCK_STORAGE: "503"}, None)])
def test_a_service_keeps_a_project_enabled_where_the_cloud_has_it(
    build: Any, unreachable: dict[Service, str], after: dict[str, bool] | None
) -> None:
    """In a cloud without Cinder there are no volumes; in one whose Cinder is silent there may be."""
    has = build.capabilities(services=frozenset({Service.COMPUTE, Service.NETWORK}), unreachable=unreachable)
    view = build.view(readings={"compute/instances": (10, 0)}, unreadable={"block-storage": "no answer"})
    asked = build.asked(build.project(state=ProjectState.RETIRED), view, capabilities=has)
    assert [change.after for change in _changes(asked)] == ([] if after is None else [after])


def test_networks_do_not_keep_a_project_enabled(retired: Callable[..., Asked]) -> None:
    """Ports and networks hold no data; what cannot be read of them is no reason to wait."""
    (change,) = _changes(retired(readings=_EMPTY, unreadable={"network": "HTTP 503"}))
    assert change.after == {"enabled": False}


def test_a_description_goes_with_the_disabling(retired: Callable[..., Asked]) -> None:
    """One change, one request."""
    (change,) = _changes(retired(readings=_EMPTY, description="已退还"))
    assert change.after == {"description": "已退还", "enabled": False}


def test_a_retired_project_with_data_can_still_be_described(retired: Callable[..., Asked]) -> None:
    """And is not disabled along the way."""
    (change,) = _changes(retired(readings={**_EMPTY, "compute/instances": (10, 1)}, description="退还中"))
    assert change.after == {"description": "退还中"}


def test_disabling_comes_after_describing(retired: Callable[..., Asked]) -> None:
    """Whatever else is done to a project is done first."""
    (disable,) = _changes(retired(readings=_EMPTY))
    (describe,) = _changes(retired(readings={}, description="退还中"))
    assert _KIND.rank(describe) < _KIND.rank(disable)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ({"enabled": False}, "the manifest retires it and it holds no data"),
        ({"enabled": True}, "the manifest has it active and it is disabled"),
        ({"description": "x"}, "the manifest describes it differently"),
    ],
)
def test_each_update_gives_its_reason(build: Any, after: dict[str, object], reason: str) -> None:
    """A reader of the plan learns why."""
    asked = build.asked(build.project())
    change = Change(address=asked.address(_KIND.name), verb=Verb.UPDATE, before={}, after=after)  # type: ignore[arg-type]
    assert _KIND.assess(change, asked).reason == reason


def test_creating_gives_the_tenant_as_reason(build: Any) -> None:
    """Who asks for it stands in the plan."""
    (change,) = _changes(build.asked(build.project()))
    assert "市市场监督管理局" in _KIND.assess(change, build.asked(build.project())).reason
