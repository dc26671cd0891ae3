"""What a real Prometheus answers is what the clouds themselves say, to the unit; and a cloud that is gone is seen to be."""

from collections import Counter

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.acceptance.manifests import ENFORCED
from tests.acceptance.metrics.conftest import Scraped
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

#: What a unit is in bytes, of limits that are of bytes.
_UNITS = {"ram": 2**20, "gigabytes": 2**30}


def test_prometheus_answers_what_the_clouds_say(scraped: Scraped) -> None:
    """Limits, use and servers by state, after creations and deletions and while the other cloud is gone."""
    site, prometheus = scraped.site, scraped.prometheus
    servers = f'tenantry_servers{{tenant="{site.name}",cloud="city",state="active"}}'
    _create(site)
    scraped.collect()
    _must_be_as_budgeted(site)
    prometheus.must_come_to(servers, 2)
    _must_agree(scraped, instances=2)
    scraped.must_be_clean()

    gone = site.city.servers(site.project_id)[0]["id"]
    site.engineer.call("DELETE", "nova", f"/servers/{gone}")
    until(lambda: len(site.city.servers(site.project_id)) == 1, "a server is gone")
    scraped.collect()
    prometheus.must_come_to(servers, 1)
    _must_agree(scraped, instances=1)

    last = 'tenantry_collector_last_success_timestamp_seconds{cloud="district",collector="servers"}'
    until(lambda: prometheus.value(last) is not None, "Prometheus knows when the district was last collected")
    before = prometheus.value(last) or 0.0
    scraped.collect_without("district")
    prometheus.must_come_to('tenantry_collector_complete{cloud="district",collector="servers"}', 0)
    prometheus.must_come_to('tenantry_collector_complete{cloud="city",collector="servers"}', 1)
    prometheus.must_come_to(last, before)
    _must_agree(scraped, instances=1)


def _must_be_as_budgeted(site: Site) -> None:
    """Raises AssertionError where the page has not exactly the series that the manifests were said to bring along."""
    budget = site.tenantry("metrics", "budget", site.folder, "-o", "json").document
    page = site.tenantry("metrics", "show", "--openmetrics").out
    told = {each["family"]: each["series"] for each in budget["families"]}
    # No worker looks for drift here; and what is used without being asked for comes on top.
    del told["tenantry_reconcile_last_success_timestamp_seconds"]
    asked = {(service, name.partition("_")[0]) for service, limits in ENFORCED.items() for name in limits}
    shown = Counter(
        family.name
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not {"service_type", "resource"} <= sample.labels.keys()
        or (sample.labels["service_type"], sample.labels["resource"]) in asked
    )
    assert {name: shown[name] for name in told} == told


def _create(site: Site) -> None:
    """Two servers and a volume, there for good."""
    assert site.engineer.boot(count=2).ok
    assert site.engineer.store(3, "ssd").ok
    until(lambda: [each["status"] for each in site.city.servers(site.project_id)] == ["ACTIVE"] * 2, "servers run")
    until(lambda: [each["status"] for each in site.city.volumes(site.project_id)] == ["available"], "a volume is there")


def _must_agree(scraped: Scraped, *, instances: int) -> None:
    """Raises AssertionError where Prometheus says something else of the project than the cloud's own APIs.

    A scrape may be late on a busy machine, and then there is no value for a moment; a wrong one stays wrong.
    """
    site, prometheus = scraped.site, scraped.prometheus
    key = f'tenant="{site.name}",project="registration",cloud="city"'
    for service, limits in site.enforced.items():
        for name in ENFORCED[service]:
            resource, _, tier = name.partition("_")
            family = f"tenantry_quota_{'tier_' if tier else ''}limit{'_bytes' if resource in _UNITS else ''}"
            labels = f'{key},service_type="{service}",resource="{resource}"' + (f',tier="{tier}"' if tier else "")
            prometheus.must_come_to(f"{family}{{{labels}}}", limits[name] * _UNITS.get(resource, 1))
    prometheus.must_come_to(f'tenantry_quota_used{{{key},resource="instances"}}', instances)
    volumes = site.city.volumes(site.project_id)
    prometheus.must_come_to(f'tenantry_quota_used{{{key},resource="volumes"}}', len(volumes))
    size = sum(each["size"] for each in volumes)
    assert size > 0
    stored = f'tenantry_quota_tier_used_bytes{{{key},resource="gigabytes",tier="ssd"}}'
    prometheus.must_come_to(stored, size * _UNITS["gigabytes"])
    prometheus.must_come_to(f'sum(tenantry_servers{{tenant="{site.name}",cloud="district"}})', 0)
    named = f'tenantry_project_info{{{key},project_id="{site.project_id}",project_name="{site.keystone_name}"}}'
    prometheus.must_come_to(named, 1)
