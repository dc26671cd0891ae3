"""docs/performance.md: what was measured, where, and how it is counted."""

from collections.abc import Iterator
from typing import Final

from tests.benchmarks import fewest
from tests.benchmarks.bench import COMPUTES, THREADS
from tests.benchmarks.departments import MEMBERS, QUOTA
from tests.benchmarks.measurements import Measurement
from tests.benchmarks.report import Kept, target_of, value_of

_MET: Final = {True: "yes", False: "**no**", None: ""}
_DEPARTMENTS: Final = 100

_INTRODUCTION: Final = """\
# Performance

Written by `python -m tests.benchmarks --write`; `make bench` measures again, here and now, and prints the same figures (those beside Ansible with
`--with-ansible`, which installs its modules).
The clouds are those of [devcloud](../devcloud): real OpenStack services on one machine, which share its processors with
what is measured. Seconds are of that machine; ratios, of two things measured in turns in the same run, hold anywhere.
The load is what wanted to run in the minute before the first benchmark: below 1 the machine was quiet, above its number
of cores the seconds say little. The same figures as JSON: [performance.json](performance.json).
"""

_COUNTING: Final = """\
## How requests are counted

Every request is counted where it arrives, in the clouds' request logs, by its User-Agent: authentication, version
discovery and repetitions included.

## The fewest possible

A department is one project with limits in {services} ({limits} limits in all, two volume types among them) and
{members} roles for groups. To make {departments} of them and to know that it is done takes at least:

| requests | for |
| ---: | --- |
| {facts} | what must be known of a cloud, each once: see below |
| {departments} × 1 | `POST /projects` |
| {departments} × {services_count} | one `PUT` of limits for each service |
| {departments} × {members} | one `PUT` for each role |
| {departments} × {unlisted} | reading limits back from Nova and Cinder, which list them only project by project |
| {bulk} | reading back what has a listing: projects, role assignments, Neutron's limits |
| **{new}** | |

Once that is so, to see that nothing is left to do takes at least {facts} facts, {departments} × {unlisted} limits of Nova
and Cinder, and one listing of Neutron's: **{again}**.

A pass knows nothing from the pass before, for anybody may have changed the cloud since. The facts, for a cloud of
{computes} computes:

| request | tells |
| --- | --- |
| `POST` identity `/auth/tokens` | who we are, and where the services are |
"""

_BARE: Final = """\

## The bare loop

The yardstick for time sends exactly the fewest requests from {threads} threads on one `requests` session with pooled
connections; the benchmark fails where one more or less arrives. Each thread makes one department after another. The loop
compares nothing, keeps no record and cannot be resumed after a crash. Tenantry has {threads} requests under way at most,
too.
"""


def document(kept: Kept) -> str:
    """The whole page."""
    return "\n".join(_lines(kept)) + "\n"


def _lines(kept: Kept) -> Iterator[str]:
    yield _INTRODUCTION
    machines = {str(machine) for machine, _ in kept.values()}
    if len(machines) == 1:
        yield f"Measured {machines.pop()}.\n"
    for machine, measurement in kept.values():
        yield from _measurement(measurement)
        if machines:
            yield f"Measured {machine}.\n"
    yield _counting()
    for fact in fewest.FACTS:
        each = " (each compute)" if fact.per_compute else ""
        yield f"| `GET` {fact.service} `{fact.path}` | {fact.tells}{each} |"
    yield _BARE.format(threads=THREADS)
    yield from _versions(kept)


def _measurement(measurement: Measurement) -> Iterator[str]:
    yield f"## {measurement.title}\n"
    yield "| figure | value | target | met |"
    yield "| --- | ---: | ---: | --- |"
    for figure in measurement.figures:
        yield f"| {figure.name} | {value_of(figure)} | {target_of(figure)} | {_MET[figure.met]} |"
    yield ""
    for note in measurement.notes:
        yield f"{note}\n"


def _counting() -> str:
    return _COUNTING.format(
        services=", ".join(QUOTA),
        limits=sum(len(limits) for limits in QUOTA.values()),
        members=len(MEMBERS),
        departments=_DEPARTMENTS,
        facts=fewest.facts(computes=COMPUTES),
        services_count=len(QUOTA),
        unlisted=len(fewest.WITHOUT_LISTING),
        bulk=len(fewest.BULK_READ_BACK),
        new=fewest.to_apply_new(_DEPARTMENTS, computes=COMPUTES),
        again=fewest.to_apply_again(_DEPARTMENTS, computes=COMPUTES),
        computes=COMPUTES,
    ).rstrip("\n")


def _versions(kept: Kept) -> Iterator[str]:
    """The versions of the latest measurement; the others' are in the JSON beside this page."""
    latest = max((machine for machine, _ in kept.values()), key=lambda machine: machine.measured_at, default=None)
    if latest:
        yield "## Versions\n"
        yield ", ".join(f"{name} {number}" for name, number in latest.versions.items()) + "."
