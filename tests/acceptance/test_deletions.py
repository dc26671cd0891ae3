"""Deleting: explicit in the manifest, shown, and confirmed by the name of each object."""

from typing import Any

import pytest

from tests.acceptance.manifests import Document
from tests.acceptance.shell import ERROR, NOTHING
from tests.acceptance.site import Site
from tests.acceptance.terminal import terminal

_NAMES = ("公文交换", "spare")


def _networks(*, state: str) -> Document:
    """A landing zone in which they are there, or are not to be."""
    return {"networks": [{"name": name, "state": state} for name in _NAMES]}


@pytest.fixture
def going(site: Site) -> Site:
    """Two networks that are there, and that the manifest now has absent."""
    site.ask(landingZone=_networks(state="present"))
    site.apply()
    site.ask(landingZone=_networks(state="absent"))
    return site


def _networks_there(site: Site) -> set[str]:
    listed: Any = site.city.admin.call("GET", "neutron", f"/v2.0/networks?project_id={site.project_id}")
    return {each["name"] for each in listed["networks"]}


def test_yes_alone_deletes_nothing(going: Site) -> None:
    """The message says what would be deleted, and how to consent to it."""
    said = going.apply(code=ERROR).err
    assert "--yes alone deletes nothing" in said
    assert "--confirm spare --confirm '公文交换'" in said
    assert _networks_there(going) == set(_NAMES)


def test_one_name_of_two_deletes_nothing(going: Site) -> None:
    """Not even the one that was named."""
    assert "--confirm spare" in going.apply("--confirm", "公文交换", code=ERROR).err
    assert _networks_there(going) == set(_NAMES)


def test_all_names_delete_them(going: Site) -> None:
    """And the same command again, when there is nothing left to delete, is content."""
    confirmed = [option for name in _NAMES for option in ("--confirm", name)]
    going.apply(*confirmed)
    assert _networks_there(going) == set()
    going.apply(*confirmed)


def test_on_a_terminal_each_name_is_asked_for(going: Site) -> None:
    """One by one, below the plan, with what it is and whose."""
    with terminal(going.tenantry, "apply", going.folder) as seen:
        seen.shows("Apply this plan?")
        assert "DESTRUCTIVE" in seen.text
        seen.type("y")
        for name in sorted(_NAMES):
            seen.shows(f"network {name}")
            seen.type(name)
        seen.wait().must_be(NOTHING)
    assert _networks_there(going) == set()


def test_another_name_applies_nothing_at_all(going: Site) -> None:
    """A slip of the keys keeps everything."""
    with terminal(going.tenantry, "apply", going.folder) as seen:
        seen.shows("Apply this plan?")
        seen.type("y")
        seen.shows("name")
        seen.type("spare-1")
        assert "Nothing was applied." in seen.wait().must_be(ERROR).out
    assert _networks_there(going) == set(_NAMES)
