"""Pages: families once and in order, what is old withdrawn, the budget kept, departments by themselves."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from monitoring.exposition.budget import cut
from monitoring.exposition.catalogue import CATALOGUE, IMPORTANCE
from monitoring.exposition.family import Endpoint
from monitoring.exposition.page import Page, page
from monitoring.exposition.samples import Samples
from monitoring.exposition.shards import Shard, ShardKey, pieces_of
from monitoring.exposition.text import Format
from tenants.names import TenantName

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)


def servers(cloud: str, *tenants: str, at: datetime = NOW) -> Shard:
    """What the collector of servers told of a cloud: a server for each tenant."""
    samples = Samples()
    for tenant in tenants:
        samples.put("servers", (tenant, cloud, "active"), 1)
    key = ShardKey(cloud=cloud, collector="servers")
    return Shard(key=key, pieces=pieces_of(samples), at=at, every=EVERY)


def quotas(cloud: str, *tenants: str) -> Shard:
    """What the collector of quotas told of a cloud."""
    samples = Samples()
    for tenant in tenants:
        samples.put("quota_limit", (tenant, "p", cloud, "compute", "cores"), 8)
        samples.put("quota_reserved", (tenant, "p", cloud, "compute", "cores"), 1)
    return Shard(key=ShardKey(cloud=cloud, collector="quotas"), pieces=pieces_of(samples), at=NOW, every=EVERY)


def shown(*shards: Shard, limit: int = 1000, now: datetime = NOW) -> Page:
    """The city's page."""
    return page(shards, endpoint=Endpoint.CITY, limit=limit, now=now)


def series(made: Page) -> Counter[str]:
    """How many series of each family are on a page, as Prometheus's parser reads it."""
    families = list(text_string_to_metric_families(made.body(Format.OPENMETRICS).decode()))
    assert len({each.name for each in families}) == len(families)
    keys = [(each.name, *sorted(each.labels.items())) for family in families for each in family.samples]
    assert len(set(keys)) == len(keys)
    return Counter(each.name for family in families for each in family.samples)


def test_the_families_of_many_shards_stand_once_each_in_the_catalogue_s_order() -> None:
    """With the series of all shards beneath."""
    made = shown(servers("city", "market"), servers("district", "market", "transport"), quotas("city", "market"))
    assert series(made)["tenantry_servers"] == 3
    assert list(made.families) == [name for name in CATALOGUE if name in made.families]


def test_a_page_says_how_many_series_it_has() -> None:
    """All shards together, its own among them."""
    made = shown(servers("city", "market"), quotas("city", "market"))
    told = [
        sample.value
        for family in text_string_to_metric_families(made.body(Format.OPENMETRICS).decode())
        for sample in family.samples
        if sample.name == "tenantry_exporter_series"
    ]
    assert sum(told) == made.series == series(made).total()


def test_what_was_collected_more_than_three_intervals_ago_is_withdrawn() -> None:
    """And nothing else; three intervals are not too long."""
    old, older = servers("city", "market", at=NOW - 3 * EVERY), servers("district", "a", at=NOW - 3.1 * EVERY)
    body = shown(old, older).body(Format.TEXT).decode()
    assert 'tenantry_servers{cloud="city"' in body
    assert "district" not in body


def test_a_page_never_has_more_series_than_it_may() -> None:
    """Whole families of whole shards are left out, the least important first, and that is said."""
    shards = (quotas("city", "a", "b", "c"), servers("city", "a", "b", "c"))
    whole = shown(*shards)
    less = shown(*shards, limit=whole.series - 1)
    assert "tenantry_quota_reserved" not in less.families
    assert set(whole.families) - set(less.families) == {"tenantry_quota_reserved"}
    assert series(less).total() == whole.series - 3
    assert less.dropped == {ShardKey(cloud="city", collector="quotas"): 3}
    assert 'tenantry_exporter_series_dropped{cloud="city",collector="quotas"} 3.0' in less.body(Format.TEXT).decode()


PARTS = st.dictionaries(
    st.tuples(
        st.sampled_from(IMPORTANCE), st.builds(ShardKey, cloud=st.sampled_from("abc"), collector=st.sampled_from("xy"))
    ),
    st.integers(0, 50),
)


@given(parts=PARTS, limit=st.integers(0, 400))
def test_what_stays_is_more_important_than_what_does_not(parts: dict, limit: int) -> None:  # type: ignore[type-arg]
    """And fits; and nothing is lost in counting."""
    found = cut(parts, limit=limit)
    assert sum(found.series.values()) <= limit
    assert sum(found.series.values()) + sum(found.dropped.values()) == sum(parts.values())
    rank = {name: number for number, name in enumerate(IMPORTANCE)}
    kept = [(rank[name], key) for name, key in found.kept]
    left = [(rank[name], key) for name, key in parts.keys() - found.kept]
    assert not kept or not left or max(kept) < min(left)


@given(parts=PARTS)
def test_everything_stays_where_there_is_room(parts: dict) -> None:  # type: ignore[type-arg]
    """To the last series."""
    assert cut(parts, limit=sum(parts.values())).kept == parts.keys()


def test_a_department_sees_its_own_series_of_departmental_families() -> None:
    """Nothing of others, nothing of the city's."""
    made = shown(servers("city", "market", "archive", "transport"), quotas("city", "transport"))
    body = made.body_of({TenantName("market"), TenantName("archive")}, Format.OPENMETRICS).decode()
    assert [line for line in body.splitlines() if not line.startswith("#")] == [
        'tenantry_servers{cloud="city",state="active",tenant="archive"} 1.0',
        'tenantry_servers{cloud="city",state="active",tenant="market"} 1.0',
    ]
    assert "transport" not in body
    assert list(text_string_to_metric_families(body))


def test_a_name_that_looks_like_another_tenant_s_label_is_nobody_else_s() -> None:
    """A department is named by whoever writes its manifest."""
    samples = Samples()
    samples.put("tenant", ("market", '",tenant="transport', ""))
    samples.put("tenant", ("transport", "市交通运输局", ""))
    shard = Shard(key=ShardKey(cloud="", collector="names"), pieces=pieces_of(samples))
    assert b"market" not in shown(shard).body_of({TenantName("transport")}, Format.TEXT)
