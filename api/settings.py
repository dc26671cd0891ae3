"""Settings from the environment: every one begins with TENANTRY_, has a default that works, and is listed in the docs.

Clouds and their credentials are not here: they are openstacksdk's, in `clouds.yaml` (found as openstacksdk finds it:
`OS_CLIENT_CONFIG_FILE`, the current folder, `~/.config/openstack`, `/etc/openstack`).
"""

import getpass
import os
import socket
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from provisioner.operation import Actor


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tenantry"


class Settings(BaseSettings):
    """What may be set from outside."""

    model_config = SettingsConfigDict(env_prefix="TENANTRY_", extra="ignore")

    state_dir: Path = Field(
        default_factory=_state_folder,
        description="Folder of the embedded database. Used when no database URL is set.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL server to use in place of the embedded one: `postgresql://user:password@host/name`.",
    )
    requests_per_cloud: int = Field(
        default=16,
        ge=1,
        le=256,
        description="The most requests that are under way to one cloud at a time.",
    )
    tenants_per_cloud: int = Field(
        default=16,
        ge=1,
        le=256,
        description="The most tenants that are applied at a time in one cloud.",
    )
    ssh_key_file: Path | None = Field(
        default=None,
        description="The private key by which `tenantry probe` logs in to guests. Without it, the SSH agent's keys and "
        "the operator's own serve.",
    )


def explained(error: ValidationError) -> str:
    """The first setting that is not right: its variable, what it is, what would be right. Secrets are not repeated."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    given = "" if name == "database_url" else f" is {str(first['input'])!r}; it"
    return f"TENANTRY_{name.upper()}{given} must be {_right(name)}"


def _right(name: str) -> str:
    """What a setting may be, in words."""
    shape: dict[str, Any] = Settings.model_json_schema()["properties"].get(name, {})
    if shape.get("type") == "integer":
        return f"a whole number from {shape['minimum']} to {shape['maximum']}"
    return "a folder's path" if shape.get("format") == "path" else "text"


def current_actor() -> Actor:
    """Who acts, for the record: the operating-system user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = f"uid{os.getuid()}"
    return Actor(f"{user}@{socket.gethostname()}")
