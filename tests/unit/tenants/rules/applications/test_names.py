"""What one project holds is told apart by its name in the cloud, whichever application it is of."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "case",
    [
        ("  servers: [{name: db, image: guest, flavor: small}]\n", "server", "db", "db,"),
        ("  servers: [{name: web-2, image: guest, flavor: small}]\n", "server", "web-2", "web-2"),
        ("  volumes: [{name: data, size: 1}]\n", "volume", "data", "data,"),
        ("  serverGroups: [{name: web-apart, state: absent}]\n", "server group", "web-apart", "web-apart"),
    ],
)
def test_name_of_another_applications_object_is_refused(other: Any, case: tuple[str, str, str, str]) -> None:
    """At the object that comes later by its file's name, with the place of the other."""
    more, noun, name, at = case
    changed = other("").add("apps/x.yaml", other("").files["apps/credit.yaml"].replace("credit", "x") + more)
    problem = changed.problem()
    assert problem.location == changed.place("apps/x.yaml", at)
    assert problem.message.startswith(
        f'the {noun} "{name}" of the project "registration" is described already, at apps/registration.yaml:'
    )
    assert problem.remedy == "give it a name of its own"


def test_floating_ip_of_another_application_is_refused(city: Any) -> None:
    """It leads to one server only."""
    text = city.files["apps/registration.yaml"].replace("name: registration,", "name: x,").split("  serverGroups")[0]
    more = (
        "  servers: [{name: x, image: guest, flavor: small, networks: [{network: app}]}]\n"
        "  floatingIPs: [{name: portal, server: x, network: app}]\n"
    )
    changed = city.edit("tenant.yaml", "floatingip: 1", "floatingip: 2").add("apps/x.yaml", text + more)
    assert changed.problem().message.startswith('the floating IP "portal" of the project "registration" is described')


def test_ports_that_would_be_called_alike_are_refused(city: Any) -> None:
    """`web-x` in the network `y` and `web` in `x-y`: found later they could not be told apart."""
    zone = city.files["tenant.yaml"].replace(
        "grants: {networks: [{name: shared}]}", "grants: {networks: [{name: shared}, {name: a-b}, {name: b}]}"
    )
    more = """\
  servers:
    - {name: x, image: guest, flavor: small, networks: [{network: a-b}]}
    - {name: x-a, image: guest, flavor: small, networks: [{network: b}]}
"""
    text = city.files["apps/registration.yaml"].split("  serverGroups")[0] + more
    problem = city.add("tenant.yaml", zone).add("apps/registration.yaml", text).problem()
    assert problem.path == "spec.servers[1].networks[0].network"
    assert problem.message.startswith('the port "x-a-b" of the project "registration" is described already')


def test_same_names_in_another_project_are_right(city: Any) -> None:
    """Projects are told apart in the cloud."""
    text = city.files["apps/registration.yaml"].replace("name: registration,", "name: x,")
    text = (
        text.split("  serverGroups")[0]
        .replace("project: registration", "project: second")
        .replace("Level: 3", "Level: 2")
    )
    more = "  servers: [{name: db, image: guest, flavor: small}]\n  volumes: [{name: data, size: 1}]\n"
    assert city.add("apps/x.yaml", text + more).problems() == []


def test_name_twice_in_one_list_is_told_once(change: Any) -> None:
    """By the reader of the list."""
    changed = change(
        "- {name: root, size: 20GiB, image: guest}",
        "- {name: root, size: 1, image: guest}\n    - {name: root, size: 1, image: guest}",
    )
    assert changed.problem().message == '"root" stands here a second time; the first is on line 23'


@pytest.mark.parametrize(("length", "right"), [(251, True), (252, False)])
def test_name_has_room_for_its_port(change: Any, length: int, right: bool) -> None:  # noqa: FBT001
    """The port of `<server>-app` has 255 characters at most, and so have all others."""
    changed = change("- name: db", f"- name: {'d' * length}")
    named = changed.add(
        "apps/registration.yaml",
        changed.files["apps/registration.yaml"].replace("server: db", f"server: {'d' * length}"),
    )
    if right:
        assert named.problems() == []
    else:
        problem = named.problem()
        assert problem.path == "spec.servers[1].networks[0].network"
        assert problem.message == "the name of its port in the cloud has 256 characters of 255 at most"


@pytest.mark.parametrize(
    ("name", "right"), [("web-3", False), ("web-03", True), ("web-three", True), ("website-3", True)]
)
def test_server_called_as_a_further_member_is_refused(other: Any, name: str, right: bool) -> None:  # noqa: FBT001
    """It would be taken away as one too many."""
    changed = other(f"  servers: [{{name: {name}, image: guest, flavor: small}}]\n")
    if right:
        assert changed.problems() == []
    else:
        assert changed.problem().message == '"web-3" would pass for a member of the numbered servers "web"'
