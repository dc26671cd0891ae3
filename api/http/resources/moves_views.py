"""Waves, their starts and migrations put into the models that are answered. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from api.http.resources import moves_models as models
from api.http.resources import waves_models
from api.http.resources.operations import Evidence, Failed
from provisioner.migration.bindings import Bindings, Carry
from provisioner.migration.checks.findings import Finding
from provisioner.migration.estimate import Spread
from provisioner.migration.forecast import Forecast, Times
from provisioner.migration.migration import Migration, Run, Step, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Machine, Workload
from provisioner.moving.consent import fingerprint
from provisioner.moving.sighting import Line, Sight
from provisioner.moving.starting import Planned, WavePlan
from provisioner.operation import Failure
from tenants.names import ApplicationName
from tenants.spec import City
from tenants.wave import Mappings, PlaybookUse, SourcePlace, TargetPlace, WaveMember, WaveSpec

#: What applications are called by people.
Called = Mapping[ApplicationName, str]
#: Steps whose bytes are those that go from one place to the other; others read or write the same bytes once more.
_TRAVELLING: Final = frozenset({StepKind.COPY, StepKind.UPLOAD, StepKind.MOVE_LIVE})


def called(city: City | None) -> Called:
    """The names in the manifests in force."""
    return {} if city is None else {name: each.display_name for name, each in city.applications.items()}


def wave_line(wave: WaveSpec, under_way: str | None) -> waves_models.WaveLine:
    """A wave in a list."""
    return waves_models.WaveLine(
        name=wave.name,
        display_name=wave.display_name,
        owner=wave.owner,
        mode=wave.mode,
        source=None if wave.source is None else _source(wave.source),
        target=_target(wave.target),
        applications=tuple(each.application for each in wave.members),
        window=None if wave.window is None else waves_models.Window(start=wave.window.start, end=wave.window.end),
        under_way=under_way,
    )


def wave(spec: WaveSpec, under_way: str | None) -> waves_models.Wave:
    """A wave with all that its manifest says of how it moves; playbooks' variables are for those who write manifests."""
    limits = spec.limits
    return waves_models.Wave(
        **dict(wave_line(spec, under_way)),
        members=tuple(map(_member, spec.members)),
        limits=waves_models.WaveLimits(
            applications=limits.applications,
            per_source_host=limits.per_source_host,
            per_target_host=limits.per_target_host,
            per_link=limits.per_link,
            bandwidth=limits.bandwidth,
        ),
        mappings=_mappings(spec.mappings),
        keep_addresses=spec.mappings.keep_addresses,
        verification=spec.verification,
        playbooks=tuple(map(_playing, spec.playbooks)),
        probes=spec.probes,
        retention=int(spec.retention.total_seconds()),
        sign_off=spec.sign_off,
        may_pause=spec.may_pause,
    )


def plan(found: WavePlan, names: Called) -> waves_models.WavePlan:
    """What a wave would move."""
    expected = found.forecast
    return waves_models.WavePlan(
        wave=found.wave.name,
        display_name=found.wave.display_name,
        mode=found.wave.mode,
        fingerprint=fingerprint(found),
        startable=bool(found.planned) and not found.obstacles,
        moves=tuple(_move(each, expected, names) for each in found.planned),
        obstacles=tuple(
            waves_models.MoveObstacle(application=each.application, message=each.message, remedy=each.remedy)
            for each in found.obstacles
        ),
        moved=found.moved,
        done=None if expected is None else _ends(expected.end),
        late=() if expected is None else expected.late,
    )


def run_line(run: Run) -> models.RunLine:
    """A start of a wave in a list."""
    return models.RunLine(
        id=run.id,
        wave=run.wave.name,
        display_name=run.wave.display_name,
        owner=run.wave.owner,
        mode=run.mode,
        state=run.state,
        started_by=run.started_by,
        started_at=run.started_at,
        finished_at=run.finished_at,
        authority=run.authority,
    )


