"""Names that arrive: nobody else has them where they arrive, for manifests and steps know things by their names. Pure."""

from collections.abc import Iterator

from provisioner.migration.bindings import BoundInterface
from provisioner.migration.checks.case import Case, Other
from provisioner.migration.checks.findings import Finding, refusal
from provisioner.migration.workload import Interface, Machine
from tenants.members import port_name
from tenants.names import ServerName

_GIVE_WAY = "rename or delete the one that is there"


def servers(case: Case) -> Iterator[Finding]:
    """Servers of the target's project."""
    for each in case.machines if not case.mode.within else ():
        if each.name in case.target.servers:
            yield refusal(each.subject, f"the target's project has a server called {each.name} already", _GIVE_WAY)


def volumes(case: Case) -> Iterator[Finding]:
    """Volumes of the target's project."""
    for _, disk in case.workload.disks() if not case.mode.within else ():
        if disk.name and disk.name in case.target.volumes:
            yield refusal(disk.subject, f"the target's project has a volume called {disk.name} already", _GIVE_WAY)


def ports(case: Case) -> Iterator[Finding]:
    """Ports of the target's project in the networks that are mapped to."""
    if case.mode.within:
        return
    taken = {each.holder for each in case.target.taken if each.project == case.target.project_id}
    for machine, interface in case.workload.interfaces():
        bound = case.bindings.interfaces.get(interface.subject)
        name = None if bound is None else _arriving(machine, interface, bound)
        if name and name in taken:
            yield refusal(interface.subject, f"the target's project has a port called {name} already", _GIVE_WAY)


def beside_others(case: Case) -> Iterator[Finding]:
    """What others bring that are under way to the same project."""
    for other in case.others if not case.mode.within else ():
        if not _same_project(case, other):
            continue
        theirs = {each.name for each in other.workload.machines}
        for each in case.machines:
            if each.name in theirs:
                yield refusal(
                    each.subject,
                    f"{other.name}, which is on the way as well, brings a server called {each.name}",
                    "rename one of them, or send it to another project",
                )
        names = {disk.name for _, disk in other.workload.disks() if disk.name}
        for _, disk in case.workload.disks():
            if disk.name in names:
                yield refusal(
                    disk.subject,
                    f"{other.name}, which is on the way as well, brings a volume called {disk.name}",
                    "rename one of them, or send it to another project",
                )


def _same_project(case: Case, other: Other) -> bool:
    ours, theirs = case.bindings, other.bindings
    moves = (other.workload.cloud, other.workload.project_id) != (theirs.cloud, theirs.project_id)
    return moves and (ours.cloud, ours.project_id) == (theirs.cloud, theirs.project_id)


def _arriving(machine: Machine, interface: Interface, bound: BoundInterface) -> str:
    """What its port is called at the target; empty where it has no name of its own."""
    if interface.name == port_name(ServerName(machine.name), interface.network):
        return port_name(ServerName(machine.name), bound.network)
    return interface.name
