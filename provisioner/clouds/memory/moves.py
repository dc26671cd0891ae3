"""Nova in memory: migrations of servers, live and cold, with their records (`os-migrations`, `server-migrations`).

A live migration runs until a later look at its server or at itself; a test may destine another end for the migration of a
server of some name: `destine(MIGRATIONS, "web-1", {"status": "failed"})`, and none at all without a state.
"""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, NOT_FOUND, Declined, Habit
from provisioner.clouds.memory.hosts import HOST, SERVERS, destination
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World, new_uuid

MIGRATIONS: Final = "/os-migrations"
SERVER_MIGRATIONS: Final = "/servers/{parent}/migrations"
TASK: Final = "OS-EXT-STS:task_state"
#: Among what is coming to a server: how its migration ends.
ENDS: Final = "migration ends"
RUNNING: Final = "running"
COMPLETED: Final = "completed"
_MIB: Final = 1024**2
_PORTS: Final = "/ports"


class MigrationHabit(Habit):
    """Records of migrations, the newest first."""

    path = MIGRATIONS
    newest_first = True

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Server, status, type and host narrow a listing."""
        if key == "host":
            return value in {stored.item["source_compute"], stored.item["dest_compute"]}
        return key not in stored.item or stored.item[key] == value


class ServerMigrationHabit(Habit):
    """Live migrations under way: their memory goes over by and by; deleting one aborts it."""

    path = SERVER_MIGRATIONS

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """It has come further, or to its end."""
        if state is None or state.get("status", RUNNING) != RUNNING:
            end(world, stored.parent, str((state or {}).get("status", COMPLETED)))
        else:
            super().arrived(world, stored, state)

    def delete(self, world: World, stored: Stored) -> None:
        """The server stays where it is."""
        end(world, stored.parent, "cancelled")


def migrate_live(world: World, server: Stored, said: Mapping[str, Any]) -> None:
    """Begin a live migration. Raises Declined."""
    if said.get("host") == server.item[HOST]:
        # Found out by the conductor, when the answer is long given.
        _record(world, server, "live-migration", server.item[HOST]).item["status"] = "error"
        return
    there = destination(world, server, said.get("host"))
    total = server.item["flavor"]["ram"] * _MIB
    disk = {f"disk_{each}_bytes": 0 for each in ("total", "processed", "remaining")}
    record = _record(world, server, "live-migration", there)
    record.item.update(status=RUNNING, memory_total_bytes=total, **_memory(total, 0), **disk)
    fate = world.fates.pop((MIGRATIONS, str(server.item["name"])), None)
    ends = [{"status": COMPLETED}] if fate is None else fate
    half = {"status": RUNNING, **_memory(total, total // 2)}
    running = Stored(id=record.id, item=record.item, project=None, parent=server.id, coming=[half, *ends])
    world.shelves.put(SERVER_MIGRATIONS, running)
    server.item.update({"status": "MIGRATING", TASK: "migrating"})
    server.coming[:] = [{ENDS: str((each or {}).get("status", COMPLETED))} for each in ends[-1:]]


def force(world: World, server: Stored, number: str) -> None:
    """Have a live migration complete a look later. Raises Declined where it is not under way."""
    running = world.shelves.find(SERVER_MIGRATIONS, number, parent=server.id)
    if running is None:
        raise Declined(NOT_FOUND, f"Migration {number} not found for instance {server.id}")
    running.coming[:] = [{"status": COMPLETED}]
    server.coming[:] = [{ENDS: COMPLETED}]


def end(world: World, server_id: str, status: str) -> None:
    """End a server's live migration: elsewhere where it is completed, else where it was."""
    server = world.shelves.find(SERVERS, server_id)
    running = next((each for each in world.shelves.all(SERVER_MIGRATIONS) if each.parent == server_id), None)
    if running is None or server is None:
        return
    running.item["status"] = status
    world.shelves.take(SERVER_MIGRATIONS, running)
    server.item.update({"status": "ACTIVE", TASK: None})
    server.coming.clear()
    if status == COMPLETED:
        _moved(world, server, running.item["dest_compute"])


