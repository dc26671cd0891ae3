"""`tenantry request`: departments ask, reviewers decide, operators have it carried out, departments confirm.

Works on the database, or, where `TENANTRY_URL` names one, at a service over the network. At the database whoever runs a command
acts in their own name; with `--actor`, in the name of somebody who told them to, which the audit log says. At a service they are
whoever their token is for. The rules between requester and reviewers hold by these names.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from typer.exceptions import Abort

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.interruption import working
from api.cli.options import Output
from api.cli.reading import check
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.client.records import Judgement, Wanted, Wish
from api.desk.interface import Begun, Declined, Desk, Told
from api.render import comparison as comparison_view
from api.render import plan as plan_view
from api.render import problems as problems_view
from api.render import requests as view
from api.render.names import Names
from api.render.output import Format, print_document
from api.render.plan import Detail
from api.render.progress import OperationsProgress
from provisioner.errors import InputError
from provisioner.requests.progress import ENOUGH
from provisioner.requests.request import Papers, RequestId
from provisioner.requests.states import Act, State
from tenants.names import TenantName

app = typer.Typer(
    cls=PlainGroup,
    help="What departments ask for: submitted, reviewed, carried out, confirmed.\n\n"
    "Asks the service that TENANTRY_URL names, as whoever TENANTRY_TOKEN is for, with that role. Without it, works on the database "
    "itself: whoever has access to that may do everything, so keep it to the operators.",
    no_args_is_help=True,
)
_DONE: Final = frozenset({State.TESTING, State.OPEN})


class ReviewKind(StrEnum):
    """The two reviews."""

    ADMINISTRATIVE = "administrative"
    TECHNICAL = "technical"


_Id = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.", show_default=False)]
_By = Annotated[
    str | None,
    typer.Option(
        "--actor",
        metavar="NAME",
        help="Who asked you to do this; without it, you. The audit log names both. Not over the network.",
        show_default=False,
    ),
]
_Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="A word for the record.")]
_Reason = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why; the department reads it.")]
_As = Annotated[ReviewKind, typer.Option("--review", help="Which of the two reviews this is.", show_default=False)]
_Authority = Annotated[
    str, typer.Option(metavar="TEXT", help="The number of the official document that says so, for the audit log.")
]
_Plan = Annotated[
    str,
    typer.Option(
        "--plan",
        metavar="FINGERPRINT",
        help="The plan that you looked at, as `show` names it: the decision is about no other.",
        show_default=False,
    ),
]


@app.command("submit", cls=PlainCommand)
def submit_command(
    context: typer.Context,
    manifests: Annotated[
        list[Path],
        typer.Argument(
            help="The manifests of your tenant, and of nobody else; - is standard input.", show_default=False
        ),
    ],
    *,
    tenant: Annotated[
        str | None,
        typer.Option(
            "--tenant",
            "-t",
            metavar="TENANT",
            help="Who asks; all of it is theirs or below. Over the network your token's tenant, unless given.",
            show_default=False,
        ),
    ] = None,
    amends: Annotated[
        str | None,
        typer.Option(
            "--amends", metavar="REQUEST", help="The request that changes were asked for.", show_default=False
        ),
    ] = None,
    comment: _Comment = "",
    actor: _By = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask for what the manifests say. It is planned on a fresh look, and what it adds is reserved until it is decided.

    Exit code 0: the request is with the reviewers. 1: it was declined, and nothing is reserved.

    [bold]tenantry request submit market-regulation.yaml --tenant market-regulation[/]
    """
    session = session_of(context)
    files, validation = check(manifests)
    attached = {name: content.decode(errors="replace") for name, content in validation.attached.items()}
    with Tenantry(session.settings) as tenantry:
        desk = tenantry.desk(actor)
        wish = Wish(
            tenant=_who_asks(desk, tenant),
            papers=Papers(files=files, attached=attached),
            amends=RequestId(amends) if amends else None,
            comment=comment,
        )
        with session.err.status("Checking and planning …"):
            answer = desk.submit(wish)
    _say(session, answer, output, files)


