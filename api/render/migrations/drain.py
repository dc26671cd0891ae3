"""A host that is to be emptied: who leaves it, who cannot, and whose servers they are."""

from collections.abc import Mapping
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.output import Document
from api.render.page import Column, Group, Page, Row, counted
from provisioner.moving.draining import DrainPlan, Leaving

_COLUMNS: Final = (
    Column(title="server", flexible=True),
    Column(title="tenant", flexible=True),
    Column(title="project", flexible=True),
    Column(title="state"),
    Column(title="flavor", expendable=1),
    Column(title="", flexible=True),
)


def print_plan(console: Console, plan: DrainPlan, *, disable: bool) -> None:
    """For people; `disable` where the host is to take no further server."""
    page, drain = Page(console), plan.drain
    goal = f" to host {drain.to}" if drain.to else ""
    page.line((f"Host {drain.host} of {drain.cloud}", "bold"), f"  {drain.mode}{goal}, {drain.at_once} at a time")
    if not plan.servers:
        page.line("No server is on it.")
        return
    page.table(_COLUMNS, [Group(rows=[_row(each) for each in plan.servers])], indent=2)
    strangers = sum(not each.known for each in plan.servers)
    stay = len(plan.servers) - len(plan.moving)
    page.gap()
    page.line(f"{counted(len(plan.moving), 'server')} would leave{f', {stay} would stay' if stay else ''}.")
    if strangers:
        page.line(
            (
                f"{counted(strangers, 'server')} of projects that no manifest names: they are moved like the others.",
                "yellow",
            )
        )
    if plan.takes_servers and not disable:
        page.line(
            (
                "Nova goes on putting servers on this host: --disable ends that, until somebody enables it again.",
                "yellow",
            )
        )


def as_document(plan: DrainPlan) -> Mapping[str, Document]:
    """For programs."""
    return {
        "cloud": plan.drain.cloud,
        "host": plan.drain.host,
        "to": plan.drain.to,
        "mode": plan.drain.mode.value,
        "takesServers": plan.takes_servers,
        "servers": [
            {
                "name": each.machine.name,
                "id": each.machine.id,
                "status": each.machine.status,
                "flavor": each.machine.flavor,
                "tenant": each.workload.tenant or None,
                "project": each.workload.project,
                "known": each.known,
                "obstacle": each.obstacle or None,
            }
            for each in plan.servers
        ],
    }


def _row(leaving: Leaving) -> Row:
    machine, workload = leaving.machine, leaving.workload
    return (
        machine.name,
        workload.tenant if leaving.known else ("in no manifest", "yellow"),
        workload.project,
        machine.status,
        machine.flavor,
        (f"stays: {say(leaving.obstacle)}", "bold red") if leaving.obstacle else "",
    )
