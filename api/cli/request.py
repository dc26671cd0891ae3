"""`tenantry request`: departments ask, reviewers decide, operators have it carried out, departments confirm.

Works directly on the database. Whoever runs a command acts in their own name; with `--actor`, in the name of somebody who
told them to, which the audit log says. The rules between requester and reviewers hold by these names.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.interruption import working
from api.cli.options import Output
from api.cli.reading import check
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.render import problems as problems_view
from api.render import requests as view
from api.render.names import Names
from api.render.output import Format, print_document
from provisioner.asking import Declined
from provisioner.operation import Actor
from provisioner.requests.deeds import Review, Submission
from provisioner.requests.request import Papers, Party, Request, RequestId
from provisioner.requests.states import Act, Role, State
from provisioner.store import plans, requests, revisions
from provisioner.store.requests import Filter
from tenants.names import TenantName
from tenants.spec import City
from tenants.validation import validate

app = typer.Typer(
    cls=PlainGroup, help="What departments ask for: submitted, reviewed, carried out, confirmed.", no_args_is_help=True
)


class ReviewKind(StrEnum):
    """The two reviews."""

    ADMINISTRATIVE = "administrative"
    TECHNICAL = "technical"


_ROLES = {
    ReviewKind.ADMINISTRATIVE: Role.ADMINISTRATIVE_REVIEWER,
    ReviewKind.TECHNICAL: Role.TECHNICAL_REVIEWER,
}

_Id = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.", show_default=False)]
_By = Annotated[
    str | None,
    typer.Option(
        "--actor",
        metavar="NAME",
        help="Who asked you to do this; without it, you. The audit log names both.",
        show_default=False,
    ),
]
_Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="A word for the record.")]
_Reason = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why; the department reads it.")]
_As = Annotated[ReviewKind, typer.Option("--review", help="Which of the two reviews this is.", show_default=False)]
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
        str,
        typer.Option(
            "--tenant", "-t", metavar="TENANT", help="Who asks; all of it is theirs or below.", show_default=False
        ),
    ],
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
        submission = Submission(
            tenant=TenantName(tenant),
            papers=Papers(files=files, attached=attached),
            by=_party(tenantry, actor),
            amends=RequestId(amends) if amends else None,
            comment=comment,
        )
        with session.err.status("Checking and planning …"):
            answer = tenantry.deciding().submit(submission)
        _say(session, answer, output, files)


@app.command("show", cls=PlainCommand)
def show_command(context: typer.Context, request: _Id, *, output: Output = Format.TABLE) -> None:
    """Show a request: what is asked for and why, what it costs and leaves over, its plan, and what was decided."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        with tenantry.database.transaction() as connection:
            found = requests.load(connection, RequestId(request))
            stored = plans.load(connection, found.plan) if found.plan else None
            revision = revisions.load(connection, stored.revision) if stored else None
        city = validate(revision.manifests(), revision.lookup).city if revision else None
        shown = view.Shown(
            request=found,
            plan=stored.plan if stored else None,
            city=city or City(clouds={}, tenants={}),
            now=tenantry.now(),
        )
    if output is Format.TABLE:
        view.print_request(session.out, shown, Names.of(shown.city))
    else:
        print_document(session.out, view.as_document(found, now=shown.now), output)


