"""The records that describe a devcloud, shared by the launcher and by the service processes through JSON files."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NewType, Self

CloudName = NewType("CloudName", str)
"""A cloud's name in ``clouds.yaml``."""

ServiceName = NewType("ServiceName", str)
"""An OpenStack project's name, such as ``nova``: one process of each cloud."""

KEYSTONE: Final = ServiceName("keystone")
PLACEMENT: Final = ServiceName("placement")
GLANCE: Final = ServiceName("glance")
NEUTRON: Final = ServiceName("neutron")
CINDER: Final = ServiceName("cinder")
NOVA: Final = ServiceName("nova")

SERVICES: Final = (KEYSTONE, PLACEMENT, GLANCE, NEUTRON, CINDER, NOVA)
"""Every service of a cloud, in the order in which they depend on one another."""

REGION: Final = "RegionOne"
"""The region of every cloud: a cloud is told by its Keystone, as with separately run clouds."""


class Hypervisor(StrEnum):
    """What runs a cloud's servers."""

    #: Nova's own fake: a server is a record.
    FAKE = "fake"
    #: Real machines, emulated by QEMU: slow, and they run wherever QEMU does.
    QEMU = "qemu"
    #: Real machines with the processor's help.
    KVM = "kvm"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudOptions:
    """What one cloud is made of."""

    #: How many computes; at least 2, so that each of the two availability zones has one.
    computes: int = 3
    #: Physical processors of each compute; Nova allocates four times as many.
    vcpus_per_compute: int = 2_000
    #: Memory of each compute, MiB.
    memory_mib_per_compute: int = 32 * 1024 * 1024
    #: Local disk of each compute, GiB.
    disk_gib_per_compute: int = 600_000
    #: Reported size of each of the two storage pools, GiB. The files are sparse.
    pool_gib: int = 2 * 1024 * 1024
    #: Whether Nova takes its limits from Keystone (``nova.quota.UnifiedLimitsDriver``).
    unified_limits: bool = False
    #: Seconds that Nova keeps deleted servers in its bin (``reclaim_instance_interval``); 0: it has none.
    bin_s: int = 0
    #: What runs the servers; a real one has this machine's size, whatever is said above.
    hypervisor: Hypervisor = Hypervisor.FAKE
    #: Whether there is a Debian image for real guests too, beside the small one.
    debian: bool = False

    def problem(self) -> str | None:
        """Return what is wrong with these options, or None."""
        sizes = (self.vcpus_per_compute, self.memory_mib_per_compute, self.disk_gib_per_compute, self.pool_gib)
        if self.computes < 2:  # noqa: PLR2004 - one for each zone
            return f"{self.computes} computes: at least 2 are needed, one for each availability zone"
        if min(sizes) < 1:
            return "processors, memory, disk and pool sizes must be at least 1"
        if self.bin_s < 0:
            return "servers stay in the bin for 0 seconds or more"
        if self.debian and self.hypervisor is Hypervisor.FAKE:
            return f"a Debian guest is a real machine: it needs --hypervisor {Hypervisor.QEMU}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where one service of one cloud listens, on 127.0.0.1."""

    #: Port for clients: logged, and subject to faults and latency.
    public: int
    #: Port that the cloud's own services use among themselves: logged, never disturbed.
    internal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What a service process is told when it starts."""

    cloud: CloudName
    service: ServiceName
    #: The cloud's folder; see :class:`devcloud.layout.CloudFolder`.
    folder: Path
    endpoints: dict[ServiceName, Endpoint]
    options: CloudOptions
    admin_password: str
    #: Inherited listening sockets and the read end of the supervisor's lifeline.
    public_fd: int
    internal_fd: int
    lifeline_fd: int

    def dump(self) -> str:
        """Return the settings as JSON."""
        return json.dumps(asdict(self) | {"folder": str(self.folder)}, indent=1)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read settings that :meth:`dump` wrote."""
        raw: dict[str, Any] = json.loads(text)
        raw["folder"] = Path(raw["folder"])
        raw["endpoints"] = {ServiceName(name): Endpoint(**ports) for name, ports in raw["endpoints"].items()}
        options = raw["options"]
        raw["options"] = CloudOptions(**options | {"hypervisor": Hypervisor(options["hypervisor"])})
        return cls(**raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request that a service answered, as the request log has it."""

    #: When the request arrived, seconds since the epoch.
    time: float
    cloud: str
    service: str
    method: str
    #: Path with query.
    path: str
    #: HTTP status sent; None when the connection was cut or left hanging.
    status: int | None
    #: From arrival to the answer, faults and latency included, milliseconds.
    duration_ms: float
    #: Body bytes received and sent.
    bytes_in: int
    bytes_out: int
    user_agent: str
    #: ``X-Openstack-Request-Id`` of the answer, empty when there is none.
    request_id: str
    #: True for a call of one service to another.
    inner: bool
    #: The kind of fault acted out, or None.
    fault: str | None = None
    #: Latency added by the devcloud, milliseconds.
    delay_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """One service process, as the supervisor's state file has it."""

    cloud: CloudName
    service: ServiceName
    pid: int
    #: Exit status once it has ended (negative: the signal), None while it runs.
    exit_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevcloudState:
    """What the supervisor says of a whole devcloud in ``devcloud.json``."""

    supervisor_pid: int
    clouds: tuple[CloudName, ...]
    processes: tuple[ProcessRecord, ...] = ()
    ready: bool = False
    #: Why it failed, with the end of the log of what died; None while all is well.
    failure: str | None = None
    endpoints: dict[CloudName, dict[ServiceName, Endpoint]] = field(default_factory=dict)

    def dump(self) -> str:
        """Return the state as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read a state that :meth:`dump` wrote."""
        raw: dict[str, Any] = json.loads(text)
        raw["clouds"] = tuple(CloudName(name) for name in raw["clouds"])
        raw["processes"] = tuple(ProcessRecord(**process) for process in raw["processes"])
        raw["endpoints"] = {
            CloudName(cloud): {ServiceName(name): Endpoint(**ports) for name, ports in services.items()}
            for cloud, services in raw["endpoints"].items()
        }
        return cls(**raw)
