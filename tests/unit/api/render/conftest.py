"""Consoles whose output can be read back, and short ways to make the records that are shown."""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from api.render.names import Names
from provisioner.diff import Change, Verb
from provisioner.objects import Address, KindName, Value
from provisioner.operation import Failure, Operation, OperationId, OperationState, PlanId, Step, StepState
from provisioner.plan import Action, Section
from tenants.names import CloudName, ProjectName, TenantName

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)

Show = Callable[..., str]


def piped(encoding: str = "utf-8") -> Console:
    """A console on a file in this encoding."""
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline=""))


def terminal(width: int) -> Console:
    """A terminal of so many columns, without colours."""
    return Console(file=io.StringIO(), force_terminal=True, color_system=None, width=width)


def written(console: Console) -> str:
    """All that was written on a console so far."""
    stream = console.file
    if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.BytesIO):
        stream.flush()
        return stream.buffer.getvalue().decode(stream.encoding)
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


@pytest.fixture
def show() -> Show:
    """Call a printing function with a console, a file unless a width makes it a terminal, and get what it wrote."""

    def shown(printing: Callable[..., None], *records: Any, width: int | None = None, **options: Any) -> str:
        console = piped() if width is None else terminal(width)
        printing(console, *records, **options)
        return written(console)

    return shown


@pytest.fixture
def names() -> Names:
    """Two departments that have display names."""
    return Names(
        tenants={TenantName("market"): "市市场监督管理局", TenantName("education"): "市教育局"},
    )


@pytest.fixture
def shenzhen_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reader's clock is that of Shenzhen, eight hours ahead of UTC."""
    monkeypatch.setenv("TZ", "CST-8")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def address(kind: str = "project", key: str = "", *, tenant: str = "market", cloud: str = "city") -> Address:
    """An object of project `registration`."""
    return Address(
        cloud=CloudName(cloud),
        tenant=TenantName(tenant),
        project=ProjectName("registration"),
        kind=KindName(kind),
        key=key,
    )


class Build:
    """Short ways to make records."""

    noon = NOON
    address = staticmethod(address)
    piped = staticmethod(piped)
    terminal = staticmethod(terminal)
    written = staticmethod(written)

    @staticmethod
    def change(after: Mapping[str, Value], before: Mapping[str, Value] | None = None, **where: str) -> Change:
        """A change of an object of project `registration`: a creation unless there is something before."""
        verb = Verb.CREATE if before is None else Verb.UPDATE
        return Change(address=address(**where), verb=verb, before=before or {}, after=after)

    @classmethod
    def action(cls, after: Mapping[str, Value], before: Mapping[str, Value] | None = None, **fields: Any) -> Action:
        """The same as an action; `reason` and `destructive` may be given."""
        reason, destructive = fields.pop("reason", "because"), fields.pop("destructive", False)
        return Action(change=cls.change(after, before, **fields), reason=reason, destructive=destructive)

    @staticmethod
    def section(*actions: Action, tenant: str = "market", cloud: str = "city", **prose: Any) -> Section:
        """A tenant's section; `refusals` and `notices` may be given."""
        return Section(tenant=TenantName(tenant), cloud=CloudName(cloud), actions=actions, **prose)

    @staticmethod
    def operation(section: Section, state: OperationState, *, failure: Failure | None = None) -> Operation:
        """An operation that took 4.5 s; every step is as its state suggests, and with a failure the last one failed."""
        done = state is OperationState.DONE
        steps = [
            Step(position=position, action=action, attempts=1, state=StepState.DONE if done else StepState.PENDING)
            for position, action in enumerate(section.actions)
        ]
        if failure and steps:
            steps[-1] = Step(
                position=len(steps) - 1, action=section.actions[-1], attempts=3, state=StepState.FAILED, failure=failure
            )
        return Operation(
            id=OperationId(f"op-{section.tenant}"),
            plan_id=PlanId("plan-1"),
            tenant=section.tenant,
            cloud=section.cloud,
            fingerprint=section.fingerprint,
            state=state,
            created_at=NOON,
            finished_at=NOON + timedelta(seconds=4.5) if state.final else None,
            steps=tuple(steps),
            failure=failure,
        )


@pytest.fixture
def build() -> Build:
    """The short ways."""
    return Build()
