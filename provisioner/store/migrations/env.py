"""What Alembic runs for every command: it works on the connection, and in the transaction, that `upgrade` hands it."""

from alembic import context

from provisioner.store import schema_migration, schema_statements  # noqa: F401  # their tables are in METADATA once they are imported
from provisioner.store.schema import METADATA, SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table_schema=SCHEMA,
)
context.run_migrations()
