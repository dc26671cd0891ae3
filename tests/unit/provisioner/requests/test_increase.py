"""What a request adds on every line of the tree, and whether it fits, for any holdings."""

from hypothesis import given
from hypothesis import strategies as st

from provisioner.requests.increase import Line, Room, increase, rooms, shortfalls, with_enforced
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import Limit, Limits, Resource, Service
from tenants.spec import City, TenantSpec

_CITY = CloudName("city")
_CORES = Resource(service=Service.COMPUTE, name="cores")
_PAIRS = Resource(service=Service.COMPUTE, name="key_pairs")
_TOWN, _MARKET, _STALLS, _HARBOUR = (TenantName(each) for each in ("town", "market", "stalls", "harbour"))
_LEAVES = st.sampled_from([_MARKET, _STALLS, _HARBOUR])
_HELD = st.dictionaries(
    st.tuples(_LEAVES, st.sampled_from([ProjectName("a"), ProjectName("b")])),
    st.integers(-1, 50).map(lambda amount: (_CITY, {_CORES: Limit(amount)})),
)


def tree(**envelopes: int) -> City:
    """A town with a market, which has stalls, and a harbour; with these envelopes of cores."""
    parents = {_TOWN: None, _MARKET: _TOWN, _STALLS: _MARKET, _HARBOUR: _TOWN}
    return City(
        clouds={},
        tenants={
            name: TenantSpec(
                name=name,
                display_name=name,
                parent=parent,
                protection_level=2,
                envelopes={_CITY: {_CORES: Limit(envelopes[name])}} if name in envelopes else {},
            )
            for name, parent in parents.items()
        },
    )


def held(
    tenant: TenantName, amount: int, project: str = "a"
) -> dict[tuple[TenantName, ProjectName], tuple[CloudName, Limits]]:
    """One project's cores."""
    return {(tenant, ProjectName(project)): (_CITY, {_CORES: Limit(amount)})}


def line(tenant: TenantName | None) -> Line:
    """The cores of a tenant, or of the cloud."""
    return Line(cloud=_CITY, tenant=tenant, resource=_CORES)


def test_more_counts_at_the_tenant_all_above_and_the_cloud() -> None:
    """And nowhere else."""
    found = increase(tree(), held(_STALLS, 10), held(_STALLS, 25))
    assert found == {line(each): 15 for each in (_STALLS, _MARKET, _TOWN, None)}


def test_what_one_gives_up_another_may_take() -> None:
    """Below the same tenant nothing is added."""
    before = {**held(_STALLS, 10), **held(_MARKET, 10)}
    assert increase(tree(), before, {**held(_STALLS, 20), **held(_MARKET, 0)}) == {line(_STALLS): 10}


def test_what_does_not_add_up_is_not_reserved() -> None:
    """Key pairs of one user, and amounts without limit."""
    pairs = {(_MARKET, ProjectName("a")): (_CITY, {_PAIRS: Limit(10), _CORES: Limit(-1)})}
    assert increase(tree(), {}, pairs) == {}


@given(_HELD, _HELD)
def test_no_line_is_overdrawn_by_what_fits(before: dict[object, object], after: dict[object, object]) -> None:
    """Whatever fits on every line leaves every envelope kept once it is held, if it was kept before."""
    city = tree(town=100, market=60)
    asked = increase(city, before, after)  # type: ignore[arg-type]
    found = rooms(city, held=before, capacities={}, asked=asked, reserved={})  # type: ignore[arg-type]
    lacking = shortfalls(found)
    for tenant, bound in ((_TOWN, 100), (_MARKET, 60)):
        below = {_TOWN: {_MARKET, _STALLS, _HARBOUR}, _MARKET: {_MARKET, _STALLS}}[tenant]
        then = _sum(before, below)
        now = _sum(after, below)
        if not lacking and now > then:
            assert now <= bound
        if now > then and now > bound:
            assert lacking


def _sum(of: dict[object, object], tenants: set[TenantName]) -> int:
    return sum(max(0, limits[_CORES]) for (tenant, _), (_, limits) in of.items() if tenant in tenants)  # type: ignore[misc, index, attr-defined]


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(1, 100))
def test_the_largest_fits_and_one_more_does_not(bound: int, taken: int, reserved: int, asked: int) -> None:
    """What a refusal names is exactly the most."""
    room = Room(line=line(_MARKET), bound=bound, held=taken, reserved=reserved, asked=asked)
    (*lacking,) = shortfalls([room])
    assert bool(lacking) is (taken + reserved + asked > bound and asked > max(0, bound - taken - reserved))
    for each in lacking:
        assert each.largest == max(0, bound - taken - reserved) < asked


def test_of_many_lines_the_tightest_is_told() -> None:
    """With the most that fits on all of them."""
    found = [
        Room(line=line(_MARKET), bound=50, held=10, reserved=0, asked=60),
        Room(line=line(_TOWN), bound=100, held=80, reserved=5, asked=60),
    ]
    (told,) = shortfalls(found)
    assert (told.room.line.tenant, told.largest) == (_TOWN, 15)
    assert str(told) == (
        "compute/cores: 60 more asked for, and at most 15 would fit: of the 100 that town may hold in city, "
        "80 are held and 5 reserved for other requests"
    )


def test_what_nothing_bounds_has_room() -> None:
    """However much it is."""
    room = Room(line=line(_MARKET), bound=None, held=10, reserved=0, asked=10**9)
    assert (room.left, room.fits) == (None, True)


def test_less_fits_where_too_much_was_promised() -> None:
    """A tenant over its envelope may still give back."""
    assert Room(line=line(_MARKET), bound=10, held=20, reserved=0, asked=0).fits


def test_what_a_cloud_enforces_beyond_the_manifest_is_held() -> None:
    """The greater counts; an enforced lack of limit does not."""
    asked = {**held(_MARKET, 10), **held(_HARBOUR, 10), **held(_STALLS, -1)}
    enforced = {**held(_MARKET, 30), **held(_HARBOUR, -1), **held(_STALLS, 5)}
    found = with_enforced(asked, enforced)
    assert {tenant: limits[_CORES] for (tenant, _), (_, limits) in found.items()} == {
        _MARKET: 30,
        _HARBOUR: 10,
        _STALLS: -1,
    }
