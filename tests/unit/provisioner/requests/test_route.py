"""The facts of a request: what a policy may decide by, and never in favour of what it does not see."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.diff import Change, Verb
from provisioner.objects import Address, KindName
from provisioner.operation import Actor
from provisioner.plan import Action, Plan, Section
from provisioner.requests.documents import Asking
from provisioner.requests.evidence import Evidence, Use
from provisioner.requests.increase import Line, Room
from provisioner.requests.route import Looked, facts_of, route_of
from tenants.application import ApplicationSpec
from tenants.facts import BOUNDLESS, FROM_NOTHING
from tenants.language.emission import emit
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.policy import Expression, Need, PolicyName, PolicySpec, ReviewRule
from tenants.resources import UNLIMITED, Limit, Resource, Service
from tenants.spec import City
from tenants.validation import validate
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec

CITY, MARKET = CloudName("city"), TenantName("market")
CORES = Resource(service=Service.COMPUTE, name="cores")
RAM = Resource(service=Service.COMPUTE, name="ram")
ZONES = [
    {"name": name, "displayName": name, "availabilityZone": name, "protectionLevels": [2, 3]}
    for name in ("extranet", "internet")
]


def _document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "tenantry/v1", "kind": kind, "metadata": {"name": name, "displayName": name}, "spec": spec}


def city(*projects: dict[str, Any], **tenant: Any) -> City:
    """A town with one department."""
    usual = {"cloud": "city", "zone": "extranet", "purpose": "登记"}
    documents = [
        _document("Cloud", "city", {"level": "municipal", "domain": "d", "zones": ZONES}),
        _document("Tenant", "town", {"protectionLevel": 3}),
        _document(
            "Tenant",
            "market",
            {
                "parent": "town",
                "protectionLevel": 2,
                "projects": [{**usual, "name": f"p{number}", **each} for number, each in enumerate(projects)],
                **tenant,
            },
        ),
    ]
    validation = validate([("city.yaml", emit(documents).encode())])
    assert validation.city, validation.problems
    return validation.city


def cores(amount: Any, **more: Any) -> dict[str, Any]:
    """A project with so many cores."""
    return {"quota": {"compute": {"cores": amount, **more}}}


def action(verb: Verb = Verb.UPDATE, kind: str = "quota", *, destructive: bool = False) -> Action:
    """One change of a plan."""
    address = Address(cloud=CITY, tenant=MARKET, project=ProjectName("p0"), kind=KindName(kind), key="compute")
    return Action(change=Change(address=address, verb=verb, before={}, after={}), reason="", destructive=destructive)


def use(enforced: int | None, asked: int, used: int | None = None, resource: Resource = CORES) -> Use:
    """One project's use of one resource."""
    limit = None if enforced is None else Limit(enforced)
    project = ProjectName("p0")
    return Use(
        tenant=MARKET, project=project, cloud=CITY, resource=resource, used=used, enforced=limit, asked=Limit(asked)
    )


def looked(before: City, after: City, *actions: Action, uses: tuple[Use, ...] = (), rooms: Any = ()) -> Looked:
    """A request of li's that was planned."""
    asking = Asking(tenant=MARKET, documents=frozenset({("Tenant", "market")}), before=before, after=after, sources={})
    plan = Plan(sections=(Section(tenant=MARKET, cloud=CITY, actions=actions or (action(),)),))
    return Looked(asking=asking, requester=Actor("li"), plan=plan, evidence=Evidence(uses=uses, rooms=rooms))


def test_what_grows_is_counted_for_each_project() -> None:
    """What one gives up does not hide what another takes; the least used and most growing one counts."""
    uses = (use(100, 110, 90), use(50, 60, 10), use(30, 10, 30), use(1024, 1024 * 3, 0, RAM))
    facts = facts_of(looked(city(cores(1)), city(cores(2)), uses=uses))
    assert facts["added"] == {"compute/cores": 20, "compute/ram": 2048}
    assert facts["growth"] == {"compute/cores": 0.2, "compute/ram": 2.0}
    assert facts["use"] == {"compute/cores": 0.2, "compute/ram": 0.0}


