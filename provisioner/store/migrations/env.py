"""What Alembic runs for every command: it works on the connection, and in the transaction, that `upgrade` hands it."""

from alembic import context

from provisioner.store.whole_schema import METADATA, SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table_schema=SCHEMA,
)
context.run_migrations()
