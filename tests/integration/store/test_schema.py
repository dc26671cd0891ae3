"""The schema: what the migrations make is what the code expects, made once however many make it at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from provisioner.errors import StoreError
from provisioner.store.database import Connection, Database, open_database
from provisioner.store.upgrade import current
from provisioner.store.whole_schema import HEAD, METADATA, SCHEMA

UPGRADE = """
import sys
from provisioner.store.database import Database
with Database.connect(sys.argv[1]) as database:
    database.upgrade()
    database.check()
"""

#: Everything that PostgreSQL knows of our tables and that a comparison of columns does not see.
CONSTRAINTS = """
SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'tenantry'::regnamespace AND contype <> 'n' AND conrelid::regclass::text NOT LIKE '%alembic%'
UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'tenantry' AND tablename <> 'alembic_version' ORDER BY 1
"""


SET_VERSION = text("UPDATE tenantry.alembic_version SET version_num = :version")


def constraints(connection: Connection) -> list[str]:
    """Keys, checks and indexes of our tables, as SQL."""
    return list(connection.execute(text(CONSTRAINTS)).scalars())


def test_the_migrations_make_the_tables_that_the_code_expects(connection: Connection) -> None:
    """Alembic finds nothing to add, change or remove."""
    context = MigrationContext.configure(connection, opts={"include_schemas": True, "version_table_schema": SCHEMA})
    assert compare_metadata(context, METADATA) == []


def test_the_migrations_make_the_constraints_that_the_code_expects(database: Database, empty_url: str) -> None:
    """Keys, checks and indexes are those of the models, word for word."""
    with Database.connect(empty_url) as fresh, fresh.transaction() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        METADATA.create_all(connection)
        expected = constraints(connection)
    with database.transaction() as connection:
        assert constraints(connection) == expected
    assert len(expected) > 40


def test_the_newest_migration_is_the_one_that_the_code_names() -> None:
    """The version that commands ask for without loading Alembic is Alembic's head."""
    config = Config()
    config.set_main_option("script_location", "provisioner.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_empty_database_is_upgraded(empty_url: str) -> None:
    """From nothing to this version, and then nothing more to do."""
    with Database.connect(empty_url) as database:
        with database.autocommit() as connection:
            assert current(connection) is None
        database.upgrade()
        database.upgrade()
        with database.autocommit() as connection:
            assert current(connection) == HEAD


def test_processes_that_upgrade_at_once_do_not_collide(empty_url: str) -> None:
    """One does the work, the others wait and find it done."""
    command = (sys.executable, "-c", UPGRADE, empty_url)
    several = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in several] == [(b"", 0)] * 4


def test_an_empty_server_database_is_refused_with_the_command_that_helps(empty_url: str, tmp_path: Path) -> None:
    """Somebody else's server is not changed without being asked."""
    with pytest.raises(StoreError, match="is empty: run `tenantry db upgrade`"):
        open_database(empty_url, tmp_path)


@pytest.mark.parametrize(
    ("version", "helps"), [("0000", "run `tenantry db upgrade`"), ("9999", "upgrade Tenantry itself")]
)
def test_another_version_is_refused_with_what_helps(
    database: Database, tmp_path: Path, version: str, helps: str
) -> None:
    """An older schema is upgraded by its owner; a newer one needs a newer Tenantry."""
    with database.transaction() as connection:
        connection.execute(SET_VERSION, {"version": version})
    with pytest.raises(StoreError, match=helps):
        open_database(database.url, tmp_path)


def test_a_newer_schema_is_not_upgraded(database: Database) -> None:
    """`db upgrade` never takes a database for older than it is."""
    with database.transaction() as connection:
        connection.execute(SET_VERSION, {"version": "9999"})
    with pytest.raises(StoreError, match="upgrade Tenantry itself"):
        database.upgrade()


def test_a_server_database_at_this_version_opens(database_url: str, tmp_path: Path) -> None:
    """Nothing is made in the folder for an embedded one."""
    open_database(database_url, tmp_path / "unused").close()
    assert not (tmp_path / "unused").exists()
