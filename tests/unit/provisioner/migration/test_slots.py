"""Places on hosts hold whatever host Nova chooses for those that may arrive on any."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from provisioner.migration.slots import Slot, arriving, is_free, link
from tenants.names import CloudName

CITY, DISTRICT = CloudName("city"), CloudName("district")
HOSTS = ("compute-1", "compute-2", "compute-3")
ANY = arriving(CITY, None)


@given(st.integers(1, 3), st.lists(st.tuples(st.sampled_from([*HOSTS, None]), st.sampled_from(HOSTS)), max_size=20))
def test_no_host_gets_more_than_the_limit(limit: int, wishes: list[tuple[str | None, str]]) -> None:
    """Each wish names a host or none, and beside it what Nova chooses in the end: nobody knows that before all have begun."""
    taken, ends = Counter[str](), Counter[str]()
    for wish, chosen in wishes:
        name = arriving(CITY, wish)
        if is_free(Slot(name=name, limit=limit), taken):
            taken[name] += 1
            ends[wish or chosen] += 1
    assert max(ends.values(), default=0) <= limit


def test_a_host_that_nova_has_told_weighs_on_no_other() -> None:
    """With two places on each, one that may arrive anywhere finds one beside three that arrive on three hosts."""
    told = dict.fromkeys((arriving(CITY, each) for each in HOSTS), 1)
    assert is_free(Slot(name=ANY, limit=2), told)
    assert not is_free(Slot(name=ANY, limit=2), {**told, ANY: 1})
    assert not is_free(Slot(name=ANY, limit=1), told)


def test_other_clouds_hosts_and_links_are_counted_apart() -> None:
    """A host of the same name in another cloud, and disks between clouds."""
    taken = {arriving(DISTRICT, HOSTS[0]): 9, link(CITY, DISTRICT): 1}
    assert is_free(Slot(name=ANY, limit=1), taken)
    assert is_free(Slot(name=arriving(CITY, HOSTS[0]), limit=1), taken)
    assert not is_free(Slot(name=link(CITY, DISTRICT), limit=1), taken)
    assert is_free(Slot(name=link(CITY, DISTRICT), limit=2), taken)
