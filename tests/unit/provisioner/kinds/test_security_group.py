"""Kinds `security-group` and `security-group-rules`: what a manifest asks of them, and what comes of it."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.diff import Verb
from provisioner.errors import CloudConflict, CloudUnavailable, DependencyMissing, EffectMissing
from provisioner.kinds.security_group import SecurityGroupKind
from provisioner.kinds.security_group_rules import SecurityGroupRulesKind
from tenants.landing_zone import Cidr, LandingZoneSpec, PortRange, RuleSpec, SecurityGroupSpec
from tenants.names import SecurityGroupName
from tenants.presence import Presence

_GROUPS, _RULES = SecurityGroupKind(), SecurityGroupRulesKind()
_ADD = "resources.create_all.security-group-rules"
_OUT = {"egress IPv4 any to anywhere": False, "egress IPv6 any to anywhere": False}


def _tcp(port: int, *, group: str | None = None, absent: bool = False) -> RuleSpec:
    return RuleSpec(
        protocol="tcp",
        ports=PortRange(first=port, last=port),
        remote_cidr=None if group else Cidr("10.0.0.0/8"),
        remote_group=group and SecurityGroupName(group),  # type: ignore[arg-type]
        presence=Presence.ABSENT if absent else Presence.PRESENT,
    )


def _group(*rules: RuleSpec, name: str = "网站", **fields: Any) -> SecurityGroupSpec:
    return SecurityGroupSpec(name=SecurityGroupName(name), rules=rules, **fields)


def _zone(*groups: SecurityGroupSpec) -> LandingZoneSpec:
    return LandingZoneSpec(security_groups=groups)


def _line(port: int) -> str:
    return f"ingress IPv4 tcp {port} from 10.0.0.0/8"


def _after(ground: Any, *groups: SecurityGroupSpec) -> list[dict[str, Any]]:
    return [dict(each.after) for each in ground.changes(_RULES, ground.asked(_zone(*groups)))]


def test_groups_whose_rules_name_each_other_are_made(ground: Any) -> None:
    """All groups come before all rules."""
    web, db = _group(_tcp(80, group="db")), _group(_tcp(5432, group="网站"), name="db")
    asked = ground.settle(_zone(web, db))
    assert not ground.changes(_GROUPS, asked)
    assert not ground.changes(_RULES, asked)


def test_rules_that_nobody_names_are_left_alone(ground: Any) -> None:
    """Of those that the manifest names, each is there or not, as it says; for a new group, absence asks for nothing."""
    assert _after(ground, _group(_tcp(22, absent=True), _tcp(80))) == [{_line(80): True}]
    ground.settle(_zone(_group(_tcp(22), _tcp(80))))
    assert _after(ground, _group(_tcp(22, absent=True), _tcp(443))) == [{_line(22): False, _line(443): True}]
    assert _after(ground, _group()) == []


def test_an_exclusive_group_has_no_other_rules(ground: Any) -> None:
    """Those that a new one is born with go as well, unless they are named."""
    ground.settle(_zone(_group(_tcp(22))))
    assert _after(ground, _group(_tcp(80), exclusive=True)) == [{_line(22): False, _line(80): True, **_OUT}]
    ground.settle(_zone(_group(_tcp(80), exclusive=True)))
    assert _after(ground, _group(_tcp(80), exclusive=True)) == []


def test_a_new_exclusive_group_is_emptied_of_whatever_it_was_born_with(ground: Any) -> None:
    """The plan says what that is as a rule."""
    group = _group(_tcp(80), name="db", exclusive=True)
    assert _after(ground, group) == [{_line(80): True, **_OUT}]
    ground.settle(_zone(group))
    assert _after(ground, group) == []


def test_the_default_group_of_a_new_project_is_taken_over(ground: Any) -> None:
    """Described and emptied as the manifest says, and not made a second time."""
    group = _group(_tcp(22, group="default"), name="default", description="关闭", exclusive=True)
    asked = ground.settle(_zone(group))
    assert not ground.changes(_GROUPS, asked)
    assert not ground.changes(_RULES, asked)


def test_a_rule_may_name_the_default_group_without_the_manifest_having_it(ground: Any) -> None:
    """Also where nobody has seen it yet."""
    asked = ground.asked(_zone(_group(_tcp(22, group="default"))))
    unseen = replace(asked, view=None)
    ground.perform(_GROUPS, unseen)
    seen = ground.asked(_zone(_group(_tcp(22, group="default"))))
    (change,) = ground.changes(_RULES, seen)
    ids = {address: found for address, found in ground.target(seen).ids.items() if address.key != "default"}
    _RULES.perform(change, replace(ground.target(seen), ids=ids))
    assert _after(ground, _group(_tcp(22, group="default"))) == []


def test_rules_that_go_are_destructive(ground: Any) -> None:
    """What is added, and what a new group never had, is not."""
    ground.settle(_zone(_group(_tcp(22)), _group(name="db")))
    for group, cuts in [
        (_group(_tcp(22, absent=True)), True),
        (_group(_tcp(80)), False),
        (_group(name="new", exclusive=True), False),
    ]:
        assert ground.assessed(_RULES, ground.asked(_zone(group))).destructive is cuts


def test_quota_counts_what_a_new_group_is_born_with(ground: Any) -> None:
    """Once, and for the default group not at all."""
    out = RuleSpec(direction="egress")  # type: ignore[arg-type]
    asked = ground.asked(_zone(_group(_tcp(22), out), _group(name="default", description="新")))
    demands = [
        {each.name: more for each, more in kind.demand(change, asked).items()}
        for kind in (_GROUPS, _RULES)
        for change in ground.changes(kind, replace(asked, view=None))
    ]
    assert demands == [{}, {"security_group": 1, "security_group_rule": 2}, {"security_group_rule": 1}]


def test_rules_are_written_in_one_request(ground: Any) -> None:
    """However many, where nothing is to be taken away."""
    asked = ground.settle(_zone(_group()))
    before = ground.cloud.weather.requests
    ground.perform(_RULES, ground.asked(_zone(_group(*map(_tcp, range(1, 20))))))
    looked = ground.cloud.weather.requests
    ground.asked(_zone(_group()))
    look = ground.cloud.weather.requests - looked
    assert looked - before - look == 1
    assert asked.view is not None


def test_a_rule_that_came_to_be_meanwhile_counts_as_written(ground: Any) -> None:
    """Neutron refuses all where one is there; the rest is written then."""
    ground.settle(_zone(_group()))
    asked = ground.asked(_zone(_group(_tcp(22), _tcp(80))))
    ground.settle(_zone(_group(_tcp(22))))
    ground.perform(_RULES, asked)
    assert _after(ground, _group(_tcp(22), _tcp(80))) == []


@pytest.mark.parametrize("rules", [(_tcp(22), _tcp(80)), (_tcp(22, absent=True), _tcp(443))])
def test_a_lost_answer_is_made_up_by_looking(ground: Any, rules: tuple[RuleSpec, ...]) -> None:
    """Nothing is written twice."""
    ground.settle(_zone(_group(_tcp(22, absent=True))))
    ground.cloud.weather.fail(_ADD, CloudUnavailable("no answer"), after_acting=True)
    ground.perform(_RULES, ground.asked(_zone(_group(*rules))))
    assert _after(ground, _group(*rules)) == []


def test_what_was_interrupted_is_gone_on_with(ground: Any) -> None:
    """Rules that are there are not written again, nor those that are gone looked for."""
    ground.settle(_zone(_group(_tcp(22))))
    asked = ground.asked(_zone(_group(_tcp(22, absent=True), _tcp(80))))
    for resumed in (False, True):
        ground.perform(_RULES, asked, resumed=resumed)
    assert _after(ground, _group(_tcp(22, absent=True), _tcp(80))) == []


def test_another_conflict_is_passed_on(ground: Any) -> None:
    """Such as a quota that others used up."""
    ground.settle(_zone(_group()))
    ground.cloud.weather.fail(_ADD, CloudConflict("Quota exceeded for resources: ['security_group_rule']."))
    with pytest.raises(CloudConflict, match="the project's quota is used up"):
        ground.perform(_RULES, ground.asked(_zone(_group(_tcp(22)))))


def test_rules_wait_for_the_groups_that_they_name(ground: Any) -> None:
    """What could not be made is told."""
    ground.settle(_zone(_group()))
    with pytest.raises(DependencyMissing, match="waits for the security-group db"):
        ground.perform(_RULES, ground.asked(_zone(_group(_tcp(22, group="db")), _group(name="db"))))


def test_rules_that_do_not_show_are_an_error(ground: Any) -> None:
    """Though Neutron agreed."""
    asked = ground.settle(_zone(_group()))
    (change,) = ground.changes(_RULES, ground.asked(_zone(_group(_tcp(22)))))
    strange = replace(change, after={"ingress IPv4 tcp 22 from 10.1.2.3/8": True})
    with pytest.raises(EffectMissing, match="does not show: ingress IPv4 tcp 22"):
        _RULES.perform(strange, ground.target(asked))


def test_a_group_is_deleted_with_its_rules(ground: Any) -> None:
    """They are asked for no more."""
    ground.settle(_zone(_group(_tcp(22))))
    asked = ground.asked(_zone(_group(_tcp(22), presence=Presence.ABSENT)))
    assert [each.verb for each in ground.changes(_GROUPS, asked)] == [Verb.DELETE]
    assert not ground.changes(_RULES, asked)
    ground.perform(_GROUPS, asked)
    assert not ground.changes(_GROUPS, ground.asked(_zone(_group(presence=Presence.ABSENT))))
