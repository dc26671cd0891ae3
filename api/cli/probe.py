"""`tenantry probe`: whether an application works, asked from this machine."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import typer

from api.bootstrap import Tenantry
from api.cli.interruption import leave_at_once, working
from api.cli.options import Output
from api.cli.reading import valid_manifests
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.render import probes as probes_view
from api.render.output import Format, print_document
from provisioner.baseline import baseline
from provisioner.errors import CloudError, InputError
from provisioner.probing.checks import checks_of, needs_sight
from provisioner.probing.look import look
from provisioner.probing.readings import Result
from provisioner.probing.run import Prober
from provisioner.probing.sight import Sight
from provisioner.store import probes
from tenants.application import ApplicationSpec, ProbeSpec
from tenants.language.report import choose
from tenants.names import ApplicationName
from tenants.presence import Presence
from tenants.spec import City

_LONGEST: Final = 300


def probe_command(
    context: typer.Context,
    application: Annotated[str, typer.Argument(help="The application's name.", show_default=False)],
    manifests: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Manifests that describe it; what was last applied where none are named.", show_default=False
        ),
    ] = None,
    *,
    probe: Annotated[
        list[str] | None,
        typer.Option(
            "--probe", metavar="NAME", help="Only this probe; may be given more than once.", show_default=False
        ),
    ] = None,
    timeout: Annotated[
        int | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=1,
            max=_LONGEST,
            help="What an answer may take, in place of what the manifest says.",
            show_default=False,
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask an application whether it works: its probes, all at once, from this machine.

    Servers are asked at their floating IP, or at their fixed address where they have none. Commands run in guests over
    SSH by Ansible. What is found is kept. A probe that could not be asked is [bold]unknown[/].

    Exit code 0: every probe passed. 1: one failed or is unknown, or an error.
    """
    session = session_of(context)
    stop = Event()
    with Tenantry(session.settings) as tenantry:
        city = _city(session, tenantry, manifests, output)
        asked = _application(city, application)
        wanted = _probes(asked, probe, timeout)
        access = tenantry.ssh_access()
        with session.err.status("Asking …"), working(lambda: _first(stop)):
            sight = _sight(tenantry, city, asked) if needs_sight(wanted) else Sight()
            prober = Prober(access=access, now=tenantry.now, stopped=stop.is_set)
            readings = prober.ask(checks_of(asked, wanted, sight))
        if stop.is_set():
            leave_at_once()
        with tenantry.database.transaction() as connection:
            probes.record(connection, readings)
    if output is Format.TABLE:
        probes_view.print_readings(session.out, asked, readings)
    else:
        print_document(session.out, probes_view.as_document(asked, readings), output)
    leave(EXIT_NOTHING if all(each.finding.result is Result.PASSED for each in readings) else EXIT_ERROR)


def _city(session: Session, tenantry: Tenantry, manifests: list[Path] | None, output: Format) -> City:
    if manifests:
        return valid_manifests(session, manifests, output).city
    city = baseline(tenantry.database)
    if city is None:
        raise InputError("nothing was applied yet: name the manifests that describe the application")
    return city


def _application(city: City, name: str) -> ApplicationSpec:
    found = city.applications.get(ApplicationName(name))
    if found is None:
        raise InputError(f"no manifest describes the application {name}; {choose(name, city.applications)}")
    if found.presence is Presence.ABSENT:
        raise InputError(f"the application {name} is to be absent: there is nothing to ask")
    return found


def _probes(application: ApplicationSpec, names: list[str] | None, timeout: int | None) -> Sequence[ProbeSpec]:
    known = {str(each.name): each for each in application.probes}
    if not known:
        raise InputError(f"the application {application.name} has no probes: write them below spec.probes")
    for name in names or ():
        if name not in known:
            raise InputError(f"the application {application.name} has no probe {name}; {choose(name, known)}")
    chosen = [each for name, each in known.items() if not names or name in names]
    return chosen if timeout is None else [replace(each, timeout=timeout) for each in chosen]


def _sight(tenantry: Tenantry, city: City, application: ApplicationSpec) -> Sight:
    """Where the servers are, by a fresh look at the project's cloud."""
    projects = city.tenants[application.owner].projects
    project = next(each for each in projects if application in each.applications)
    cloud = city.clouds[project.cloud]
    try:
        return look(tenantry.connect(cloud), cloud.domain, project.keystone_name)
    except CloudError as error:
        return Sight(obstacle=str(error))


def _first(stop: Event) -> bool:
    """Ask what is under way to stop; whether this was the first time."""
    first = not stop.is_set()
    stop.set()
    return first