def run(sight: Sight, names: Called, last_event: int) -> models.WaveRun:
    """A start of a wave as it is."""
    return models.WaveRun(
        **dict(run_line(sight.run)),
        goes_on=sight.goes_on,
        left=seconds(sight.left),
        migrations=tuple(migration_line(sight, each, names) for each in sight.lines),
        last_event=str(last_event) if last_event else None,
    )


def migration_line(sight: Sight, line: Line, names: Called) -> models.MigrationLine:
    """A migration without its steps."""
    found = line.migration
    travelling = [each for each in found.steps if each.spec.kind in _TRAVELLING]
    return models.MigrationLine(
        id=found.id,
        run=found.run,
        wave=sight.run.wave.name,
        name=found.name,
        display_name=names.get(ApplicationName(found.name), found.name),
        application=found.application,
        tenant=found.tenant,
        state=found.state,
        asked=found.asked,
        waits=line.waits or None,
        held_up_by=line.held_up_by,
        under_way=tuple(map(_under_way, line.steps)),
        steps=len(found.steps),
        steps_done=sum(each.state is StepState.DONE for each in found.steps),
        part=round(line.part, 3),
        left=seconds(line.left),
        measured=line.measured,
        bytes_done=sum(each.done_bytes or 0 for each in travelling),
        bytes_total=sum(each.total_bytes or 0 for each in travelling),
        bytes_per_second=_rate(line.steps, sight.at),
        down_from=found.down_from,
        down_until=found.down_until,
        downtime=_downtime(found),
        failure=_failed(found.failure),
        created_at=found.created_at,
        finished_at=found.finished_at,
    )


def migration(sight: Sight, line: Line, names: Called, last_event: int) -> models.Migration:
    """A migration with everything."""
    found = line.migration
    signed = found.signed_off
    return models.Migration(
        **dict(migration_line(sight, line, names)),
        source=_of_workload(found.workload),
        target=_of_bindings(found.bindings),
        servers=tuple(_server(each, found.bindings) for each in found.workload.machines),
        left_behind=tuple(map(_left, found.bindings.left)),
        signed_off=None if signed is None else models.SignedOff(by=signed.actor, at=signed.at, comment=signed.comment),
        kept_until=found.kept_until,
        journal=tuple(map(_step, found.steps)),
        last_event=str(last_event) if last_event else None,
    )


def seconds(spread: Spread) -> waves_models.Seconds:
    """A time with its bounds."""
    return waves_models.Seconds(low=int(spread.low), likely=round(spread.likely), high=ceil(spread.high))


def _source(place: SourcePlace) -> waves_models.Whereabouts:
    return waves_models.Whereabouts(cloud=place.cloud, project=None, host=place.host, availability_zone=None)


def _target(place: TargetPlace) -> waves_models.Whereabouts:
    return waves_models.Whereabouts(
        cloud=place.cloud, project=place.project, host=place.host, availability_zone=place.availability_zone
    )


def _of_workload(workload: Workload) -> waves_models.Whereabouts:
    hosts = {each.host for each in workload.machines}
    return waves_models.Whereabouts(
        cloud=workload.cloud,
        project=workload.project,
        host=hosts.pop() if len(hosts) == 1 else None,
        availability_zone=None,
    )


def _of_bindings(bindings: Bindings) -> waves_models.Whereabouts:
    hosts = {each.host for each in bindings.machines.values()}
    zones = {each.availability_zone for each in bindings.machines.values()}
    return waves_models.Whereabouts(
        cloud=bindings.cloud,
        project=bindings.project,
        host=hosts.pop() if len(hosts) == 1 else None,
        availability_zone=zones.pop() if len(zones) == 1 else None,
    )


def _member(member: WaveMember) -> waves_models.WaveMember:
    return waves_models.WaveMember(
        application=member.application,
        project=member.project,
        servers=member.servers,
        downtime=member.downtime,
        playbooks=tuple(map(_playing, member.playbooks)),
    )


def _playing(use: PlaybookUse) -> waves_models.Playing:
    return waves_models.Playing(phase=use.phase, playbook=use.playbook, timeout=use.timeout)


