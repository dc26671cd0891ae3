"""MANIFEST: the documents in force say where the application is now, before its source may go.

Only the values that the move changes are written, into the text as people wrote it. The same file kept by people elsewhere still
says what was: what to change in it is told as an event of the migration, for its report.
"""

import hashlib
from typing import Any, Final

from provisioner.audit import Detail, Event
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudRefused, InputError
from provisioner.migration.collections import SERVERS
from provisioner.moving.deed import ABSENT, Look, Spot, done, impossible
from provisioner.moving.journal import TENANTRY
from provisioner.moving.relocating import (
    Amended,
    Unwritten,
    amended,
    application_in,
    moved_in,
    not_moved,
    taken_back,
)
from provisioner.moving.telling import told
from provisioner.operation import RevisionId
from provisioner.standing import InForce, in_force
from provisioner.store import applied, audit, migration_events, reservations, revisions, standing
from provisioner.store.database import Connection
from provisioner.store.migration_events import Happening
from tenants.amendment import Change
from tenants.application import ApplicationSpec
from tenants.names import ServerName
from tenants.spec import City
from tenants.validation import validate

#: The event that says what was written.
WRITTEN: Final = "manifest"
_AUDITED: Final = "migration.manifest"


class Manifest:
    """The application's document in force."""

    patience = 600.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """By what is in force: whether it says that the application is where it went. People may have written it themselves."""
        force, city = _in_force(spot)
        application = application_in(city, spot.scene.migration)
        if application is None:
            return done(note="no manifest in force describes the application any more")
        if application.project == spot.scene.bindings.project:
            written = told(spot, WRITTEN, {}) or {}
            # Whoever keeps the same manifest elsewhere reads here what to write.
            words = {"changes": "; ".join(written["words"])} if "words" in written else {}
            return done(project=application.project, **words)
        found = amended(force, city, spot.scene.run, spot.scene.migration, staying=_staying(spot, application))
        return ABSENT if isinstance(found, Amended) else impossible(str(found))

    def begin(self, spot: Spot) -> Receipt:
        """Write it, in one transaction; nothing where something else came into force meanwhile, and the next look finds out."""
        force, city = _in_force(spot)
        application = application_in(city, spot.scene.migration)
        staying = () if application is None else _staying(spot, application)
        found = amended(force, city, spot.scene.run, spot.scene.migration, staying=staying)
        if isinstance(found, Amended):
            _brought(spot, force, found)
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Write back what it had written. Raises CloudRefused where people changed the same since: then it is theirs to write."""
        written = told(spot, WRITTEN, {})
        force, city = _in_force(spot)
        application = application_in(city, spot.scene.migration)
        if application is None or application.project != spot.scene.bindings.project:
            return
        if written is None:
            raise CloudRefused(
                f"people wrote into the manifest of {application.name} where it went: write back project: "
                f"{spot.scene.workload.project}, with the names that belong to it, then retry"
            )
        document = next(each for each in force.documents if (each.kind, each.name) == ("Application", application.name))
        found = taken_back(force, document, _changes(written))
        if isinstance(found, Unwritten):
            raise CloudRefused(str(found))
        if not _brought(spot, force, found, back=True):
            raise CloudRefused("what is in force changed meanwhile: try again")


def _staying(spot: Spot, application: ApplicationSpec) -> tuple[ServerName, ...]:
    """The servers of the application that are where it was. One that its manifest got meanwhile was never made: it will be where it is.

    Raises CloudError where the cloud does not tell.
    """
    others, project = not_moved(application, spot.scene.migration), spot.scene.source_project
    return tuple(each for each in others if spot.scene.source.resources.named(SERVERS, project, each))


def _in_force(spot: Spot) -> tuple[InForce, City]:
    """The documents in force and what they mean. Raises InputError where they do not fit one another."""
    force = in_force(spot.scene.means.database)
    papers = force.papers

    def lookup(name: str) -> bytes | None:
        text = papers.attached.get(name)
        return None if text is None else text.encode()

    city = validate(((name, text.encode()) for name, text in papers.files.items()), lookup).city
    if city is None:
        raise InputError("the manifests in force do not fit one another: apply them anew, then retry")
    return force, city


def _brought(spot: Spot, force: InForce, found: Amended, *, back: bool = False) -> bool:
    """Whether it is in force now; not where something else came into force since it was read."""
    at = spot.scene.now()
    with spot.scene.means.database.transaction() as connection:
        if reservations.lock(connection) != force.mark:
            return False
        revision = revisions.save(connection, found.files, actor=TENANTRY, at=at, attached=found.attached)
        reservations.count_standing(connection)
        standing.put(connection, [found.after], origin=revision, at=at)
        _note_applied(connection, spot, found.city, revision)
        if not back:
            _tell(connection, spot, found)
        audit.append(
            connection,
            Event(at=at, actor=TENANTRY, action=_AUDITED, subject=spot.id, detail=_audited(spot, found, revision)),
        )
    return True


def _note_applied(connection: Connection, spot: Spot, city: City, revision: RevisionId) -> None:
    """What was applied of the tenant has the application where it is now: drift is measured against that."""
    scene, application = spot.scene, application_in(city, spot.scene.migration)
    if application is None:
        return
    for cloud in {scene.workload.cloud, scene.bindings.cloud}:
        known = applied.load(connection, scene.migration.tenant, cloud)
        if known is not None:
            spec = moved_in(known.spec, application)
            applied.record(
                connection,
                applied.Applied(tenant=known.tenant, cloud=cloud, revision=revision, spec=spec, at=scene.now()),
            )


def _audited(spot: Spot, found: Amended, revision: RevisionId) -> dict[str, Detail]:
    return {
        "application": spot.scene.migration.name,
        "before": hashlib.sha256(found.before.text.encode()).hexdigest(),
        "after": hashlib.sha256(found.after.text.encode()).hexdigest(),
        "revision": revision,
        "changes": [str(each) for each in found.changes],
    }


def _tell(connection: Connection, spot: Spot, found: Amended) -> None:
    """What was written, for whoever keeps the same manifest elsewhere: applied again as it is there, it would say what was."""
    detail: dict[str, Detail] = {
        "file": found.before.file,
        "changes": [{"way": list(each.way), "before": each.before, "after": each.after} for each in found.changes],
        "words": [str(each) for each in found.changes],
    }
    happening = Happening(
        run=spot.scene.run.id, migration=spot.id, at=spot.scene.now(), actor=TENANTRY, what=WRITTEN, detail=detail
    )
    migration_events.note(connection, happening)


def _changes(detail: Any) -> tuple[Change, ...]:
    return tuple(
        Change(way=tuple(each["way"]), before=each["before"], after=each["after"]) for each in detail["changes"]
    )
