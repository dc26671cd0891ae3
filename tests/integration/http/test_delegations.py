"""Places handed over, over HTTP: one's own by reviewers, anybody's by operators, seen by whom they concern."""

from typing import Any

import pytest

from provisioner.access import Role
from tests.integration.http.conftest import Client, LogIn

DAYS = {"firstDay": "2026-11-01", "lastDay": "2026-12-31"}


@pytest.fixture
def chen(log_in: LogIn) -> Client:
    """A reviewer who is going away."""
    return log_in(Role.REVIEWER, None, "chen")


def hand_over(client: Client, taker: str = "liu", **more: Any) -> Any:
    """Somebody's place for two months."""
    return client.post("/v1/delegations", json={"taker": taker, **DAYS, **more})


def test_reviewer_hands_over_their_own_place(chen: Client) -> None:
    """And may take it back; the second time nothing changes."""
    made = hand_over(chen)
    assert (made.status_code, made.json()["giver"], made.json()["state"]) == (201, "chen", "current")
    path = f"/v1/delegations/{made.json()['id']}/revoke"
    first, second = chen.post(path), chen.post(path)
    assert (first.status_code, first.json()["state"], first.json()["revokedBy"]) == (200, "revoked", "chen")
    assert second.json() == first.json()


def test_nobody_disposes_of_anothers_place(chen: Client, log_in: LogIn, operator: Client) -> None:
    """But operators do."""
    assert hand_over(chen, giver="wang").status_code == 403
    made = hand_over(operator, giver="wang")
    assert made.status_code == 201
    assert chen.post(f"/v1/delegations/{made.json()['id']}/revoke").status_code == 403
    assert hand_over(log_in(Role.OPERATOR, "market", "赵"), giver="wang").status_code == 403


@pytest.mark.parametrize(("role", "status"), [(Role.MEMBER, 403), (Role.AUDITOR, 403), (Role.METRICS, 403)])
def test_who_does_not_review_hands_nothing_over(log_in: LogIn, role: Role, status: int) -> None:
    """There is no place to take."""
    assert hand_over(log_in(role, "market" if role is Role.MEMBER else None, "li")).status_code == status


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"taker": "chen"}, 422),
        ({"lastDay": "2026-10-01"}, 422),
        ({"firstDay": "2020-01-01", "lastDay": "2020-02-01"}, 422),
        ({"lastDay": "2030-01-01"}, 422),
        ({"lastDay": 7}, 422),
        ({"tenant": "No Name"}, 422),
        ({"taker": " "}, 422),
    ],
)
def test_what_cannot_be_is_refused(chen: Client, more: dict[str, Any], status: int) -> None:
    """With a problem that says why."""
    answer = hand_over(chen, **more)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_delegations_are_seen_by_whom_they_concern(chen: Client, log_in: LogIn, operator: Client) -> None:
    """By all who see the whole city, and by giver and taker."""
    made = hand_over(chen).json()["id"]
    hand_over(operator, giver="wang", taker="zhao")
    seen = {
        name: [each["id"] for each in client.get("/v1/delegations").json()["items"]]
        for name, client in {
            "operator": operator,
            "taker": log_in(Role.REVIEWER, "market", "liu"),
            "member": log_in(Role.MEMBER, "market", "li"),
        }.items()
    }
    assert (len(seen["operator"]), seen["taker"], seen["member"]) == (2, [made], [])
    scoped = log_in(Role.REVIEWER, "market", "sun")
    assert scoped.post(f"/v1/delegations/{made}/revoke").status_code == 404


def test_pages_go_on(chen: Client) -> None:
    """Newest first, each once."""
    made = [hand_over(chen, taker=name).json()["id"] for name in ("a", "b", "c")]
    first = chen.get("/v1/delegations?limit=2").json()
    rest = chen.get(f"/v1/delegations?limit=2&cursor={first['next']}").json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == sorted(made, reverse=True)
    assert rest["next"] is None


def test_the_same_key_makes_one(chen: Client) -> None:
    """Whoever is not sure sends it again."""
    sent = {"json": {"taker": "liu", **DAYS}, "headers": {"Idempotency-Key": "k1"}}
    first, second = (chen.post("/v1/delegations", **sent) for _ in range(2))
    assert first.json() == second.json()
    assert len(chen.get("/v1/delegations").json()["items"]) == 1
