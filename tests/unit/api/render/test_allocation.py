"""Asked, enforced, used; and envelopes."""

from dataclasses import replace
from typing import Any

import pytest

from api.render.allocation import WORDS, as_document, print_allocations, print_envelopes
from monitoring.allocation import Allocation, AllocationState
from tenants.envelopes import Amount, Row
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import Limit, Resource, Service


def _allocation(name: str, state: AllocationState, **fields: Any) -> Allocation:
    service, _, key = name.partition("/")
    return Allocation(
        **{
            "tenant": TenantName("market"),
            "cloud": CloudName("city"),
            "project": ProjectName("registration"),
            "keystone_name": "market-registration",
            "resource": Resource(service=Service(service), name=key),
            "asked": None,
            "enforced": None,
            "used": None,
            "reserved": 0,
            "state": state,
            **fields,
        }
    )


_DIFFERS = _allocation("compute/ram", AllocationState.DIFFERS, asked=655360, enforced=-1, used=98816, reserved=1024)
_MISSING = _allocation("compute/cores", AllocationState.MISSING, asked=8, project="dr", keystone_name="market-dr")
_UNMANAGED = _allocation("compute/key_pairs", AllocationState.UNMANAGED, enforced=100)


def _share(name: str, envelope: int, **amount: int) -> Row:
    service, _, key = name.partition("/")
    return Row(
        cloud=CloudName("city"),
        tenant=TenantName("market"),
        resource=Resource(service=Service(service), name=key),
        envelope=Limit(envelope),
        own=Amount(**amount),
        below=Amount(),
    )


def test_limits_by_tenant_and_project(show: Any, names: Any) -> None:
    """The tenant is named once; what is reserved stands behind what is used."""
    assert show(print_allocations, [_DIFFERS, _MISSING, _UNMANAGED], names) == (
        "  resource         asked   enforced              used  state\n"
        "\n"
        "市市场监督管理局 (market)\n"
        "registration on city  (Keystone: market-registration)\n"
        "  compute/ram    640 GiB  unlimited  96.5 GiB + 1 GiB  differs\n"
        "\n"
        "dr on city  (Keystone: market-dr)\n"
        "  compute/cores        8          -                 -  missing\n"
        "\n"
        "3 limits: 1 different, 1 missing, 1 unmanaged.\n"
    )


def test_unmanaged_limits_are_shown_where_asked_for(show: Any, names: Any) -> None:
    """Otherwise they are only counted."""
    shown = show(print_allocations, [_UNMANAGED], names, unmanaged=True)
    assert "  compute/key_pairs      -       100     -  unmanaged" in shown.splitlines()
    assert show(print_allocations, [_UNMANAGED], names) == "1 limit: 1 unmanaged.\n"


def test_a_disabled_project_is_marked(show: Any, names: Any) -> None:
    """Its limits are as asked, and yet nobody can use them."""
    row = _allocation("compute/cores", AllocationState.MATCHES, asked=8, enforced=8, used=0, disabled=True)
    shown = show(print_allocations, [row], names).splitlines()
    assert "registration on city  (Keystone: market-registration)  disabled" in shown


def test_a_retired_project_shows_what_it_holds(show: Any, names: Any) -> None:
    """It is marked; limits that are down to nothing are left out, unless all are asked for."""
    held = _allocation("compute/cores", AllocationState.MATCHES, asked=1, enforced=1, used=1, retired=True)
    zero = _allocation("compute/ram", AllocationState.MATCHES, asked=0, enforced=0, used=0, retired=True)
    shown = show(print_allocations, [held, zero, replace(_UNMANAGED, retired=True)], names).splitlines()
    assert shown[3:5] == [
        "registration on city  (Keystone: market-registration)  retired",
        "  compute/cores      1         1     1  as asked",
    ]
    assert len(shown) == 7
    assert "compute/ram" in show(print_allocations, [held, zero], names, unmanaged=True)


def test_an_empty_retired_project_is_named(show: Any, names: Any) -> None:
    """Nobody need wonder where it went."""
    zero = _allocation("compute/ram", AllocationState.MATCHES, asked=0, enforced=0, used=0, retired=True)
    shown = show(print_allocations, [zero], names).splitlines()
    assert "registration on city  (Keystone: market-registration)  retired, holds nothing" in shown


def test_a_retired_project_that_may_still_grow_is_shown(show: Any, names: Any) -> None:
    """Its limits are not down to what it holds."""
    open_yet = _allocation("compute/ram", AllocationState.DIFFERS, asked=0, enforced=512, used=0, retired=True)
    shown = show(print_allocations, [open_yet], names)
    assert "differs" in shown
    assert "holds nothing" not in shown


def test_no_limits(show: Any, names: Any) -> None:
    """Nothing is said in words."""
    assert show(print_allocations, [], names) == "No limits.\n"


def test_rows_fit_eighty_columns(show: Any, names: Any) -> None:
    """Even the longest resource name of the catalogue leaves room for the numbers."""
    row = _allocation(
        "block-storage/per_volume_gigabytes", AllocationState.UNREADABLE, asked=1024, enforced=-1, used=2432
    )
    shown = show(print_allocations, [row], names, width=80)
    assert "  block-storage/per_volume_gigabytes  1 TiB  unlimited  2.375 TiB  unreadable" in shown.splitlines()


def test_envelopes_show_what_is_left(show: Any, names: Any) -> None:
    """Too much is a negative rest; what is asked for without limit is counted."""
    shares = [_share("compute/cores", 800, total=180), _share("block-storage/gigabytes", 10, total=11, unlimited=2)]
    assert show(print_envelopes, shares, names) == (
        "\n"
        "  resource                            allocated  envelope    left\n"
        "\n"
        "Envelope of 市市场监督管理局 (market) on city\n"
        "  compute/cores                             180       800     620\n"
        "  block-storage/gigabytes  11 GiB + 2 unlimited    10 GiB  -1 GiB\n"
    )


def test_without_envelopes_nothing_is_shown(show: Any, names: Any) -> None:
    """Not even a title."""
    assert show(print_envelopes, [], names) == ""


def test_allocations_as_a_document(names: Any) -> None:
    """Limits are numbers in the unit that stands beside them; -1 is unlimited, null unknown."""
    document: Any = as_document([_DIFFERS], [_share("compute/ram", 1024, total=2048)], names)
    assert document == {
        "allocations": [
            {
                "tenant": "market",
                "displayName": "市市场监督管理局",
                "cloud": "city",
                "project": "registration",
                "keystoneName": "market-registration",
                "resource": "compute/ram",
                "unit": "MiB",
                "asked": 655360,
                "enforced": -1,
                "used": 98816,
                "reserved": 1024,
                "state": "differs",
                "disabled": False,
                "retired": False,
            }
        ],
        "envelopes": [
            {
                "tenant": "market",
                "displayName": "市市场监督管理局",
                "cloud": "city",
                "resource": "compute/ram",
                "unit": "MiB",
                "allocated": 2048,
                "unlimitedProjects": 0,
                "envelope": 1024,
                "left": -1024,
            }
        ],
    }


@pytest.mark.parametrize("state", list(AllocationState))
def test_every_state_can_be_shown(show: Any, names: Any, state: AllocationState) -> None:
    """No state is without words and a style."""
    shown = show(print_allocations, [_allocation("compute/cores", state)], names, unmanaged=True)
    assert f"{WORDS[state]}\n" in shown
