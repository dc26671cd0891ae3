"""What a real Prometheus answers is what the clouds themselves say, to the unit; and a cloud that is killed is seen to be."""

from collections import Counter

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from devcloud.revival import revived
from tests.acceptance.manifests import ENFORCED
from tests.acceptance.metrics.conftest import Place, Scraped
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

# A cloud of its own is started, killed and started again.
pytestmark = pytest.mark.timeout(600)

#: What a unit is in bytes, of limits that are of bytes.
_UNITS = {"ram": 2**20, "gigabytes": 2**30}
_DISTRICT = '{cloud="district",collector="servers"}'
_LAST = f"tenantry_collector_last_success_timestamp_seconds{_DISTRICT}"
_COMPLETE = f"tenantry_collector_complete{_DISTRICT}"


def test_prometheus_answers_what_the_clouds_say(scraped: Scraped) -> None:
    """Limits, use and servers by state: after creations, a resize and a deletion, and while the other cloud is dead and back."""
    city, district = scraped.city, scraped.district
    _create(city, 2)
    assert city.engineer.store(3, "ssd").ok
    until(
        lambda: [each["status"] for each in city.cloud.volumes(city.project_id)] == ["available"], "a volume is there"
    )
    _create(district, 1)
    scraped.site.tenantry("collect")
    _must_be_as_budgeted(scraped.site)
    for place in (city, district):
        _must_agree(scraped, place)
    scraped.must_be_clean()

    scraped.collect_on()
    kept, gone = (each["id"] for each in city.cloud.servers(city.project_id))
    city.engineer.resize(kept, "medium")
    city.engineer.call("DELETE", "nova", f"/servers/{gone}")
    until(lambda: city.statuses == ["ACTIVE"], "a server is gone")
    assert city.cloud.used(city.project_id)["compute"]["cores"] == 2  # a medium one's
    _must_agree(scraped, city)

    _must_show_the_death_of(scraped, district)
    _must_agree(scraped, city)
    with revived(scraped.mortal, "district"):
        scraped.prometheus.must_come_to(_COMPLETE, 1)
        _must_agree(scraped, district)
        _must_have_a_gap(scraped)


def _must_show_the_death_of(scraped: Scraped, place: Place) -> None:
    """Kill a cloud. Its collectors say so, what it held is withdrawn, when it was last known stays; nothing else is lost."""
    prometheus = scraped.prometheus
    held = f'tenantry_servers{{tenant="{scraped.site.name}",cloud="{place.cloud.name}"}}'
    prometheus.must_come_to(f"sum({held})", 1)
    scraped.mortal.kill(place.cloud.name)
    prometheus.must_come_to(_COMPLETE, 0)
    last = prometheus.value(_LAST)
    prometheus.must_come_to(f"absent({held})", 1)
    assert last is not None
    assert prometheus.value(_LAST) == last
    prometheus.must_come_to(f'tenantry_servers{{tenant="{scraped.site.name}",cloud="city",state="active"}}', 1)
    prometheus.must_come_to('up{job="tenantry"}', 1)


def _must_have_a_gap(scraped: Scraped) -> None:
    """What was used while a cloud was dead is not known, and coverage says so of that cloud."""
    ratio = f'tenantry_metering_coverage_ratio{{tenant="{scraped.site.name}",cloud="%s"}}'
    prometheus = scraped.prometheus
    prometheus.must_come_to(f"{ratio % 'district'} < bool ignoring(cloud) {ratio % 'city'}", 1)


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


def _create(place: Place, number: int) -> None:
    """Servers, there for good."""
    assert place.engineer.boot(count=number).ok
    until(lambda: place.statuses == ["ACTIVE"] * number, "servers run")


def _must_agree(scraped: Scraped, place: Place) -> None:
    """Raises AssertionError where Prometheus says something else of a project than the cloud's own APIs.

    Prometheus may be late, on a busy machine; what is wrong stays wrong.
    """
    prometheus, where = scraped.prometheus, f'tenant="{scraped.site.name}",cloud="{place.cloud.name}"'
    key = f'{where},project="{place.project}"'
    limits, used = place.cloud.limits(place.project_id), place.cloud.used(place.project_id)
    for service, declared in ENFORCED.items():
        for name in declared:
            resource, _, tier = name.partition("_")
            labels = f'{key},service_type="{service}",resource="{resource}"' + (f',tier="{tier}"' if tier else "")
            prefix, unit = f"tenantry_quota_{'tier_' if tier else ''}", "_bytes" if resource in _UNITS else ""
            size = _UNITS.get(resource, 1)
            prometheus.must_come_to(f"{prefix}used{unit}{{{labels}}}", used[service][name] * size)
            prometheus.must_come_to(f"{prefix}limit{unit}{{{labels}}}", limits[service][name] * size)
    running = place.statuses
    assert set(running) == {"ACTIVE"}
    prometheus.must_come_to(f'tenantry_servers{{{where},state="active"}}', len(running))
    prometheus.must_come_to(f"sum(tenantry_servers{{{where}}})", len(running))
    named = f'project_id="{place.project_id}",project_name="{place.keystone_name}"'
    prometheus.must_come_to(f"tenantry_project_info{{{key},{named}}}", 1)
