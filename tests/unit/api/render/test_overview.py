"""A city by the line."""

from typing import Any

import pytest

from api.render.overview import print_allocations, print_envelopes
from monitoring.allocation import Allocation, AllocationState
from tenants.envelopes import Amount, Row
from tenants.names import CloudName, TenantName
from tenants.resources import Limit, Resource, Service

_MATCHES, _DIFFERS = AllocationState.MATCHES, AllocationState.DIFFERS
_TITLE = "Projects: used/limit, and asked->enforced where they differ"


def _resource(text: str) -> Resource:
    service, _, name = text.partition("/")
    return Resource(service=Service(service), name=name)


def _allocation(resource: str, state: AllocationState = _MATCHES, **fields: Any) -> Allocation:
    known = {"tenant": "market", "cloud": "city", "project": "registration", "keystone_name": "market-registration"}
    numbers = {"asked": None, "enforced": fields.get("asked"), "used": 0, "reserved": 0}
    return Allocation(resource=_resource(resource), state=state, **{**known, **numbers, **fields})


def _share(tenant: str, resource: str, envelope: int, **amount: int) -> Row:
    return Row(
        cloud=CloudName("city"),
        tenant=TenantName(tenant),
        resource=_resource(resource),
        envelope=Limit(envelope),
        own=Amount(**amount),
        below=Amount(),
    )


@pytest.fixture
def allocations() -> list[Allocation]:
    """A project that is as asked, and one of which somebody raised two limits."""
    return [
        _allocation("compute/cores", asked=160, used=24, reserved=4),
        _allocation("compute/ram", asked=655360, used=98816),
        _allocation("compute/key_pairs", AllocationState.UNMANAGED, enforced=100),
        _allocation("compute/cores", _DIFFERS, tenant="education", project="dr", asked=40, enforced=60, used=8),
        _allocation("compute/ram", _DIFFERS, tenant="education", project="dr", asked=65536, enforced=-1),
        _allocation("network/port", tenant="education", project="dr", asked=5),
    ]


def test_a_line_for_each_project(show: Any, names: Any, allocations: list[Allocation]) -> None:
    """A limit is said once where it is enforced as asked; what is reserved counts as used."""
    assert show(print_allocations, allocations, names, width=100).splitlines()[:4] == [
        _TITLE,
        "tenant            project       cloud  instances     cores                  ram  gigabytes  state",
        "市市场监督管理局  registration  city           -    28/160         96.5/640 GiB          -  as asked",
        "市教育局          dr            city           -  8/40->60  0/64 GiB->unlimited          -  differs",
    ]


def test_limits_that_are_not_as_asked_are_told(show: Any, names: Any, allocations: list[Allocation]) -> None:
    """One by one below the table, for not every resource has a column there."""
    assert show(print_allocations, allocations, names).splitlines()[4:] == [
        "",
        "Limits that are not as asked",
        "  resource        asked   enforced  used  state",
        "",
        "市教育局 (education)",
        "dr on city  (Keystone: market-registration)",
        "  compute/cores      40         60     8  differs",
        "  compute/ram    64 GiB  unlimited     0  differs",
        "",
        "2 projects: 1 as asked, 1 different.",
    ]


def test_many_differences_are_not_told_one_by_one(show: Any, names: Any) -> None:
    """The table says which projects they are in."""
    rows = [_allocation("compute/cores", _DIFFERS, project=f"p{number}", asked=1, enforced=2) for number in range(30)]
    shown = show(print_allocations, rows, names).splitlines()
    assert (len(shown), shown[-1]) == (34, "30 projects: 30 different.")


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((_MATCHES, AllocationState.UNMANAGED), "as asked"),
        ((_MATCHES, _DIFFERS), "differs"),
        ((_MATCHES, AllocationState.UNREADABLE, _DIFFERS), "unreadable"),
        ((AllocationState.MISSING,), "missing"),
        ((AllocationState.UNMANAGED,), "unmanaged"),
    ],
)
def test_a_project_is_as_its_worst_limit(show: Any, names: Any, states: tuple[AllocationState, ...], said: str) -> None:
    """Whether that has a column or not."""
    rows = [_allocation("network/port", state, asked=1, enforced=1) for state in states]
    assert show(print_allocations, rows, names).splitlines()[2].endswith(f"  {said}")


