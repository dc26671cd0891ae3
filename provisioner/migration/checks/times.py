"""Whether there is time: the window, what an application may stand still, and how well that is known. Pure."""

from collections.abc import Iterator

from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import WHOLE, Finding, refusal, warning
from provisioner.migration.window import shut
from tenants.wave import Mode


def window(case: Case) -> Iterator[Finding]:
    """Whether its cutover could end in the window if it began at the first moment that is left."""
    given = case.wave.window
    begin = case.now if given is None else max(case.now, given.start)
    found = shut(case.wave, case.migration, case.experience, now=begin)
    if found is not None:
        yield refusal(
            WHOLE, found.message, "give the wave a later or longer window, or the application more time (downtime)"
        )


def measured(case: Case) -> Iterator[Finding]:
    """Whether estimates rest on anything."""
    if case.mode is Mode.CROSS_CLOUD and not case.experience.measured:
        yield warning(
            WHOLE,
            f"too little was measured between {case.workload.cloud} and {case.target.cloud} ({len(case.experience.copies)} "
            "disks): how long it takes is assumed",
            "move a small application first",
        )
