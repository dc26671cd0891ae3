"""The plan: ordered actions with reasons, what was refused, and a fingerprint that a decision binds to. Pure records.

A plan is made of sections, one for each tenant in each cloud: they are applied apart, so that one tenant's failure
never stops another's.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import NewType

from provisioner.clouds.interface import Holder
from provisioner.diff import Change
from provisioner.objects import Address
from tenants.names import CloudName, TenantName
from tenants.resources import Resource
from tenants.wave import WaveName, WaveSpec

#: SHA-256 in hexadecimal over a plan's content.
Fingerprint = NewType("Fingerprint", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change to be made, and why."""

    change: Change
    reason: str
    #: Whether something that exists may be lost or cut off by it.
    destructive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something asked for that will not be done, and what would have to be different."""

    address: Address
    message: str
    remedy: str
    #: The resource in question, where it is about one.
    resource: Resource | None = None
    #: Who uses what the change would take away, greatest first.
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something worth knowing that stops nothing."""

    address: Address
    message: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """What one tenant's manifest means for one cloud. With a refusal in it, none of its actions is done."""

    tenant: TenantName
    cloud: CloudName
    actions: tuple[Action, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """Over every address, verb and value, in order; reasons and notices are prose and stay out."""
        return _digest([_content(action) for action in self.actions])

    @property
    def applicable(self) -> bool:
        """Whether there is something to do and nothing that forbids it."""
        return bool(self.actions) and not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveDecision:
    """A wave that comes into force with a plan, and changes nothing in the clouds until somebody starts it."""

    wave: WaveName
    #: Over all that the wave says; None where it is given up.
    content: Fingerprint | None
    #: The same in words: prose, which stays out of the plan's fingerprint.
    summary: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All sections of one pass, and what the pass saw that no manifest speaks of."""

    sections: tuple[Section, ...]
    #: The waves that are decided about together with it, by name.
    waves: tuple[WaveDecision, ...] = ()
    #: Keystone projects in our domains that no manifest names, by cloud. Never touched.
    unmanaged: tuple[tuple[CloudName, str], ...] = ()
    #: Those of them that an earlier, applied manifest named. Never touched either.
    orphaned: tuple[tuple[CloudName, str], ...] = ()

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """Over the sections' fingerprints with their tenants and clouds, and over what its waves say."""
        sections: list[object] = [[each.tenant, each.cloud, each.fingerprint] for each in self.sections if each.actions]
        return _digest([*sections, *(["wave", each.wave, each.content] for each in self.waves)])

    @property
    def actions(self) -> Iterable[Action]:
        """Every action of every section."""
        return (action for section in self.sections for action in section.actions)

    @property
    def refusals(self) -> Iterable[Refusal]:
        """Every refusal of every section."""
        return (refusal for section in self.sections for refusal in section.refusals)


def decision_about(name: WaveName, wave: WaveSpec | None) -> WaveDecision:
    """What is decided about a wave; None where it is given up."""
    if wave is None:
        return WaveDecision(wave=name, content=None, summary="is given up")
    return WaveDecision(wave=name, content=_digest(asdict(wave)), summary=_summary(wave))


def _summary(wave: WaveSpec) -> str:
    """What a wave moves, from where to where and when, in one sentence."""
    names, target = ", ".join(each.application for each in wave.members), wave.target.cloud
    when = "at any time"
    if wave.window is not None:
        start, end = (each.isoformat(sep=" ", timespec="minutes") for each in (wave.window.start, wave.window.end))
        when = f"{start} – {end}"
    if wave.source is None:
        return f"builds {names} in {target} from disk images: {when}"
    return f"moves {names} from {wave.source.cloud} to {target} ({wave.mode}): {when}"


def _content(action: Action) -> list[object]:
    change = action.change
    return [str(change.address), change.verb, dict(change.before), dict(change.after), action.destructive]


def _digest(content: object) -> Fingerprint:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return Fingerprint(hashlib.sha256(text.encode()).hexdigest())
