"""ACCEPT, CLEAN and RETIRE: from where the target serves to where the source is gone.

The source goes by these rules alone: somebody signed off, its time is over, and the step is reached. What served the migration
alone goes as soon as the target serves.
"""

from collections.abc import Iterator
from dataclasses import replace

from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudRefused
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, SNAPSHOTS, VOLUMES
from provisioner.migration.identifiers import made_name
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, done
from provisioner.moving.deeds.copying import COPY
from provisioner.moving.deeds.disks import PROOF
from provisioner.moving.deeds.freezing import Clone, Snapshot
from provisioner.moving.deeds.imaging import EXPORT, ROOT
from provisioner.moving.deeds.importing import UPLOAD, discard_converted
from provisioner.moving.deeds.made import Place, ask_to_go, gone
from provisioner.store import migration_holds, migration_records
from tenants.wave import Mode


class Accept:
    """The target serves; from now on the time runs for which the source is kept."""

    patience = 60.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Once it is written down until when."""
        with spot.scene.means.database.transaction() as connection:
            until = migration_records.load(connection, spot.id).kept_until
        return ABSENT if until is None else done(kept_until=until.isoformat())

    def begin(self, spot: Spot) -> Receipt:
        """Write it down."""
        with spot.scene.means.database.transaction() as connection:
            migration_records.keep_until(connection, spot.id, spot.scene.now() + spot.scene.run.wave.retention)
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Nothing: the way back takes the target away and starts the source."""


class Clean:
    """Snapshots, clones and images that only served the migration go, and the room that was kept for them is given back."""

    patience = 1800.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Nothing is left, and no room is kept."""
        if any(place.named(name) for place, name in _left(spot)):
            return ABSENT
        with spot.scene.means.database.transaction() as connection:
            return ABSENT if spot.id in migration_holds.holders(connection) else done()

    def begin(self, spot: Spot) -> Receipt:
        """One sort after the other, for a snapshot stays as long as it has clones."""
        for place, name in _left(spot):
            gone(place, lambda place=place, name=name: _alive(place.named(name)), spot)  # type: ignore[misc]
        if spot.scene.run.mode is Mode.IMPORT:
            discard_converted(spot)
        with spot.scene.means.database.transaction() as connection:
            migration_holds.release(connection, spot.id)
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Nothing: what is gone was a copy."""


class Retire:
    """A server of the source goes, with its ports and volumes."""

    patience = 1800.0
    side_by_side = 2

    def look(self, spot: Spot) -> Look:
        """Nothing of it is there any more."""
        if (server := _server(spot)) is not None:
            return UNDER_WAY if server.get("OS-EXT-STS:task_state") == "deleting" else ABSENT
        return ABSENT if any(items for _, items in _belongings(spot)) else done()

    def begin(self, spot: Spot) -> Receipt:
        """The server first, then what is its own. Raises CloudRefused where nobody signed off: then nothing may go."""
        scene = spot.scene
        until = scene.migration.kept_until
        if scene.migration.signed_off is None or until is None or scene.now() < until:
            raise CloudRefused(
                f"the source of {scene.migration.name} is kept: nobody signed off, or its time is not over"
            )
        if (server := _server(spot)) is not None:
            return Place(cloud=scene.source, project=scene.source_project, collection=SERVERS).delete(server)
        requests: list[str] = []
        for place, items in _belongings(spot):
            for item in items:
                requests.extend(ask_to_go(place, item)[0].request_ids)
        return Receipt(request_ids=tuple(requests))

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """There is no way back from here."""
        raise CloudRefused(f"the source of {spot.scene.migration.name} is gone, or going")


def _server(spot: Spot) -> Item | None:
    machine = spot.scene.workload.machine(spot.subject)
    return spot.scene.source.resources.fetch(SERVERS, spot.scene.source_project, ItemId(machine.id))


def _belongings(spot: Spot) -> Iterator[tuple[Place, list[Item]]]:
    """The source's ports and volumes of one server that are still there."""
    scene, machine = spot.scene, spot.scene.workload.machine(spot.subject)
    ports = Place(cloud=scene.source, project=scene.source_project, collection=PORTS)
    volumes = replace(ports, collection=VOLUMES)
    yield ports, _there(ports, [each.port for each in machine.interfaces])
    yield volumes, _there(volumes, [disk.volume for disk in machine.disks if disk.volume is not None])


def _there(place: Place, identities: list[str]) -> list[Item]:
    found = (place.cloud.resources.fetch(place.collection, place.project, ItemId(each)) for each in identities)
    return [each for each in found if each is not None and each.get("status") != "deleting"]


def _left(spot: Spot) -> Iterator[tuple[Place, str]]:
    """Where what only served the migration would be, and what it would be called."""
    scene = spot.scene
    source = Place(cloud=scene.source, project=scene.source_project, collection=IMAGES)
    target = Place(cloud=scene.target, project=scene.target_project, collection=IMAGES)
    if not scene.run.mode.copies and scene.run.mode is not Mode.IMPORT:
        return
    for _, disk in scene.workload.disks():
        yield target, made_name(spot.id, PROOF, disk.subject)
        if scene.run.mode is Mode.IMPORT:
            yield target, made_name(spot.id, UPLOAD, disk.subject)
            continue
        if disk.volume is not None:
            yield source, made_name(spot.id, EXPORT, disk.subject)
            # The image of a root disk stays: the server is made of it, and Nova may want it again.
            yield target, made_name(spot.id, COPY, disk.subject)
            yield replace(source, collection=VOLUMES), made_name(spot.id, Clone.role, disk.subject)
            yield replace(source, collection=SNAPSHOTS), made_name(spot.id, Snapshot.role, disk.subject)
        elif scene.run.mode is Mode.CROSS_CLOUD:
            yield source, made_name(spot.id, ROOT, disk.subject)


def _alive(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(each for each in items if each.get("status") not in {"deleted", "pending_delete"})
