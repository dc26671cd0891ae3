"""What steps need beside the clouds: the database, folders, the way into guests. Put together once for each process."""

from dataclasses import dataclass

from provisioner.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What deeds may use."""

    database: Database
