"""Who is let in, what each role may do, and what a department may not even know of."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.http.description import permission_of, routes_of
from api.http.permissions import Allowed, Open
from api.http.service import Service
from provisioner.access import PERMISSIONS, Role
from provisioner.operation import Actor
from provisioner.store import audit
from provisioner.store.database import Database
from provisioner.tokens import revoke
from tests.integration.http.conftest import AT, CITY, YAML, Client, Clock, LogIn

#: Routes that everybody may call; the rest needs a permission.
PUBLIC = {"/livez", "/readyz"}
OWN = "registration"


def audited(service: Service, database: Database) -> list[tuple[str, str, str]]:
    """Refused access, as the audit log has it."""
    service.refusals.flush()
    with database.autocommit() as connection:
        events = [entry.event for entry in audit.read(connection)]
    return [(each.actor, each.action, each.subject) for each in events if each.action.startswith(("login", "access"))]


def test_every_route_declares_its_permission(app: FastAPI) -> None:
    """Whatever the app answers to, the description of itself apart."""
    for each in iter_route_contexts(app.routes):
        if each.path != "/openapi.json":
            assert isinstance(each.route, APIRoute)
            assert permission_of(each.route) is not None, each.path
    assert {each.path for each in routes_of(app) if isinstance(permission_of(each), Open)} == PUBLIC


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_what_its_permissions_say(app: FastAPI, log_in: LogIn, role: Role) -> None:
    """All routes: 403 where the role lacks the permission, anything else where it has it."""
    client = log_in(role, "market" if role is Role.MEMBER else None)
    refused, expected = set(), set()
    for route in routes_of(app):
        permission = permission_of(route)
        if isinstance(permission, Allowed) and permission.permission not in PERMISSIONS[role]:
            expected.add(route.name)
        path = re.sub(r"\{\w+\}", "x", route.path)
        for method in route.methods or ():
            answer = client(method, path, **({"content": b"{}", "headers": YAML} if method == "POST" else {}))
            assert answer.status_code < 500, answer.text
            if answer.status_code == 403:
                refused.add(route.name)
    assert refused == expected


def test_nobody_is_let_in_without_a_token(app: FastAPI, nobody: Client) -> None:
    """All routes but those for everybody; the answer says how."""
    for route in routes_of(app):
        for method in route.methods or ():
            answer = nobody(method, re.sub(r"\{\w+\}", "x", route.path))
            assert (answer.status_code == 401) != (route.path in PUBLIC), route.path
            assert ("www-authenticate" in answer.headers) != (route.path in PUBLIC)


@pytest.mark.parametrize("header", ["Bearer tnt_x", "Bearer eyJ.eyJ.sig", "Bearer tnt_" + "0" * 18 + "_" + "A" * 43])
def test_a_wrong_token_is_refused_and_noted(app: FastAPI, service: Service, database: Database, header: str) -> None:
    """The audit log has the attempt, and not the token."""
    answer = Client(app, {"authorization": header}).get("/v1/me")
    assert (answer.status_code, answer.json()["type"]) == (401, "tag:tenantry,2026:unauthenticated")
    assert audited(service, database) == [("nobody", "login.failed", "GET /v1/me")]


def test_a_flood_of_wrong_tokens_is_one_entry(app: FastAPI, service: Service, database: Database) -> None:
    """With how often it came."""
    for _ in range(5):
        Client(app, {"authorization": "Bearer tnt_x"}).get("/v1/me")
    service.refusals.flush()
    with database.autocommit() as connection:
        assert [entry.event.detail["times"] for entry in audit.read(connection)] == [5]


def test_a_token_ends_with_its_time(operator: Client, clock: Clock) -> None:
    """At the next request."""
    assert operator.get("/v1/me").status_code == 200
    clock.move(timedelta(days=1))
    assert operator.get("/v1/me").status_code == 401


def test_a_revoked_token_ends_at_once(operator: Client, database: Database) -> None:
    """At the next request."""
    revoke(database, operator.get("/v1/me").json()["token"], by=Actor("ops"), at=AT)
    answer = operator.get("/v1/me")
    assert (answer.status_code, answer.json()["detail"]) == (401, "the token is revoked")


def test_refused_access_is_noted(log_in: LogIn, service: Service, database: Database) -> None:
    """A role without the permission, by whom and for what."""
    log_in(Role.AUDITOR, actor="王芳").post("/v1/plans", content=CITY, headers=YAML)
    assert audited(service, database) == [("王芳", "access.refused", "POST /v1/plans")]


@pytest.fixture
def member(log_in: LogIn, settled: None) -> Client:
    """A department's engineer."""
    return log_in(Role.MEMBER, "market", "张伟")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/v1/tenants", ["archive", "market"]),
        ("/v1/tenants?subtree=transport", []),
        ("/v1/tenants?parent=market", ["archive"]),
        ("/v1/projects", ["files", "registration"]),
        ("/v1/projects?tenant=transport", []),
    ],
)
def test_a_member_lists_its_own_part_of_the_tree(member: Client, path: str, names: list[str]) -> None:
    """Itself and all below; a filter brings nothing else in."""
    assert [each["name"] for each in member.get(path).json()["items"]] == names


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/v1/tenants/market", True),
        ("/v1/tenants/archive/projects/files", True),
        ("/v1/tenants/transport", False),
        ("/v1/tenants/transport/projects/buses", False),
    ],
)
def test_what_is_of_others_is_not_there(member: Client, path: str, *, there: bool) -> None:
    """404, word for word as for what nobody has."""
    answer = member.get(path)
    assert answer.status_code == (200 if there else 404)
    if not there:
        absent = member.get(path.replace("transport", "nothing"))
        told = {name: value for name, value in absent.json().items() if name != "requestId"}
        assert told == {
            **{name: value for name, value in answer.json().items() if name != "requestId"},
            "detail": "there is no tenant nothing",
        }


