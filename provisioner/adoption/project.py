"""A Keystone project with its limits and members, as its tenant's manifest says it. Pure."""

from typing import Any

from provisioner.adoption.documents import Document, Draft, LeftOut
from provisioner.observation import Membership, ProjectView
from tenants.kinds.tenant import MEMBER, PROJECT
from tenants.language.composites import Record
from tenants.language.nodes import Scalar
from tenants.language.report import Report
from tenants.quantities import spell
from tenants.resources import UNLIMITED, Limit, Limits, Resource, Service, Unit, definition
from tenants.spec import CloudSpec, ZoneSpec


def reason_to_leave(view: ProjectView) -> str | None:
    """Why a project as a whole cannot be taken, or None where it can."""
    if not view.project.enabled:
        return "it is disabled; a manifest would enable it"
    if view.unreadable:
        service, reason = next(iter(sorted(view.unreadable.items())))
        return f"the limits of {service} could not be read: {reason}"
    return _unsayable(PROJECT, "projectName", view.project.name)


def project(name: str, view: ProjectView, cloud: CloudSpec, zone: ZoneSpec) -> tuple[Draft, list[LeftOut]]:
    """A project's part of the manifest, and what of it could not be put there."""
    description = view.project.description
    unsayable = _unsayable(PROJECT, "description", description)
    purpose = description.strip()
    quota, quota_left_out = _quotas(view, cloud)
    members, members_left_out = _members(view)
    document: Draft = {
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
    parts = [*([("description", unsayable)] if unsayable else []), *quota_left_out, *members_left_out]
    return document, [LeftOut(f"{view.project.name}: {part}", reason) for part, reason in parts]


def _unsayable(record: Record[Any], key: str, text: str) -> str | None:
    """Why the manifest language does not take a text for a key, or None where it does."""
    report = Report("")
    shape = next(field.shape for field in record.fields if field.key == key)
    shape.read(Scalar(1, 1, text, plain=False), report)
    return "; ".join(f"{each.message}; {each.remedy}" for each in report.problems) or None


def _quotas(view: ProjectView, cloud: CloudSpec) -> tuple[Document, list[tuple[str, str]]]:
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
    plain: Draft = {}
    types: dict[str, Draft] = {}
    for resource, limit in sorted(limits.items(), key=lambda item: item[0].key):
        place = plain if resource.volume_type is None else types.setdefault(resource.volume_type, {})
        place[resource.name] = _said(resource, limit)
    return {**plain, "types": types} if types else plain


def _said(resource: Resource, limit: Limit) -> int | str:
    """A limit as a manifest says it: a number where it counts or is nothing, words where it has a unit or no bound."""
    unit = definition(resource).unit
    return limit if limit == 0 or (unit is Unit.COUNT and limit != UNLIMITED) else spell(limit, unit)


def _members(view: ProjectView) -> tuple[list[Document], list[tuple[str, str]]]:
    members: list[Document] = []
    left_out: list[tuple[str, str]] = []
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
