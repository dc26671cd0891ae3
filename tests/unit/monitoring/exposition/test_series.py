"""From what is known to series: what is there, what is left out, and in which unit."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitoring.collection.contents import (
    Counted,
    ServerRow,
    ZoneCapacity,
    counts_content,
    reading_content,
    servers_content,
    zones_content,
)
from monitoring.exposition import metering
from monitoring.exposition.capacity import requested
from monitoring.exposition.catalogue import CATALOGUE, named
from monitoring.exposition.collected import samples_of, servers
from monitoring.exposition.control import Control, collectors, control, counters
from monitoring.exposition.estate import names
from monitoring.exposition.expected import QUOTAS, expected
from monitoring.exposition.places import Place, Places, places
from monitoring.exposition.quotas import declared
from monitoring.exposition.samples import Samples, Value
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.operation import OperationState
from provisioner.requests.states import State as RequestState
from provisioner.store.figures import Durations, OperationFigure, RequestFigure
from provisioner.store.reconciliation import Known
from provisioner.store.service_counters import Count
from provisioner.usage.collection import Collected, CollectorName, Run
from provisioner.usage.coverage import Coverage, Span, coverage
from provisioner.usage.sightings import ResourceId, Sort, State, Variant
from tenants.names import CloudName, ProjectName, TenantName, VolumeTypeName, ZoneName
from tenants.resources import UNLIMITED, Limit, Resource, Service
from tenants.spec import City, ProjectSpec, TenantSpec

CITY = CloudName("city")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CORES = Resource(service=Service.COMPUTE, name="cores")
RAM = Resource(service=Service.COMPUTE, name="ram")
PAIRS = Resource(service=Service.COMPUTE, name="metadata_items")
PORTS = Resource(service=Service.NETWORK, name="port")
GIGABYTES = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")
SSD = Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("ssd"))
SSD_VOLUMES = Resource(service=Service.BLOCK_STORAGE, name="volumes", volume_type=VolumeTypeName("ssd"))
LIMITS = {CORES: Limit(8), RAM: UNLIMITED, PAIRS: Limit(128), SSD: Limit(10)}
REGISTRATION = Place(
    tenant=TenantName("market"), project=ProjectName("registration"), keystone_name="scjg", declared=LIMITS
)
PLACES: Places = {ProjectId("p1"): REGISTRATION}


def values(samples: Samples, name: str) -> dict[tuple[str, ...], Value]:
    """The values of a family."""
    return dict(samples.of(named(name)))


def quotas(readings: dict[str, dict[Resource, Usage]]) -> Samples:
    """What the collector of quotas left behind, as series."""
    content = {"projects": {project: reading_content(reading) for project, reading in readings.items()}}
    return samples_of(CollectorName("quotas"), CITY, PLACES, content)


def usage(limit: int, used: int | None = 0, reserved: int = 0) -> Usage:
    """One resource of one project."""
    return Usage(limit=Limit(limit), used=used, reserved=reserved)


KEY = ("market", "registration", "city")


def test_limits_and_use_are_in_bytes_where_they_are_of_bytes() -> None:
    """Unlimited is infinite in both."""
    made = quotas({"p1": {CORES: usage(8, 3), RAM: usage(-1, 512), SSD: usage(10, 2)}})
    assert values(made, "quota_limit") == {(*KEY, "compute", "cores"): 8}
    assert values(made, "quota_used") == {(*KEY, "compute", "cores"): 3}
    assert values(made, "quota_limit_bytes") == {(*KEY, "compute", "ram"): math.inf}
    assert values(made, "quota_used_bytes") == {(*KEY, "compute", "ram"): 512 * 2**20}
    assert values(made, "quota_tier_limit_bytes") == {(*KEY, "block-storage", "gigabytes", "ssd"): 10 * 2**30}


def test_declared_resources_are_there_unused_ones_too_and_others_while_they_are_used() -> None:
    """Ports are in no manifest here."""
    unused = quotas({"p1": {CORES: usage(8), PORTS: usage(500)}})
    used = quotas({"p1": {CORES: usage(8), PORTS: usage(500, 1)}})
    assert [key[-1] for key in values(unused, "quota_used")] == ["cores"]
    assert [key[-1] for key in values(used, "quota_used")] == ["cores", "port"]


def test_use_that_does_not_add_up_is_not_said() -> None:
    """Nova says 0 of pairs on one server, whatever is there."""
    made = quotas({"p1": {PAIRS: usage(128)}})
    assert (len(values(made, "quota_limit")), values(made, "quota_used")) == (1, {})


def test_reservations_are_there_while_there_are_any() -> None:
    """They are 0 nearly always."""
    assert values(quotas({"p1": {CORES: usage(8, 3)}}), "quota_reserved") == {}
    assert list(values(quotas({"p1": {CORES: usage(8, 3, 2)}}), "quota_reserved").values()) == [2]


def test_projects_that_no_manifest_names_have_no_series() -> None:
    """A cloud has many that are nobody's here."""
    assert list(quotas({"p2": {CORES: usage(8, 3)}}).families()) == []