def test_a_disabled_project_is_not_as_asked(show: Any, names: Any) -> None:
    """Whatever its limits are."""
    rows = [_allocation("compute/cores", asked=8, disabled=True)]
    shown = show(print_allocations, rows, names).splitlines()
    assert shown[2].endswith("  disabled")
    assert shown[-1] == "1 project: 1 disabled."


@pytest.mark.parametrize(
    ("state", "said"), [(_MATCHES, ("retired", "1 retired")), (_DIFFERS, ("retired, differs", "1 different"))]
)
def test_a_retired_project_is_marked(show: Any, names: Any, state: AllocationState, said: tuple[str, str]) -> None:
    """With what it holds; where that is all that it may have, it counts as retired."""
    rows = [_allocation("compute/cores", state, asked=2, used=2, retired=True)]
    shown = show(print_allocations, rows, names).splitlines()
    assert "  2/2" in shown[2]
    assert shown[2].endswith(f"  {said[0]}")
    assert shown[-1] == f"1 project: {said[1]}."


def test_what_was_not_read_has_no_use(show: Any, names: Any) -> None:
    """The limit that was asked for is known all the same."""
    row = _allocation("compute/cores", AllocationState.MISSING, asked=8, enforced=None, used=None)
    assert "  -/8  " in show(print_allocations, [row], names)


def test_no_projects(show: Any, names: Any) -> None:
    """Nothing is said in words."""
    assert show(print_allocations, [], names) == "No projects.\n"


@pytest.mark.parametrize("width", [80, 100, 120])
def test_one_line_each_on_a_terminal(show: Any, names: Any, allocations: list[Allocation], width: int) -> None:
    """Columns are left out rather than lines wrapped; what matters most stays."""
    shown = show(print_allocations, allocations[:2], names, width=width).splitlines()
    assert len(shown) == 5
    assert max(len(line.encode("gbk")) for line in shown) <= width
    assert all(word in shown[1] for word in ("tenant", "project", "cores", "ram", "state"))


def test_envelopes_by_the_line(show: Any, names: Any) -> None:
    """What is allocated in the envelope's unit, and how much of it that is."""
    shares = [
        _share("market", "compute/cores", 480, total=160),
        _share("market", "compute/ram", 2097152, total=1802240),
        _share("education", "compute/cores", 10, total=11, unlimited=2),
    ]
    assert show(print_envelopes, shares, names).splitlines() == [
        "",
        "Envelopes: allocated/envelope",
        "tenant            name       cloud  instances                     cores             ram  volumes  gigabytes",
        "市市场监督管理局  market     city           -               160/480 33%  1.72/2 TiB 85%        -          -",
        "市教育局          education  city           -  11 + 2 unlimited/10 110%               -        -          -",
    ]


def test_empty_envelopes_are_counted(show: Any, names: Any) -> None:
    """They would hide those that matter."""
    shares = [_share("market", "compute/cores", 480), _share("education", "compute/cores", 10, total=1)]
    shown = show(print_envelopes, shares, names)
    assert "市市场监督管理局" not in shown
    assert shown.endswith("\n1 more envelope holds nothing yet.\n")


def test_nothing_but_empty_envelopes(show: Any, names: Any) -> None:
    """There is no table without rows."""
    shown = show(print_envelopes, [_share("market", "compute/cores", 480)], names)
    assert shown == "\nEnvelopes: allocated/envelope\n1 more envelope holds nothing yet.\n"


def test_no_envelopes(show: Any, names: Any) -> None:
    """Not even a title."""
    assert show(print_envelopes, [], names) == ""
