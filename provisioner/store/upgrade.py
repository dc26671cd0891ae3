"""The schema's version: read, compared with what this version of Tenantry needs, and brought up to it.

The migrations are Alembic's and travel inside the package. Alembic itself is only loaded where there is work for it.
"""

from typing import Final

from sqlalchemy import Connection, Text, column, select, table, text

from provisioner.errors import StoreError
from provisioner.store.schema import HEAD, SCHEMA

__all__ = ["HEAD", "apply", "check", "current"]

_PACKAGE: Final = "provisioner.store:migrations"
#: Held while the schema is changed, so that two processes never change it at once. Any number will do.
_LOCK: Final = 0x7E4A47
#: Alembic's own table.
_VERSIONS: Final = table("alembic_version", column("version_num", Text), schema=SCHEMA)


def current(connection: Connection) -> str | None:
    """The version that the database is at; None where it has none of our tables."""
    if connection.scalar(text(f"SELECT to_regclass('{SCHEMA}.alembic_version')")) is None:
        return None
    version: str | None = connection.scalar(select(_VERSIONS.c.version_num))
    return version


def check(version: str | None) -> None:
    """Raises StoreError, with what helps, where a database at this version is not for this version of Tenantry."""
    if version == HEAD:
        return
    if version is None or version < HEAD:
        state = "is empty" if version is None else f"is at schema version {version}, and this version needs {HEAD}"
        raise StoreError(f"the database {state}: run `tenantry db upgrade`")
    raise StoreError(f"the database is at schema version {version}, newer than {HEAD}: upgrade Tenantry itself")


def apply(connection: Connection) -> None:
    """Bring the schema to this version, inside the caller's transaction: wholly, or not at all.

    Raises StoreError where it is at a newer version. Another process that does the same waits, and finds it done.
    """
    from alembic import command  # noqa: PLC0415  # costs more than most commands take
    from alembic.config import Config  # noqa: PLC0415

    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    version = current(connection)
    if version is not None and version > HEAD:
        check(version)
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    config = Config()
    config.set_main_option("script_location", _PACKAGE)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
