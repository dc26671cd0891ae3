"""Guests as Ansible's inventory has them."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioner.playing.access import SshAccess
from provisioner.playing.hosts import Host, as_it_is, inventory


def told(*, port: int | None = None, access_port: int | None = None, **fields: Any) -> dict[str, Any]:
    """The only host's variables, as Ansible reads them."""
    host = Host(alias="server-1", address="192.0.2.7", server="i-1", user="ops", port=port, seconds=30, **fields)
    access = SshAccess(key_file=None, known_hosts=Path("/state/known_hosts"), port=access_port)
    return dict(json.loads(json.dumps(inventory([host], access)))["all"]["hosts"]["server-1"])


def test_a_guests_own_port_counts_for_more() -> None:
    """Than that of all guests; without either it is SSH's."""
    assert told(port=2222, access_port=22)["ansible_port"] == 2222
    assert told(access_port=22)["ansible_port"] == 22
    assert "ansible_port" not in told()


def test_variables_of_its_own_come_along() -> None:
    """As they are."""
    assert told(variables={"tenantry_first": True})["tenantry_first"] is True


@given(st.recursive(st.text() | st.integers() | st.booleans(), st.lists, max_leaves=5))
def test_every_text_is_marked_as_no_template(value: object) -> None:
    """However deep it stands, and nothing else is."""

    def bare(told: Any) -> object:
        if isinstance(told, list):
            return [bare(each) for each in told]
        return told["__ansible_unsafe"] if isinstance(told, dict) else told

    assert bare(as_it_is(value)) == value
    assert not isinstance(as_it_is(value), str)
