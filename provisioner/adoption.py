"""From what exists to manifests that ask for just that: how a city that already runs comes under management. Pure.

The documents are plain mappings in the manifest's own form; applying them at once changes nothing. What cannot be
said in a manifest is left out and reported, never bent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from provisioner.clouds.interface import Capabilities
from provisioner.observation import Membership, Observation, ProjectView
from tenants.kinds.tenant import MEMBER, PROJECT
from tenants.language.composites import Record
from tenants.language.nodes import Scalar
from tenants.language.report import Report
from tenants.names import IDENTIFIER, CloudName, DomainName, TenantName
from tenants.quantities import spell
from tenants.resources import UNLIMITED, Limit, Limits, Resource, Service, Unit, definition
from tenants.spec import CloudSpec, ZoneSpec

Document = Mapping[str, object]

_API_VERSION: Final = "tenantry/v1"
#: Non-classified systems only: level 4 is not offered by itself (GB/T 22239).
_PROTECTION_LEVELS: Final = (1, 2, 3)
#: (Keystone name or part of a project, why it was left out)
_LeftOut = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A tenant's manifest for projects that exist, and what could not be put into it."""

    document: Document
    left_out: tuple[_LeftOut, ...]


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
    left_out: list[_LeftOut] = []
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
        document, parts_left_out = _project(name, view, cloud, zone)
        projects.append(document)
        left_out.extend((f"{keystone_name}: {part}", why) for part, why in parts_left_out)
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
            "name": _identifier(zone, taken, otherwise="zone"),
            "displayName": zone,
            "availabilityZone": zone,
            **_way_out(zone, external),
            # A list of its own for each, or YAML would make one an alias of the other.
            "protectionLevels": list(_PROTECTION_LEVELS),
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


def _way_out(zone: str, external: Sequence[str]) -> Document:
    """The external network that is plainly the zone's: the only one, or the only one with the zone's name in its own."""
    plain = external if len(external) == 1 else [each for each in external if zone in each]
    return {"externalNetwork": plain[0]} if len(plain) == 1 else {}


def _reason_to_leave(view: ProjectView) -> str | None:
    if not view.project.enabled:
        return "it is disabled; a manifest would enable it"
    if view.unreadable:
        service, reason = next(iter(sorted(view.unreadable.items())))
        return f"the limits of {service} could not be read: {reason}"
    return _unsayable(PROJECT, "projectName", view.project.name)


def _project(name: str, view: ProjectView, cloud: CloudSpec, zone: ZoneSpec) -> tuple[Document, list[_LeftOut]]:
    """A project's part of the manifest, and what of it could not be put there."""
    description = view.project.description
    unsayable = _unsayable(PROJECT, "description", description)
    purpose = description.strip()
    quota, quota_left_out = _quotas(view, cloud)
    members, members_left_out = _members(view)
    document: dict[str, object] = {
        "name": name,
        "cloud": cloud.name,
        "zone": zone.name,
        "projectName": view.project.name,
        **({} if unsayable else {"description": description}),
        "purpose": view.project.name if not purpose or _unsayable(PROJECT, "purpose", purpose) else purpose,
        "quota": quota,
    }
    if members:
        document["members"] = members
    return document, [*([("description", unsayable)] if unsayable else []), *quota_left_out, *members_left_out]


def _unsayable(record: Record[Any], key: str, text: str) -> str | None:
    """Why the manifest language does not take a text for a key, or None where it does."""
    report = Report("")
    shape = next(field.shape for field in record.fields if field.key == key)
    shape.read(Scalar(1, 1, text, plain=False), report)
    return "; ".join(f"{each.message}; {each.remedy}" for each in report.problems) or None


def _quotas(view: ProjectView, cloud: CloudSpec) -> tuple[Document, list[_LeftOut]]:
    """The limits by service, but for volume types that the cloud's manifest does not let tenants name."""
    readings = {service: view.readings[service] for service in Service if service in view.readings}
    found = {resource.volume_type for reading in readings.values() for resource in reading} - {None}
    strange = found - cloud.volume_types
    said = {
        service: {each: usage.limit for each, usage in reading.items() if each.volume_type not in strange}
        for service, reading in readings.items()
    }
    left_out = [
        (f"limits of volume type {each}", "the cloud's manifest does not offer it")
        for each in sorted(map(str, strange))
    ]
    return {service.value: _quota(limits) for service, limits in said.items() if limits}, left_out


def _quota(limits: Limits) -> Document:
    """One service's limits, those of volume types below `types`."""
    plain: dict[str, object] = {}
    types: dict[str, dict[str, object]] = {}
    for resource, limit in sorted(limits.items(), key=lambda item: item[0].key):
        place = plain if resource.volume_type is None else types.setdefault(resource.volume_type, {})
        place[resource.name] = _said(resource, limit)
    return {**plain, "types": types} if types else plain


def _said(resource: Resource, limit: Limit) -> int | str:
    """A limit as a manifest says it: a number where it counts or is nothing, words where it has a unit or no bound."""
    unit = definition(resource).unit
    return limit if limit == 0 or (unit is Unit.COUNT and limit != UNLIMITED) else spell(limit, unit)


def _members(view: ProjectView) -> tuple[list[Document], list[_LeftOut]]:
    members: list[Document] = []
    left_out: list[_LeftOut] = []
    for each in sorted(view.memberships):
        reason = (
            _unsayable(MEMBER, each.kind.value, each.principal) or _unsayable(MEMBER, "role", each.role)
            if each.resolved
            else "it is not of the cloud's tenant domain"
        )
        if reason:
            left_out.append((_words(each), reason))
        else:
            members.append({each.kind.value: each.principal, "role": each.role})
    return members, left_out


def _words(membership: Membership) -> str:
    return f"{membership.kind} {membership.principal} as {membership.role}"


def _identifier(name: str, taken: set[str], *, prefix: str = "", otherwise: str = "project") -> str:
    """An identifier made of a name in any script, told apart from those taken by a number."""
    bare = re.sub(r"[^a-z0-9]+", "-", name.lower().removeprefix(prefix)).strip("-")[:56].strip("-") or otherwise
    candidate, number = bare, 1
    while candidate in taken or not IDENTIFIER.fullmatch(candidate):
        number += 1
        candidate = f"{bare}-{number}"
    taken.add(candidate)
    return candidate
