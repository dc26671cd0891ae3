"""One application as it is, beside what its manifest asks for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render import probes as probes_view
from api.render.changes import value_text
from api.render.moments import moment
from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from api.render.quantity import UNKNOWN, amount
from monitoring.applications import ApplicationStatus, Need, PartStatus, ServerStatus, Standing, VolumeStatus
from provisioner.diff import Difference
from provisioner.kinds import floating_ip, port, server_group
from provisioner.kinds.wording import property_text
from provisioner.objects import Value
from provisioner.probing.readings import Reading
from tenants.application import Management
from tenants.presence import Presence
from tenants.resources import Unit

_INDENT: Final = 2
_WORDS: Final[Mapping[Standing, tuple[str, str]]] = {
    Standing.MATCHES: ("as asked", "green"),
    Standing.DIFFERS: ("differs", "bold yellow"),
    Standing.MISSING: ("missing", "bold red"),
    Standing.LEAVING: ("to be deleted", "yellow"),
    Standing.KEPT: ("kept", "dim"),
    Standing.SURPLUS: ("beyond the count", "yellow"),
    Standing.AMBIGUOUS: ("several of this name", "bold magenta"),
    Standing.UNREADABLE: ("unreadable", "bold magenta"),
}
#: States of Nova and Cinder that are no cause for concern.
_WELL: Final = frozenset({"ACTIVE", "in-use", "available"})
_BAD: Final = "ERROR"


def print_application(console: Console, status: ApplicationStatus, readings: Iterable[Reading], names: Names) -> None:
    """What it is and needs, its servers, volumes and addresses, where they differ, and what its probes last found."""
    page = Page(console)
    _print_head(page, status, names)
    _print_servers(page, status.servers)
    _print_volumes(page, status.volumes)
    _print_others(page, status)
    _print_probes(page, status, tuple(readings))
    page.gap()
    _print_differences(page, status)
    page.line((_totals(status), "bold"))


def as_document(status: ApplicationStatus, readings: Iterable[Reading], names: Names) -> Mapping[str, Document]:
    """The same for programs: sizes in GiB, times with their zone, `standing` as `monitoring.applications.Standing` has it."""
    spec, project = status.spec, status.project
    return {
        "application": spec.name,
        "displayName": spec.display_name,
        "tenant": status.tenant.name,
        "tenantDisplayName": names.display(status.tenant.name),
        "project": project.name,
        "keystoneName": project.keystone_name,
        "cloud": project.cloud,
        "zone": project.zone,
        "protectionLevel": spec.protection_level,
        "system": spec.system,
        "manage": spec.management.value,
        "state": spec.presence.value,
        "projectThere": status.project_there,
        "seenAt": status.observation.at.isoformat() if status.observation else None,
        "dependsOn": [_need_document(each) for each in status.needs],
        "neededBy": [_need_document(each) for each in status.needed_by],
        "servers": [_server_document(each) for each in status.servers],
        "volumes": [_volume_document(each) for each in status.volumes],
        "floatingIPs": [_part_document(each) for each in status.of_kind(floating_ip.NAME)],
        "serverGroups": [_part_document(each) for each in status.of_kind(server_group.NAME)],
        "ports": [_part_document(each) for each in status.of_kind(port.NAME)],
        "probes": probes_view.as_document(spec, readings)["probes"],
    }


def _print_head(page: Page, status: ApplicationStatus, names: Names) -> None:
    spec, project = status.spec, status.project
    zone = project.site.display_name if project.site else project.zone
    said = [f"level {spec.protection_level}"]
    said += ["only described"] if spec.management is Management.OBSERVE else []
    said += ["to be taken away"] if spec.presence is Presence.ABSENT else []
    page.line((f"{spec.display_name} ({spec.name})", "bold"), ("  " + ", ".join(said), "dim"))
    page.line(
        f"{names.full(status.tenant.name)}: project ",
        (project.name, "cyan"),
        f" on {project.cloud}, {zone}",
        (f"  (Keystone: {project.keystone_name})", "dim"),
        indent=_INDENT,
        hang=_INDENT,
    )
    for title, needs in (("depends on ", status.needs), ("needed by ", status.needed_by)):
        if needs:
            page.line((title, "dim"), ", ".join(map(_need, needs)), indent=_INDENT, hang=_INDENT)
    if status.project_there is False:
        page.line(("the project is not there yet", "bold red"), indent=_INDENT)


def _need(need: Need) -> str:
    return f"{need.spec.display_name} ({need.name})" if need.spec else f"{need.name} (not described here)"


def _print_servers(page: Page, servers: Sequence[ServerStatus]) -> None:
    columns = (
        Column(title="server", flexible=True),
        Column(title="state"),
        Column(title="flavor", expendable=1),
        Column(title="zone", expendable=3),
        Column(title="addresses", flexible=True),
        Column(title="floating IP"),
        Column(title="volumes", flexible=True, expendable=2),
        Column(title=""),
    )
    rows = [
        (
            each.part.name,
            _state(each.state, each.task),
            _beside(each.flavor, each.part.asked.get("flavor")),
            _beside(each.availability_zone, each.part.asked.get("availabilityZone")),
            _listed(each.fixed_addresses),
            _listed(each.floating_addresses),
            _listed(each.volumes),
            _WORDS[each.part.standing],
        )
        for each in servers
    ]
    _table(page, columns, rows)


def _print_volumes(page: Page, volumes: Sequence[VolumeStatus]) -> None:
    columns = (
        Column(title="volume", flexible=True),
        Column(title="state"),
        Column(title="size", right=True),
        Column(title="type", expendable=1),
        Column(title="attached to", flexible=True),
        Column(title=""),
    )
    rows = [
        (
            each.part.name,
            _state(each.state),
            _beside(_size(each.size), _size(each.part.asked.get("size"))),
            _beside(each.volume_type, each.part.asked.get("type")),
            _listed(each.servers),
            _WORDS[each.part.standing],
        )
        for each in volumes
    ]
    _table(page, columns, rows)


def _print_others(page: Page, status: ApplicationStatus) -> None:
    """Floating IPs and server groups; ports only where their servers do not show what there is to say of them."""
    addresses = [
        (each.name, _said(each, "address"), _said(each, "port"), _WORDS[each.standing])
        for each in status.of_kind(floating_ip.NAME)
    ]
    titles = ("floating IP", "address", "leads to", "")
    _table(page, [Column(title=each, flexible=True) for each in titles], addresses)
    groups = [(each.name, _said(each, "policy"), _WORDS[each.standing]) for each in status.of_kind(server_group.NAME)]
    _table(page, [Column(title=each, flexible=True) for each in ("server group", "policy", "")], groups)
    ports = [
        (each.name, _said(each, "address"), _WORDS[each.standing])
        for each in status.of_kind(port.NAME)
        if each.standing not in {Standing.MATCHES, Standing.LEAVING}
    ]
    _table(page, [Column(title=each, flexible=True) for each in ("port", "address", "")], ports)


def _print_probes(page: Page, status: ApplicationStatus, readings: Sequence[Reading]) -> None:
    """What the probes that the manifest has last found, and which were never asked."""
    asked = {each.probe for each in readings}
    if unasked := [each.name for each in status.spec.probes if each.name not in asked]:
        page.gap()
        line = f"never asked: {', '.join(unasked)} (tenantry probe {status.spec.name})"
        page.line(("probes ", "dim"), line, indent=_INDENT, hang=_INDENT)
    if not readings:
        return
    columns = [Column(title=each, flexible=True) for each in ("probe", "server", "result", "reason")]
    rows = [
        (
            each.probe,
            each.server or each.address or UNKNOWN,
            (each.finding.result, probes_view.STYLES[each.finding.result]),
            say(each.finding.reason),
            moment(each.at),
        )
        for each in readings
    ]
    _table(page, [*columns, Column(title="asked at")], rows)


def _print_differences(page: Page, status: ApplicationStatus) -> None:
    """What is not as asked, property by property, and why servers are in trouble."""
    for part in status.parts:
        for difference in part.differences:
            page.line(("~ ", "yellow"), f"{part.kind} {part.name}: {_difference(difference)}", indent=_INDENT, hang=4)
    for server in status.servers:
        if server.fault and server.state == _BAD:
            page.line(("! ", "bold red"), f"server {server.part.name}: {server.fault}", indent=_INDENT, hang=4)


def _difference(found: Difference) -> str:
    """`flavor is small, not large`."""
    name = property_text(found.address, found.property)
    actual, expected = (value_text(found.address, found.property, each) for each in (found.actual, found.expected))
    if isinstance(found.expected, bool) and " " in found.property:
        return f"{name} is {'missing' if found.expected else 'there'}"
    return f"{name} is {actual}, not {expected}"


def _totals(status: ApplicationStatus) -> str:
    """`4 servers: 3 as asked, 1 missing. 2 volumes: 2 as asked.`."""
    return " ".join(
        _counted(what, [each.part for each in listed])
        for what, listed in (("server", status.servers), ("volume", status.volumes))
    )


def _counted(what: str, parts: Sequence[PartStatus]) -> str:
    if not parts:
        return f"No {what}s."
    count = Counter(each.standing for each in parts)
    said = [f"{count[each]} {_totalled(each, count[each])}" for each in Standing if count[each]]
    return f"{counted(len(parts), what)}: {', '.join(said)}."


def _totalled(standing: Standing, number: int) -> str:
    """How many of a standing are called: one differs, two differ."""
    return "differ" if standing is Standing.DIFFERS and number > 1 else _WORDS[standing][0]


def _table(page: Page, columns: Sequence[Column], rows: Sequence[Sequence[Part]]) -> None:
    if rows:
        page.gap()
        page.table(columns, [Group(rows=rows)], indent=_INDENT)


def _state(state: str | None, task: str | None = None) -> Part:
    if state is None:
        return UNKNOWN
    style = "green" if state in _WELL else "bold red" if state.upper().startswith(_BAD) else "yellow"
    return (f"{state} ({task})" if task else state, style)


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts) or UNKNOWN


def _beside(seen: str | None, asked: Value) -> str:
    """What is there; with what is asked for where that is something else, or alone and in brackets where nothing is."""
    if seen is None:
        return UNKNOWN if asked is None else f"({asked})"
    return seen if asked in {None, seen} else f"{seen}, not {asked}"


def _size(gibibytes: Value) -> str | None:
    return amount(gibibytes, Unit.GIBIBYTE) if isinstance(gibibytes, int) else None


def _said(part: PartStatus, name: str) -> str:
    """What is there, or else what is asked for."""
    value = part.seen.get(name, part.asked.get(name))
    return UNKNOWN if value is None else str(value)


def _need_document(need: Need) -> Document:
    return {"application": need.name, "displayName": need.spec.display_name if need.spec else None}


def _part_document(part: PartStatus) -> Mapping[str, Document]:
    return {
        "name": part.name,
        "standing": part.standing.value,
        "asked": dict(part.asked),
        "seen": dict(part.seen),
        "differences": [
            {"property": each.property, "asked": each.expected, "seen": each.actual} for each in part.differences
        ],
    }


def _server_document(each: ServerStatus) -> Document:
    return {
        **_part_document(each.part),
        "state": each.state,
        "task": each.task,
        "fault": each.fault,
        "flavor": each.flavor,
        "image": each.image,
        "availabilityZone": each.availability_zone,
        "fixedAddresses": list(each.fixed_addresses),
        "floatingAddresses": list(each.floating_addresses),
        "volumes": list(each.volumes),
    }


def _volume_document(each: VolumeStatus) -> Document:
    return {
        **_part_document(each.part),
        "state": each.state,
        "sizeGiB": each.size,
        "type": each.volume_type,
        "servers": list(each.servers),
    }