def migrate_cold(world: World, server: Stored, said: Mapping[str, Any] | None) -> None:
    """Begin a cold migration, which waits to be confirmed when it is done. Raises Declined."""
    there = destination(world, server, (said or {}).get("host"))
    record = _record(world, server, "migration", there)
    begin_resize(world, server, record, {HOST: there})


def record_resize(world: World, server: Stored) -> Stored:
    """The record of a resize, which stays on its host."""
    return _record(world, server, "resize", server.item[HOST])


def begin_resize(world: World, server: Stored, record: Stored, becomes: Mapping[str, Any]) -> None:
    """Change a server into what waits to be confirmed, or into what the migration of its name was destined to."""
    record.item["status"] = "migrating"
    was = {key: server.item[key] for key in (HOST, "flavor", "status")}
    server.inner["before"] = {"was": was, "holds": server.holds, "record": record}
    server.item.update({"status": "RESIZE", TASK: "resize_migrating"})
    fate = world.fates.pop((MIGRATIONS, str(server.item["name"])), None)
    if fate is None:
        server.coming.append({"status": "VERIFY_RESIZE", TASK: None, **becomes})
        return
    fault = {"message": "the migration failed", "code": 500}
    server.coming.extend({"status": "ERROR", TASK: None, "fault": fault} for _ in fate[-1:])


def arrived(world: World, server: Stored, state: Mapping[str, Any]) -> None:
    """A cold migration has come to its end, or a confirmation or reversal of one."""
    before = server.inner.get("before")
    if before is None or "status" not in state:
        return
    record = before["record"].item
    match state["status"]:
        case "VERIFY_RESIZE":
            record["status"] = "finished"
            _moved(world, server, state.get(HOST, server.item[HOST]))
        case "ERROR":
            record["status"] = "error"
        case _:
            record["status"] = "reverted" if record["status"] == "reverting" else "confirmed"
            _moved(world, server, server.item[HOST])
            del server.inner["before"]


def confirm(server: Stored) -> None:
    """Keep it as it is now, a look later."""
    was = "ACTIVE"
    if "before" in server.inner:
        before = _unconfirmed(server)
        before["record"].item["status"], was = "confirming", before["was"]["status"]
    server.coming.append({"status": was, TASK: None})


def revert(server: Stored) -> None:
    """Have it as it was, a look later."""
    before = _unconfirmed(server)
    before["record"].item["status"] = "reverting"
    server.holds = before["holds"]
    server.item.update({"status": "REVERT_RESIZE", TASK: "resize_reverting"})
    server.coming.append({**before["was"], TASK: None})


def _unconfirmed(server: Stored) -> dict[str, Any]:
    before: dict[str, Any] | None = server.inner.get("before")
    if before is None or before["record"].item["status"] != "finished":
        raise Declined(BAD_REQUEST, "Instance has not been resized.")
    return before


def _record(world: World, server: Stored, kind: str, there: str) -> Stored:
    world.migrations += 1
    item = {
        "id": world.migrations,
        "uuid": new_uuid(),
        "instance_uuid": server.id,
        "migration_type": kind,
        "status": "accepted",
        "source_compute": server.item[HOST],
        "dest_compute": there,
        "project_id": server.project,
    }
    return world.shelves.put(MIGRATIONS, Stored(id=str(world.migrations), item=item, project=None))


def _memory(total: int, processed: int) -> dict[str, int]:
    return {"memory_processed_bytes": processed, "memory_remaining_bytes": total - processed}


def _moved(world: World, server: Stored, host: str) -> None:
    server.item[HOST] = host
    for port in world.shelves.all(_PORTS):
        if port.item["device_id"] == server.id:
            port.item["binding:host_id"] = host


def must_be_idle(server: Stored, action: str) -> None:
    """Raises Declined where something else is done with the server."""
    if server.item[TASK] is not None:
        message = f"Cannot '{action}' instance {server.id} while it is in task_state {server.item[TASK]}"
        raise Declined(CONFLICT, message)