@pytest.mark.parametrize(
    ("enforced", "asked", "added", "growth"),
    [
        (None, 8, 8, FROM_NOTHING),
        (0, 8, 8, FROM_NOTHING),
        (8, UNLIMITED, BOUNDLESS, FROM_NOTHING),
        (UNLIMITED, 8, None, None),
        (8, 8, None, None),
    ],
)
def test_nothing_and_everything_are_numbers(enforced: int | None, asked: int, added: Any, growth: Any) -> None:
    """Whoever grows from nothing, or without limit, grows by more than any rule lets pass."""
    facts = facts_of(looked(city(cores(1)), city(cores(2)), uses=(use(enforced, asked),)))
    assert (facts["added"].get("compute/cores"), facts["growth"].get("compute/cores")) == (added, growth)


def test_unknown_use_is_no_use() -> None:
    """Nothing passes on missing data."""
    assert facts_of(looked(city(cores(1)), city(cores(2)), uses=(use(100, 110, None),)))["use"] == {
        "compute/cores": 0.0
    }


@pytest.mark.parametrize(
    ("after", "limits", "decrease"),
    [
        (city(cores(8)), True, True),
        (city(cores(12)), True, False),
        (city(cores("unlimited")), True, False),
        (city(cores(8, instances=2)), True, False),
        (city({"quota": {"compute": {}}}), False, False),
        (city({**cores(8), "validUntil": "2030-01-01"}), False, False),
        (city({**cores(8), "allowBelowUsage": True}), False, False),
        (city({**cores(8), "members": [{"group": "ops", "role": "member"}]}), False, False),
        (city(cores(8), cores(1)), False, False),
        (city(cores(8), protectionLevel=3), False, False),
    ],
)
def test_decrease_is_nothing_else(after: City, limits: object, decrease: object) -> None:
    """Limits that go down, in manifests that say the same of everything else."""
    facts = facts_of(looked(city(cores(10)), after))
    assert (facts["limitsOnly"], facts["decreaseOnly"]) == (limits, decrease)


def with_wave(before: City, *applications: str) -> City:
    """The city with a wave that moves these applications of the first project into the second."""
    market = before.tenants[MARKET]
    moving = [
        ApplicationSpec(
            name=ApplicationName(each),
            display_name=each,
            owner=MARKET,
            project=market.projects[0].name,
            protection_level=2,
        )
        for each in applications
    ]
    first = replace(market.projects[0], applications=tuple(moving))
    wave = WaveSpec(
        name=WaveName("spring"),
        display_name="春季迁移",
        owner=MARKET,
        mode=Mode.CROSS_PROJECT,
        source=SourcePlace(cloud=CITY),
        target=TargetPlace(cloud=CITY, project=market.projects[1].name),
        members=tuple(WaveMember(application=each.name) for each in moving),
    )
    tenants = {**before.tenants, MARKET: replace(market, projects=(first, *market.projects[1:]))}
    return replace(before, tenants=tenants, waves={wave.name: wave})


def test_waves_are_seen_with_all_that_they_touch() -> None:
    """Both projects count, the one that is left and the one that is reached."""
    before = city(cores(1), {**cores(1), "zone": "internet", "environment": "testing"})
    found = looked(before, with_wave(before, "shop", "pier"))
    facts = facts_of(replace(found, asking=replace(found.asking, documents=frozenset({("Wave", "spring")}))))
    assert (facts["migrates"], facts["movedApplications"], facts["tenants"]) == (True, 2, ["market"])
    assert (facts["zones"], facts["environments"]) == (["extranet", "internet"], ["production", "testing"])


