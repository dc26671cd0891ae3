"""What collectors leave behind beside looks: a snapshot for metrics, and how the run went.

A snapshot's content is plain JSON, of a shape that its collector (`monitoring.collection`) describes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NewType

from provisioner.clouds.interface import ProjectId
from tenants.names import CloudName

#: What is collected, such as `servers`.
CollectorName = NewType("CollectorName", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a collector last saw of a cloud."""

    cloud: CloudName
    collector: CollectorName
    began: datetime
    #: The collection's end.
    at: datetime
    #: Whether it has all. Where not, it has what could be read, and of the rest what was known before.
    complete: bool
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One time that a collector was tried, well or not. Its times are Tenantry's clock."""

    cloud: CloudName
    collector: CollectorName
    #: How often it is to come.
    every: timedelta
    began: datetime
    ended: datetime
    #: HTTP requests that it took, repetitions included.
    requests: int = 0
    #: What could not be read (`page 3`, `the cloud`), each with its reason.
    failed: Mapping[str, str] = field(default_factory=dict)
    #: The projects that could not be read, with the reason.
    failed_projects: Mapping[ProjectId, str] = field(default_factory=dict)
    #: Why parts failed, in the bounded words of metrics: `unavailable`, `refused`, `conflict`, `misconfigured`, `other`.
    reasons: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether everything was read."""
        return not self.failed and not self.failed_projects


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How a collector stands: its last run, and when one last got everything."""

    run: Run
    succeeded_at: datetime | None = None