def test_looking_for_what_is_of_others_is_noted(member: Client, service: Service, database: Database) -> None:
    """Looking for what nobody has is not."""
    member.get("/v1/tenants/transport")
    member.get("/v1/tenants/nothing")
    assert audited(service, database) == [("张伟", "access.hidden", "GET /v1/tenants/transport")]


def test_a_plan_of_others_is_not_there(member: Client, plan: dict[str, Any]) -> None:
    """Not even where a part of it is one's own."""
    assert member.get(f"/v1/plans/{plan['id']}").status_code == 404
    assert member.get("/v1/plans").json()["items"] == []


def test_operations_of_others_are_not_there(operator: Client, member: Client, plan: dict[str, Any]) -> None:
    """In the list, by id, and as a stream."""
    etag = f'"{plan["fingerprint"]}"'
    begun = operator.post(f"/v1/plans/{plan['id']}/apply", headers={"if-match": etag}).json()["operations"]
    theirs = next(each["id"] for each in begun if each["tenant"] == "transport")
    assert {each["tenant"] for each in member.get("/v1/operations").json()["items"]} == {"archive", "market"}
    for path in (f"/v1/operations/{theirs}", f"/v1/operations/{theirs}/events"):
        assert member.get(path).status_code == 404


def test_a_member_learns_nothing_of_a_clouds_shares(member: Client, operator: Client) -> None:
    """What all tenants hold together is for those who see all tenants."""
    assert member.get("/v1/clouds/city").json()["capacity"] is None
    assert operator.get("/v1/clouds/city").json()["capacity"] is not None


def test_somebody_knows_themselves(member: Client) -> None:
    """Who, as what, for which part, until when."""
    found = member.get("/v1/me").json()
    assert (found["actor"], found["role"], found["tenant"]) == ("张伟", "member", "market")
    assert found["until"] == "2026-11-22T08:30:00Z"
