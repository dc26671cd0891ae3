"""How tenants stand, looks on demand, and plans that are too old."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provisioner.access import Role
from provisioner.store import reconciliation
from provisioner.store.database import Database


def _later(service: Any, time: timedelta) -> None:
    """Let time pass for consent alone: tokens last a day."""
    approver, now = service.approver, service.now()
    object.__setattr__(service, "approver", replace(approver, now=lambda: now + time))


@pytest.mark.usefixtures("settled")
def test_tenants_stand_as_they_were_last_seen(operator: Any) -> None:
    """Before any worker looked, nobody knows."""
    items = operator.get("/v1/reconciliation").json()["items"]
    assert [(each["tenant"], each["cloud"], each["condition"], each["dueAt"]) for each in items] == [
        ("archive", "city", "unknown", None),
        ("market", "city", "unknown", None),
        ("transport", "city", "unknown", None),
    ]


@pytest.mark.usefixtures("settled")
def test_they_can_be_filtered_and_paged(operator: Any) -> None:
    """By tenant, cloud and condition."""
    assert operator.get("/v1/reconciliation?condition=drifted").json()["items"] == []
    first = operator.get("/v1/reconciliation?cloud=city&limit=2").json()
    rest = operator.get("/v1/reconciliation", params={"cloud": "city", "limit": 2, "cursor": first["next"]}).json()
    assert [each["tenant"] for each in (*first["items"], *rest["items"])] == ["archive", "market", "transport"]


@pytest.mark.usefixtures("settled")
def test_members_see_their_own_part(log_in: Any) -> None:
    """And nobody else's."""
    member = log_in(Role.MEMBER, "market")
    items = member.get("/v1/reconciliation").json()["items"]
    assert [each["tenant"] for each in items] == ["archive", "market"]


@pytest.mark.usefixtures("settled")
def test_a_look_is_asked_for(operator: Any, database: Database) -> None:
    """Workers find it due at once."""
    asked = operator.post("/v1/tenants/market/look")
    assert (asked.status_code, asked.json()) == (202, {"tenant": "market", "clouds": ["city"]})
    assert asked.headers["location"] == "/v1/reconciliation?tenant=market"
    with database.transaction() as connection:
        assert reconciliation.due(connection, "city", within=timedelta(0)) == {"market"}


@pytest.mark.usefixtures("settled")
def test_only_who_may_asks_for_looks(log_in: Any, operator: Any) -> None:
    """They cost the clouds requests; and a tenant that is not there cannot be looked at."""
    assert log_in(Role.MEMBER, "market").post("/v1/tenants/market/look").status_code == 403
    assert operator.post("/v1/tenants/marked/look").status_code == 404


def test_a_plan_says_until_when_it_may_be_applied(operator: Any, plan: dict[str, Any]) -> None:
    """A week after it was made."""
    shown = operator.get(f"/v1/plans/{plan['id']}").json()
    assert (shown["createdAt"], shown["expiresAt"]) == ("2026-11-21T08:30:00Z", "2026-11-28T08:30:00Z")


def test_a_plan_that_is_too_old_is_not_applied(service: Any, operator: Any, plan: dict[str, Any]) -> None:
    """Nothing is queued; a new one is to be made."""
    _later(service, timedelta(days=7))
    refused = operator.post(f"/v1/plans/{plan['id']}/apply", headers={"if-match": f'"{plan["fingerprint"]}"'})
    assert (refused.status_code, refused.json()["type"]) == (410, "tag:tenantry,2026:plan-expired")
    assert operator.get("/v1/operations").json()["items"] == []


def test_a_plan_that_was_applied_in_time_stays_applied(service: Any, operator: Any, plan: dict[str, Any]) -> None:
    """Whoever asks again hears of its operations."""
    headers = {"if-match": f'"{plan["fingerprint"]}"'}
    assert operator.post(f"/v1/plans/{plan['id']}/apply", headers=headers).status_code == 202
    _later(service, timedelta(days=8))
    assert operator.post(f"/v1/plans/{plan['id']}/apply", headers=headers).status_code == 200
