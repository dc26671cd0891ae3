"""All checks: the one list of what may stand against a migration. Pure."""

from collections.abc import Callable, Iterator
from typing import Final

from provisioner.migration.checks import addresses, disks, flavors, images, modes, names, places, servers, times
from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import Finding

Check = Callable[[Case], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    servers.states,
    servers.locks,
    servers.config_drives,
    servers.room_for_marks,
    disks.statuses,
    disks.sharing,
    disks.encryption,
    disks.beside_volumes,
    disks.ancestry,
    disks.largest,
    disks.types,
    disks.proofs,
    flavors.sizes,
    flavors.roots,
    flavors.access,
    flavors.extra_specs,
    flavors.devices,
    images.reachable,
    images.room,
    images.properties,
    images.originals,
    places.zones,
    places.hosts,
    places.leaving,
    places.asked_for,
    names.servers,
    names.volumes,
    names.ports,
    names.beside_others,
    addresses.taken,
    addresses.gateways,
    addresses.among_themselves,
    addresses.beside_others,
    addresses.on_other_networks,
    addresses.duplicates,
    addresses.security,
    addresses.devices,
    modes.cold,
    modes.live,
    modes.nothing_to_import,
    times.window,
    times.measured,
)


def examine(case: Case) -> tuple[Finding, ...]:
    """Everything that any check finds, in the order above, each once."""
    return tuple(dict.fromkeys(found for check in CHECKS for found in check(case)))
