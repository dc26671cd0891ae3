"""CHECK: the source is still what was planned, and nothing stands against its moving, on either cloud.

All reasons are told at once. What is only worth knowing goes into an event, for whoever watches and for the report. The checks
themselves are `provisioner.migration.checks`; what was checked is true for this attempt alone, and a later one checks again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from provisioner.clouds.collections import Item
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudRefused
from provisioner.migration.bindings import Bindings
from provisioner.migration.checks.case import Case
from provisioner.migration.checks.catalogue import examine
from provisioner.migration.checks.findings import Finding, refusals
from provisioner.migration.checks.servers import changes
from provisioner.migration.estimate import remaining, standstill
from provisioner.migration.migration import Migration
from provisioner.migration.workload import Machine
from provisioner.moving.deed import ABSENT, Look, Spot, done
from provisioner.moving.experience import experience
from provisioner.moving.inspecting import Place, inspect_again
from provisioner.moving.preflight import mac_holders, others_under_way, view_source
from provisioner.moving.telling import tell, told
from provisioner.moving.viewing import view_in_zone
from tenants.names import NetworkName
from tenants.wave import Mode

_WHAT: Final = "checked"


class Check:
    """Everything that is to be so before anything is touched."""

    patience = 1800.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Done where this attempt has checked."""
        checked = told(spot, _WHAT, {"attempt": _attempt(spot), "passed": True})
        return ABSENT if checked is None else done(warnings=len(checked["findings"]))

    def begin(self, spot: Spot) -> Receipt:
        """Look at both clouds. Raises CloudRefused with every reason against it."""
        findings, case = _findings(spot)
        against = refusals(findings)
        tell(spot, _WHAT, {"attempt": _attempt(spot), "passed": not against, **_detail(findings, case)})
        if against:
            raise CloudRefused("; ".join(each.words for each in against))
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Nothing: looking changes nothing."""


def _attempt(spot: Spot) -> int:
    """The step's record is from before it was begun."""
    return spot.step.attempts + 1


def _findings(spot: Spot) -> tuple[tuple[Finding, ...], Case | None]:
    scene = spot.scene
    now = _now(spot)
    by_id = {each.id: each for each in now}
    changed = tuple(
        found
        for planned in (scene.workload.machines if scene.run.mode is not Mode.IMPORT else ())
        for found in changes(planned, by_id.get(planned.id), scene.run.mode)
    )
    if len(now) != len(scene.workload.machines):
        # Of what is not there any more nothing else can be asked.
        return changed, None
    case = _case(spot, replace(scene.migration, workload=replace(scene.workload, machines=now)))
    return (*changed, *examine(case)), case


def _now(spot: Spot) -> tuple[Machine, ...]:
    """The source's servers as they are now, in the order that they were planned in; disk images are no servers."""
    scene = spot.scene
    if scene.run.mode is Mode.IMPORT:
        return scene.workload.machines
    wanted = {each.id: place for place, each in enumerate(scene.workload.machines)}

    def is_one(item: Item) -> bool:
        return item["id"] in wanted

    found = inspect_again(scene.source.resources, scene.source_project, is_one)
    return tuple(sorted(found, key=lambda each: wanted[each.id]))


def _case(spot: Spot, migration: Migration) -> Case:
    scene, bindings = spot.scene, spot.scene.bindings
    with scene.means.database.transaction() as connection:
        others = others_under_way(connection, spot.id)
        known = experience(connection, scene.run, migration)
    place = Place(
        cloud=bindings.cloud, tenant=bindings.tenant, project=bindings.project, project_id=bindings.project_id
    )
    return Case(
        wave=scene.run.wave,
        migration=migration,
        source=view_source(scene.source, migration.workload, scene.run.mode),
        target=view_in_zone(scene.target, place, _zone(bindings), _networks(bindings)),
        macs=mac_holders((scene.source, scene.target), migration.workload),
        others=others,
        experience=known,
        now=scene.now(),
    )


def _zone(bindings: Bindings) -> str | None:
    return next((each.availability_zone for each in bindings.machines.values()), None)


def _networks(bindings: Bindings) -> frozenset[NetworkName]:
    return frozenset(each.network for each in bindings.interfaces.values())


def _detail(findings: Iterable[Finding], case: Case | None) -> Mapping[str, Any]:
    """As an event keeps it: what was found, and how long it is expected to take, in seconds."""
    kept: dict[str, Any] = {"findings": [asdict(each) for each in findings]}
    if case is not None:
        kept["estimate"] = {
            "standstill": asdict(standstill(case.migration, case.experience)),
            "whole": asdict(remaining(case.migration, case.experience)),
        }
    return kept
