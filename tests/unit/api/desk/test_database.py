"""Operations watched at the database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.client.records import Lost
from api.desk.database import DatabaseDesk
from provisioner.errors import StoreUnavailable
from provisioner.operation import Operation, OperationId, OperationState, PlanId
from provisioner.plan import Fingerprint
from tenants.names import CloudName, TenantName

_ID = OperationId("01jd")
_QUEUED = Operation(
    id=_ID,
    plan_id=PlanId("p"),
    tenant=TenantName("market"),
    cloud=CloudName("city"),
    fingerprint=Fingerprint("f"),
    state=OperationState.QUEUED,
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
)
_RUNNING = replace(_QUEUED, state=OperationState.RUNNING)
_DONE = replace(_QUEUED, state=OperationState.DONE)


@pytest.fixture
def seen() -> list[Operation | Exception]:
    """What each look at the operation finds."""
    return []


@pytest.fixture
def desk(seen: list[Operation | Exception], monkeypatch: pytest.MonkeyPatch) -> DatabaseDesk:
    """A desk whose database has just that."""
    looks: Iterator[Operation | Exception] = iter(seen)

    def load(_: DatabaseDesk, operation: OperationId) -> Operation:
        assert operation == _ID
        found = next(looks)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(DatabaseDesk, "_load", load)
    nothing: Any = None
    return DatabaseDesk(
        database=nothing, by=nothing, now=nothing, decides=nothing, executes=nothing, sleep=lambda _: None
    )


def test_each_change_is_told_once(desk: DatabaseDesk, seen: list[Operation | Exception]) -> None:
    """And the end ends it."""
    seen += [_QUEUED, _QUEUED, _RUNNING, _RUNNING, _DONE]
    assert list(desk.follow(_ID)) == [_QUEUED, _RUNNING, _DONE]


def test_a_database_that_is_away_is_waited_for(desk: DatabaseDesk, seen: list[Operation | Exception]) -> None:
    """That it is away is said once; that it is back, too, though nothing has changed."""
    away = StoreUnavailable("the database cannot be reached")
    seen += [_RUNNING, away, away, _RUNNING, _DONE]
    assert list(desk.follow(_ID)) == [_RUNNING, Lost(reason=str(away)), _RUNNING, _DONE]


def test_a_database_that_stays_away_is_given_up(desk: DatabaseDesk, seen: list[Operation | Exception]) -> None:
    """After a quarter of an hour."""
    seen += [_RUNNING, *[StoreUnavailable("away")] * 2000]
    with pytest.raises(StoreUnavailable):
        list(desk.follow(_ID))
