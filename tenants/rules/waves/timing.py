"""Rules about when waves run: windows end after they begin, hold what is to be done in them, and do not share applications."""

from collections.abc import Iterator
from datetime import timedelta

from tenants.kinds.kind import Manifest
from tenants.language.times import spell
from tenants.names import ApplicationName
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.rules.waves.moving import MEMBERS
from tenants.wave import WaveSpec, WindowSpec

_END = ("spec", "window", "end")


def windows_end_after_they_begin(manifests: Manifests) -> Iterator[Problem]:
    """A wave's window ends after it begins."""
    for each in manifests.every_wave():
        window = each.spec.window
        if window is not None and window.end <= window.start:
            message = f"the window ends no later than it begins, at {window.start.isoformat(timespec='minutes')}"
            yield each.error(_END, message, "name a later time")


def downtimes_fit_into_windows(manifests: Manifests) -> Iterator[Problem]:
    """No application may stand still for longer than its wave's window."""
    for each in manifests.every_wave():
        length = _length(each.spec.window)
        for index, member in enumerate(each.spec.members):
            downtime = timedelta(seconds=member.downtime or 0)
            if length is not None and downtime > length:
                message = f"{spell(downtime)} is longer than the window, which has {spell(length)}"
                yield each.error((*MEMBERS, index, "downtime"), message, f"write {spell(length)} at most")


def applications_move_once_at_a_time(manifests: Manifests) -> Iterator[Problem]:
    """No application is in two waves at one time (a warning: of two that are started, the second waits for the first or leaves it out)."""
    first: dict[ApplicationName, list[Manifest[WaveSpec]]] = {}
    for each in manifests.every_wave():
        for index, member in enumerate(each.spec.members):
            earlier = first.setdefault(member.application, [])
            for other in earlier:
                if other is not each and _overlap(other.spec.window, each.spec.window):
                    message = f'the wave "{other.spec.name}" may move "{member.application}" at the same time'
                    yield each.warning((*MEMBERS, index, "name"), message, "leave it out of one, or part their windows")
            if member.application and each not in earlier:
                earlier.append(each)


def _length(window: WindowSpec | None) -> timedelta | None:
    return window.end - window.start if window is not None and window.end > window.start else None


def _overlap(one: WindowSpec | None, other: WindowSpec | None) -> bool:
    """Whether both are open at some time; one that is not given is always open."""
    return one is None or other is None or (one.start < other.end and other.start < one.end)


RULES = (windows_end_after_they_begin, downtimes_fit_into_windows, applications_move_once_at_a_time)