@pytest.mark.parametrize("given_up", [True, False])
def test_a_wave_beside_lower_limits_is_no_decrease(*, given_up: bool) -> None:
    """Nothing that moves applications, or keeps them from moving, passes as less of something."""
    before, after = city(cores(10), cores(1)), city(cores(8), cores(1))
    old, new = with_wave(before, "shop"), with_wave(after, "shop")
    found = looked(old, replace(new, waves={})) if given_up else looked(replace(old, waves={}), new)
    asked = replace(found.asking, documents=frozenset({("Tenant", "market"), ("Wave", "spring")}))
    facts = facts_of(replace(found, asking=asked))
    assert (facts["limitsOnly"], facts["decreaseOnly"], facts["migrates"]) == (False, False, not given_up)


def test_decrease_that_the_clouds_would_feel_as_growth_is_none() -> None:
    """They enforce less than is in force, so it is more than there is."""
    facts = facts_of(looked(city(cores(10)), city(cores(8)), uses=(use(5, 8),)))
    assert (facts["decreaseOnly"], facts["added"]) == (False, {"compute/cores": 3})


@pytest.mark.parametrize("kind", ["members", "server", "project"])
def test_plan_that_does_more_than_limits_is_more(kind: str) -> None:
    """Even where the manifests do not say so: it makes good what was changed in the cloud."""
    assert not facts_of(looked(city(cores(10)), city(cores(8)), action(), action(kind=kind)))["limitsOnly"]


def test_what_is_made_and_lost_is_counted() -> None:
    """Deletions, and whatever may lose something."""
    actions = (
        action(Verb.CREATE, "project"),
        action(Verb.CREATE, "server"),
        action(Verb.CREATE, "server"),
        action(Verb.DELETE, "volume"),
        action(destructive=True),
    )
    facts = facts_of(looked(city(cores(1)), city(cores(2)), *actions))
    assert (facts["newProjects"], facts["newServers"], facts["deletes"]) == (1, 2, 2)


def test_what_a_project_was_counts_too() -> None:
    """Nobody gets around a rule about production by calling it development."""
    before = city({**cores(10), "environment": "production", "protectionLevel": 3}, protectionLevel=3)
    after = city(
        {**cores(10), "environment": "development", "zone": "internet", "protectionLevel": 2}, protectionLevel=3
    )
    facts = facts_of(looked(before, after))
    assert facts["environments"] == ["development", "production"]
    assert (facts["zones"], facts["protectionLevel"], facts["clouds"]) == (["extranet", "internet"], 3, ["city"])


def test_share_is_of_what_the_cloud_may_give_out() -> None:
    """Not of envelopes; where nothing bounds it there is no share, and of nothing it is all."""
    line = Line(cloud=CITY, tenant=None, resource=CORES)
    room = Room(line=line, bound=200, held=0, reserved=0, asked=20)
    envelope = replace(room, line=replace(line, tenant=MARKET), bound=20)
    memory = replace(room, line=replace(line, resource=RAM), bound=None)
    full = replace(room, line=replace(line, cloud=CloudName("d"), resource=RAM), bound=0)
    for rooms, share in (((room, envelope, memory), {"compute/cores": 0.1}), ((full,), {"compute/ram": 1.0})):
        assert facts_of(looked(city(cores(1)), city(cores(2)), rooms=rooms))["share"] == share


def test_policy_in_force_decides() -> None:
    """Not one that comes with the request; what decided is kept."""
    passes = ReviewRule(
        name="all", when=Expression("limitsOnly"), administrative=Need(approvals=0), technical=Need(approvals=0)
    )
    mild = PolicySpec(name=PolicyName("mine"), display_name="x", reviews=(passes,))
    before, after = city(cores(10)), replace(city(cores(12)), policy=mild)
    assert route_of(looked(before, after)).rule == "standard"
    route = route_of(looked(replace(before, policy=mild), after, uses=(use(10, 12),)))
    assert (route.rule, route.policy, route.technical.approvals) == ("all", "mine", 0)
    assert route.facts["added"] == {"compute/cores": 2}
    assert "deletes" not in route.facts
