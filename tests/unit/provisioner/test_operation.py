"""Which states of an operation are final."""

import pytest

from provisioner.operation import OperationState


@pytest.mark.parametrize("state", [OperationState.QUEUED, OperationState.RUNNING])
def test_work_that_goes_on_is_not_final(state: OperationState) -> None:
    """Queued and running operations are still somebody's business."""
    assert not state.final


@pytest.mark.parametrize("state", sorted(set(OperationState) - {OperationState.QUEUED, OperationState.RUNNING}))
def test_every_other_state_is_final(state: OperationState) -> None:
    """Done, failed, stopped and plan changed: nothing more happens by itself."""
    assert state.final
