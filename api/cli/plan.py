"""`tenantry plan`: what would change, and why."""

from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.looking import say_age
from api.cli.options import Manifests, Output, Tenants
from api.cli.reading import chosen_tenants, show_problems, valid_manifests
from api.cli.session import EXIT_CHANGES, EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.render import plan as plan_view
from api.render.names import Names
from api.render.output import Format, print_document
from api.render.plan import Detail
from provisioner.plan import Plan
from provisioner.proposal import Manifests as ValidManifests
from provisioner.store.plans import StoredPlan
from provisioner.survey import Survey, clouds_in_use
from tenants.names import TenantName

#: From how many objects on, numbered members that are alike counted once, a plan is shown by the line, unless all of it is asked for.
_SUMMARY_FROM = 60


def plan_command(
    context: typer.Context,
    manifests: Manifests,
    *,
    tenant: Tenants = None,
    output: Output = Format.TABLE,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Plan from the last recorded look at the clouds; sends no request.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Every property, however long the plan.")] = False,
) -> None:
    """Show what would change in the clouds, and why; changes nothing.

    Exit code 0: nothing to do. 2: there are changes. 1: an error, or something refused.

    [bold]tenantry plan manifests/ --tenant market-regulation[/]
    """
    session = session_of(context)
    valid = valid_manifests(session, manifests, output)
    only = chosen_tenants(valid.city, tenant)
    with Tenantry(session.settings) as tenantry:
        stored, seen = propose(session, tenantry, valid, only, recorded=recorded, output=output)
    plan = stored.plan
    show_plan(session, plan, Names.of(valid.city), output, full=full)
    if recorded:
        say_age(session, seen, output)
    leave(EXIT_ERROR if any(plan.refusals) else EXIT_CHANGES if any(plan.actions) else EXIT_NOTHING)


def propose(  # what two commands give by name is clearer than a record made for one call
    session: Session,
    tenantry: Tenantry,
    valid: ValidManifests,
    only: frozenset[TenantName],
    *,
    recorded: bool = False,
    output: Format = Format.TABLE,
) -> tuple[StoredPlan, Survey]:
    """Look and plan, with a sign of life on a terminal; leaves the command where the clouds cannot give what is asked.

    Returns the plan with what was seen.
    """
    clouds = ", ".join(sorted(clouds_in_use(valid.city)))
    doing = "Planning from the last look at" if recorded else "Looking at"
    with session.err.status(f"{doing} {clouds} …"):
        proposal = tenantry.proposer(recorded=recorded).propose(valid, only)
    if proposal.problems:
        # Warnings are for people even where the plan is for a program; errors are all that there is to print.
        form = output if proposal.stored is None else Format.TABLE
        show_problems(session, proposal.problems, dict(valid.files), form)
    if proposal.stored is None:
        if recorded:
            say_age(session, proposal.survey, output)
        leave(EXIT_ERROR)
    return proposal.stored, proposal.survey


def show_plan(  # as for `propose`
    session: Session, plan: Plan, names: Names, output: Format, *, full: bool = False, brief: bool = False
) -> None:
    """Print a plan; where it is long, by the line, or only counted with `brief`, unless all of it is asked for."""
    if output is not Format.TABLE:
        print_document(session.out, plan_view.as_document(plan, names), output)
    elif full:
        plan_view.print_plan(session.out, plan, names)
    elif (told := plan_view.length(plan)) < _SUMMARY_FROM:
        plan_view.print_plan(session.out, plan, names, detail=Detail.ALIKE)
        if told < sum(1 for _ in plan.actions):
            session.out.print("Numbered members that are alike are shown once; --full shows each.", style="dim")
    elif brief:
        plan_view.print_plan(session.out, plan, names, detail=Detail.TOTALS)
    else:
        plan_view.print_plan(session.out, plan, names, detail=Detail.LINES)
        session.out.print("Shown by the line; --full shows every property.", style="dim")
