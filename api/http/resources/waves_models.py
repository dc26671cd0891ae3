"""Waves and what is planned of them, as they are answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from api.http.model import Model, Prose, example
from provisioner.migration.script import StepKind
from tenants.wave import Mode, PlaybookPhase, Verification

RUN_ID: Final = "01jd7z9k3m5p7r9t1w"
AT: Final = "2026-11-21T08:30:00Z"
PLACES: Final[Mapping[str, Any]] = {
    "source": {"cloud": "city", "project": "registration", "host": None, "availabilityZone": None},
    "target": {"cloud": "district", "project": "registration", "host": None, "availabilityZone": None},
}
_WAVE: Final[Mapping[str, Any]] = {
    "name": "registration-to-district",
    "displayName": "商事登记迁往区云",
    "owner": "market-regulation",
    "mode": "cross-cloud",
    "source": {"cloud": "city", "project": None, "host": None, "availabilityZone": None},
    "target": {"cloud": "district", "project": None, "host": None, "availabilityZone": None},
    "applications": ["registration"],
    "window": {"start": "2026-11-28T14:00:00Z", "end": "2026-11-28T20:00:00Z"},
    "underWay": RUN_ID,
}
TIME: Final[Mapping[str, Any]] = {"low": 300, "likely": 600, "high": 1200}
SERVER: Final[Mapping[str, Any]] = {
    "name": "web-1",
    "flavor": "medium",
    "flavorAfter": "medium",
    "disks": 2,
    "size": 60,
    "networks": ["business"],
    "networksAfter": ["business"],
}
LEFT: Final[Mapping[str, Any]] = {
    "subject": "web-1@0",
    "what": "floating-ip",
    "before": "203.0.113.7",
    "why": "it belongs to the source's project and stays there",
}


class Whereabouts(Model):
    """A place in a cloud; what is null is not settled by it."""

    model_config = example(**PLACES["source"])

    cloud: str
    project: str | None
    host: str | None
    availability_zone: str | None


class Window(Model):
    """When applications may stand still."""

    model_config = example(**_WAVE["window"])

    start: datetime
    end: datetime


class Seconds(Model):
    """A time in seconds, with its bounds: the fastest and slowest tenth of what was measured."""

    model_config = example(**TIME)

    low: int
    likely: int
    high: int


class WaveLine(Model):
    """A wave in a list."""

    model_config = example(**_WAVE)

    name: str
    display_name: str
    owner: str
    mode: Mode
    source: Whereabouts | None = Field(description="Null for imports.")
    target: Whereabouts
    applications: tuple[str, ...]
    window: Window | None = Field(description="Null: at any time.")
    under_way: str | None = Field(description="The run that is under way; null where none is.")


class Playing(Model):
    """A playbook that runs in the guests."""

    model_config = example(phase="quiesce", playbook=None, timeout=300)

    phase: PlaybookPhase
    playbook: str | None = Field(description="Null is the standard one of the phase.")
    timeout: int = Field(description="Seconds.")


class WaveMember(Model):
    """An application of a wave, with what is different for it."""

    model_config = example(application="registration", project=None, servers=[], downtime=1800, playbooks=[])

    application: str
    project: str | None
    servers: tuple[str, ...] = Field(description="Only these; empty is all.")
    downtime: int | None = Field(description="Seconds that it may stand still.")
    playbooks: tuple[Playing, ...]


class WaveLimits(Model):
    """How much goes on at once."""

    model_config = example(applications=4, perSourceHost=1, perTargetHost=2, perLink=4, bandwidth=None)

    applications: int
    per_source_host: int
    per_target_host: int
    per_link: int
    bandwidth: int | None = Field(description="Bytes a second; null is no limit.")


class Wave(WaveLine):
    """A wave that is in force, as its manifest has it."""

    model_config = example(
        **_WAVE,
        members=[{"application": "registration", "project": None, "servers": [], "downtime": 1800, "playbooks": []}],
        limits={"applications": 4, "perSourceHost": 1, "perTargetHost": 2, "perLink": 4, "bandwidth": None},
        mappings={"flavors": {"medium": "m2.medium"}},
        keepAddresses=True,
        verification="disk",
        playbooks=[{"phase": "quiesce", "playbook": None, "timeout": 300}],
        probes=True,
        retention=1209600,
        signOff=["zhang.wei"],
        mayPause=False,
    )

    members: tuple[WaveMember, ...]
    limits: WaveLimits
    mappings: Mapping[str, Mapping[str, str]] = Field(description="What takes the place of what, by sort.")
    keep_addresses: bool
    verification: Verification
    playbooks: tuple[Playing, ...]
    probes: bool
    retention: int = Field(description="Seconds that the source is kept at least.")
    sign_off: tuple[str, ...] = Field(description="Who may sign off; empty: anybody with the right to.")
    may_pause: bool = Field(description="Whether a live migration may pause its guest to end.")


class MovedServer(Model):
    """A server as it is and as it will be."""

    model_config = example(**SERVER)

    name: str
    flavor: str
    flavor_after: str
    disks: int
    size: int = Field(description="GiB of all its disks.")
    networks: tuple[str, ...]
    networks_after: tuple[str, ...]


class LeftBehind(Model):
    """Something that does not go along, or not as it was."""

    model_config = example(**LEFT)

    subject: str
    what: str
    before: str
    why: Prose


class PlannedStep(Model):
    """A step that will be taken."""

    model_config = example(step="stop", subject="web-1")

    step: StepKind
    subject: str = Field(
        description="A server, `web-1#0` for its first disk, `web-1@0` for its first interface; or empty."
    )


class Remark(Model):
    """Something that whoever starts it should know."""

    model_config = example(subject="web-1", message="it has a disk of its host's that is not copied", remedy="")

    subject: str
    message: Prose
    remedy: Prose


class Ends(Model):
    """A moment with its bounds; null where it never comes inside the window."""

    model_config = example(low=AT, likely=AT, high=None)

    low: datetime | None
    likely: datetime | None
    high: datetime | None


class PlannedMove(Model):
    """An application that would move."""

    model_config = example(
        application="registration",
        displayName="商事登记",
        **PLACES,
        servers=[SERVER],
        left=[LEFT],
        warnings=[],
        steps=[{"step": "stop", "subject": "web-1"}],
        time=TIME,
        standstill=TIME,
        done=None,
    )

    application: str
    display_name: str
    source: Whereabouts
    target: Whereabouts
    servers: tuple[MovedServer, ...]
    left: tuple[LeftBehind, ...]
    warnings: tuple[Remark, ...]
    steps: tuple[PlannedStep, ...]
    time: Seconds = Field(description="How long it takes in all, were it alone.")
    standstill: Seconds = Field(description="For how long of it the application stands still.")
    done: Ends | None = Field(description="When it would have moved, the others beside it; null with obstacles.")


class MoveObstacle(Model):
    """Why an application cannot move as the wave says."""

    model_config = example(
        application="registration",
        message="web-1@0: the target has no network called business",
        remedy="make it there, or map it under mappings.networks",
    )

    application: str
    message: Prose
    remedy: Prose


class WavePlan(Model):
    """What a wave would move if it were started now. Its `ETag` is its fingerprint."""

    model_config = example(
        wave="registration-to-district",
        displayName="商事登记迁往区云",
        mode="cross-cloud",
        fingerprint="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        startable=True,
        moves=[],
        obstacles=[],
        moved=[],
        done={"low": AT, "likely": AT, "high": AT},
        late=[],
    )

    wave: str
    display_name: str
    mode: Mode
    fingerprint: str = Field(description="Over the wave and where each part of it goes: a start binds to it.")
    startable: bool = Field(description="Whether anything is left to move, and nothing stands against it.")
    moves: tuple[PlannedMove, ...]
    obstacles: tuple[MoveObstacle, ...]
    moved: tuple[str, ...] = Field(description="Those that moved with an earlier start.")
    done: Ends | None = Field(description="When all would have moved; null with obstacles.")
    late: tuple[str, ...] = Field(description="Those that may not have moved when the window closes.")
