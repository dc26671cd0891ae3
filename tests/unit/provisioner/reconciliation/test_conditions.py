"""How a tenant stands, in a word."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from provisioner.operation import OperationState
from provisioner.reconciliation.conditions import condition_of
from provisioner.store.reconciliation import Known
from tenants.names import CloudName, TenantName

WELL = Known(
    tenant=TenantName("market"),
    cloud=CloudName("city"),
    looked_at=datetime(2026, 11, 22, tzinfo=UTC),
    due_at=None,
    obstacle=None,
    drifted=0,
    drifted_since=None,
    operation=OperationState.DONE,
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "in-sync"),
        ({"operation": None}, "in-sync"),
        ({"looked_at": None}, "unknown"),
        ({"drifted": 2}, "drifted"),
        ({"drifted": 2, "obstacle": "contested"}, "blocked"),
        ({"obstacle": "503", "looked_at": None}, "blocked"),
        ({"operation": OperationState.FAILED, "obstacle": "503"}, "failed"),
        ({"operation": OperationState.RUNNING, "drifted": 2}, "pending"),
        ({"operation": OperationState.QUEUED}, "pending"),
        ({"operation": OperationState.PLAN_CHANGED}, "pending"),
        ({"operation": OperationState.STOPPED}, "pending"),
    ],
)
def test_the_word(fields: dict[str, Any], expected: str) -> None:
    """What matters most comes first."""
    assert condition_of(replace(WELL, **fields)) == expected
