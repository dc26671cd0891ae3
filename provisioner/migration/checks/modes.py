"""What is peculiar to one way of moving, and what no API of a cloud tells beforehand. Pure."""

from collections.abc import Iterator

from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import WHOLE, Finding, refusal, warning
from tenants.wave import Mode


def cold(case: Case) -> Iterator[Finding]:
    """Nova's own haste, and what Placement counts twice for a while."""
    if case.mode is not Mode.COLD:
        return
    yield warning(
        WHOLE,
        "Nova does not tell its resize_confirm_window: unless it is 0, Nova confirms by itself before anything is verified",
        "ask the cloud's operators to have it 0",
    )
    cores, ram = sum(each.vcpus for each in case.machines), sum(each.ram for each in case.machines)
    yield warning(
        WHOLE,
        f"until it is confirmed, {cores} vCPU and {ram} MiB of memory count on both hosts (in Placement, and in quotas that "
        "Nova counts there)",
    )


def live(case: Case) -> Iterator[Finding]:
    """Cells are not told by any API."""
    if (
        case.mode is Mode.LIVE
        and len({each.zone for each in case.target.computes}) > 1
        and case.wave.target.host is None
    ):
        yield warning(
            WHOLE,
            "Nova moves live within one cell only, and tells nobody which hosts those are",
            "name a host (target.host), where the cloud has several cells",
        )


def nothing_to_import(case: Case) -> Iterator[Finding]:
    """A server without disks cannot be built."""
    for each in case.machines if case.mode is Mode.IMPORT else ():
        if not each.disks:
            yield refusal(each.subject, "has no disk to be imported", "name one under imports")
