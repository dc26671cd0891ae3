"""All that checks are asked about: one migration with both of its clouds, and the others that are under way. Pure records."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from provisioner.migration.bindings import Bindings, BoundDisk, BoundInterface, BoundMachine
from provisioner.migration.estimate import Experience
from provisioner.migration.migration import AboutMigration
from provisioner.migration.source import MacHolder, SourceView
from provisioner.migration.target import TargetView
from provisioner.migration.workload import Disk, Interface, Machine, Workload
from tenants.wave import Mode, WaveSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another migration that is under way, or is planned with this one, and whose target is not there yet."""

    #: What people know it by.
    name: str
    workload: Workload
    bindings: Bindings


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(AboutMigration):
    """What is to be judged. The migration has its workload as it is now, and the steps that estimates are made of."""

    wave: WaveSpec
    source: SourceView
    target: TargetView
    #: Every port of either cloud that has one of its MACs.
    macs: tuple[MacHolder, ...] = ()
    others: tuple[Other, ...] = ()
    experience: Experience = field(default_factory=Experience)
    now: datetime

    @property
    def mode(self) -> Mode:
        """How it moves."""
        return self.wave.mode

    @property
    def machines(self) -> tuple[Machine, ...]:
        """Its servers."""
        return self.workload.machines

    def bound_machines(self) -> Iterator[tuple[Machine, BoundMachine]]:
        """Each server with what takes its place."""
        bound = self.bindings.machines
        return ((each, bound[each.subject]) for each in self.machines if each.subject in bound)

    def bound_disks(self) -> Iterator[tuple[Disk, BoundDisk]]:
        """Each disk with what takes its place."""
        bound = self.bindings.disks
        return ((disk, bound[disk.subject]) for _, disk in self.workload.disks() if disk.subject in bound)

    def bound_interfaces(self) -> Iterator[tuple[Interface, BoundInterface]]:
        """Each interface with what takes its place."""
        bound = self.bindings.interfaces
        return ((each, bound[each.subject]) for _, each in self.workload.interfaces() if each.subject in bound)
