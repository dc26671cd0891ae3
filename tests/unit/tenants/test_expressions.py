"""Conditions: what is wrong with one is told in plain words and at its place; what has no answer is no error."""

import pytest

from tenants.expressions import LONGEST, Failure, evaluate, faults
from tenants.facts import REVIEW_FACTS, completed

WELL_USED = completed(
    REVIEW_FACTS,
    {
        "tenant": "market",
        "added": {"compute/cores": 10, "compute/ram": 2048},
        "growth": {"compute/cores": 0.1},
        "use": {"compute/cores": 0.9},
        "environments": ["production"],
    },
)


@pytest.mark.parametrize(
    ("text", "place", "message", "remedy"),
    [
        ("decreaseOnly || addedCore > 1", (1, 17), '"addedCore" is not a fact', 'did you mean "addedCores"?'),
        ("true &&\n  deletes > 1.0", (2, 11), '">" does not take a whole number and a decimal number', "write 1.0"),
        ("deletes >", (1, 10), "the expression ends too early", "complete it"),
        ("deletes > 1 2", (1, 13), '"2" cannot stand here', ""),
        ("deletes + 1", (1, 1), "is a whole number, and a condition is true or false", "compare it"),
        ('"市场" == tenant && x', (1, 19), '"x" is not a fact', ""),
        ("tenant.begins('x')", (1, 14), '"begins" is no function of CEL', ""),
        ("(" * 300 + "true" + ")" * 300, (1, 1), "is nested too deeply", "divide it"),
        ("x" * (LONGEST + 1), (1, 1), f"has {LONGEST + 1} characters", "at most"),
    ],
)
def test_mistakes_are_told_at_their_place(text: str, place: tuple[int, int], message: str, remedy: str) -> None:
    """With line and column of the expression, in words, and with what would be right."""
    (fault,) = faults(text, REVIEW_FACTS)
    assert ((fault.line, fault.column), fault.message) == (place, message)
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("addedCores == 10 && addedMemoryGiB == 2.0 && addedStorageGiB == 0", True),
        ('grows == ["compute/cores", "compute/ram"]', True),
        ('growth["compute/cores"] <= 0.1 && use["compute/cores"] >= 0.8', True),
        ("grows.all(r, use[r] >= 0.8)", False),
        ('"production" in environments && tenant == "market"', True),
        ('"bgp/x" in added && added["bgp/x"] > 0', False),
    ],
)
def test_right_conditions_are_answered(text: str, answer: object) -> None:
    """Facts have their types, and every resource has its number."""
    assert faults(text, REVIEW_FACTS) == ()
    assert evaluate(text, REVIEW_FACTS, WELL_USED) is answer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('added["compute/core"] > 1', 'there is no "compute/core" among what is asked about'),
        ("1 / deletes > 1", "divide by zero"),
        ('tenant.matches("[")', "invalid regular expression: missing ]: ["),
        ("zones[0] == tenant", "Index error: index=0 size=0"),
    ],
)
def test_what_has_no_answer_says_why(text: str, reason: str) -> None:
    """A failure is a value, for a request must not stop at it."""
    answer = evaluate(text, REVIEW_FACTS, WELL_USED)
    assert isinstance(answer, Failure)
    assert answer.message == reason


def test_evaluation_is_bounded() -> None:
    """Loops within loops end by themselves."""
    ten = "[1,2,3,4,5,6,7,8,9,10]"
    text = "".join(f"{ten}.all({name}, " for name in "abcdef") + "true" + ")" * 6
    assert evaluate(text, REVIEW_FACTS, WELL_USED) == Failure(message="it takes too many steps")
