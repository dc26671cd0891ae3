"""Where and with what it was measured: a figure in seconds means nothing without it."""

import os
import platform
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

_CLOUD_PARTS: Final = ("keystone", "nova", "cinder", "neutron", "openstack-placement")
_LOCK: Final = Path(__file__).parents[2] / "devcloud" / "requirements.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine, its load before the first benchmark, and the versions on it."""

    #: ISO 8601, UTC, to the minute.
    measured_at: str
    system: str
    cpu: str
    #: Those that this process may use.
    cores: int
    memory_gib: float
    #: Processes that wanted to run in the last minute before; a quiet machine has less than one.
    load: float
    #: What was measured, and what it was measured on: name to version.
    versions: dict[str, str]

    @classmethod
    def here(cls) -> Self:
        """This machine, now."""
        return cls(
            measured_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            system=f"{platform.system()} {platform.machine()}",
            cpu=_cpu(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            load=round(os.getloadavg()[0], 1),
            versions=_versions(),
        )

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> Self:
        """The inverse of `as_document`."""
        return cls(**document)

    def as_document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.measured_at}, {self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.system}, "
            f"load {self.load} before"
        )


def _cpu() -> str:
    """The processor's name, as Linux has it."""
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown processor"
    found = re.search(r"^model name\s*:\s*(.+)$", described, re.MULTILINE)
    return found.group(1).strip() if found else platform.processor() or "unknown processor"


def _versions() -> dict[str, str]:
    ours = {
        "Python": platform.python_version(),
        **{name: version(name) for name in ("tenantry", "openstacksdk", "dbos")},
    }
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", _LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    return ours | {name: pins[name] for name in _CLOUD_PARTS}
