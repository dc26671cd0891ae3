"""Metrics over HTTP: who sees what, in which format, how old; and what is counted of requests, operations and answers."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse

from api.exposition.board import Board
from api.exposition.reading import Exposing
from api.http.service import Service
from monitoring.collection.contents import ServerRow, reading_content, servers_content
from monitoring.exposition.catalogue import CATALOGUE, named
from monitoring.exposition.expected import expected
from monitoring.exposition.family import Endpoint
from provisioner.access import Role
from provisioner.baseline import Baselines, baseline
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.errors import StoreUnavailable
from provisioner.store import figures, usage_snapshots, usage_tenancies
from provisioner.store.database import Database
from provisioner.usage.collection import CollectorName, Run, Snapshot
from provisioner.usage.sightings import ResourceId, State, Variant
from provisioner.usage.tenancy import Tenancy
from tenants.names import CloudName, TenantName
from tenants.resources import Limit, Resource
from tenants.resources import Service as CloudService
from tests.integration.http.conftest import AT, CITY, YAML, Client, Clock, LogIn

OPENMETRICS = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
CLOUD = CloudName("city")
CORES = Resource(service=CloudService.COMPUTE, name="cores")
EVERY = timedelta(minutes=5)
#: Keystone's ids of the projects, by tenant and Keystone's name.
PROJECTS = {
    ("market", "market-registration"): "p1",
    ("archive", "archive-files"): "p2",
    ("transport", "transport-buses"): "p3",
}


def keep(database: Database, collector: str, content: Mapping[str, object], *, complete: bool = True) -> None:
    """What a collector leaves behind."""
    name = CollectorName(collector)
    run = Run(
        cloud=CLOUD,
        collector=name,
        every=EVERY,
        began=AT - timedelta(seconds=2),
        ended=AT,
        failed={} if complete else {"page 2": "away"},
    )
    snapshot = Snapshot(cloud=CLOUD, collector=name, began=run.began, at=AT, complete=complete, content=content)
    with database.transaction() as connection:
        usage_snapshots.keep(connection, snapshot)
        usage_snapshots.note(connection, run)


@pytest.fixture
def collected(settled: None, database: Database) -> None:
    """The city's projects are known, their quotas and servers collected."""
    with database.transaction() as connection:
        usage_tenancies.note(
            connection,
            [
                Tenancy(cloud=CLOUD, project=ProjectId(id_), tenant=TenantName(tenant), name=name, since=AT)
                for (tenant, name), id_ in PROJECTS.items()
            ],
        )
    reading = {CORES: Usage(limit=Limit(6), used=2)}
    keep(database, "quotas", {"projects": dict.fromkeys(PROJECTS.values(), reading_content(reading))})
    row = ServerRow(
        id=ResourceId("s1"),
        project=ProjectId("p1"),
        name="网关",
        flavor=Variant("small"),
        availability_zone="nova",
        state=State.ACTIVE,
        vcpus=2,
        memory_bytes=2**31,
        created_at=AT,
    )
    keep(database, "servers", {"servers": servers_content([row])})


def values(client: Client, name: str, path: str = "/metrics", **more: str) -> Mapping[tuple[str, ...], float]:
    """A family's values by its labels, as Prometheus reads them."""
    answer = client.get(path, headers={**OPENMETRICS, **more})
    assert answer.status_code == 200, answer.text
    family = named(name)
    return {
        tuple(sample.labels[label] for label in family.labels): sample.value
        for each in parse(answer.text)
        if each.name == family.name
        for sample in each.samples
    }


@pytest.mark.usefixtures("collected")
def test_a_scrape_shows_what_was_collected(operator: Client) -> None:
    """With the manifests' names of tenants and projects."""
    assert values(operator, "quota_used")["market", "registration", "city", "compute", "cores"] == 2
    assert values(operator, "servers")["market", "city", "active"] == 1
    assert values(operator, "project")["market", "registration", "city", "p1", "market-registration"] == 1
    assert values(operator, "metering_coverage_ratio")["market", "city"] == 0


