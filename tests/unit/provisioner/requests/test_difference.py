"""What is told where a plan is no longer the one that was approved."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from provisioner.diff import Change, Verb
from provisioner.objects import Address, KindName
from provisioner.plan import Action, Plan, Section, decision_about
from provisioner.requests.difference import difference, sentences
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec, WindowSpec


def plan(**cores: tuple[int | None, int]) -> Plan:
    """A plan that sets cores of these projects, from one number to another; none makes the quota anew."""
    actions = tuple(
        Action(
            change=Change(
                address=Address(
                    cloud=CloudName("city"),
                    tenant=TenantName("market"),
                    project=ProjectName(name),
                    kind=KindName("quota"),
                    key="compute",
                ),
                verb=Verb.CREATE if before is None else Verb.UPDATE,
                before={} if before is None else {"cores": before},
                after={"cores": after},
            ),
            reason="",
        )
        for name, (before, after) in cores.items()
    )
    return Plan(sections=(Section(tenant=TenantName("market"), cloud=CloudName("city"), actions=actions),))


def test_equal_plans_do_not_differ() -> None:
    """Nothing to tell."""
    assert difference(plan(a=(4, 8)), plan(a=(4, 8))) == ()


def test_other_numbers_are_told() -> None:
    """What would now be done, and what was approved."""
    (told,) = difference(plan(a=(4, 8)), plan(a=(6, 8)))
    assert told == "city/market/a/quota/compute: would now update it (cores 6 -> 8), not update (cores 4 -> 8)"


def wave(*applications: str, retention: timedelta = timedelta(days=14), hours: int = 8) -> Plan:
    """A plan that decides about a wave; about one that is given up, where it moves nothing."""
    start = datetime(2027, 3, 6, 22, tzinfo=timezone(timedelta(hours=8)))
    spec = WaveSpec(
        name=WaveName("spring"),
        display_name="春季迁移",
        owner=TenantName("market"),
        mode=Mode.CROSS_CLOUD,
        source=SourcePlace(cloud=CloudName("city")),
        target=TargetPlace(cloud=CloudName("baoan")),
        members=tuple(WaveMember(application=ApplicationName(each)) for each in applications),
        window=WindowSpec(start=start, end=start + timedelta(hours=hours)),
        retention=retention,
    )
    return Plan(sections=(), waves=(decision_about(spec.name, spec if applications else None),))


def test_waves_are_told_before_all_else() -> None:
    """From where to where, and when, with the offset of the place."""
    whole = replace(plan(a=(4, 8)), waves=wave("shop", "pier").waves)
    assert sentences(whole, 5)[0] == (
        "wave spring: moves shop, pier from city to baoan (cross-cloud): 2027-03-06 22:00+08:00 – 2027-03-07 06:00+08:00"
    )
    assert len(sentences(whole, 5)) == 2


def test_decisions_about_waves_bind_to_all_that_they_say() -> None:
    """A plan without waves has the fingerprint that it always had; prose counts for nothing."""
    assert Plan(sections=(), waves=()).fingerprint == Plan(sections=()).fingerprint
    others = (wave("pier"), wave("shop", retention=timedelta(days=7)), wave("shop", hours=9), wave(), Plan(sections=()))
    assert len({each.fingerprint for each in (wave("shop"), *others)}) == 6
    reworded = replace(wave("shop").waves[0], summary="anything")
    assert Plan(sections=(), waves=(reworded,)).fingerprint == wave("shop").fingerprint


def test_what_changed_about_waves_is_told() -> None:
    """In words where they say it, and that there is something where they do not."""
    assert difference(wave("shop"), wave("shop")) == ()
    assert difference(wave("shop"), wave("shop", retention=timedelta(days=7))) == (
        "wave spring: says otherwise how it is done",
    )
    assert difference(wave("shop"), wave()) == ("wave spring: now is given up",)
    assert difference(wave("shop"), Plan(sections=())) == ("wave spring: is no longer asked for",)


def test_what_is_new_and_what_is_gone_is_told() -> None:
    """Each object in a sentence."""
    gone, new = difference(plan(a=(4, 8)), plan(b=(None, 8)))
    assert gone == "city/market/a/quota/compute: would no longer update it"
    assert new == "city/market/b/quota/compute: would now create it (cores 8)"


def test_a_long_difference_is_cut() -> None:
    """Twenty sentences say enough."""
    many = plan(**{f"p{number:02}": (1, 2) for number in range(30)})
    assert (len(difference(plan(), many)), difference(plan(), many)[-1]) == (21, "and more")


def test_a_plan_is_told_in_sentences() -> None:
    """One for each object, the first few, and how many more there are."""
    many = plan(**{f"p{number}": (1, 2) for number in range(5)})
    assert sentences(many, 3) == (
        *(f"city/market/p{number}/quota/compute: update it (cores 1 -> 2)" for number in range(3)),
        "and 2 more",
    )
    assert (len(sentences(many, 5)), sentences(plan(), 5)) == (5, ())
