"""Which files an import still needs what was converted of."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.importing import imported
from provisioner.moving.tidying import still_wanted
from tenants.application import ServerSpec, VolumeSpec
from tenants.names import CloudName, FlavorName, ImageName, ProjectName, ServerName, VolumeName, ZoneName
from tenants.spec import ProjectSpec
from tenants.wave import DiskImport, Mode, ServerImport, WaveMember
from tests.migrations import Journey, bindings_of, wave_of

_PROJECT = ProjectSpec(
    name=ProjectName("a"),
    cloud=CloudName("city"),
    keystone_name="market-a",
    zone=ZoneName("web"),
    description=None,
    purpose="",
    protection_level=2,
)
_DISKS = (
    DiskImport(volume=VolumeName("root"), file="market/root.qcow2"),
    DiskImport(volume=VolumeName("data"), file="market/data.raw"),
    DiskImport(volume=VolumeName("more"), image=ImageName("guest")),
)


@pytest.fixture
def journey(found_estate: Any, describe: Any) -> Journey:
    """An import of a server on two files and an image that the target has."""
    application = describe(
        servers=(ServerSpec(name=ServerName("db"), flavor=FlavorName("tiny"), boot_volume=VolumeName("root")),),
        volumes=tuple(VolumeSpec(name=each.volume, size=1, server=ServerName("db")) for each in _DISKS),
    )
    member = WaveMember(application=application.name, imports=(ServerImport(server=ServerName("db"), disks=_DISKS),))
    workload = imported(found_estate().place, _PROJECT, application, member)
    wave = wave_of(workload, Mode.IMPORT, source=None, members=(member,))
    return Journey(workload=workload, bindings=bindings_of(workload), wave=wave, deeds={}, source=None, target=None)


def _wanted(journey: Journey, migration: Migration) -> set[str]:
    return set(still_wanted(journey.scene.run, migration))


def _uploaded(steps: tuple[Step, ...], subject: str) -> Iterator[Step]:
    for each in steps:
        is_it = (each.spec.kind, each.spec.subject) == (StepKind.UPLOAD, subject)
        yield replace(each, state=StepState.DONE) if is_it else each


def test_what_is_to_be_uploaded_is_wanted(journey: Journey) -> None:
    """An image that the cloud has needs no file."""
    assert _wanted(journey, journey.migration) == {"market/root.qcow2", "market/data.raw"}


def test_what_was_uploaded_is_wanted_no_more(journey: Journey) -> None:
    """Though the migration goes on for weeks."""
    migration = journey.migration
    migration = replace(migration, steps=tuple(_uploaded(migration.steps, "db#0")))
    assert _wanted(journey, migration) == {"market/data.raw"}


@pytest.mark.parametrize("state", [State.COMPENSATING, State.ROLLED_BACK, State.CLOSED])
def test_an_import_that_is_over_wants_nothing(journey: Journey, state: State) -> None:
    """Nor does one that is on its way back."""
    assert _wanted(journey, replace(journey.migration, state=state)) == set()


def test_an_import_that_waits_for_a_person_keeps_what_it_has(journey: Journey) -> None:
    """They may have it tried again."""
    assert _wanted(journey, replace(journey.migration, state=State.MANUAL)) == {"market/root.qcow2", "market/data.raw"}
