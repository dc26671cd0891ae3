"""Workers keep clouds as they were applied: what somebody changes by hand is found, and corrected where policy says so."""

from contextlib import ExitStack
from typing import Any

import pytest

from tests.acceptance.http.service import end, none_left
from tests.acceptance.manifests import project, tenant
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

OFTEN = {"TENANTRY_LOOK_SECONDS": "2", "TENANTRY_LOG_FORMAT": "json"}


def policy(action: str) -> dict[str, Any]:
    """What becomes of limits that drift."""
    return {
        "apiVersion": "tenantry/v1",
        "kind": "Policy",
        "metadata": {"name": "city", "displayName": "全市"},
        "spec": {"drift": [{"name": "limits", "when": 'kind == "quota"', "action": action}]},
    }


@pytest.fixture
def processes() -> Any:
    """What was started, and must not be left running."""
    with ExitStack() as stack:
        yield stack


def test_a_limit_changed_by_hand_is_corrected(site: Site, processes: ExitStack) -> None:
    """By a worker, within its interval, through an operation; the audit log says why."""
    site.ask_all(policy("correct"), tenant(site.name, project()))
    site.apply()
    worker = site.tenantry.with_environment(**OFTEN).start("work")
    processes.enter_context(none_left(worker))
    site.city.set_limits("compute", site.project_id, {"cores": 26})
    until(lambda: site.enforced["compute"]["cores"] == 6, "the limit is as it was applied")
    ended = end(worker)
    assert ended.code == 0, ended
    events = [each for each in site.tenantry("audit", "export").out.splitlines() if '"drift.corrected"' in each]
    assert len(events) == 1
    assert '"rule"' in events[0]
    site.must_be_as_asked()


def test_reconcile_looks_now_and_corrects_when_told(site: Site) -> None:
    """Without a worker: exit code 2 where something drifts, 0 once it is corrected."""
    site.ask_all(policy("correct"), tenant(site.name, project()))
    site.apply()
    site.city.set_limits("compute", site.project_id, {"cores": 26})
    found = site.tenantry("reconcile", site.name, "-o", "json", code=2).document
    assert [(each["condition"], each["drift"]) for each in found["tenants"]] == [("drifted", 1)]
    assert site.enforced["compute"]["cores"] == 26
    corrected = site.tenantry("reconcile", site.name, "--correct", "-o", "json").document
    assert [each["condition"] for each in corrected["tenants"]] == ["in-sync"]
    site.must_be_as_asked()
