"""Drift: where a cloud is no longer as the last applied manifests made it. Pure; the store remembers since when.

Compared with the plan's own `diff`, so that drift is exactly what applying the same manifests again would change, and what
it would be refused to change.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from provisioner.observation import Observation
from provisioner.store.drift import Difference
from tenants.names import TenantName
from tenants.spec import TenantSpec


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
    raise NotImplementedError