def _who_asks(desk: Desk, tenant: str | None) -> TenantName:
    """Raises InputError where nobody says it."""
    found = TenantName(tenant) if tenant is not None else desk.tenant
    if found is None:
        raise InputError("say whose request it is: --tenant")
    return found


@app.command("show", cls=PlainCommand)
def show_command(context: typer.Context, request: _Id, *, output: Output = Format.TABLE) -> None:
    """Show a request: what is asked for and why, what it costs and leaves over, its plan, and what was decided."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        found, now = tenantry.desk().show(RequestId(request)), tenantry.now()
    if output is not Format.TABLE:
        print_document(session.out, found.document, output)
        return
    shown = view.Shown(request=found.request, plan=found.plan, now=now, forms=found.forms, actions=found.actions)
    view.print_request(session.out, shown, Names(tenants=found.names))


@app.command("diff", cls=PlainCommand)
def diff_command(context: typer.Context, request: _Id, *, output: Output = Format.TABLE) -> None:
    """Show what a request changes: its manifests beside those in force, line by line, and what it would do in the clouds."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        found = tenantry.desk().changes(RequestId(request))
    if output is not Format.TABLE:
        print_document(session.out, found.document, output)
        return
    comparison_view.print_comparison(session.out, found.comparison)
    if found.plan:
        plan_view.print_plan(
            session.out, view.without_others(found.plan), Names(tenants=found.names), detail=Detail.ALIKE
        )


