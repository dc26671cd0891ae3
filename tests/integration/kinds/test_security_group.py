"""Security groups and their rules on a real Neutron."""

from typing import Any

import openstack

from provisioner.operation import OperationState

_WEB = {
    "name": "网站",
    "description": "前端",
    "rules": [
        {"protocol": "tcp", "ports": 443, "from": "10.0.0.0/8"},
        {"protocol": "tcp", "ports": "1-65535", "from": "10.1.0.0/16"},
        {"protocol": "udp", "ports": "5000-5010", "ethertype": "IPv6"},
        {"protocol": "icmp", "icmpType": 8, "icmpCode": 0},
        {"protocol": "icmp", "icmpType": 8, "fromGroup": "default"},
        {"protocol": "icmp", "ethertype": "IPv6"},
        {"protocol": 115, "from": "0.0.0.0/0"},
        {"protocol": 0, "ethertype": "IPv6", "from": "::/0", "exception": "试验"},
        {"fromGroup": "db"},
    ],
}
_DB = {"name": "db", "rules": [{"protocol": "tcp", "ports": 5432, "fromGroup": "网站"}]}
_OUT = {"egress IPv4 any to anywhere", "egress IPv6 any to anywhere"}


def _zone(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"securityGroups": list(groups)}


def _group(sdk: openstack.connection.Connection, site: Any, name: str) -> Any:
    found = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    (group,) = sdk.network.security_groups(project_id=found.id, name=name)
    return group


def _after(site: Any, city: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(each.change.address.kind, dict(each.change.after)) for each in site.plan(city).actions]


