"""`serve`, `work` and `up`: real processes over HTTP, on two real clouds, however they end."""

import json

from tests.acceptance.fleet import SIZE, Fleet
from tests.acceptance.http.conftest import Serve, Work
from tests.acceptance.http.service import end, events
from tests.acceptance.shell import ERROR, NOTHING, Shell
from tests.acceptance.site import Site
from tests.acceptance.waiting import until


def test_one_process_does_it_all(site: Site, serve: Serve) -> None:
    """Plan, consent, follow to the end; the cloud is as asked, and the service says so."""
    up = serve("up")
    begun = up.apply(up.plan(site.folder)).json()["operations"]
    with up.client.stream("GET", f"/v1/operations/{begun[0]['id']}/events") as stream:
        told = list(events(stream))
    assert told[-1][1:] == ("operation", {"id": begun[0]["id"], "state": "done", "failure": None})
    site.must_be_as_asked()
    up.plan(site.folder)
    project = up.client.get(f"/v1/tenants/{site.name}/projects/registration").json()
    assert (project["there"], {each["state"] for each in project["limits"] if each["asked"] is not None}) == (
        True,
        {"matches"},
    )
    assert up.end().code == NOTHING


def test_who_answers_does_not_work(site: Site, serve: Serve, work: Work) -> None:
    """Operations wait for a worker, which finds the cloud's queue though it began without any."""
    worker, server = work(), serve()
    assert end(worker).code == NOTHING
    plan = server.plan(site.folder)
    server.apply(plan)
    assert server.states(plan) == ["queued"]
    work()
    until(lambda: server.states(plan) == ["done"], "the operation is done")
    site.must_be_as_asked()


def test_a_killed_workers_operations_are_taken_over(site: Site, serve: Serve, work: Work) -> None:
    """`kill -9` half-way: another goes on where it was, and nothing is made twice; consent came twice as well."""
    fleet = Fleet.of(site)
    one, other, victim = serve(), serve(), work()
    plan = one.plan(site.folder)
    answers = [each.apply(plan, **{"idempotency-key": "k"}) for each in (one, other)]
    assert answers[0].content == answers[1].content
    until(lambda: one.states(plan).count("done") >= SIZE // 4, "a quarter is done")
    survivor = work()
    victim.kill()
    until(lambda: set(other.states(plan)) == {"done"}, "all are done")
    one.end()
    other.end()
    assert end(survivor).code == NOTHING
    fleet.must_be_as_planned()


def test_a_killed_server_is_not_missed(site: Site, serve: Serve, work: Work) -> None:
    """The stream that broke off goes on at another, from the last event."""
    work()
    victim, other = serve(), serve()
    plan = victim.plan(site.folder)
    operation = victim.apply(plan).json()["operations"][0]["id"]
    path = f"/v1/operations/{operation}/events"
    with victim.client.stream("GET", path) as stream:
        first = next(events(stream))
    victim.running.kill()
    with other.client.stream("GET", path, headers={"last-event-id": first[0]}) as stream:
        rest = list(events(stream))
    assert first not in rest
    assert rest[-1][2]["state"] == "done"


def test_a_service_ends_though_somebody_listens(site: Site, serve: Serve) -> None:
    """SIGTERM ends the streams of operations that nobody carries out."""
    server = serve()
    operation = server.apply(server.plan(site.folder)).json()["operations"][0]["id"]
    with server.client.stream("GET", f"/v1/operations/{operation}/events") as stream:
        told = events(stream)
        next(told)
        assert end(server.running).code == NOTHING
        assert list(told) == []


def test_the_log_tells_of_requests_and_operations(site: Site, serve: Serve) -> None:
    """One JSON object a line, with the ids to find both by; the token is in none."""
    up = serve("up")
    plan = up.plan(site.folder, **{"x-request-id": "mine-1"})
    operation = up.apply(plan).json()["operations"][0]["id"]
    until(lambda: up.states(plan) == ["done"], "the operation is done")
    ended = up.end()
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert [each["status"] for each in lines if each.get("request") == "mine-1"] == [201]
    assert [each["message"] for each in lines if each.get("operation") == operation] == [
        "operation begins",
        "operation ended: done",
    ]
    assert up.client.headers["authorization"].removeprefix("Bearer ") not in ended.err


def test_a_token_is_revoked_at_once(serve: Serve, tenantry: Shell) -> None:
    """The next request is refused; revoking it again says that it did not count."""
    server = serve()
    token = server.client.get("/v1/me").json()["token"]
    tenantry("token", "revoke", token)
    assert server.client.get("/v1/me").status_code == 401
    tenantry("token", "revoke", token, code=ERROR)
    (listed,) = tenantry("token", "list", "-o", "json").document["tokens"]
    assert (listed["state"], "text" in listed) == ("revoked", False)
