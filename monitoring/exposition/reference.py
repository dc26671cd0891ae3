"""The reference of all metrics, written from the catalogue: `docs/reference/metrics.md`."""

from collections.abc import Iterator

from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.family import Endpoint, Family

_INTRODUCTION = """\
What `GET /metrics` shows, in OpenMetrics 1.0 or Prometheus's text format 0.0.4, as the scrape asks for; `GET /metrics/servers` has \
the families at the end of this page, where `TENANTRY_METRICS_SERVERS` switches it on. A department's own part of those that are marked \
is at `GET /v1/tenants/{tenant}/metrics`.

- Every number is from the record, as collectors and workers last wrote it, and so the same whichever process answers: scrape one \
address, however many processes of `tenantry serve` stand behind it. Counters go on over restarts.
- What a collector told is withdrawn when it is older than three of its intervals; when it last got everything stays to be seen \
in `tenantry_collector_last_success_timestamp_seconds`.
- Unlimited is `+Inf`: use divided by it is 0.
- Limits and use are there for every resource that a manifest names, and for others while they are used.
- A *stable* family is renamed or taken away only with a major version, a release after that was announced; an *experimental* one may \
change with any release.
- `resource` is the service's own name (`cores`, `ram`, `gigabytes`), `service_type` one of `compute`, `block-storage` and `network`. Names \
that people give are in `tenantry_tenant_info` and `tenantry_project_info` alone.
"""


def page() -> str:
    """The page."""
    return "\n".join(_page()).rstrip() + "\n"


def _page() -> Iterator[str]:
    yield from ("# Metrics", "", _INTRODUCTION)
    for endpoint, path in ((Endpoint.CITY, "/metrics"), (Endpoint.SERVERS, "/metrics/servers")):
        yield from (f"## {path}", "")
        for family in CATALOGUE.values():
            if family.endpoint is endpoint:
                yield from _family(family)


def _family(family: Family) -> Iterator[str]:
    yield from (f"### {family.sample}", "", family.help, "")
    labels = ", ".join(f"`{each}`" for each in family.labels) or "none"
    if family.states:
        labels += f", `{family.name}` with {', '.join(f'`{each}`' for each in family.states)}"
    told = [f"Type: {family.type}.", f"Unit: {family.unit}." if family.unit else "", f"Labels: {labels}."]
    told += [f"{family.stability.capitalize()}.", "For departments, too." if family.departmental else ""]
    if family.buckets:
        told.append(f"Buckets: {', '.join(f'{bound:g}' for bound in family.buckets)}.")
    yield from (" ".join(each for each in told if each), "")