def test_two_projects_of_one_place_are_one_series() -> None:
    """A name that is there twice blanks no page."""
    twice = {**PLACES, ProjectId("p2"): REGISTRATION}
    content = {"projects": {name: reading_content({CORES: usage(8, 1)}) for name in ("p1", "p2")}}
    made = samples_of(CollectorName("quotas"), CITY, twice, content)
    assert len(values(made, "quota_used")) == 1


def test_servers_are_counted_by_state_rare_ones_as_other() -> None:
    """Every state is there, with 0 too: a query finds nothing missing."""
    states = (State.ACTIVE, State.ACTIVE, State.RESCUED, State.PAUSED)
    rows = [server(str(number), state) for number, state in enumerate(states)]
    made = values(samples_of(CollectorName("servers"), CITY, PLACES, {"servers": servers_content(rows)}), "servers")
    assert {key[-1]: value for key, value in made.items() if value} == {"active": 2, "other": 2}
    assert len(made) == 9


def server(name: str, state: State) -> ServerRow:
    """A server."""
    return ServerRow(
        id=ResourceId(name),
        project=ProjectId("p1"),
        name="网关",
        flavor=Variant("small"),
        availability_zone="nova",
        state=state,
        vcpus=2,
        memory_bytes=2**31,
        created_at=NOW,
    )


def test_single_servers_have_series_of_their_own() -> None:
    """For the second endpoint."""
    made = servers(CITY, PLACES, [server("s1", State.ACTIVE)])
    labels = (*KEY, "s1", "网关")
    assert values(made, "server") == {(*labels, "small", "nova", "active"): 1.0}
    assert values(made, "server_vcpus") == {labels: 2}
    assert values(made, "server_created_timestamp_seconds") == {labels: NOW.timestamp()}


def test_volumes_and_floating_ips_are_counted() -> None:
    """Over variants and projects of a tenant together."""
    rows = [
        Counted(project=ProjectId("p1"), variant=Variant(each), state=State.IN_USE, number=2, size_bytes=1)
        for each in ("ssd", "hdd")
    ]
    made = values(samples_of(CollectorName("volumes"), CITY, PLACES, counts_content(rows)), "volumes")
    assert made["market", "city", "in-use"] == 4


def test_capacity_is_by_zone_in_base_units() -> None:
    """Storage has no largest host."""
    zones = [
        ZoneCapacity(availability_zone="nova", resource=RAM, raw=10, allocatable=9, allocated=4, largest_host=5),
        ZoneCapacity(availability_zone="nova", resource=GIGABYTES, raw=10, allocatable=20, allocated=4),
    ]
    made = samples_of(CollectorName("capacity"), CITY, {}, {"zones": zones_content(zones)["zones"]})
    assert values(made, "capacity_raw_bytes")["city", "nova", "ram"] == 10 * 2**20
    assert values(made, "capacity_allocatable_bytes")["city", "nova", "gigabytes"] == 20 * 2**30
    assert list(values(made, "capacity_largest_host_bytes")) == [("city", "nova", "ram")]


def test_pools_of_one_zone_are_added_up_and_lose_one_host_between_them() -> None:
    """The largest of either, in whichever order they come."""
    small = ZoneCapacity(availability_zone="nova", resource=CORES, raw=10, allocatable=40, allocated=4, largest_host=16)
    large = replace(small, allocatable=64, largest_host=24)
    for zones in ((small, large), (large, small)):
        made = samples_of(CollectorName("capacity"), CITY, {}, {"zones": zones_content(zones)["zones"]})
        assert values(made, "capacity_allocatable") == {("city", "nova", "cores"): 104}
        assert values(made, "capacity_largest_host") == {("city", "nova", "cores"): 24}


