"""A city's policy from the command line: tried, applied, and deciding who reviews what on a real cloud."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import manifests
from tests.acceptance.shell import ERROR, NOTHING, Shell
from tests.acceptance.site import Site

Run = Callable[..., Any]

NOBODY = {"approvals": 0}
RULES = {
    "reviews": [
        {"name": "decrease", "when": "decreaseOnly", "administrative": NOBODY, "technical": NOBODY},
        {"name": "growth", "administrative": {"among": ["王芳"]}, "technical": NOBODY},
    ],
    "examples": [{"name": "核减", "facts": {"limitsOnly": True, "decreaseOnly": True}, "rule": "decrease"}],
}


def policy(**spec: Any) -> manifests.Document:
    """The city's rules."""
    metadata = {"name": "city", "displayName": "审批规则"}
    return {"apiVersion": "tenantry/v1", "kind": "Policy", "metadata": metadata, "spec": {**RULES, **spec}}


def _wanted(site: Site, cores: int) -> manifests.Document:
    """The tenant with so many cores."""
    quota = {**manifests.QUOTA, "compute": {**manifests.QUOTA["compute"], "cores": cores}}
    return manifests.tenant(site.name, manifests.project(quota=quota), envelope={"city": {"compute": {"cores": 12}}})


@pytest.fixture
def run(site: Site) -> Run:
    """Run a command with JSON out, with the policy and a tenant of 8 cores in force."""
    site.ask_all(_wanted(site, 8), policy())
    site.apply()

    def run(*arguments: str | Path, code: int = NOTHING) -> Any:
        return json.loads(site.tenantry(*arguments, "-o", "json", code=code).out)

    return run


@pytest.fixture
def submit(site: Site, run: Run) -> Callable[[int], Any]:
    """Ask for so many cores."""

    def submit(cores: int) -> Any:
        folder = manifests.write(site.tenantry.folder / "ours", _wanted(site, cores))
        return run("request", "submit", folder / "manifests.yaml", "--tenant", site.name, "--actor", "陈明")

    return submit


def test_decrease_needs_nobody(site: Site, run: Run, submit: Callable[[int], Any]) -> None:
    """Submitted, it is approved; carried out, the cloud has less."""
    made = submit(6)
    assert (made["state"], [each["act"] for each in made["history"]][-2:]) == ("approved", ["pass", "pass"])
    assert run("request", "execute", made["id"])["state"] == "testing"
    assert site.enforced["compute"]["cores"] == 6
    seen = run("policy", "facts", made["id"])
    assert (seen["facts"]["decreaseOnly"], seen["decided"]["rule"], seen["now"]["rule"]) == (
        True,
        "decrease",
        "decrease",
    )


def test_place_is_taken_by_whom_it_was_handed_to(site: Site, run: Run, submit: Callable[[int], Any]) -> None:
    """The rule names 王芳: 赵磊 may stand in for her, and 陈明, who asked for it, may not."""
    made = submit(10)
    plan = ("--review", "administrative", "--plan", made["fingerprint"], "--actor")
    assert "王芳" in run("request", "approve", made["id"], *plan, "赵磊", code=ERROR)["declined"]
    until = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    for taker in ("陈明", "赵磊"):
        site.tenantry("delegation", "create", "王芳", taker, "--until", until)
    assert "陈明" in run("request", "approve", made["id"], *plan, "陈明", code=ERROR)["declined"]
    assert run("request", "approve", made["id"], *plan, "赵磊")["state"] == "approved"
    listed = run("delegation", "list", "--of", "赵磊")["delegations"]
    assert [(each["giver"], each["taker"], each["state"]) for each in listed] == [("王芳", "赵磊", "current")]
    site.tenantry("delegation", "revoke", listed[0]["id"])
    assert run("delegation", "list")["delegations"][0]["state"] == "revoked"


def test_policy_is_tried_before_it_counts(tenantry: Shell, tmp_path: Path) -> None:
    """With neither a database nor a cloud: what decides each example, or that one is decided otherwise."""
    right = manifests.write(tmp_path / "right", policy())
    assert "decrease" in tenantry("policy", "test", right).out
    wrong = manifests.write(tmp_path / "wrong", policy(examples=[{"name": "x", "rule": "decrease"}]))
    said = tenantry("policy", "test", wrong, code=ERROR).err
    assert 'is to be decided by "decrease", but the rule "growth" decides' in said
