"""A manifest for a cloud that has none yet: one zone for each of its availability zones. Pure."""

from collections.abc import Sequence
from typing import Final

from provisioner.adoption.documents import Document, manifest
from provisioner.adoption.identifiers import identifier
from provisioner.clouds.interface import Capabilities
from tenants.names import CloudName, DomainName
from tenants.spec import CloudSpec

#: Non-classified systems only: level 4 is not offered by itself (GB/T 22239).
_PROTECTION_LEVELS: Final = (1, 2, 3)


def adopt_cloud(name: CloudName, clouds_yaml: str, domain: DomainName, capabilities: Capabilities) -> Document:
    """What a cloud says of itself, as its manifest."""
    external = sorted(capabilities.external_networks)
    taken: set[str] = set()
    zones = [
        {
            "name": identifier(zone, taken, otherwise="zone"),
            "displayName": zone,
            "availabilityZone": zone,
            **_way_out(zone, external),
            # A list of its own for each, or YAML would make one an alias of the other.
            "protectionLevels": list(_PROTECTION_LEVELS),
        }
        for zone in sorted(capabilities.availability_zones)
    ]
    spec = {
        "cloud": clouds_yaml,
        "level": "municipal",
        "domain": domain,
        "zones": zones,
        "volumeTypes": sorted(capabilities.volume_types),
    }
    return manifest("Cloud", name, name, spec)


def _way_out(zone: str, external: Sequence[str]) -> Document:
    """The external network that is plainly the zone's: the only one, or the only one with the zone's name in its own."""
    plain = external if len(external) == 1 else [each for each in external if zone in each]
    return {"externalNetwork": plain[0]} if len(plain) == 1 else {}


def described(spec: CloudSpec) -> Document:
    """A cloud's manifest as far as it matters to what is in its projects: to try the import's own manifests beside it."""
    zones = [
        {
            "name": zone.name,
            "displayName": zone.display_name,
            "availabilityZone": zone.availability_zone,
            **({"externalNetwork": zone.external_network} if zone.external_network else {}),
            "protectionLevels": sorted(zone.protection_levels),
        }
        for zone in spec.zones.values()
    ]
    return manifest(
        "Cloud",
        spec.name,
        spec.display_name,
        {
            "cloud": spec.clouds_yaml,
            "level": str(spec.level),
            "domain": spec.domain,
            "zones": zones,
            "volumeTypes": sorted(spec.volume_types),
        },
    )
