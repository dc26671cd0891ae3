"""A wave that has not moved: what moves where, what takes the place of what, what stays behind, and what keeps it from starting."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.migrations.documents import spread
from api.render.migrations.words import Called, bounded, kinds_of, size, way
from api.render.moments import lasting, moment
from api.render.output import Document
from api.render.page import Column, Group, Page, Row, counted
from api.render.quantity import amount, unit_of
from provisioner.migration.forecast import Forecast, Times
from provisioner.migration.workload import Disk, Machine
from provisioner.moving.starting import Planned, WavePlan
from provisioner.store.codec import resource_text
from tenants.resources import Resource
from tenants.wave import WaveSpec

_GIB: Final = 1024**3
_CLOCK: Final = "%Y-%m-%d %H:%M %Z"
_SERVERS: Final = (
    Column(title="server", flexible=True),
    Column(title="flavor"),
    Column(title="disks", flexible=True),
    Column(title="network", flexible=True),
    Column(title="host", expendable=1),
)


def print_plan(console: Console, plan: WavePlan, called: Called) -> None:
    """For people."""
    page, wave = Page(console), plan.wave
    page.line((f"{wave.display_name} ({wave.name})", "bold"), f"  {way(wave)}")
    for text in _terms(wave):
        page.line((text, "dim"), indent=2, hang=2)
    for each in plan.planned:
        page.gap()
        _print_planned(page, each, called)
    _print_obstacles(page, plan, called)
    if plan.moved:
        page.gap()
        page.line(f"Moved with an earlier start: {called.all(plan.moved)}", hang=2)
    page.gap()
    page.line(summary(plan))
    if plan.forecast is not None:
        _print_forecast(page, plan.forecast, called)


def summary(plan: WavePlan) -> str:
    """`2 applications move: 5 servers, 9 disks of 120 GiB in all`."""
    stopped = {each.application for each in plan.obstacles}
    moving = [each for each in plan.planned if each.member.application not in stopped]
    machines = [machine for each in moving for machine in each.workload.machines]
    disks = [disk for machine in machines for disk in machine.disks]
    held = sum(disk.size for disk in disks) * _GIB
    moves = counted(len(moving), "application")
    what = f"{counted(len(machines), 'server')}, {counted(len(disks), 'disk')} of {size(held)} in all"
    if not plan.obstacles:
        return f"{moves} would move: {what}." if plan.planned else "Nothing is left to move."
    others = f" The others: {moves}, {what}." if moving else ""
    return f"The wave cannot start: {counted(len(stopped), 'application')} of it cannot move as the wave says.{others}"


def as_document(plan: WavePlan, called: Called) -> Mapping[str, Document]:
    """For programs."""
    return {
        "wave": plan.wave.name,
        "displayName": plan.wave.display_name,
        "mode": plan.wave.mode.value,
        "applications": [_document(each, called) for each in plan.planned],
        "forecast": None if plan.forecast is None else _forecast_document(plan.forecast),
        "obstacles": [
            {"application": each.application, "message": each.message, "remedy": each.remedy} for each in plan.obstacles
        ],
        "moved": list(plan.moved),
    }


def _print_forecast(page: Page, forecast: Forecast, called: Called) -> None:
    end = forecast.end
    if end.likely is not None:
        latest = "it may not all fit into the window" if end.high is None else f"at the latest {moment(end.high)}"
        page.line(f"Started now, all serve at {moment(end.likely)}, {latest}.")
    if forecast.late:
        page.line(("! ", "yellow"), f"What may not move within the window: {called.all(forecast.late)}.", hang=2)
    for name, others in forecast.behind.items():
        page.line(f"{called.full(name)} waits for {called.all(others)}.", indent=2, hang=2)


def _terms(wave: WaveSpec) -> Iterator[str]:
    if wave.window is not None:
        # By the clocks that the wave names, as whoever wrote it reads it there.
        yield f"cutovers from {wave.window.start:{_CLOCK}} to {wave.window.end:{_CLOCK}}"
    limits = wave.limits
    yield (
        f"at once: {counted(limits.applications, 'application')}, {limits.per_source_host} from a host, "
        f"{limits.per_target_host} to a host, {counted(limits.per_link, 'disk')} between the clouds"
        f"{f', {size(limits.bandwidth)}/s' if limits.bandwidth else ''}"
    )
    if not wave.mode.within and wave.source is not None:
        who = f" by {' or '.join(wave.sign_off)}" if wave.sign_off else ""
        yield f"sources are kept for {lasting(wave.retention)}, and until it is signed off{who}"


def _print_planned(page: Page, planned: Planned, called: Called) -> None:
    source, target = planned.workload, planned.bindings
    name = called.full(planned.member.application)
    page.line((name, "bold"), f"  {source.project} in {source.cloud} to {target.project} in {target.cloud}")
    page.table(_SERVERS, [Group(rows=[_server(planned, each) for each in source.machines])], indent=2)
    for each in target.left:
        page.line(
            ("left behind: ", "yellow"),
            f"{each.what} {each.before} of {each.subject}: {say(each.why)}",
            indent=2,
            hang=4,
        )
    for found in planned.warnings:
        page.line(("! ", "yellow"), say(found.words), indent=2, hang=2)
        if found.remedy:
            page.line(("= ", "blue"), say(found.remedy), indent=4, hang=2)
    _print_room(page, planned)
    _print_times(page, planned)
    kinds = kinds_of(each.spec.kind for each in planned.steps)
    page.line((f"{counted(len(planned.steps), 'step')}: {kinds}", "dim"), indent=2, hang=4)


def _of_type(resource: Resource) -> str:
    """Cinder limits volumes of each type by themselves, beside all together."""
    return "" if resource.volume_type is None else f" of {resource.volume_type}"


def _print_room(page: Page, planned: Planned) -> None:
    """What it needs of quotas, that which only serves the migration included; it is kept until it is built."""
    for (cloud, project), amounts in sorted(planned.needed.items()):
        places = {(each.cloud, each.project_id): each.project for each in (planned.workload, planned.bindings)}
        needs = ", ".join(
            f"{resource.name}{_of_type(resource)} {amount(number, unit_of(resource))}"
            for resource, number in sorted(amounts.items(), key=str)
        )
        name = places.get((cloud, project), project)
        if needs:
            page.line((f"room in {name} of {cloud}: ", "dim"), needs, indent=2, hang=4)


def _print_times(page: Page, planned: Planned) -> None:
    still, whole = bounded(planned.standstill), bounded(planned.whole)
    if still:
        page.line(("stands still for ", "dim"), still, (", takes ", "dim"), whole, (" in all", "dim"), indent=2, hang=4)


def _server(planned: Planned, machine: Machine) -> Row:
    bound = planned.bindings.machines[machine.subject]
    networks = [
        _becomes(each.network, planned.bindings.interfaces[each.subject].network)
        + "".join(
            f" {address.address}" for address in planned.bindings.interfaces[each.subject].addresses if address.address
        )
        for each in machine.interfaces
    ]
    return (
        machine.name,
        _becomes(machine.flavor, bound.flavor),
        ", ".join(_disk(planned, each) for each in machine.disks),
        ", ".join(networks),
        _becomes(machine.host or "", bound.host or machine.host or "")
        if planned.bindings.cloud == planned.workload.cloud
        else machine.host or "",
    )


def _disk(planned: Planned, disk: Disk) -> str:
    bound = planned.bindings.disks[disk.subject]
    types = _becomes(disk.volume_type or "", bound.volume_type or "")
    root = "root image" if disk.volume is None else types
    return f"{disk.size} GiB {root}".rstrip()


def _becomes(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _print_obstacles(page: Page, plan: WavePlan, called: Called) -> None:
    by_application: dict[str, list[tuple[str, str]]] = {}
    for each in plan.obstacles:
        by_application.setdefault(each.application, []).append((each.message, each.remedy))
    for name, obstacles in by_application.items():
        page.gap()
        page.line((called.full(name), "bold"), "  ", ("cannot move", "bold red"))
        for message, remedy in obstacles:
            page.line(("x ", "bold red"), say(message), indent=2, hang=2)
            if remedy:
                page.line(("= ", "blue"), say(remedy), indent=4, hang=2)


def _document(planned: Planned, called: Called) -> Document:
    source, target = planned.workload, planned.bindings
    return {
        "application": planned.member.application,
        "displayName": called.display(planned.member.application),
        "source": {"cloud": source.cloud, "project": source.project},
        "target": {"cloud": target.cloud, "project": target.project},
        "servers": [_server_document(planned, each) for each in source.machines],
        "left": [
            {"subject": each.subject, "what": each.what, "before": each.before, "why": each.why} for each in target.left
        ],
        "warnings": [
            {"subject": each.subject, "message": each.message, "remedy": each.remedy} for each in planned.warnings
        ],
        "room": [
            {
                "cloud": cloud,
                "project": project,
                "amounts": {resource_text(resource): number for resource, number in amounts.items()},
            }
            for (cloud, project), amounts in planned.needed.items()
        ],
        "secondsStandstill": spread(planned.standstill),
        "secondsWhole": spread(planned.whole),
        "steps": [{"step": each.spec.kind.value, "subject": each.spec.subject} for each in planned.steps],
    }


def _forecast_document(forecast: Forecast) -> Document:
    return {
        "end": _times(forecast.end),
        "applications": {name: _times(each) for name, each in forecast.ends.items()},
        "late": list(forecast.late),
        "behind": {name: list(others) for name, others in forecast.behind.items()},
    }


def _times(times: Times) -> Document:
    found = {"low": times.low, "likely": times.likely, "high": times.high}
    return {bound: None if at is None else at.isoformat() for bound, at in found.items()}


def _server_document(planned: Planned, machine: Machine) -> Document:
    bound = planned.bindings.machines[machine.subject]
    disks: Sequence[Document] = [
        {
            "subject": each.subject,
            "sizeGiB": each.size,
            "volume": each.name if each.volume else None,
            "volumeType": {"before": each.volume_type, "after": planned.bindings.disks[each.subject].volume_type},
        }
        for each in machine.disks
    ]
    networks: Sequence[Document] = [
        {
            "subject": each.subject,
            "before": each.network,
            "after": planned.bindings.interfaces[each.subject].network,
            "addresses": [address.address for address in planned.bindings.interfaces[each.subject].addresses],
            "mac": planned.bindings.interfaces[each.subject].mac,
        }
        for each in machine.interfaces
    ]
    return {
        "name": machine.name,
        "status": machine.status,
        "flavor": {"before": machine.flavor, "after": bound.flavor},
        "host": machine.host,
        "disks": disks,
        "networks": networks,
    }
