"""What servers name in their project's landing zone and in their application is there, and stays."""

from typing import Any

import pytest

ZONE = 'the landing zone of the project "registration"'
GOES = "is to be taken away (leave it out here, or let it stay)"
REFERENCES = [
    ("{network: shared}", "{network: shred}", "shred", f'servers[0].networks[1].network: {ZONE} has no network "shred" (did you mean "shared"?)'),
    ("{network: shared}", "{network: old}", "old", f'servers[0].networks[1].network: the network "old" {GOES}'),
    ("web, default]", "default, wed]", "wed]", f'servers[0].networks[0].securityGroups[1]: {ZONE} has no security group "wed" (did you mean "web"?)'),
    ("web, default]", "former]", "former]", f'servers[0].networks[0].securityGroups[0]: the security group "former" {GOES}'),
    ("keyPair: ops", "keyPair: opps", "opps", f'servers[0].keyPair: {ZONE} has no key pair "opps" (did you mean "ops"?)'),
    ("serverGroup: web-apart", "serverGroup: web-a", "web-a\n", 'servers[0].serverGroup: this application has no server group "web-a" (did you mean "web-apart"?)'),
    ("[{name: web-apart}]", "[{name: web-apart, state: absent}]", "web-apart\n", f'servers[0].serverGroup: the server group "web-apart" {GOES}'),
]  # fmt: skip


@pytest.mark.parametrize("case", REFERENCES)
def test_reference_to_what_is_not_there_is_refused(refuse: Any, case: tuple[str, str, str, str]) -> None:
    """Or is to be taken away; at the name, with the nearest that there is."""
    refuse(*case)


@pytest.mark.parametrize("case", REFERENCES[:4:2])
def test_reference_of_an_application_that_is_only_described_is_doubtful(
    change: Any, check: Any, case: tuple[str, str, str, str]
) -> None:
    """What the landing zone does not name may be in the cloud all the same."""
    old, new, at, text = case
    observed = change("protectionLevel: 3", "protectionLevel: 3\n  manage: observe")
    check(observed.edit("apps/registration.yaml", old, new), at, f"warning: spec.{text}")


def test_project_without_a_landing_zone_leaves_it_to_the_cloud(city: Any, change: Any) -> None:
    """Networks, groups and key pairs may have been there before any manifest."""
    tenant = city.files["tenant.yaml"]
    bare = tenant[: tenant.index("      landingZone")] + tenant[tenant.index("    - {name: second") :]
    changed = change("{network: shared}", "{network: whatever, securityGroups: [some]}").add("tenant.yaml", bare)
    assert changed.edit("apps/registration.yaml", "keyPair: ops", "keyPair: some").problems() == []


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_to_be_taken_away_may_name_what_is_gone(change: Any, whole: bool) -> None:  # noqa: FBT001
    """A network and what used it go together; nobody has to clean up first what is leaving."""
    changed = change("{network: shared}", "{network: old, securityGroups: [gone]}")
    changed = changed.edit("apps/registration.yaml", "serverGroup: web-apart", "serverGroup: gone")
    if whole:
        gone = changed.edit("apps/registration.yaml", "spec:\n", "spec:\n  state: absent\n")
    else:
        gone = changed.edit("apps/registration.yaml", "replicas: 2", "replicas: 2\n      state: absent")
        gone = gone.edit("apps/registration.yaml", "  floatingIPs: [{name: portal, server: web-1, network: app}]\n", "")
        gone = gone.edit("apps/registration.yaml", "    - {name: page, server: web, http: {port: 80}}\n", "")
    assert gone.problems() == []


def test_surplus_of_a_single_server_is_refused(change: Any, check: Any) -> None:
    """There is no number to go beyond."""
    said = "error: spec.servers[1].surplus: only numbered servers can be too many (write replicas, or leave it out)"
    check(change("bootVolume: root", "bootVolume: root\n      surplus: delete"), "delete\n", said)


def test_surplus_of_numbered_servers_is_right(change: Any) -> None:
    """That is what it is for."""
    assert change("replicas: 2", "replicas: 2\n      surplus: delete").problems() == []
