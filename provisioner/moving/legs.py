"""The legs of a migration: what the engine is given each time that there is something to do. One at a time for each migration."""

from typing import Final

from provisioner.engine import Job
from provisioner.migration.identifiers import MigrationId
from provisioner.operation import OperationId
from tenants.names import CloudName, TenantName

#: The engine's queue for migrations; no cloud has such a name, for those are DNS labels.
QUEUE: Final = CloudName("_migrations")


def job(migration: MigrationId, leg: int, workflow: str) -> Job:
    """What the engine is given."""
    return Job(
        operation=OperationId(f"{migration}.{leg}"), cloud=QUEUE, tenant=TenantName(migration), workflow=workflow
    )


def leg_of(operation: OperationId) -> tuple[MigrationId, int]:
    """The inverse: which migration, and which leg of it."""
    migration, _, leg = operation.rpartition(".")
    return MigrationId(migration), int(leg)