@app.command("list", cls=PlainCommand)
def list_command(
    context: typer.Context,
    *,
    state: Annotated[
        list[State] | None,
        typer.Option("--state", help="Only requests in this state; may be given more than once.", show_default=False),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", "-t", metavar="TENANT", help="Only this tenant's requests.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="At most so many.", min=1)] = 50,
    output: Output = Format.TABLE,
) -> None:
    """List requests, the newest first, with the day that each review is due."""
    session = session_of(context)
    wanted = Wanted(states=tuple(state or ()), tenant=TenantName(tenant) if tenant else None)
    with Tenantry(session.settings) as tenantry:
        found, now = tenantry.desk().listed(wanted, limit), tenantry.now()
    if output is Format.TABLE:
        view.print_requests(session.out, [each.request for each in found], now=now)
    else:
        print_document(session.out, {"requests": [each.document for each in found]}, output)


@app.command("approve", cls=PlainCommand)
def approve_command(
    context: typer.Context,
    request: _Id,
    *,
    review: _As,
    plan: _Plan,
    comment: _Comment = "",
    authority: _Authority = "",
    actor: _By = None,
    output: Output = Format.TABLE,
) -> None:
    """Approve a request in one of its two reviews. The two are made by different people, and by nobody who asked for it.

    [bold]tenantry request approve 01j... --review administrative --plan 3f9ac2d41b07[/]
    """
    said = Judgement(
        request=RequestId(request),
        act=Act.APPROVE,
        review=review.value,
        fingerprint=plan,
        comment=comment,
        authority=authority,
    )
    _review(session_of(context), said, actor, output)


def _objection(act: Act) -> Callable[..., None]:
    """The command of a reviewer who does not approve, and has to say why."""

    def command(
        context: typer.Context,
        request: _Id,
        *,
        review: _As,
        plan: _Plan,
        reason: _Reason,
        authority: _Authority = "",
        actor: _By = None,
        output: Output = Format.TABLE,
    ) -> None:
        said = Judgement(
            request=RequestId(request),
            act=act,
            review=review.value,
            fingerprint=plan,
            comment=reason,
            authority=authority,
        )
        _review(session_of(context), said, actor, output)

    return command


app.command(
    "reject",
    cls=PlainCommand,
    help="Reject a request for good, with the reason. What it had reserved is free again.",
)(_objection(Act.REJECT))
app.command(
    "ask-changes",
    cls=PlainCommand,
    help="Give a request back to be changed and submitted again; what it reserved stays so until it expires.",
)(_objection(Act.ASK_CHANGES))


@app.command("withdraw", cls=PlainCommand)
def withdraw_command(
    context: typer.Context, request: _Id, *, comment: _Comment = "", actor: _By = None, output: Output = Format.TABLE
) -> None:
    """Take a request back that is not carried out yet. What it had reserved is free again."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        answer = tenantry.desk(actor).withdraw(RequestId(request), comment)
    _say(session, answer, output)


@app.command("confirm", cls=PlainCommand)
def confirm_command(
    context: typer.Context, request: _Id, *, comment: _Comment = "", actor: _By = None, output: Output = Format.TABLE
) -> None:
    """Confirm, for the unit that asked, that it has what it asked for: the request is then open."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        answer = tenantry.desk(actor).confirm(RequestId(request), comment)
    _say(session, answer, output)


@app.command("execute", cls=PlainCommand)
def execute_command(context: typer.Context, request: _Id, *, output: Output = Format.TABLE) -> None:
    """Carry an approved request out, and wait for its end; run again after an interruption, it goes on.

    The clouds are looked at again first. Where the plan would now differ from the approved one, nothing is done and the
    request returns to its first review, with the difference. Exit code 0: the clouds are as approved.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        desk = tenantry.desk()
        with session.err.status("Looking at the clouds and planning again …"):
            begun = desk.execute(RequestId(request))
        ended = begun if isinstance(begun, Declined) else _see_through(session, desk, begun)
    _say(session, ended, output)
    leave(EXIT_NOTHING if isinstance(ended, Told) and ended.request.state in _DONE else EXIT_ERROR)


def _see_through(session: Session, desk: Desk, begun: Begun) -> Told:
    """Show how the operations go on, until all have ended."""
    lines = begun.operations
    subjects = {each.id: (each.tenant, each.cloud) for each in lines}
    names = Names(tenants={each.tenant: each.display_name for each in lines})
    steps = sum(each.steps for each in lines)
    with (
        working(lambda: _leave_it(session, desk)),
        OperationsProgress(session.err, len(lines), names, steps=steps) as progress,
    ):
        return desk.see_through(
            begun,
            lambda states, done: progress.update(
                {subjects[each]: state for each, state in states.items() if each in subjects}, steps_done=done
            ),
        )


def _leave_it(session: Session, desk: Desk) -> NoReturn:
    if desk.works:
        session.err.print("Leaving: the operations under way here finish. The same command goes on from there.")
    else:
        session.err.print("Leaving: the service carries it out to its end without you.")
    raise Abort


@app.command("sweep", cls=PlainCommand)
def sweep_command(context: typer.Context) -> None:
    """End requests that waited too long, and note reviews that are due or overdue: for cron, every day or hour.

    Each is noted once, however often this runs and from however many places. The audit log has them as `request.expire`,
    `request.due` and `request.overdue`.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        deciding = tenantry.deciding()
        expired, noted = deciding.expire_due(), deciding.remind()
        deciding.carrying.conclude_all()
    for each in expired:
        session.out.print(f"{each} expired")
    for request, notice in noted:
        session.out.print(f"{request} {notice.value.removeprefix('request.')}")


def _review(session: Session, judgement: Judgement, actor: str | None, output: Format) -> None:
    """Raises InputError for a fingerprint that is too short to mean one plan alone; plans are shown with shorter ones, too."""
    if len(judgement.fingerprint) < ENOUGH:
        raise InputError(
            f"--plan: give at least {ENOUGH} characters of the fingerprint, as `tenantry request show` has it"
        )
    with Tenantry(session.settings) as tenantry:
        answer = tenantry.desk(actor).review(judgement)
    _say(session, answer, output)


def _say(session: Session, answer: Told | Declined, output: Format, files: dict[str, str] | None = None) -> None:
    """The request as it is now; leaves the command where nothing was done, with the reason."""
    if output is not Format.TABLE:
        print_document(session.out, answer.document, output)
    elif isinstance(answer, Told):
        view.print_state(session.out, answer.request)
    else:
        view.print_declined(session.err, answer.message, answer.shortfalls)
        problems_view.print_problems(session.err, answer.problems, files or {})
    if isinstance(answer, Declined):
        leave(EXIT_ERROR)
