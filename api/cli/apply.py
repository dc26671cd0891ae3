"""`tenantry apply`: make the clouds match the manifests, after consent to the plan."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import Abort

from api.bootstrap import Tenantry
from api.cli.consent import Confirmed, must_consent
from api.cli.interruption import working
from api.cli.options import Manifests, Output, Tenants
from api.cli.plan import propose, show_plan
from api.cli.reading import chosen_tenants, valid_manifests
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.render import results as results_view
from api.render.names import Names
from api.render.output import Format, print_document
from api.render.page import counted
from api.render.progress import OperationsProgress
from provisioner.operation import Operation, OperationId, OperationState
from provisioner.plan import Plan
from provisioner.proposal import Manifests as ValidManifests
from provisioner.survey import clouds_in_use

if TYPE_CHECKING:
    from provisioner.execution import Execution  # takes a while to import, for the engine comes with it


def apply_command(
    context: typer.Context,
    manifests: Manifests,
    *,
    tenant: Tenants = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Consent to the plan without being asked; to deletions only together with --confirm."
        ),
    ] = False,
    confirm: Confirmed = None,
    authority: Annotated[
        str,
        typer.Option(metavar="TEXT", help="The number of the official document that asks for this, for the audit log."),
    ] = "",
    full: Annotated[bool, typer.Option("--full", help="Show every property, however long the plan.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show the plan, ask for consent, and make the clouds match it.

    Tenants are independent: one that fails or is refused does not stop the others. Run again after a crash or Ctrl-C:
    it first carries on what was left behind, then looks again and does the rest.

    Each object that the plan deletes has to be confirmed by its name, typed or with --confirm; --yes alone deletes nothing.

    Exit code 0: everything is as the manifests ask. 1: something is not.

    [bold]tenantry apply manifests/ --yes[/]
    """
    session = session_of(context)
    valid = valid_manifests(session, manifests, output)
    only = chosen_tenants(valid.city, tenant)
    names = Names.of(valid.city)
    with Tenantry(session.settings) as tenantry:
        execution = tenantry.execution()
        _carry_on(session, execution, valid, names)
        stored, _ = propose(session, tenantry, valid, only, output=output)
        if output is Format.TABLE:
            # The results have a line for each tenant; who is to consent sees those lines before.
            show_plan(session, stored.plan, names, output, full=full, brief=yes)
        must_consent(session, stored.plan, names, yes=yes, confirmed=confirm or ())
        begun = execution.approve(stored, valid.city, authority=authority)
        with _stopping_on_interrupt(session, execution, begun):
            finished = _follow(session, execution, begun, names)
    _show_results(session, stored.plan, finished, names, output)
    well = all(each.state is OperationState.DONE for each in finished) and not any(stored.plan.refusals)
    leave(EXIT_NOTHING if well else EXIT_ERROR)


def _carry_on(session: Session, execution: "Execution", valid: ValidManifests, names: Names) -> None:
    """Start the engine, and first let end whatever an earlier run left behind or another one has under way."""
    left = execution.unfinished()
    execution.engine.launch(clouds_in_use(valid.city) | {each.cloud for each in left})
    if left:
        session.err.print(f"Carrying on {counted(len(left), 'operation')} that had begun before …")
        with working(lambda: _leave_them(session)):
            ended = _follow(session, execution, left, names)
        ends = Counter(each.state.value for each in ended)
        session.err.print(f"Carried on: {', '.join(f'{number} {state}' for state, number in sorted(ends.items()))}.")


def _follow(
    session: Session, execution: "Execution", begun: Sequence[Operation], names: Names
) -> tuple[Operation, ...]:
    """Show the operations' progress until all have ended."""
    subjects = {each.id: (each.tenant, each.cloud) for each in begun}
    steps = sum(len(each.steps) for each in begun)
    with OperationsProgress(session.err, len(set(subjects.values())), names, steps=steps) as progress:

        def on_progress(states: Mapping[OperationId, OperationState], done: int) -> None:
            progress.update({subjects[operation]: state for operation, state in states.items()}, steps_done=done)

        return execution.follow(subjects, on_progress)


def _leave_them(session: Session) -> NoReturn:
    """Another run's operations are not ours to stop: those that we have under way end, the others stay queued."""
    session.err.print("Leaving: the operations under way here finish. Ctrl-C again leaves at once.")
    raise Abort


@contextmanager
def _stopping_on_interrupt(session: Session, execution: "Execution", begun: Iterable[Operation]) -> Iterator[None]:
    """The first Ctrl-C lets the actions under way finish and begins no further ones; the second leaves at once.

    Either way the record says how far each tenant came, and the same command goes on from there.
    """
    ours = frozenset(each.id for each in begun)
    asked = threading.Event()

    def stop() -> bool:
        if asked.is_set():
            return False
        asked.set()
        execution.engine.stop(ours)
        session.err.print("Stopping: the actions under way finish, nothing new is begun. Ctrl-C again leaves at once.")
        return True

    with working(stop):
        yield


def _show_results(session: Session, plan: Plan, finished: Sequence[Operation], names: Names, output: Format) -> None:
    if output is not Format.TABLE:
        print_document(session.out, results_view.as_document(plan, finished, names), output)
    elif finished:
        session.out.print()
        results_view.print_results(session.out, plan, finished, names)
