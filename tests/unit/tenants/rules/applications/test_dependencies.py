"""What applications depend on exists, stays, and does not wait for them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenants.kinds.applications.application import APPLICATION
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Mapping
from tenants.rules.applications.dependencies import circles, dependencies_have_no_circle
from tenants.rules.manifests import gather

NAMES = "abcdef"


def needing(city: Any, *names: str) -> Any:
    """The city whose application depends on these."""
    return city.edit(
        "apps/registration.yaml", "protectionLevel: 3", f"protectionLevel: 3\n  dependsOn: [{', '.join(names)}]"
    )


def test_dependency_that_is_described_is_right(other: Any) -> None:
    """Wherever it stands."""
    assert needing(other(""), "credit").problems() == []


def test_unknown_dependency_is_refused(other: Any, check: Any) -> None:
    """With the nearest that there is."""
    said = 'error: spec.dependsOn[1]: no application is called "creddit" (did you mean "credit"?)'
    check(needing(other(""), "credit", "creddit"), "creddit", said)


def test_dependency_that_cannot_be_read_is_not_blamed(other: Any) -> None:
    """It exists, though its own manifest is wrong."""
    changed = needing(other("  servers: [\n"), "credit")
    assert {each.location.file for each in changed.validation().problems} == {"apps/credit.yaml"}


def test_dependency_on_itself_is_refused(city: Any, check: Any) -> None:
    """Once, and not as a circle too."""
    changed = needing(city, "registration")
    check(changed, "registration]", "error: spec.dependsOn[0]: an application cannot depend on itself (leave it out)")


def test_dependency_on_what_is_to_be_taken_away_is_refused(other: Any, check: Any) -> None:
    """The application would stop working."""
    said = (
        'error: spec.dependsOn[0]: the application "credit" is to be taken away, and this one needs it '
        "(leave it out here, or let it stay)"
    )
    check(needing(other("  state: absent\n"), "credit"), "credit]", said)


def test_what_is_to_be_taken_away_may_depend_on_what_is_too(other: Any) -> None:
    """Both go."""
    changed = needing(other("  state: absent\n"), "credit")
    gone = changed.edit("apps/registration.yaml", "protectionLevel: 3", "state: absent\n  protectionLevel: 3")
    assert gone.problems() == []


def test_circle_is_refused_with_its_whole_way(other: Any) -> None:
    """Once, at the name that sorts first, where it names the next."""
    changed = needing(other("  dependsOn: [registration]\n"), "credit")
    problem = changed.problem()
    assert problem.location == changed.place("apps/credit.yaml", "registration]")
    assert problem.message == "applications would wait for one another: credit → registration → credit"


def manifests(edges: set[tuple[str, str]]) -> Any:
    """Applications by single letters, with who needs whom."""
    specs = [
        APPLICATION.build(
            name=name,
            display_name=name,
            owner="o",
            project="p",
            protection_level=3,
            depends_on=tuple(sorted(to for at, to in edges if at == name)),
        )
        for name in NAMES
    ]
    documents = [
        Manifest(kind="Application", name=each.name, spec=each, file=f"{each.name}.yaml", root=Mapping(1, 1))
        for each in specs
    ]
    return gather(documents, frozenset(), {})


def reachable(edges: set[tuple[str, str]], start: str) -> set[str]:
    """All that a name waits for, by way of others too."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        new = {to for at, to in edges if at == name and at != to} - found
        found |= new
        waiting += new
    return found


@given(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))))
def test_circles_are_found_where_there_are_any(edges: set[tuple[str, str]]) -> None:
    """Each is one, they share nothing, and without their applications nothing waits for itself."""
    found = list(circles(manifests(edges)))
    for circle in found:
        assert all((at, to) in edges for at, to in zip(circle, (*circle[1:], circle[0]), strict=True))
        assert circle[0] == min(circle)
    told = [name for circle in found for name in circle]
    assert len(told) == len(set(told))
    left = {(at, to) for at, to in edges if at not in told and to not in told}
    assert not any(name in reachable(left, name) for name in NAMES)
    assert len(list(dependencies_have_no_circle(manifests(edges)))) == len(found)