def _mappings(mappings: Mappings) -> Mapping[str, Mapping[str, str]]:
    """By their names in the manifest; sorts without any are left out."""
    sorts: Mapping[str, Mapping[str, str]] = {
        "networks": _plain(mappings.networks),
        "subnets": _plain(mappings.subnets),
        "flavors": _plain(mappings.flavors),
        "volumeTypes": _plain(mappings.volume_types),
        "securityGroups": _plain(mappings.security_groups),
        "keyPairs": _plain(mappings.key_pairs),
    }
    return {sort: each for sort, each in sorts.items() if each}


def _plain(names: Mapping[Any, str]) -> Mapping[str, str]:
    return {str(name): other for name, other in names.items()}


def _move(planned: Planned, expected: Forecast | None, names: Called) -> waves_models.PlannedMove:
    name = planned.member.application
    return waves_models.PlannedMove(
        application=name,
        display_name=names.get(name, name),
        source=_of_workload(planned.workload),
        target=_of_bindings(planned.bindings),
        servers=tuple(_server(each, planned.bindings) for each in planned.workload.machines),
        left=tuple(map(_left, planned.bindings.left)),
        warnings=tuple(map(_remark, planned.warnings)),
        steps=tuple(waves_models.PlannedStep(step=each.spec.kind, subject=each.spec.subject) for each in planned.steps),
        time=seconds(planned.whole),
        standstill=seconds(planned.standstill),
        done=None if expected is None else _ends(expected.ends[name]),
    )


def _ends(times: Times) -> waves_models.Ends:
    return waves_models.Ends(low=times.low, likely=times.likely, high=times.high)


def _remark(finding: Finding) -> waves_models.Remark:
    return waves_models.Remark(subject=finding.subject, message=finding.message, remedy=finding.remedy)


def _left(carry: Carry) -> waves_models.LeftBehind:
    return waves_models.LeftBehind(subject=carry.subject, what=carry.what, before=carry.before, why=carry.why)


def _server(machine: Machine, bindings: Bindings) -> waves_models.MovedServer:
    bound = bindings.machines.get(machine.subject)
    ports = [bindings.interfaces.get(each.subject) for each in machine.interfaces]
    return waves_models.MovedServer(
        name=machine.name,
        flavor=machine.flavor,
        flavor_after=bound.flavor if bound else machine.flavor,
        disks=len(machine.disks),
        size=sum(each.size for each in machine.disks),
        networks=tuple(each.network for each in machine.interfaces),
        networks_after=tuple(
            port.network if port else each.network for port, each in zip(ports, machine.interfaces, strict=True)
        ),
    )


def _under_way(step: Step) -> models.StepUnderWay:
    return models.StepUnderWay(
        position=step.spec.position,
        step=step.spec.kind,
        subject=step.spec.subject,
        done_bytes=step.done_bytes,
        total_bytes=step.total_bytes,
    )


def _step(step: Step) -> models.MigrationStep:
    evidence = step.evidence
    return models.MigrationStep(
        position=step.spec.position,
        stage=step.spec.stage,
        step=step.spec.kind,
        subject=step.spec.subject,
        state=step.state,
        attempts=step.attempts,
        started_at=step.started_at,
        finished_at=step.finished_at,
        done_bytes=step.done_bytes,
        total_bytes=step.total_bytes,
        evidence=None
        if evidence is None
        else Evidence(request_ids=tuple(evidence.request_ids), values=dict(evidence.values)),
        failure=_failed(step.failure),
    )


def _failed(failure: Failure | None) -> Failed | None:
    if failure is None:
        return None
    return Failed(message=failure.message, request_id=failure.request_id, retryable=failure.retryable)


def _rate(steps: Iterable[Step], at: datetime) -> int | None:
    """Bytes a second of all steps that copy now; None where none does."""
    rates = [
        each.done_bytes / (at - each.started_at).total_seconds()
        for each in steps
        if each.done_bytes is not None and each.started_at is not None and at > each.started_at
    ]
    return round(sum(rates)) if rates else None


def _downtime(migration: Migration) -> int | None:
    if migration.down_from is None or migration.down_until is None:
        return None
    return ceil((migration.down_until - migration.down_from) / timedelta(seconds=1))
