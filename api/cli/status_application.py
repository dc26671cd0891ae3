"""`tenantry status APPLICATION`: what one application has, beside what its manifest asks for."""

from collections.abc import Sequence

from api.bootstrap import Tenantry
from api.cli.session import Session
from api.render import applications as applications_view
from api.render.names import Names
from api.render.output import Format, print_document
from monitoring.applications import application_status, narrowed
from provisioner.store import probes
from provisioner.survey import Survey, clouds_in_use, recorded_survey, survey
from tenants.names import ApplicationName
from tenants.spec import City


def show_applications(
    session: Session,
    tenantry: Tenantry,
    city: City,
    names: Sequence[ApplicationName],
    *,
    recorded: bool,
    output: Format,
) -> Survey:
    """Look at the projects that hold these applications, or at the last look on record, and print what there is."""
    wanted = narrowed(city, names)
    clouds = clouds_in_use(wanted)
    if recorded:
        seen = recorded_survey(tenantry.database, clouds)
    else:
        with session.err.status("Looking at the clouds …"):
            seen = survey(wanted, clouds, tenantry.connect, now=tenantry.now)
    with tenantry.database.transaction() as connection:
        readings = {name: probes.latest(connection, name) for name in names}
    shown = Names.of(city)
    statuses = {name: application_status(city, name, seen.observations) for name in names}
    if output is not Format.TABLE:
        documents = [applications_view.as_document(each, readings[name], shown) for name, each in statuses.items()]
        print_document(session.out, {"applications": documents}, output)
        return seen
    for number, (name, each) in enumerate(statuses.items()):
        if number:
            session.out.print()
        applications_view.print_application(session.out, each, readings[name], shown)
    return seen
