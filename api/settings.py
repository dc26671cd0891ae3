"""Settings from the environment or a file: every one has a default that works, and is listed in the docs.

In the environment their names begin with TENANTRY_; in the file, TOML that `TENANTRY_CONFIG_FILE` names, they are in lower case
and without it. The environment counts for more.

Clouds and their credentials are not here: they are openstacksdk's, in `clouds.yaml` (found as openstacksdk finds it:
`OS_CLIENT_CONFIG_FILE`, the current folder, `~/.config/openstack`, `/etc/openstack`).
"""

import getpass
import json
import os
import socket
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api.language.choice import Wish
from api.logs import LogFormat, LogLevel
from provisioner.errors import InputError
from provisioner.operation import Actor
from tenants.language.report import choose

#: Names a file of settings.
CONFIG_FILE: Final = "TENANTRY_CONFIG_FILE"
_SECRETS: Final = frozenset({"database_url", "token"})


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tenantry"


class Settings(BaseSettings):
    """What may be set from outside."""

    model_config = SettingsConfigDict(env_prefix="TENANTRY_", extra="ignore")

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917  # the signature is pydantic's
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given counts for more than the environment, and that for more than the file."""
        del dotenv_settings, file_secret_settings
        file = os.environ.get(CONFIG_FILE)
        found = (InitSettingsSource(settings_cls, _read(Path(file))),) if file else ()
        return (init_settings, env_settings, *found)

    @property
    def postgresql_url(self) -> str | None:
        """The database's URL, password included, from wherever it was given; None for the embedded database.

        Raises InputError for a file that cannot be read.
        """
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        if self.database_url_file is None:
            return None
        return _secret_in(self.database_url_file, "database_url_file")

    @property
    def bearer_token(self) -> str | None:
        """The token to log in to the service at `url` with, from wherever it was given; None where none was.

        Raises InputError for a file that cannot be read.
        """
        if self.token is not None:
            return self.token.get_secret_value().strip()
        return None if self.token_file is None else _secret_in(self.token_file, "token_file")

    @property
    def scratch_folder(self) -> Path:
        """Where disk images are converted."""
        return (self.scratch or self.state_dir / "scratch").expanduser().absolute()

    @property
    def largest_disk(self) -> int:
        """The most bytes that the disk of an imported image may have."""
        return self.disk_image_gib * 1024**3

    state_dir: Path = Field(
        default_factory=_state_folder,
        description="Folder of the embedded database. Used when no database URL is set.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL server to use in place of the embedded one: `postgresql://user:password@host/name`.",
    )
    database_url_file: Path | None = Field(
        default=None,
        description="A file that holds the same, so that the password is in no environment. A URL that is given counts "
        "for more.",
    )
    url: str | None = Field(
        default=None,
        description="A running service, `https://tenantry.example`: `tenantry request`, `tenantry delegation` and "
        "`tenantry operation` then ask it over the network, and need neither database nor clouds.",
    )
    token: SecretStr | None = Field(
        default=None, description="The bearer token for that service, as `tenantry token create` printed it."
    )
    token_file: Path | None = Field(
        default=None,
        description="A file that holds the same, so that the token is in no environment. A token that is given counts for "
        "more.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="The certificates, in PEM, of the authorities that may vouch for that service, in place of those that "
        "are commonly trusted. `SSL_CERT_FILE` does the same for any program.",
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
        description="The private key by which probes and playbooks log in to guests. Without it, the SSH agent's keys and "
        "the operator's own serve.",
    )
    playbooks: Path | None = Field(
        default=None,
        description="A folder of the operators' own playbooks for migrations: `NAME.yml`, with roles below `roles/`. Waves may name "
        "them; one that is called as a standard playbook takes its place.",
    )
    http_host: str = Field(
        default="127.0.0.1",
        description="The address that `tenantry serve` listens on. TLS is the proxy's before it.",
    )
    http_port: int = Field(default=8780, ge=1, le=65535, description="The port that `tenantry serve` listens on.")
    metrics_open: bool = Field(
        default=False,
        description="Whether `/metrics` and `/metrics/servers` need no token: where nobody but Prometheus reaches the port.",
    )
    metrics_series: int = Field(
        default=250_000,
        ge=1_000,
        le=10_000_000,
        description="The most series that a page of metrics may have. What is least important is left out of a page that would have "
        "more.",
    )
    metrics_servers: bool = Field(
        default=False, description="Whether `/metrics/servers` has series for each single server."
    )
    metrics_declared: bool = Field(
        default=False, description="Whether metrics have what manifests ask for beside what is enforced."
    )
    look_seconds: int = Field(
        default=600,
        ge=1,
        le=86400,
        description="How often workers look at each tenant in each cloud, for drift; after its own operations at once besides.",
    )
    collect: bool = Field(
        default=True, description="Whether workers collect what clouds hold, for metrics, metering and statements."
    )
    collect_requests_a_minute: int = Field(
        default=300,
        ge=10,
        le=60_000,
        description="The most requests that collectors send to one cloud within any minute, all workers together.",
    )
    collect_servers_seconds: int = Field(
        default=300, ge=10, le=86400, description="How often servers are collected, and the list of projects."
    )
    collect_volumes_seconds: int = Field(
        default=300, ge=10, le=86400, description="How often volumes, snapshots and backups are collected."
    )
    collect_network_seconds: int = Field(
        default=600, ge=10, le=86400, description="How often floating IPs, ports and routers are collected."
    )
    collect_images_seconds: int = Field(default=600, ge=10, le=86400, description="How often images are collected.")
    collect_quotas_seconds: int = Field(
        default=3600,
        ge=10,
        le=86400,
        description="How often limits and their use are collected: two requests for each project. A tenant's own are besides as soon "
        "as something was applied for it.",
    )
    collect_capacity_seconds: int = Field(
        default=300, ge=10, le=86400, description="How often the capacity of hosts and pools is collected."
    )
    corrections_a_day: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="How often within a day the same property is corrected by policy; then it is reported as contested.",
    )
    plan_days: int = Field(default=7, ge=1, le=365, description="How long a plan may be applied after it was made.")
    shutdown_seconds: int = Field(
        default=30,
        ge=1,
        le=600,
        description="How long a service that was told to end waits for the requests and operations under way.",
    )
    language: Wish = Field(
        default=Wish.AUTO,
        description="In what language commands say what is wrong: `en`, `zh`, or `auto`, as `LC_ALL`, `LC_MESSAGES` or `LANG` has it. "
        "Answers over HTTP are in the language of whoever asks.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE,
        description="How the service writes its log: `console`, for people, or `json`, one object a line.",
    )
    log_level: LogLevel = Field(
        default=LogLevel.INFO, description="The least that the service logs: `debug`, `info`, `warning` or `error`."
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="The OpenID Connect issuer whose tokens are let in, exactly as its tokens name it (`iss`). Its keys are "
        "found by discovery. Needs `TENANTRY_OIDC_AUDIENCE`.",
    )
    oidc_audience: str | None = Field(
        default=None, description="What the issuer's tokens for this service have in `aud`: its name at the issuer."
    )
    oidc_clients: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Clients that tokens may have been issued to (`azp`), beside the audience itself: a list; in the "
        'environment as JSON, `["tenantry-cli"]`.',
    )
    oidc_leeway_seconds: int = Field(
        default=30, ge=0, le=300, description="How far the issuer's clock and this one may be apart."
    )
    oidc_actor_claim: str = Field(
        default="preferred_username",
        description="The claim that names people. They act as `oidc:NAME`; without the claim, as `oidc-sub:SUBJECT`. "
        "The issuer must give each name to one person alone, and let nobody choose it.",
    )
    oidc_roles_claim: str = Field(
        default="groups",
        description="The claim that roles are taken from; a path where it lies deeper: `realm_access.roles`.",
    )
    oidc_tenant_claim: str | None = Field(
        default=None, description="The claim that names a member's tenant, where `TENANTRY_OIDC_ROLES` does not."
    )
    oidc_roles: Annotated[dict[str, str], NoDecode] = Field(
        default={},
        description="What the values of that claim stand for: a table from value to `role` or `role:tenant`, of which the "
        'first that fits counts; in the environment as JSON, `{"cloud-office": "operator", "scjg": "member:market-regulation"}`.',
    )
    disk_images: Path | None = Field(
        default=None,
        description="The folder of disk images that waves of mode `import` may name files of. Without it none are imported.",
    )
    scratch: Path | None = Field(
        default=None,
        description="The folder where disk images are converted to raw disks, each up to the disk's whole size; closed to everybody "
        "else. `scratch` below `TENANTRY_STATE_DIR` unless set.",
    )
    disk_image_gib: int = Field(
        default=4096, ge=1, le=65536, description="The most GiB that the disk of an imported image may have."
    )
    audit_anchor_file: Path | None = Field(
        default=None,
        description="A file outside the database to which a worker notes the audit log's head again and again. "
        "`tenantry audit verify --anchor` holds the log to it.",
    )
    audit_anchor_minutes: int = Field(default=60, ge=1, le=10080, description="How often it does.")

    @field_validator("oidc_clients", "oidc_roles", mode="before")
    @classmethod
    def _from_json(cls, given: object) -> object:
        """What the environment gives as text."""
        return json.loads(given) if isinstance(given, str) else given


def _secret_in(file: Path, setting: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"TENANTRY_{setting.upper()}: {file}: cannot be read: {error}") from error


def _read(file: Path) -> dict[str, Any]:
    """The settings in a file. Raises InputError for a file that cannot be read, and for a setting that there is not."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{CONFIG_FILE}: {file}: cannot be read: {error}") from error
    unknown = sorted(found.keys() - Settings.model_fields.keys())
    if unknown:
        raise InputError(f"{file}: there is no setting {unknown[0]}; {choose(unknown[0], Settings.model_fields)}")
    return found


def explained(error: ValidationError) -> str:
    """The first setting that is not right: its variable, what it is, what would be right. Secrets are not repeated."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    given = "" if name in _SECRETS else f" is {str(first['input'])!r}; it"
    return f"TENANTRY_{name.upper()}{given} must be {_right(name)}"


def _right(name: str) -> str:
    """What a setting may be, in words."""
    schema = Settings.model_json_schema()
    shape: dict[str, Any] = schema["properties"].get(name, {})
    if reference := shape.get("$ref"):
        return f"one of {', '.join(schema['$defs'][reference.rpartition('/')[2]]['enum'])}"
    if shape.get("type") == "integer":
        return f"a whole number from {shape['minimum']} to {shape['maximum']}"
    if shape.get("type") == "boolean":
        return "`true` or `false`"
    if shape.get("type") == "array":
        return 'a list of texts: ["one", "other"]'
    if shape.get("type") == "object":
        return 'a table of texts: {"name": "meaning"}'
    return "a folder's path" if shape.get("format") == "path" else "text"


def current_actor() -> Actor:
    """Who acts, for the record: the operating-system user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = f"uid{os.getuid()}"
    return Actor(f"{user}@{socket.gethostname()}")
