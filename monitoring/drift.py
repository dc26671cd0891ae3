"""Drift: where a cloud is no longer as the last applied manifests made it. Pure; the store remembers since when.

Compared with the plan's own `diff`, so that drift is exactly what applying the same manifests again would change, and what
it would be refused to change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from provisioner.diff import Change, Verb, diff
from provisioner.kinds import project as project_kind
from provisioner.kinds.catalogue import KINDS
from provisioner.kinds.interface import Asked
from provisioner.observation import Observation
from provisioner.planning import projects_in
from provisioner.store.drift import Difference
from tenants.names import TenantName
from tenants.spec import Presence, ProjectState, TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLook:
    """What one observation tells about drift in its cloud, in the form that `provisioner.store.drift.record` takes."""

    #: The tenants of which all was read that was applied: only their earlier differences may be called resolved.
    tenants: frozenset[TenantName]
    differences: tuple[Difference, ...]
    #: What was applied and could not be read, with the reason: neither drift nor its absence.
    unreadable: tuple[tuple[TenantName, str], ...] = ()


def look_for_drift(applied: Iterable[TenantSpec], observation: Observation) -> DriftLook:
    """Compare the observed cloud with the manifests that were last applied there."""
    tenants = sorted(applied, key=lambda tenant: tenant.name)
    asked = [
        Asked(
            tenant=tenant,
            project=project,
            view=observation.projects.get(project.keystone_name),
            capabilities=observation.capabilities,
        )
        for tenant in tenants
        for project in projects_in(tenant, observation.cloud)
    ]
    unreadable = tuple((each.tenant.name, reason) for each in asked for reason in _unreadable(each))
    return DriftLook(
        tenants=frozenset(tenant.name for tenant in tenants) - {name for name, _ in unreadable},
        differences=tuple(chain.from_iterable(_differences(each) for each in asked)),
        unreadable=unreadable,
    )


def _differences(asked: Asked) -> Iterable[Difference]:
    if asked.view is None:
        return () if asked.project.state is ProjectState.RETIRED else (_gone(asked),)
    return (
        Difference(
            address=change.address,
            property=name,
            expected=change.after[name],
            actual=change.before.get(name),
        )
        for change in _changes(asked)
        if change.verb is not Verb.CREATE
        for name in sorted(change.after)
    )


def _gone(asked: Asked) -> Difference:
    """The project as a whole: its limits and members went with it and are no differences of their own."""
    return Difference(
        address=asked.address(project_kind.NAME),
        property="",
        expected=Presence.PRESENT.value,
        actual=Presence.ABSENT.value,
    )


def _unreadable(asked: Asked) -> Iterable[str]:
    """What was applied to a project that is there, and of which nothing was read."""
    if asked.view is None:
        return ()
    reasons = {refusal.address: refusal.message for kind in KINDS for refusal in kind.obstacles(asked)}
    unread = [change.address for change in _changes(asked) if change.verb is Verb.CREATE]
    return [f"{address}: {reasons.get(address, 'it was not read')}" for address in sorted({*reasons, *unread})]


def _changes(asked: Asked) -> tuple[Change, ...]:
    desired = chain.from_iterable(kind.desired(asked) for kind in KINDS)
    observed = chain.from_iterable(kind.observed(asked) for kind in KINDS)
    return diff(desired, dict(observed))
