"""What is told where a plan is no longer the one that was approved."""

from provisioner.diff import Change, Verb
from provisioner.objects import Address, KindName
from provisioner.plan import Action, Plan, Section
from provisioner.requests.difference import difference, sentences
from tenants.names import CloudName, ProjectName, TenantName


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