def test_what_requests_reserve_of_clouds_is_beside_it() -> None:
    """By the same resources."""
    assert values(requested({(CITY, CORES): 4}), "capacity_requested") == {("city", "cores"): 4}


def test_counters_of_processes_are_read_back_as_they_were_counted() -> None:
    """A histogram from its parts; what the catalogue does not know is left out."""
    where = {"method": "GET", "route": "/metrics"}
    name = "http_request_duration_seconds"
    made = counters(
        [
            Count(name="http_requests", labels={**where, "code_class": "2xx"}, value=3),
            Count(name=f"{name}_bucket", labels={**where, "le": "10.0"}, value=2),
            Count(name=f"{name}_bucket", labels={**where, "le": "30.0"}, value=3),
            Count(name=f"{name}_count", labels=where, value=3),
            Count(name=f"{name}_sum", labels=where, value=21.5),
            Count(name="made_up", labels={}, value=1),
            Count(name="http_requests", labels={"verb": "GET"}, value=1),
        ]
    )
    assert values(made, "http_requests") == {("GET", "/metrics", "2xx"): 3}
    [found] = values(made, name).values()
    assert (found.counts[-3:], found.total) == ((2, 3, 3), 21.5)  # type: ignore[union-attr]
    assert sorted(made.families()) == ["tenantry_http_request_duration_seconds", "tenantry_http_requests"]


def run(**more: object) -> Run:
    """A collector's run."""
    return Run(
        cloud=CITY,
        collector=CollectorName("servers"),
        every=timedelta(minutes=5),
        began=NOW,
        ended=NOW + timedelta(seconds=2),
        **more,  # type: ignore[arg-type]
    )


def test_a_collector_that_never_got_everything_has_no_time_of_success() -> None:
    """0 would be half a century ago."""
    made = collectors([Collected(run=run(failed={"page 3": "away"}))])
    assert values(made, "collector_last_success_timestamp_seconds") == {}
    assert values(made, "collector_complete") == {("city", "servers"): 0}
    assert values(made, "collector_duration_seconds") == {("city", "servers"): 2}


def test_the_work_is_counted_by_state_with_0_too() -> None:
    """Ages are times; none where nothing waits."""
    made = control(
        Control(
            clouds=(CITY,),
            standings=(known(drifted=2),),
            requests=(RequestFigure(state=RequestState.TECHNICAL_REVIEW, number=2, oldest=NOW, overdue=1),),
            durations=Durations(counts=(0,) * 9, total=0),
            operations=(OperationFigure(cloud=CITY, state=OperationState.DONE, number=5, oldest=NOW),),
            workers=2,
            in_force=None,
            version="0.1.0",
        )
    )
    assert values(made, "requests_open")[("technical-review",)] == 2
    assert values(made, "requests_overdue")[("administrative-review",)] == 0
    assert values(made, "request_oldest_timestamp_seconds") == {("technical-review",): NOW.timestamp()}
    assert values(made, "operations") == {("city", "queued"): 0, ("city", "running"): 0}
    assert values(made, "operations_ended")["city", "done"] == 5
    assert values(made, "quota_drift_resources") == {("market", "city"): 2}
    assert values(made, "reconcile") == {("market", "city"): "drifted"}


def known(*, drifted: int) -> Known:
    """How a tenant stands."""
    return Known(
        tenant=TenantName("market"),
        cloud=CITY,
        looked_at=NOW,
        due_at=None,
        obstacle=None,
        drifted=drifted,
        drifted_since=NOW if drifted else None,
        operation=None,
    )


def spec() -> City:
    """A city with the one project, as its manifest asks for it."""
    project = ProjectSpec(
        name=ProjectName("registration"),
        cloud=CITY,
        keystone_name="scjg",
        zone=ZoneName("extranet"),
        description=None,
        purpose="商事登记",
        protection_level=3,
        limits=LIMITS,
    )
    tenant = TenantSpec(
        name=TenantName("market"), display_name="市市场监督管理局", parent=None, protection_level=3, projects=(project,)
    )
    return City(clouds={}, tenants={tenant.name: tenant})


def test_projects_are_found_by_their_names_in_keystone() -> None:
    """One that no manifest names is nobody's."""
    found = places(spec(), CITY, [(ProjectId("p1"), "scjg"), (ProjectId("p9"), "admin")])
    assert found == PLACES