@app.command("list", cls=PlainCommand)
def list_command(
    context: typer.Context,
    *,
    state: Annotated[
        list[State] | None,
        typer.Option("--state", help="Only requests in this state; may be given more than once.", show_default=False),
    ] = None,
    tenant: Annotated[
        list[str] | None,
        typer.Option("--tenant", "-t", metavar="TENANT", help="Only this tenant's requests.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="At most so many.", min=1)] = 50,
    output: Output = Format.TABLE,
) -> None:
    """List requests, the newest first, with the day that each review is due."""
    session = session_of(context)
    wanted = Filter(states=state or None, tenants=[TenantName(each) for each in tenant or ()] or None, limit=limit)
    with Tenantry(session.settings) as tenantry, tenantry.database.transaction() as connection:
        found, now = requests.listed(connection, wanted), tenantry.now()
    if output is Format.TABLE:
        view.print_requests(session.out, found, now=now)
    else:
        listed = [view.as_document(each, now=now) for each in found]
        print_document(session.out, {"requests": listed}, output)


@app.command("approve", cls=PlainCommand)
def approve_command(
    context: typer.Context,
    request: _Id,
    *,
    review: _As,
    plan: _Plan,
    comment: _Comment = "",
    actor: _By = None,
    output: Output = Format.TABLE,
) -> None:
    """Approve a request in one of its two reviews. The two are made by different people, and by nobody who asked for it.

    [bold]tenantry request approve 01j... --review administrative --plan 3f9ac2d41b07[/]
    """
    _review(session_of(context), _Deciding(request, Act.APPROVE, review, plan, comment, actor), output)


@app.command("reject", cls=PlainCommand)
def reject_command(
    context: typer.Context,
    request: _Id,
    *,
    review: _As,
    plan: _Plan,
    reason: _Reason,
    actor: _By = None,
    output: Output = Format.TABLE,
) -> None:
    """Reject a request for good, with the reason. What it had reserved is free again."""
    _review(session_of(context), _Deciding(request, Act.REJECT, review, plan, reason, actor), output)


@app.command("ask-changes", cls=PlainCommand)
def ask_changes_command(
    context: typer.Context,
    request: _Id,
    *,
    review: _As,
    plan: _Plan,
    reason: _Reason,
    actor: _By = None,
    output: Output = Format.TABLE,
) -> None:
    """Give a request back to be changed and submitted again; what it reserved stays so until it expires."""
    _review(session_of(context), _Deciding(request, Act.ASK_CHANGES, review, plan, reason, actor), output)


@app.command("withdraw", cls=PlainCommand)
def withdraw_command(
    context: typer.Context, request: _Id, *, comment: _Comment = "", actor: _By = None, output: Output = Format.TABLE
) -> None:
    """Take a request back that is not carried out yet. What it had reserved is free again."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        by = _party(tenantry, actor)
        _say(session, tenantry.deciding().withdraw(RequestId(request), by, comment), output)


@app.command("confirm", cls=PlainCommand)
def confirm_command(
    context: typer.Context, request: _Id, *, comment: _Comment = "", actor: _By = None, output: Output = Format.TABLE
) -> None:
    """Confirm, for the unit that asked, that it has what it asked for: the request is then open."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        by = _party(tenantry, actor)
        _say(session, tenantry.deciding().confirm(RequestId(request), by, comment), output)


@app.command("execute", cls=PlainCommand)
def execute_command(context: typer.Context, request: _Id, *, output: Output = Format.TABLE) -> None:
    """Carry an approved request out, and wait for its end; run again after an interruption, it goes on.

    The clouds are looked at again first. Where the plan would now differ from the approved one, nothing is done and the
    request returns to its first review, with the difference. Exit code 0: the clouds are as approved.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        execution, deciding = tenantry.execution(), tenantry.deciding()
        with session.err.status("Looking at the clouds and planning again …"):
            begun = deciding.execute(RequestId(request), execution.approver)
        if isinstance(begun, Declined):
            _say(session, begun, output)
        elif begun.operations:
            execution.engine.launch({each.cloud for each in begun.operations})
            with working(lambda: _leave_it(session)), session.err.status("Carrying it out …"):
                execution.follow(each.id for each in begun.operations)
        ended = deciding.conclude(RequestId(request))
    _show(session, ended, output)
    leave(EXIT_NOTHING if ended.state in {State.TESTING, State.OPEN} else EXIT_ERROR)


def _leave_it(session: Session) -> NoReturn:
    session.err.print("Leaving: the operations under way here finish. The same command goes on from there.")
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
        deciding.conclude_all()
    for each in expired:
        session.out.print(f"{each} expired")
    for request, notice in noted:
        session.out.print(f"{request} {notice.value.removeprefix('request.')}")


class _Deciding:
    """A reviewer's decision as it was typed."""

    def __init__(self, request: str, act: Act, review: ReviewKind, plan: str, comment: str, actor: str | None) -> None:
        self.request, self.act, self.role = RequestId(request), act, _ROLES[review]
        self.plan, self.comment, self.actor = plan, comment, actor

    def by(self, party: Party) -> Review:
        """As somebody's."""
        return Review(
            request=self.request,
            act=self.act,
            role=self.role,
            by=party,
            fingerprint=self.plan,
            comment=self.comment,
        )


def _review(session: Session, decision: _Deciding, output: Format) -> None:
    with Tenantry(session.settings) as tenantry:
        review = decision.by(_party(tenantry, decision.actor))
        _say(session, tenantry.deciding().review(review), output)


def _party(tenantry: Tenantry, actor: str | None) -> Party:
    """Who acts, by name, and whose hand it was where that is another's."""
    if actor is None or actor == tenantry.actor:
        return Party(actor=tenantry.actor)
    return Party(actor=Actor(actor), entered_by=tenantry.actor)


def _say(session: Session, answer: Request | Declined, output: Format, files: dict[str, str] | None = None) -> None:
    """The request as it is now; leaves the command where nothing was done, with the reason."""
    if isinstance(answer, Request):
        _show(session, answer, output)
        return
    if output is not Format.TABLE:
        print_document(session.out, view.declined_as_document(answer), output)
    else:
        view.print_declined(session.err, answer)
        if answer.problems:
            problems_view.print_problems(session.err, answer.problems, files or {})
    leave(EXIT_ERROR)


def _show(session: Session, request: Request, output: Format) -> None:
    if output is Format.TABLE:
        view.print_state(session.out, request)
    else:
        print_document(session.out, view.as_document(request), output)
