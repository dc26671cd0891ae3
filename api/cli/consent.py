"""Consent to a plan: one yes for all of it, and the name of every object that it deletes, typed or given by `--confirm`."""

import shlex
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort

from api.cli.interruption import EXIT_INTERRUPTED, asking
from api.cli.session import EXIT_ERROR, Session, leave
from api.render.deletions import Deletion, to_confirm, unconfirmed
from api.render.names import Names
from api.render.page import Page, counted
from provisioner.errors import InputError
from provisioner.plan import Plan

_NOTHING = "Nothing was applied."

Confirmed = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        metavar="NAME",
        help="Consent to the deletion of the object of this name; once for each that the plan deletes.",
        show_default=False,
    ),
]


def must_consent(session: Session, plan: Plan, names: Names, *, yes: bool, confirmed: Sequence[str]) -> None:
    """Ask for what was not consented to beforehand. Leaves the command on a no, and on a name that is another.

    Raises InputError where there is nobody to ask, and where `yes` stands without the names of what is deleted: a script
    that always says yes is not to delete what it never heard of.
    """
    if not any(section.applicable for section in plan.sections):
        return
    missing = unconfirmed(to_confirm(plan, names), confirmed)
    if yes:
        if missing:
            raise InputError(f"--yes alone deletes nothing. {_asked_for(missing)}")
        return
    if not sys.stdin.isatty():
        also = f"; {_asked_for(missing)}" if missing else ""
        raise InputError(f"there is nobody to ask for consent: look at the plan, then run again with --yes{also}")
    try:
        with asking():
            agreed = typer.confirm("Apply this plan?", err=True) and _all_named(session, missing)
    except Abort:
        # Ctrl-C, or the end of input: a no as well, on the line of the question.
        session.err.print(f"\n{_NOTHING}")
        leave(EXIT_INTERRUPTED)
    if not agreed:
        session.err.print(_NOTHING)
        leave(EXIT_ERROR)


def _all_named(session: Session, deletions: Sequence[Deletion]) -> bool:
    """Whether the name of each is typed; the first that is not ends the questions."""
    if not deletions:
        return True
    page = Page(session.err)
    page.line((f"This deletes {counted(len(deletions), 'object')}. Type the name of each to consent:", "bold red"))
    for each in deletions:
        page.line((f"- {each.what}", "bold"), (f"  ({each.where})", "dim"), indent=2, hang=2)
        typed = typer.prompt("    name", default="", show_default=False, err=True)
        if typed != each.name:
            page.line(f'That is not "{each.name}".')
            return False
    return True


def _asked_for(missing: Sequence[Deletion]) -> str:
    """What a script has to say, ready to be copied, and what each of it stands for."""
    options = " ".join(f"--confirm {shlex.quote(each.name)}" for each in missing)
    by_place: dict[str, list[str]] = {}
    for each in missing:
        by_place.setdefault(each.where, []).append(each.what)
    what = "; ".join(f"in {where}: {'; '.join(listed)}" for where, listed in by_place.items())
    return (
        f"The plan deletes {counted(len(missing), 'object')} more than was confirmed, {what}. To consent, add {options}"
    )
