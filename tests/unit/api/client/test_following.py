"""An operation followed through whatever happens to the connection."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.client.client import Client
from api.client.errors import NotFound, ServiceError, Unreachable
from api.client.records import Lost
from api.client.retrying import Patience
from provisioner.operation import Operation, OperationId, OperationState, StepState

_ID = OperationId("01jd")


def _step(position: int, state: str = "pending", attempts: int = 0) -> dict[str, Any]:
    address = f"city/market/registration/quota/{position}"
    return {
        "position": position,
        "address": address,
        "project": "registration",
        "kind": "quota",
        "key": str(position),
        "verb": "update",
        "before": {"cores": 1},
        "after": {"cores": 2},
        "reason": "asked",
        "destructive": False,
        "state": state,
        "attempts": attempts,
        "evidence": None,
        "failure": None,
    }


def _operation(state: str = "running", *steps: dict[str, Any]) -> httpx.Response:
    ended = state not in {"queued", "running"}
    document = {
        "id": _ID,
        "plan": "p",
        "tenant": "market",
        "displayName": "市市场监督管理局",
        "cloud": "city",
        "fingerprint": "f",
        "state": state,
        "createdAt": "2026-11-21T08:30:00Z",
        "failure": None,
        "finishedAt": "2026-11-21T08:31:00Z" if ended else None,
        "steps": list(steps or (_step(0), _step(1))),
    }
    return httpx.Response(200, json=document)


def _event(identity: str, name: str, **data: Any) -> bytes:
    return f"id: {identity}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _told(identity: str, position: int, state: str) -> bytes:
    step = {"position": position, "address": "a", "state": state, "attempts": 1, "failure": None}
    return _event(identity, "step", **step)


def _end(identity: str, state: str = "done") -> bytes:
    return _event(identity, "operation", id=_ID, state=state, failure=None)


class _Stream(httpx.SyncByteStream):
    """Bytes, and then a connection that ends or breaks."""

    def __init__(self, *chunks: bytes, breaks: bool = False) -> None:
        self._chunks, self._breaks = chunks, breaks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._breaks:
            raise httpx.ReadError("reset by peer")


def _stream(*chunks: bytes, breaks: bool = False) -> httpx.Response:
    stream = _Stream(b"retry: 1000\n\n", *chunks, breaks=breaks)
    return httpx.Response(200, stream=stream, headers={"content-type": "text/event-stream; charset=utf-8"})


def _states(sights: list[Operation | Lost]) -> list[str]:
    """Each sight as the states of its steps, or what was lost."""
    return [
        "lost" if isinstance(each, Lost) else "".join(step.state.value[0] for step in each.steps) for each in sights
    ]


def test_each_event_is_told_and_the_end_is_whole(client: Client, service: Any) -> None:
    """The last is read anew, with all that proves it."""
    service.replies = [
        _operation(),
        _stream(_told("1", 0, "started"), _told("2", 0, "done") + _told("3", 1, "started"), _end("4")),
        _operation("done", _step(0, "done", 1), _step(1, "done", 1)),
    ]
    sights = list(client.follow(_ID))
    assert _states(sights) == ["pp", "sp", "dp", "ds", "dd"]
    last = sights[-1]
    assert isinstance(last, Operation)
    assert (last.state, last.finished_at is not None) == (OperationState.DONE, True)


def test_a_broken_stream_goes_on_from_the_last_event(client: Client, service: Any) -> None:
    """Another server, the same place; that it was lost is said once, and that it is back."""
    service.replies = [
        _operation(),
        _stream(_told("1", 0, "started"), breaks=True),
        httpx.ConnectError("refused"),
        httpx.ConnectError("refused"),
        _stream(_told("2", 0, "done"), _end("3", "failed")),
        _operation("failed", _step(0, "done", 1), _step(1)),
    ]
    assert _states(list(client.follow(_ID))) == ["pp", "sp", "lost", "sp", "dp", "dp"]
    streams = [each for each in service.asked if each.url.path.endswith("/events")]
    assert [each.headers.get("last-event-id") for each in streams] == [None, "1", "1", "1"]


def test_a_server_that_ends_is_followed_by_the_next(client: Client, service: Any) -> None:
    """Its stream ends in peace; after as long as it asked for, another is asked."""
    service.replies = [_operation(), _stream(_told("1", 0, "started")), _stream(_end("2")), _operation("done")]
    assert "lost" not in _states(list(client.follow(_ID)))
    assert service.slept == [1.0]


def test_an_end_that_came_while_nobody_looked(client: Client, service: Any) -> None:
    """The service says that all was told: 204."""
    service.replies = [_operation(), _stream(_told("1", 0, "started")), httpx.Response(204), _operation("stopped")]
    last = list(client.follow(_ID))[-1]
    assert isinstance(last, Operation)
    assert last.state is OperationState.STOPPED


def test_one_that_has_ended_is_not_followed(client: Client, service: Any) -> None:
    """One request."""
    service.replies = [_operation("done")]
    assert len(list(client.follow(_ID))) == 1
    assert len(service.asked) == 1


def test_a_service_that_stays_away_is_given_up(client: Client, service: Any) -> None:
    """After as long as patience lasts, with the reason."""
    service.replies = [_operation(), httpx.ConnectError("refused")]
    following = client.follow(_ID, Patience(whole=30, first=1, longest=5))
    with pytest.raises(Unreachable, match="refused"):
        list(following)
    assert 20 < service.now <= 30


def test_what_is_refused_is_not_tried_again(client: Client, service: Any) -> None:
    """A token that is revoked meanwhile, or an operation that is no longer to be seen."""
    service.replies = [_operation(), _stream(), service.problem(404, "not-found")]
    with pytest.raises(NotFound):
        list(client.follow(_ID))


def test_events_of_a_newer_service_are_passed_over(client: Client, service: Any) -> None:
    """What this version does not know changes nothing."""
    service.replies = [_operation(), _stream(_event("1", "weather", rain=True), _end("2")), _operation("done")]
    sights = list(client.follow(_ID))
    assert len(sights) == 2
    assert all(isinstance(each, Operation) and each.steps[0].state is StepState.PENDING for each in sights)


@pytest.mark.parametrize(
    "page", [httpx.Response(200, html="<html>"), httpx.Response(302, headers={"location": "/login"})]
)
def test_a_page_that_is_no_stream_is_no_operation(client: Client, service: Any, page: httpx.Response) -> None:
    """A proxy's, for one: it would be asked again for ever."""
    service.replies = [_operation(), page]
    with pytest.raises(ServiceError, match="no answer of Tenantry's"):
        list(client.follow(_ID))
