"""From what exists to manifests that ask for just that: how a city that already runs comes under management. Pure.

The documents are plain mappings in the manifest's own form; applying them at once changes nothing. What cannot be
said in a manifest is left out and reported, never bent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from provisioner.clouds.interface import Capabilities
from provisioner.observation import Membership, Observation, ProjectView
from tenants.names import IDENTIFIER, CloudName, DomainName, TenantName
from tenants.quantities import spell
from tenants.resources import UNLIMITED, Limit, Resource, Service, Unit, definition
from tenants.spec import CloudSpec, ZoneSpec

Document = Mapping[str, object]

_API_VERSION: Final = "tenantry/v1"
#: Non-classified systems only: level 4 is not offered by itself (GB/T 22239).
_PROTECTION_LEVELS: Final = [1, 2, 3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A tenant's manifest for projects that exist, and what could not be put into it."""

    document: Document
    #: (Keystone name or membership, why it was left out)
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopter:
    """The tenant that takes the projects over."""

    name: TenantName
    display_name: str


def adopt(
    adopter: Adopter, cloud: CloudSpec, observation: Observation, *, names: Iterable[str] | None = None
) -> Adoption:
    """A manifest for the observed projects of these Keystone names, or for all of them."""
    chosen = sorted(observation.projects if names is None else names)
    left_out: list[tuple[str, str]] = []
    taken: set[str] = set()
    projects: list[Document] = []
    zone = next(iter(cloud.zones.values()))
    for keystone_name in chosen:
        view = observation.projects[keystone_name]
        reason = _reason_to_leave(view)
        if reason:
            left_out.append((keystone_name, reason))
            continue
        name = _identifier(keystone_name, taken, prefix=f"{adopter.name}-")
        document, members_left_out = _project(name, view, cloud, zone)
        projects.append(document)
        left_out.extend(members_left_out)
    return Adoption(
        document={
            "apiVersion": _API_VERSION,
            "kind": "Tenant",
            "metadata": {"name": adopter.name, "displayName": adopter.display_name},
            "spec": {"protectionLevel": min(zone.protection_levels), "projects": projects},
        },
        left_out=tuple(left_out),
    )


def adopt_cloud(name: CloudName, clouds_yaml: str, domain: DomainName, capabilities: Capabilities) -> Document:
    """A manifest for a cloud that has none yet: one zone for each of its availability zones."""
    external = sorted(capabilities.external_networks)
    taken: set[str] = set()
    zones = [
        {
            "name": _identifier(zone, taken),
            "displayName": zone,
            "availabilityZone": zone,
            **({"externalNetwork": external[0]} if external else {}),
            "protectionLevels": _PROTECTION_LEVELS,
        }
        for zone in sorted(capabilities.availability_zones)
    ]
    return {
        "apiVersion": _API_VERSION,
        "kind": "Cloud",
        "metadata": {"name": name, "displayName": name},
        "spec": {
            "cloud": clouds_yaml,
            "level": "municipal",
            "domain": domain,
            "zones": zones,
            "volumeTypes": sorted(capabilities.volume_types),
        },
    }


def _reason_to_leave(view: ProjectView) -> str | None:
    if not view.project.enabled:
        return "it is disabled; a manifest would enable it"
    if view.unreadable:
        service, reason = next(iter(sorted(view.unreadable.items())))
        return f"the limits of {service} could not be read: {reason}"
    return None


def _project(name: str, view: ProjectView, cloud: CloudSpec, zone: ZoneSpec) -> tuple[Document, list[tuple[str, str]]]:
    members, left_out = _members(view)
    document: dict[str, object] = {
        "name": name,
        "cloud": cloud.name,
        "zone": zone.name,
        "projectName": view.project.name,
        "description": view.project.description,
        "purpose": view.project.description.strip() or view.project.name,
        "quota": {service.value: _quota(view, service) for service in Service if view.readings.get(service)},
    }
    if members:
        document["members"] = members
    return document, left_out


def _quota(view: ProjectView, service: Service) -> Document:
    """One service's limits, those of volume types below `types`."""
    plain: dict[str, object] = {}
    types: dict[str, dict[str, object]] = {}
    for resource, usage in sorted(view.readings[service].items(), key=lambda item: item[0].key):
        place = plain if resource.volume_type is None else types.setdefault(resource.volume_type, {})
        place[resource.name] = _said(resource, usage.limit)
    return {**plain, "types": types} if types else plain


def _said(resource: Resource, limit: Limit) -> int | str:
    """A limit as a manifest says it: a number where it counts, and words where it has a unit or no bound."""
    unit = definition(resource).unit
    return limit if unit is Unit.COUNT and limit != UNLIMITED else spell(limit, unit)


def _members(view: ProjectView) -> tuple[list[Document], list[tuple[str, str]]]:
    members: list[Document] = []
    left_out: list[tuple[str, str]] = []
    for each in sorted(view.memberships):
        if each.resolved:
            members.append({each.kind.value: each.principal, "role": each.role})
        else:
            left_out.append((f"{view.project.name}: {_words(each)}", "it is not of the cloud's tenant domain"))
    return members, left_out


def _words(membership: Membership) -> str:
    return f"{membership.kind} {membership.principal} as {membership.role}"


def _identifier(name: str, taken: set[str], *, prefix: str = "") -> str:
    """An identifier made of a name in any script, told apart from those taken by a number."""
    bare = re.sub(r"[^a-z0-9]+", "-", name.lower().removeprefix(prefix)).strip("-")[:56].strip("-") or "project"
    candidate, number = bare, 1
    while candidate in taken or not IDENTIFIER.fullmatch(candidate):
        number += 1
        candidate = f"{bare}-{number}"
    taken.add(candidate)
    return candidate
