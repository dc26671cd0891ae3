"""What happens to an operation, as server-sent events (WHATWG HTML, 9.2).

An event's id says all that its client has been told: where the operation is, and each of its steps. So a client resumes anywhere,
after any time, at any server, and is told exactly what is different since: nothing twice, nothing left out, and no table of
events to keep. Steps of one tier are often alike, so ids are short: `running:d.12s.3p.40` is twelve steps done, three begun
and forty to come; `sx2.1` is one begun for the second time.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Self

from api.http.service import Service
from api.language.spoken import say
from provisioner.errors import StoreUnavailable
from provisioner.operation import Failure, Operation, OperationId, OperationState, Step, StepState
from provisioner.store import operations

#: Seconds between two looks at the record, and between two signs of life on a stream with nothing to tell.
_LOOK: Final = 0.5
_ALIVE: Final = 15.0
#: Seconds between two looks while the database is away.
_AWAY: Final = 3.0
_LETTERS: Final = {
    StepState.PENDING: "p",
    StepState.STARTED: "s",
    StepState.DONE: "d",
    StepState.FAILED: "f",
}
_STATES: Final = {letter: state for state, letter in _LETTERS.items()}
_RUN: Final = re.compile(r"([psdf])(?:x(\d{1,4}))?\.(\d{1,6})")
EXAMPLE: Final = (
    "id: running:s.1p.4\nevent: step\n"
    'data: {"position":0,"address":"city/market-regulation/registration/quota/compute","state":"started","attempts":1,'
    '"failure":null}\n\n'
)

#: A step's state and how often it was begun.
Fate = tuple[StepState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a client has been told of an operation."""

    #: None where it knows nothing yet.
    state: OperationState | None
    steps: tuple[Fate, ...]

    @property
    def final(self) -> bool:
        """Whether there is nothing more to tell."""
        return self.state is not None and self.state.final

    def __str__(self) -> str:
        runs = ((fate, sum(1 for _ in same)) for fate, same in groupby(self.steps))
        return f"{self.state or ''}:{''.join(f'{_letter(fate)}.{number}' for fate, number in runs)}"

    @classmethod
    def parse(cls, text: str, steps: int) -> Self | None:
        """The inverse of `str`, for an operation of so many steps; None where the text is not of one."""
        state, _, runs = text.partition(":")
        if state and state not in {each.value for each in OperationState}:
            return None
        fates: list[Fate] = []
        at = 0
        while at < len(runs):
            found = _RUN.match(runs, at)
            if found is None or len(fates) + int(found[3]) > steps:
                return None
            fates += [(_STATES[found[1]], int(found[2] or _attempts(_STATES[found[1]])))] * int(found[3])
            at = found.end()
        if len(fates) != steps:
            return None
        return cls(state=OperationState(state) if state else None, steps=tuple(fates))


def nothing(steps: int) -> Told:
    """What a client knows that comes for the first time."""
    return Told(state=None, steps=((StepState.PENDING, 0),) * steps)


def changes(told: Told, operation: Operation) -> Iterator[tuple[Told, str, dict[str, Any]]]:
    """What is different from what was told, as events: what the client knows with each, its name, its data.

    The operation's own state comes first where it goes on, and last where it ends, so that nothing follows its end.
    """
    ends = operation.state.final
    if told.state is not operation.state and not ends:
        told = Told(state=operation.state, steps=told.steps)
        yield told, "operation", _of_operation(operation)
    fates = list(told.steps)
    for step in operation.steps:
        fate = step.state, step.attempts
        if fates[step.position] != fate:
            fates[step.position] = fate
            told = Told(state=told.state, steps=tuple(fates))
            yield told, "step", _of_step(step)
    if told.state is not operation.state and ends:
        yield Told(state=operation.state, steps=tuple(fates)), "operation", _of_operation(operation)


async def stream(service: Service, operation: OperationId, told: Told, *, until: datetime) -> AsyncIterator[bytes]:
    """The events from there on, until the operation ends, the client leaves, its login ends, or the server is to end."""
    silent = 0.0
    yield b"retry: 1000\n\n"
    while not service.stopping.is_set() and service.now() < until:
        try:
            found = await asyncio.to_thread(_load, service, operation)
        except StoreUnavailable:
            yield b": the database cannot be reached\n\n"
            await asyncio.sleep(_AWAY)
            continue
        for known, name, data in changes(told, found):
            told, silent = known, 0.0
            text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
            yield f"id: {known}\nevent: {name}\ndata: {text}\n\n".encode()
        if told.final:
            return
        await asyncio.sleep(_LOOK)
        silent += _LOOK
        if silent >= _ALIVE:
            silent = 0.0
            yield b": nothing new\n\n"


def _load(service: Service, operation: OperationId) -> Operation:
    with service.database.autocommit() as connection:
        return operations.load(connection, operation)


def _letter(fate: Fate) -> str:
    state, attempts = fate
    return _LETTERS[state] + ("" if attempts == _attempts(state) else f"x{attempts}")


def _attempts(state: StepState) -> int:
    """How often a step of that state was begun where all went well."""
    return 0 if state is StepState.PENDING else 1


def _of_operation(operation: Operation) -> dict[str, Any]:
    return {"id": operation.id, "state": operation.state.value, "failure": _failure(operation.failure)}


def _of_step(step: Step) -> dict[str, Any]:
    return {
        "position": step.position,
        "address": str(step.action.change.address),
        "state": step.state.value,
        "attempts": step.attempts,
        "failure": _failure(step.failure),
    }


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {"message": say(failure.message), "requestId": failure.request_id, "retryable": failure.retryable}