def test_a_group_of_a_name_alone_is_made(site: Any) -> None:
    """Create, minimal: it keeps what Neutron gave it, and a second look has nothing to do."""
    city = site.manifest(landing_zone=_zone({"name": "web"}))
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_groups_whose_rules_name_each_other_are_made(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, full, and dependency: every form of a rule reads back as it was asked for."""
    city = site.manifest(landing_zone=_zone(_WEB, _DB))
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions
    assert len(_group(sdk, site, "网站").security_group_rules) >= len(_WEB["rules"])


def test_a_group_that_is_there_is_taken_over_with_its_rules(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: rules that are there are not written again, those that nobody names are left alone."""
    site.apply(site.manifest())
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    there = sdk.network.create_security_group(name="web", project_id=project.id)
    born = len(there.security_group_rules)
    for port in (22, 443):
        sdk.network.create_security_group_rule(
            security_group_id=there.id,
            project_id=project.id,
            direction="ingress",
            ethertype="IPv4",
            protocol="6",
            port_range_min=port,
            port_range_max=port,
        )
    rules = [{"protocol": "tcp", "ports": 443}, {"protocol": "tcp", "ports": 80}]
    city = site.manifest(landing_zone=_zone({"name": "web", "rules": rules}))
    assert _after(site, city) == [("security-group-rules", {"ingress IPv4 tcp 80 from anywhere": True})]
    assert site.apply(city) is OperationState.DONE
    assert len(_group(sdk, site, "web").security_group_rules) == born + 3


def test_the_default_group_of_a_new_project_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: Neutron makes it by itself; the manifest says what is in it."""
    closed = {"name": "default", "description": "关闭", "exclusive": True, "rules": [{"fromGroup": "default"}]}
    city = site.manifest(landing_zone=_zone(closed))
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions
    assert len(_group(sdk, site, "default").security_group_rules) == 1


def test_an_exclusive_group_has_what_the_manifest_names_alone(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create and update: without what Neutron puts into every group, and without what somebody added."""
    city = site.manifest(landing_zone=_zone({**_DB, "exclusive": True}, {"name": "网站"}))
    assert [dict(each.change.after) for each in site.plan(city).actions][-1] == {
        "ingress IPv4 tcp 5432 from group 网站": True,
        **dict.fromkeys(_OUT, False),
    }
    assert site.apply(city) is OperationState.DONE
    group = _group(sdk, site, "db")
    assert len(group.security_group_rules) == 1
    sdk.network.create_security_group_rule(security_group_id=group.id, direction="ingress", ethertype="IPv6")
    assert _after(site, city) == [("security-group-rules", {"ingress IPv6 any from anywhere": False})]
    assert site.plan(city).actions[0].destructive
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_group_changes_as_the_manifest_does(site: Any) -> None:
    """Update: its description, a rule more, a rule less."""
    rule = {"protocol": "tcp", "ports": 443}
    site.apply(site.manifest(landing_zone=_zone({"name": "web", "rules": [rule]})))
    rules = [{**rule, "state": "absent"}, {"protocol": "tcp", "ports": 8443}]
    city = site.manifest(landing_zone=_zone({"name": "web", "description": "新", "rules": rules}))
    assert _after(site, city) == [
        ("security-group", {"description": "新"}),
        (
            "security-group-rules",
            {"ingress IPv4 tcp 443 from anywhere": False, "ingress IPv4 tcp 8443 from anywhere": True},
        ),
    ]
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_rule_that_somebody_wrote_meanwhile_counts_as_written(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Failure: Neutron refuses all of a bulk where one is there; the others are written all the same."""
    site.apply(site.manifest(landing_zone=_zone({"name": "web"})))
    group = _group(sdk, site, "web")
    rules = [{"protocol": "tcp", "ports": 443}, {"protocol": "tcp", "ports": 80}]
    city = site.manifest(landing_zone=_zone({"name": "web", "rules": rules}))
    site.before_writing(
        lambda: sdk.network.create_security_group_rule(
            security_group_id=group.id,
            direction="ingress",
            ethertype="IPv4",
            protocol="tcp",
            port_range_min=443,
            port_range_max=443,
        )
    )
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_group_goes_when_it_is_to_be_absent(site: Any) -> None:
    """Delete: with its rules, and shown as destructive."""
    site.apply(site.manifest(landing_zone=_zone(_WEB, _DB)))
    absent = site.manifest(landing_zone=_zone({"name": "db", "state": "absent"}, {"name": "网站"}))
    assert [(each.change.address.kind, each.destructive) for each in site.plan(absent).actions] == [
        ("security-group", True)
    ]
    assert site.apply(absent) is OperationState.DONE
    assert not site.plan(absent).actions


def test_a_group_in_use_stays_until_it_is_free(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: Neutron's refusal names the group, and the next apply deletes it."""
    site.apply(site.manifest(landing_zone={"networks": [{"name": "app"}], **_zone({"name": "web"})}))
    group = _group(sdk, site, "web")
    (network,) = sdk.network.networks(project_id=group.project_id)
    port = sdk.network.create_port(
        network_id=network.id, project_id=group.project_id, name="user", security_group_ids=[group.id]
    )
    absent = site.manifest(landing_zone=_zone({"name": "web", "state": "absent"}))
    assert site.apply(absent) is OperationState.FAILED
    failure = site.failures["security-group/web"]
    assert failure.message.startswith("servers or other ports still have it")
    assert "web" in failure.message
    assert failure.request_id
    sdk.network.delete_port(port)
    assert site.apply(absent) is OperationState.DONE


def test_rules_beyond_the_quota_are_refused_with_the_numbers(site: Any) -> None:
    """Quota: two groups are born with two rules each, and the project's default one has four."""
    quota = {"network": {"security_group": 3, "security_group_rule": 8}}
    city = site.manifest(landing_zone=_zone(_DB, {"name": "网站"}), quota=quota)
    (refusal,) = site.plan(city).refusals
    assert refusal.message == (
        "does not fit the project's quota: 5 more of network/security_group_rule is asked for "
        "(security-group db 2, security-group 网站 2, security-group-rules db 1), and of 8 there are 4 in use"
    )


def test_a_quota_that_others_used_up_meanwhile_is_told(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: rules for which there is no room any more are mended by the apply after there is."""
    site.apply(site.manifest(landing_zone=_zone({"name": "db"}, {"name": "网站"})))
    group = _group(sdk, site, "db")
    held = len(list(sdk.network.security_group_rules(project_id=group.project_id)))
    quota = {"network": {"security_group_rule": held + 1}}
    site.apply(site.manifest(landing_zone=_zone({"name": "db"}, {"name": "网站"}), quota=quota))
    city = site.manifest(landing_zone=_zone(_DB, {"name": "网站"}), quota=quota)
    other = {"security_group_id": group.id, "project_id": group.project_id}
    site.before_writing(lambda: sdk.network.create_security_group_rule(**other, direction="ingress", ethertype="IPv6"))
    assert site.apply(city) is OperationState.FAILED
    assert site.failures["security-group-rules/db"].message.startswith("the project's quota is used up: ")
    (rule,) = sdk.network.security_group_rules(security_group_id=group.id, direction="ingress")
    sdk.network.delete_security_group_rule(rule)
    assert site.apply(city) is OperationState.DONE