def test_a_project_that_was_made_anew_is_one_project() -> None:
    """The one before of that name was deleted: two series of it would be no match for the rest in PromQL."""
    found = places(spec(), CITY, [(ProjectId("p2"), "scjg"), (ProjectId("p1"), "scjg")])
    assert list(found) == ["p1"]


def test_what_manifests_bring_along_is_counted_beforehand() -> None:
    """As many as are exposed once all of it is there, to the series, with and without what manifests declare."""
    reading = {each: usage(limit) for each, limit in LIMITS.items()}
    made = [quotas({"p1": reading}), declared(CITY, PLACES), names(spec(), {CITY: PLACES})]
    exposed = {name: len(each.of(CATALOGUE[name])) for each in made for name in each.families()}
    counted = expected(spec(), with_declared=True)
    assert {name: counted[name] for name in exposed} == exposed
    assert set(QUOTAS) & counted.keys() == set(QUOTAS) & exposed.keys()
    assert sum(expected(spec(), with_declared=False).values()) == sum(counted.values()) - 3


class Unknown:
    """Nothing is known."""

    def of(self, cloud: CloudName, sort: Sort, project: ProjectId, part: Span, /) -> Coverage:
        """Nothing of any part."""
        return coverage((), part)


#: What processes count while they work, see `provisioner.counting.Tally`.
COUNTED = {
    *("reconcile_attempts", "reconcile_failures", "collector_runs", "collector_failures"),
    *("api_requests", "api_request_duration_seconds", "api_budget_waits", "http_requests"),
    "http_request_duration_seconds",
}


def test_costs_are_by_currency() -> None:
    """Up to now."""
    made = metering.costs({("market", "city", "CNY"): Decimal("12.50")})
    assert values(made, "cost_accrued") == {("market", "city", "CNY"): 12.5}


def test_every_family_of_the_catalogue_is_exposed_by_somebody() -> None:
    """And whatever is counted is counted under a name that the catalogue has."""
    resources = {definition: usage(8, 3, 2) for definition in (CORES, RAM, SSD, SSD_VOLUMES)}
    limits = {each: Limit(8) for each in resources}
    there: Places = {ProjectId("p1"): replace(REGISTRATION, declared=limits)}
    zone = ZoneCapacity(availability_zone="n", resource=CORES, raw=1, allocatable=1, allocated=1, largest_host=1)
    zones = {"zones": zones_content([zone, replace(zone, resource=RAM)])["zones"]}
    rows = [server("s1", State.ACTIVE)]
    ended = (RequestFigure(state=RequestState.SUBMITTED, number=1, oldest=NOW, overdue=0),)
    work = Control(
        clouds=(CITY,),
        standings=(known(drifted=1),),
        requests=ended,
        durations=Durations(counts=(0,) * 9, total=0),
        operations=(OperationFigure(cloud=CITY, state=OperationState.QUEUED, number=1, oldest=NOW),),
        workers=1,
        in_force=NOW,
        version="0.1.0",
    )
    reading = {"projects": {"p1": reading_content(resources)}}
    used = {("usage_storage_byte_seconds", ("market", "city", "ssd")): 1}
    unknown = metering.Knowledge(month=metering.running_month(NOW), known=Unknown(), looked={})
    exposed = [
        samples_of(CollectorName("quotas"), CITY, there, reading),
        samples_of(CollectorName("servers"), CITY, there, {"servers": servers_content(rows)}),
        samples_of(CollectorName("volumes"), CITY, there, {}),
        samples_of(CollectorName("floating-ips"), CITY, there, {}),
        samples_of(CollectorName("capacity"), CITY, there, zones),
        *(servers(CITY, there, rows), declared(CITY, there), names(spec(), {CITY: there})),
        *(requested({(CITY, CORES): 1, (CITY, RAM): 1}), control(work)),
        collectors([Collected(run=run(), succeeded_at=NOW)]),
        metering.metering({CITY: there}, used, unknown),
        metering.costs({("market", "city", "CNY"): Decimal(1)}),
    ]
    migrations = {name for name in CATALOGUE if name.startswith(("tenantry_migration", "tenantry_waves"))}
    own = {"exporter_series", "exporter_series_limit", "exporter_series_dropped"}
    found = {name for each in exposed for name in each.families()}
    assert found | {named(each).name for each in COUNTED | own} == set(CATALOGUE) - migrations
