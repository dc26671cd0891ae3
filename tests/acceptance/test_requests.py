"""A department asks, two people approve, the cloud follows, the department confirms: all from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import manifests
from tests.acceptance.shell import ERROR, NOTHING
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

Run = Callable[..., Any]


def _wanted(site: Site, cores: int, *, envelope: int = 12) -> manifests.Document:
    """The tenant with so many cores, of an envelope."""
    quota = {**manifests.QUOTA, "compute": {**manifests.QUOTA["compute"], "cores": cores}}
    project = manifests.project(quota=quota)
    return manifests.tenant(site.name, project, envelope={"city": {"compute": {"cores": envelope}}})


@pytest.fixture
def in_force(site: Site) -> Site:
    """A tenant with 6 of its 12 cores, applied by the operators."""
    site.ask_all(_wanted(site, 6))
    site.apply()
    return site


@pytest.fixture
def ask(in_force: Site) -> Callable[[int], Path]:
    """The department's own file, asking for so many cores."""

    def write(cores: int) -> Path:
        return manifests.write(in_force.tenantry.folder / "ours", _wanted(in_force, cores)) / "manifests.yaml"

    return write


@pytest.fixture
def request_(in_force: Site) -> Run:
    """Run `tenantry request` with JSON out."""

    def run(*arguments: str | Path, code: int = NOTHING) -> Any:
        return json.loads(in_force.tenantry("request", *arguments, "-o", "json", code=code).out)

    return run


def test_from_asking_to_confirmed(in_force: Site, ask: Callable[[int], Path], request_: Run) -> None:
    """The cloud changes after two approvals and the execution, and not before."""
    made = request_("submit", ask(10), "--tenant", in_force.name, "--actor", "陈明")
    key, plan = made["id"], made["fingerprint"][:12]
    assert (made["state"], made["rooms"][0]["asked"]) == ("administrative-review", 4)
    request_("approve", key, "--review", "administrative", "--plan", plan, "--actor", "王芳")
    request_("approve", key, "--review", "technical", "--plan", plan, "--actor", "赵磊")
    assert in_force.enforced["compute"]["cores"] == 6
    assert request_("execute", key)["state"] == "testing"
    assert in_force.enforced["compute"]["cores"] == 10
    assert request_("confirm", key, "--actor", "陈明")["state"] == "open"
    assert request_("show", key)["history"][0]["actor"] == "陈明"


def test_killed_while_it_is_carried_out_it_goes_on(in_force: Site, ask: Callable[[int], Path], request_: Run) -> None:
    """`kill -9` right after the write: the same command finds what was begun, and ends it once."""
    made = request_("submit", ask(10), "--tenant", in_force.name, "--actor", "陈明")
    for review, who in (("administrative", "王芳"), ("technical", "赵磊")):
        request_("approve", made["id"], "--review", review, "--plan", made["fingerprint"], "--actor", who)
    before = in_force.writes
    running = in_force.tenantry.start("request", "execute", made["id"])
    until(lambda: in_force.writes > before, "a write to the cloud")
    running.kill()
    assert request_("execute", made["id"])["state"] == "testing"
    assert in_force.enforced["compute"]["cores"] == 10
    assert [each["to"] for each in request_("show", made["id"])["history"]].count("testing") == 1


def test_what_people_see_has_names_and_numbers(in_force: Site, ask: Callable[[int], Path], request_: Run) -> None:
    """Purpose, share, present use, plan and history, and the list with the day that the review is due."""
    key = request_("submit", ask(10), "--tenant", in_force.name, "--actor", "陈明")["id"]
    shown = in_force.tenantry("request", "show", key).out
    for each in (manifests.DISPLAY_NAME, manifests.PURPOSE, "陈明", "compute/cores", "+4", "Plan "):
        assert each in shown
    listed = in_force.tenantry("request", "list", "--state", "administrative-review").out
    assert key in listed
    changed = [line.split() for line in in_force.tenantry("request", "diff", key).out.splitlines()]
    assert (["-", "cores:", "6"] in changed, ["+", "cores:", "10"] in changed) == (True, True)


def test_nobody_approves_alone(in_force: Site, ask: Callable[[int], Path], request_: Run) -> None:
    """Neither the one who asked, nor one person twice."""
    made = request_("submit", ask(10), "--tenant", in_force.name, "--actor", "陈明")
    first = ("approve", made["id"], "--plan", made["fingerprint"], "--review", "administrative", "--actor")
    assert "陈明 asked for this" in request_(*first, "陈明", code=ERROR)["declined"]
    request_(*first, "王芳")
    second = ("approve", made["id"], "--plan", made["fingerprint"], "--review", "technical", "--actor", "王芳")
    assert "王芳 made the other review" in request_(*second, code=ERROR)["declined"]


def test_too_much_is_declined_with_what_would_fit(in_force: Site, ask: Callable[[int], Path]) -> None:
    """In a sentence, with numbers."""
    said = in_force.tenantry("request", "submit", ask(15), "--tenant", in_force.name, code=ERROR).err
    assert "compute/cores: 9 more asked for, and at most 6 would fit" in said


def test_a_cloud_changed_by_hand_is_reviewed_again(in_force: Site, ask: Callable[[int], Path], request_: Run) -> None:
    """What was approved is not carried out as something else: the difference is told, and the reviews begin anew."""
    made = request_("submit", ask(10), "--tenant", in_force.name, "--actor", "陈明")
    for review, who in (("administrative", "王芳"), ("technical", "赵磊")):
        request_("approve", made["id"], "--review", review, "--plan", made["fingerprint"], "--actor", who)
    in_force.city.set_limits("compute", in_force.project_id, {"cores": 8})
    again = request_("execute", made["id"], code=ERROR)
    assert again["state"] == "administrative-review"
    assert "cores 8 -> 10" in again["history"][-1]["comment"]
    assert in_force.enforced["compute"]["cores"] == 8
