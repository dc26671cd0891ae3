"""The worker is killed after every single step of an import in turn, there and on the way back: nothing is lost, made twice or left."""

from typing import Any

import pytest

from provisioner.migration.states import Asked, State
from tenants.wave import DiskFormat, Verification
from tests.integration.moving.imports import Import

#: After every step; before the first act of every one; after every answer to a change; after all bytes of a file were read, or sent.
_MOMENTS = (("done", "undone"), ("begun", "undoing"), ("called",), ("travelled",))
_QCOW2, _RAW, _VMDK, _VHDX = DiskFormat.QCOW2, DiskFormat.RAW, DiskFormat.VMDK, DiskFormat.VHDX


def _large(show: Import) -> Import:
    """Two servers with volumes beside, from every format there is, and from an image that the cloud has."""
    show.put_on({"网-web": (_QCOW2, _RAW), "db": (_VMDK, _VHDX, None)})
    return show


def _arrives(show: Import, at: tuple[str, ...]) -> None:
    show.goes_on_to(State.ACCEPTED, at=at, meanwhile=show.files_are_untouched)
    show.arrived()
    show.sign_off()
    show.goes_on_to(State.CLOSED, at=at, meanwhile=show.files_are_untouched)
    show.arrived()
    assert show.in_scratch() == []
    assert not show.keeps_room()


def test_killed_after_every_step_it_arrives(importing: Import) -> None:
    """Once, with the file's content; the file is there as it was, and nothing beside it."""
    importing.put_on({"db": (_QCOW2,)}, verification=Verification.READ_BACK)
    _arrives(importing, ("done",))
    assert importing.deaths == len(importing.load().steps)


@pytest.mark.parametrize("at", _MOMENTS, ids=lambda at: at[0])
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_it_arrives(importing: Import, at: tuple[str, ...], record_property: Any) -> None:
    """Files of every format, and an image that the cloud has."""
    show = _large(importing)
    _arrives(show, at)
    record_property("deaths", show.deaths)
    assert show.deaths


@pytest.mark.parametrize("at", _MOMENTS[:-1], ids=lambda at: at[0])
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_of_the_way_back_nothing_is_left(
    importing: Import, at: tuple[str, ...], record_property: Any
) -> None:
    """Though the first server was built, and all that it is built of is there; the files are as they were."""
    show = _large(importing)
    with show.dies_at("done server ", State.ACCEPTED):
        show.ask(Asked.ABORT)
    _goes_back(show, at)
    record_property("deaths", show.deaths)
    assert show.deaths > 1


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_on_the_way_back_from_what_served_already_nothing_is_left(
    importing: Import, record_property: Any
) -> None:
    """The same where somebody wants it back who was to sign off."""
    show = _large(importing)
    show.goes_on_to(State.ACCEPTED)
    show.ask(Asked.ABORT)
    _goes_back(show, ("undoing", "undone", "called"))
    record_property("deaths", show.deaths)
    assert show.deaths


def _goes_back(show: Import, at: tuple[str, ...]) -> None:
    show.goes_on_to(State.ROLLED_BACK, at=at, meanwhile=show.files_are_untouched)
    show.nothing_came_of_it()
    assert show.in_scratch() == []


@pytest.mark.full
def test_what_a_machine_has_converted_goes_though_another_went_on(importing: Import) -> None:
    """The next worker there removes it, and no sooner than nobody needs it."""
    show = importing
    show.put_on({"db": (_QCOW2, _RAW)})
    here, there = show.workshop_of("here"), show.workshop_of("there")
    with show.dies_at("done convert", State.ACCEPTED, machine="here", workshop=here):
        assert show.in_scratch("here")
    show.goes_on_to(State.ACCEPTED, machine="there", workshop=there)
    show.arrived()
    assert show.in_scratch("there") == []
    assert show.in_scratch("here")
    show.goes_on_to(State.ACCEPTED, machine="here", workshop=here)
    assert show.in_scratch("here") == []
