"""One cloud: prepares its folder, starts its six services, and tells when it is ready."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from devcloud import configs, guestseed, processes, seed
from devcloud.cloudclient import CloudClient
from devcloud.environment import Progress
from devcloud.errors import DevcloudError
from devcloud.layout import CloudFolder, Home
from devcloud.records import (
    CINDER,
    GLANCE,
    KEYSTONE,
    NEUTRON,
    NOVA,
    PLACEMENT,
    SERVICES,
    CloudName,
    CloudOptions,
    Endpoint,
    ServiceName,
    ServiceSettings,
)
from devcloud.template import SeedOrigin, Templates

START_PATIENCE_S: Final = 300.0
"""How long a cloud may take to be ready."""

_POLL_S: Final = 0.2


@dataclass(slots=True, kw_only=True)
class Cloud:
    """One cloud of a devcloud, as its supervisor holds it."""

    name: CloudName
    folder: CloudFolder
    home: Home
    options: CloudOptions
    groups: tuple[seed.GroupSeed, ...] = ()
    #: The disk images of real guests; none with the fake hypervisor.
    guest_images: Mapping[guestseed.Guest, Path] = field(default_factory=dict)
    admin_password: str = field(default="", init=False)
    endpoints: Mapping[ServiceName, Endpoint] = field(default_factory=dict, init=False)
    services: dict[ServiceName, processes.ServiceProcess] = field(default_factory=dict, init=False)
    _from_template: bool = field(default=False, init=False)

    def start(self, lifeline_fd: int) -> None:
        """Prepare everything and start every service, without waiting for any. Call it from a lasting thread.

        Args:
            lifeline_fd: read end of a pipe whose write end closes with this process.
        """
        self.folder.create()
        listeners = {service: processes.Listener.open() for service in SERVICES}
        self.endpoints = {service: listener.endpoint for service, listener in listeners.items()}
        self._fill_databases()
        configs.write_all(
            configs.ConfigInput(
                folder=self.folder,
                packaged_etc=self.home.venv / "etc",
                endpoints=self.endpoints,
                options=self.options,
            )
        )
        for service, listener in listeners.items():
            self.services[service] = processes.start(
                self.home, self._settings(service, listener, lifeline_fd), listener
            )

    def finish(self, progress: Progress, stopped: Callable[[], bool]) -> None:
        """Wait until every service answers, seeding a cloud that no template was there for.

        Args:
            progress: told what goes on.
            stopped: whether to give up.

        Raises:
            DevcloudError: a service did not answer in time; the message has the end of its log.
        """
        client = self.client()
        wait = _Wait(cloud=self, deadline=time.monotonic() + START_PATIENCE_S, stopped=stopped)
        wait.until(KEYSTONE, lambda: client.get(KEYSTONE, "/v3/projects"))
        if not self._from_template:
            progress(f"{self.name}: seeding accounts and catalogue")
            seed.seed_identity(client, self.options)
        for service, check in checks(client, self.options).items():
            wait.until(service, check)
        if not self._from_template:
            progress(f"{self.name}: seeding flavors, networks and volume types")
            seed.seed_resources(client, self.options)
            origin = SeedOrigin(
                folder=str(self.folder.root), endpoints=dict(self.endpoints), admin_password=self.admin_password
            )
            Templates(home=self.home).save_seeded(self.name, self.options, self.folder, origin)
        seed.seed_groups(client, self.groups)
        for guest, disk in self.guest_images.items():
            guestseed.seed_guest(client, guest, disk)
        progress(f"{self.name}: ready")

    def client(self) -> CloudClient:
        """Return a client that acts as the cloud's administrator."""
        return CloudClient(endpoints=self.endpoints, password=self.admin_password)

    def _fill_databases(self) -> None:
        templates = Templates(home=self.home)
        template = templates.seeded(self.name, self.options)
        if template.exists():
            self._from_template = True
            self.admin_password = templates.copy_seeded(template, self.folder, self.endpoints).admin_password
        else:
            self.admin_password = secrets.token_urlsafe(12)
            templates.copy_schema(self.folder)

    def _settings(self, service: ServiceName, listener: processes.Listener, lifeline_fd: int) -> ServiceSettings:
        return ServiceSettings(
            cloud=self.name,
            service=service,
            folder=self.folder.root,
            endpoints=dict(self.endpoints),
            options=self.options,
            admin_password=self.admin_password,
            public_fd=listener.public.fileno(),
            internal_fd=listener.internal.fileno(),
            lifeline_fd=lifeline_fd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wait:
    """Waiting for the services of one cloud."""

    cloud: Cloud
    deadline: float
    stopped: Callable[[], bool]

    def until(self, service: ServiceName, check: Callable[[], object]) -> None:
        """Return when the check returns something true."""
        last: object = "nothing"
        while not self.stopped():
            try:
                last = check()
            except (DevcloudError, OSError) as error:
                last = error
            else:
                if last:
                    return
            if time.monotonic() > self.deadline:
                tail = self.cloud.services[service].log_tail()
                raise DevcloudError(
                    f"{self.cloud.name}: {service} was not ready in {START_PATIENCE_S:.0f} s; "
                    f"it last answered: {last}\n{tail}"
                )
            time.sleep(_POLL_S)
        raise DevcloudError(f"{self.cloud.name}: stopped while starting")


def death_notice(process: processes.ServiceProcess, status: int) -> str:
    """Return what to tell of a process that ended by itself."""
    how = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
    return f"{process.cloud}: {process.service} {how}; the end of {process.log}:\n{process.log_tail()}"


def checks(client: CloudClient, options: CloudOptions) -> Mapping[ServiceName, Callable[[], object]]:
    """Return how each service shows that it is ready, beyond Keystone."""

    def placement() -> bool:
        return bool(client.get(PLACEMENT, "/resource_providers"))

    def nova() -> bool:
        services = client.get(NOVA, "/v2.1/os-services")["services"]
        up = [service["binary"] for service in services if service["state"] == "up"]
        providers = client.get(PLACEMENT, "/resource_providers")["resource_providers"]
        return (
            up.count("nova-compute") == options.computes
            and {"nova-conductor", "nova-scheduler"} <= set(up)
            and len(providers) == options.computes
        )

    def cinder() -> bool:
        root = f"/v3/{client.project_id}"
        services = client.get(CINDER, f"{root}/os-services")["services"]
        pools = client.get(CINDER, f"{root}/scheduler-stats/get_pools")["pools"]
        wanted = 1 + len(configs.BACKENDS)
        return sum(service["state"] == "up" for service in services) == wanted and len(pools) == len(configs.BACKENDS)

    return {
        PLACEMENT: placement,
        GLANCE: lambda: client.get(GLANCE, "/v2/images"),
        NEUTRON: lambda: client.get(NEUTRON, "/v2.0/networks"),
        CINDER: cinder,
        NOVA: nova,
    }


def clouds_yaml_entry(cloud: Cloud) -> dict[str, Any]:
    """Return a cloud's entry of ``clouds.yaml``: its administrator, scoped to the project ``admin``."""
    return {
        "auth_type": "password",
        "auth": {
            "auth_url": f"http://127.0.0.1:{cloud.endpoints[KEYSTONE].public}/v3",
            "username": "admin",
            "password": cloud.admin_password,
            "project_name": "admin",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        "region_name": "RegionOne",
        "identity_api_version": "3",
        "volume_api_version": "3",
        "interface": "public",
    }
