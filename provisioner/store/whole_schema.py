"""The schema as a whole: a table is in `METADATA` once its module is imported. A test holds it equal to what the migrations make."""

from provisioner.store import (  # noqa: F401  # for their tables
    schema_migration,
    schema_operations,
    schema_requests,
    schema_service,
    schema_statements,
    schema_usage,
)
from provisioner.store.schema import HEAD, METADATA, SCHEMA

__all__ = ["HEAD", "METADATA", "SCHEMA"]
