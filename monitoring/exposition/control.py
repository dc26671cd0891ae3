"""How Tenantry's own work stands: tenants in clouds, requests, operations, workers, collectors. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.family import Family, FamilyName, MetricType
from monitoring.exposition.samples import Distribution, Labels, Samples
from provisioner.operation import OperationState
from provisioner.reconciliation.conditions import condition_of
from provisioner.requests.states import State
from provisioner.store.figures import Durations, OperationFigure, RequestFigure
from provisioner.store.reconciliation import Known
from provisioner.store.service_counters import Count
from provisioner.usage.collection import Collected
from tenants.names import CloudName

_OPEN: Final = tuple(each for each in State if not each.final)
#: What a histogram's counts are named, by the end of the name.
_BUCKET, _SUM, _COUNT = "_bucket", "_sum", "_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What is on record of the work."""

    clouds: tuple[CloudName, ...]
    standings: tuple[Known, ...]
    requests: tuple[RequestFigure, ...]
    durations: Durations
    operations: tuple[OperationFigure, ...]
    workers: int
    #: When manifests last came into force.
    in_force: datetime | None
    version: str
    #: What collectors may send to each cloud.
    requests_a_minute: int = 0


def control(found: Control) -> Samples:
    """Everything about the work."""
    samples = Samples()
    for each in found.standings:
        _standing(samples, each)
    _requests(samples, found)
    _operations(samples, found)
    samples.put("workers", (), found.workers)
    samples.put("build", (found.version,))
    if found.in_force is not None:
        samples.put("manifest_last_load_success_timestamp_seconds", (), found.in_force.timestamp())
    return samples


def collectors(found: Iterable[Collected]) -> Samples:
    """How collectors stand; of one that never got everything there is no time at which it did."""
    samples = Samples()
    for each in found:
        run = each.run
        labels = (run.cloud, run.collector)
        if each.succeeded_at is not None:
            samples.put("collector_last_success_timestamp_seconds", labels, each.succeeded_at.timestamp())
        samples.put("collector_last_attempt_timestamp_seconds", labels, run.began.timestamp())
        samples.put("collector_interval_seconds", labels, run.every.total_seconds())
        samples.put("collector_duration_seconds", labels, (run.ended - run.began).total_seconds())
        samples.put("collector_projects_failed", labels, len(run.failed_projects))
        samples.put("collector_complete", labels, int(run.complete))
    return samples


def counters(counted: Iterable[Count]) -> Samples:
    """What processes counted together. What the catalogue does not have any more, or not yet, is left out."""
    samples = Samples()
    histograms: dict[FamilyName, dict[Labels, dict[str, float]]] = {}
    for each in counted:
        name, part = _histogram_of(each.name)
        family = CATALOGUE.get(FamilyName(f"tenantry_{name.removeprefix('tenantry_')}"))
        if family is None or not _labelled(family, each.labels, part):
            continue
        labels = tuple(each.labels[label] for label in family.labels)
        if part:
            key = str(float(each.labels["le"])) if "le" in each.labels else part
            histograms.setdefault(family.name, {}).setdefault(labels, {})[key] = each.value
        else:
            samples.put(family.name.removeprefix("tenantry_"), labels, each.value)
    for family_name, values in histograms.items():
        for labels, parts in values.items():
            samples.put(family_name.removeprefix("tenantry_"), labels, _distribution(CATALOGUE[family_name], parts))
    return samples


def _standing(samples: Samples, known: Known) -> None:
    labels = (known.tenant, known.cloud)
    samples.put("quota_drift_resources", labels, known.drifted)
    if known.drifted_since is not None:
        samples.put("drift_oldest_timestamp_seconds", labels, known.drifted_since.timestamp())
    samples.put("reconcile", labels, condition_of(known))
    if known.looked_at is not None:
        samples.put("reconcile_last_success_timestamp_seconds", labels, known.looked_at.timestamp())


def _requests(samples: Samples, found: Control) -> None:
    by_state = {each.state: each for each in found.requests}
    for state in _OPEN:
        each = by_state.get(state)
        samples.put("requests_open", (state,), each.number if each else 0)
        samples.put("requests_overdue", (state,), each.overdue if each else 0)
        if each is not None:
            samples.put("request_oldest_timestamp_seconds", (state,), each.oldest.timestamp())
    took = Distribution(counts=found.durations.counts, total=found.durations.total)
    samples.put("request_duration_seconds", (), took)


def _operations(samples: Samples, found: Control) -> None:
    for cloud in found.clouds:
        samples.put("api_budget_requests", (cloud,), found.requests_a_minute)
        for state in OperationState:
            samples.put("operations_ended" if state.final else "operations", (cloud, state), 0)
    for each in found.operations:
        labels = (each.cloud, each.state)
        samples.put("operations_ended" if each.state.final else "operations", labels, each.number)
        if not each.state.final:
            samples.put("operation_oldest_timestamp_seconds", labels, each.oldest.timestamp())


def _histogram_of(sample: str) -> tuple[str, str]:
    """The family and the part of it that a sample's name says; no part where it is no histogram's."""
    for part in (_BUCKET, _SUM, _COUNT):
        name = sample.removesuffix(part)
        family = CATALOGUE.get(FamilyName(f"tenantry_{name.removeprefix('tenantry_')}"))
        if name != sample and family is not None and family.type is MetricType.HISTOGRAM:
            return name, part
    return sample, ""


def _labelled(family: Family, labels: Mapping[str, str], part: str) -> bool:
    return labels.keys() - {"le"} == set(family.labels) and bool(part) == (family.type is MetricType.HISTOGRAM)


def _distribution(family: Family, parts: Mapping[str, float]) -> Distribution:
    """Cumulative counts, as they are counted."""
    counts = tuple(parts.get(str(float(bound)), 0.0) for bound in family.buckets)
    return Distribution(counts=(*counts, parts.get(_COUNT, 0.0)), total=parts.get(_SUM, 0.0))
