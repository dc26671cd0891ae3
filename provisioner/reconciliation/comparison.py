"""Drift: where a cloud is no longer as the last applied manifests made it. Pure; the store remembers since when.

Compared with the plan's own `diff`, so that drift is exactly what applying the same manifests again would change, and what
it would be refused to change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from provisioner.diff import Difference, diff
from provisioner.kinds import project as project_kind
from provisioner.kinds.catalogue import KINDS
from provisioner.kinds.interface import Asked
from provisioner.observation import Observation
from provisioner.plan import Refusal
from provisioner.planning import projects_in
from tenants.names import TenantName
from tenants.presence import Presence
from tenants.spec import ProjectState, TenantSpec


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
        Asked.of(tenant, project, observation)
        for tenant in tenants
        for project in projects_in(tenant, observation.cloud)
    ]
    unreadable = tuple(
        (each.tenant.name, f"{obstacle.address}: {obstacle.message}") for each in asked for obstacle in _obstacles(each)
    )
    return DriftLook(
        tenants=frozenset(tenant.name for tenant in tenants) - {name for name, _ in unreadable},
        differences=tuple(chain.from_iterable(_differences(each) for each in asked)),
        unreadable=unreadable,
    )


def _differences(asked: Asked) -> Iterable[Difference]:
    if asked.view is None:
        return () if asked.project.state is ProjectState.RETIRED else (_gone(asked),)
    unread = {obstacle.address for obstacle in _obstacles(asked)}
    desired = chain.from_iterable(kind.desired(asked) for kind in KINDS)
    observed = chain.from_iterable(kind.observed(asked) for kind in KINDS)
    return [
        Difference(address=change.address, property=name, expected=expected, actual=change.before.get(name))
        for change in diff(desired, dict(observed))
        if change.address not in unread
        for name, expected in sorted(change.after.items())
    ]


def _gone(asked: Asked) -> Difference:
    """The project as a whole: its limits and members went with it and are no differences of their own."""
    return Difference(
        address=asked.address(project_kind.NAME),
        property="",
        expected=Presence.PRESENT.value,
        actual=Presence.ABSENT.value,
    )


def _obstacles(asked: Asked) -> Sequence[Refusal]:
    """What keeps parts of a project from being compared."""
    return [obstacle for kind in KINDS for obstacle in kind.obstacles(asked)]