@pytest.mark.usefixtures("collected")
def test_everything_exposed_is_in_the_catalogue(operator: Client) -> None:
    """With its type, unit and help, in its order."""
    page = operator.get("/metrics", headers=OPENMETRICS).text
    shown = [(each.name, each.type, each.unit, each.documentation) for each in parse(page)]
    kept = {name: (name, each.type.value, each.unit, each.help) for name, each in CATALOGUE.items()}
    assert shown == [kept[name] for name in kept if name in {each[0] for each in shown}]
    assert len(shown) > 25


@pytest.mark.usefixtures("collected")
def test_what_manifests_bring_along_is_what_there_is(operator: Client, database: Database) -> None:
    """Of every family that is counted beforehand, to the series."""
    city = baseline(database)
    assert city
    counted = expected(city, with_declared=False)
    samples = [
        sample.name for each in parse(operator.get("/metrics", headers=OPENMETRICS).text) for sample in each.samples
    ]
    unseen = {"tenantry_reconcile_last_success_timestamp_seconds", "tenantry_volumes", "tenantry_floating_ips"}
    assert unseen <= counted.keys()  # nobody looked at the clouds here
    for name in counted.keys() - unseen:
        assert samples.count(CATALOGUE[name].sample) == counted[name], name


@pytest.mark.usefixtures("collected")
def test_old_text_is_for_those_who_ask_for_no_other(operator: Client) -> None:
    """Without an end of its own."""
    answer = operator.get("/metrics", headers={"accept": "*/*", "accept-encoding": "identity"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "content-encoding" not in answer.headers
    assert "# EOF" not in answer.text


@pytest.mark.usefixtures("collected")
def test_what_is_older_than_three_intervals_is_withdrawn_and_its_times_stay(operator: Client, clock: Clock) -> None:
    """Whoever looks at a graph sees that nothing is known, and an alert sees since when."""
    clock.move(3 * EVERY)
    assert values(operator, "quota_used")
    clock.move(timedelta(seconds=1))
    assert not values(operator, "quota_used")
    last = values(operator, "collector_last_success_timestamp_seconds")
    assert last["city", "quotas"] == AT.timestamp()


@pytest.mark.usefixtures("collected")
def test_a_snapshot_that_lacks_something_says_so(operator: Client, database: Database) -> None:
    """Beside what it has."""
    keep(database, "servers", {"servers": {}}, complete=False)
    assert values(operator, "collector_complete") == {("city", "quotas"): 1, ("city", "servers"): 0}
    assert values(operator, "servers")["market", "city", "active"] == 0


@pytest.mark.usefixtures("collected")
def test_a_project_that_becomes_known_later_shows(operator: Client, database: Database) -> None:
    """Though nothing was collected anew."""
    before = values(operator, "quota_used")
    with database.transaction() as connection:
        later = Tenancy(
            cloud=CLOUD,
            project=ProjectId("p3"),
            tenant=TenantName("transport"),
            name="somebody-elses",
            since=AT + EVERY,
        )
        usage_tenancies.note(connection, [later])
    assert len(before) == len(values(operator, "quota_used")) + 1


@pytest.mark.usefixtures("collected")
def test_a_department_scrapes_its_own_part(log_in: LogIn) -> None:
    """Of itself and all below it, with a token that opens nothing else."""
    scraper = log_in(Role.METRICS, "market")
    mine = values(scraper, "quota_used", "/v1/tenants/market/metrics")
    assert {each[0] for each in mine} == {"market", "archive"}
    assert {each[0] for each in values(scraper, "quota_used", "/v1/tenants/archive/metrics")} == {"archive"}
    assert not values(scraper, "workers", "/v1/tenants/market/metrics")
    assert scraper.get("/v1/tenants/transport/metrics").status_code == 404
    assert scraper.get("/metrics").status_code == 403
    assert scraper.get("/v1/projects").status_code == 403


@pytest.mark.usefixtures("collected")
def test_single_servers_are_on_a_page_of_their_own(operator: Client) -> None:
    """And nowhere else."""
    assert values(operator, "server_vcpus", "/metrics/servers") == {("market", "registration", "city", "s1", "网关"): 2}
    assert not values(operator, "server_vcpus")


def test_single_servers_are_shown_only_where_that_is_switched_on(service: Service, operator: Client) -> None:
    """A page that is not there otherwise."""
    object.__setattr__(service.board, "exposing", Exposing(limit=1000, version="0.1.0"))
    assert operator.get("/metrics/servers").status_code == 404


def test_metrics_are_open_where_a_setting_says_so(service: Service, nobody: Client) -> None:
    """The city's; a department's never are."""
    assert nobody.get("/metrics").status_code == 401
    object.__setattr__(service, "metrics_open", True)
    assert nobody.get("/metrics").status_code == 200
    assert nobody.get("/v1/tenants/market/metrics").status_code == 401


@pytest.mark.usefixtures("collected")
def test_a_page_keeps_within_its_budget(database: Database, clock: Clock) -> None:
    """What is least important goes first; the page says how much."""
    board = Board(database, Baselines(database), Exposing(limit=100, version="0.1.0"), clock)
    page = board.newest(Endpoint.CITY)
    assert page.series <= 100
    assert sum(page.dropped.values()) > 0
    assert named("quota_drift_resources").name in page.families


def test_a_database_that_cannot_be_read_is_said_to_be(database: Database, clock: Clock) -> None:
    """And no old page is shown for a new one."""
    board = Board(database, Baselines(database), Exposing(limit=1000, version="0.1.0"), clock)
    board.newest(Endpoint.CITY)
    with database.autocommit() as connection:
        connection.exec_driver_sql("ALTER TABLE tenantry.usage_snapshots RENAME TO away")
    with pytest.raises(StoreUnavailable, match="no metrics to show"):
        board.newest(Endpoint.CITY)


@pytest.mark.usefixtures("collected")
def test_sums_that_can_be_made_no_longer_are_withdrawn(database: Database, clock: Clock) -> None:
    """All else is read as ever, and the coverage that was last told would look as if it were."""
    board = Board(database, Baselines(database), Exposing(limit=1000, version="0.1.0"), clock)
    ratio = named("metering_coverage_ratio").name
    board.newest(Endpoint.CITY)
    with database.autocommit() as connection:
        connection.exec_driver_sql("ALTER TABLE tenantry.usage_intervals RENAME TO away")
    assert ratio in board.newest(Endpoint.CITY).families
    clock.move(timedelta(minutes=4))
    page = board.newest(Endpoint.CITY)
    assert ratio not in page.families
    assert named("servers").name in page.families


def test_pages_are_read_in_the_background_once_somebody_scrapes(database: Database, clock: Clock) -> None:
    """The first scrape waits for the first page; later ones for nothing."""
    board = Board(database, Baselines(database), Exposing(limit=1000, version="0.1.0"), clock)
    board.start()
    try:
        first = board.newest(Endpoint.CITY)
        assert first.series > 0
        assert board.newest(Endpoint.CITY).series > 0
    finally:
        board.close()


def test_what_is_answered_is_counted_over_all_processes(service: Service, operator: Client) -> None:
    """By route, not by path: nobody can make series up."""
    for path in ("/v1/tenants/a", "/v1/tenants/b", "/made/up"):
        operator.get(path)
    service.traffic.tally.flush(service.database)
    operator.get("/v1/tenants/c")
    service.traffic.tally.flush(service.database)
    counted = values(operator, "http_requests")
    assert counted["GET", "/v1/tenants/{tenant}", "4xx"] == 3
    assert counted["GET", "", "4xx"] == 1


@pytest.mark.usefixtures("in_force")
def test_requests_are_counted_by_state(log_in: LogIn, operator: Client, clock: Clock) -> None:
    """With the time at which the oldest came there, and whether its review takes too long."""
    market = next(each for each in CITY.split("---\n") if "name: market" in each).replace("cores: 6", "cores: 7")
    made = log_in(Role.MEMBER, "market", "张伟").post("/v1/requests", content=market, headers=YAML)
    assert made.status_code == 201, made.text
    assert values(operator, "requests_open")[("administrative-review",)] == 1
    assert values(operator, "request_oldest_timestamp_seconds") == {("administrative-review",): AT.timestamp()}
    assert values(operator, "requests_overdue")[("administrative-review",)] == 0
    clock.move(timedelta(days=60))
    with operator.app.state.service.database.autocommit() as connection:
        [found] = figures.requests_open(connection, today=clock().date())
    assert (found.number, found.overdue) == (1, 1)
