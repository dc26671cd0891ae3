"""A disk's image copied from one cloud to another, hashed and proven, beside a plain stream between the same two services."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from devcloud.fixture import Devcloud, running
from provisioner.clouds.collections import ItemId
from provisioner.clouds.openstack.cloud import connect
from provisioner.migration.collections import IMAGES
from tenants.names import CloudName
from tests.benchmarks.bench import Bench
from tests.benchmarks.copier import RAW, SEVERAL, own_project
from tests.benchmarks.measurements import Figure, Measurement
from tests.benchmarks.process import Ended, run

NAME: Final = "copying"
_MIB: Final = 1024 * 1024
_ROOT: Final = Path(__file__).parents[2]
_MOST_MEMORY: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A copy by a process of its own."""

    #: Of the copy alone, without the process's start and the logins.
    seconds: float
    whole: Ended


def measure(bench: Bench) -> Measurement:
    """Both ways in turns, then larger disks, and several."""
    devcloud = bench.stack.enter_context(running(("city", "district"), state=bench.scratch / "two-clouds"))
    mib, rounds = bench.sizes.image, bench.sizes.rounds + 1
    with _image(devcloud, mib) as image:
        turns = [
            {how: _copy(devcloud, how, image, mib) for how in ("plain", "stored", "read-back")} for _ in range(rounds)
        ]
        several = _copy(devcloud, "several", image, mib)
    larger = {each: _copied_once(devcloud, each) for each in (2 * mib, 4 * mib)}
    plain, stored, read_back = (median(turn[how].seconds for turn in turns) for how in ("plain", "stored", "read-back"))
    ratios = [turn["plain"].seconds / turn["stored"].seconds for turn in turns]
    peak = max(turn["stored"].whole.peak_bytes for turn in turns)
    return Measurement(
        name=NAME,
        title=f"A disk of {mib:,} MiB copied from one cloud to another",
        figures=(
            _rate("a plain stream", mib, plain),
            _rate("Tenantry's copy, proven by the store's hash", mib, stored),
            Figure(name="copy ÷ plain stream, bytes a second", value=median(ratios), at_least=0.8),
            _rate("Tenantry's copy, read back as well", mib, read_back),
            _rate(f"{SEVERAL} disks at once, together", SEVERAL * mib, several.seconds),
            Figure(name="processor time of the copy", value=median(_cpu(turn["stored"]) for turn in turns), unit="s"),
            Figure(
                name="processor time of the plain stream", value=median(_cpu(turn["plain"]) for turn in turns), unit="s"
            ),
            _memory(f"{mib:,} MiB", peak),
            *(_memory(f"{size:,} MiB", taken.whole.peak_bytes) for size, taken in larger.items()),
            _memory(f"{SEVERAL} × {mib:,} MiB at once", several.whole.peak_bytes),
        ),
        notes=(
            (
                f"Medians of {rounds} rounds, the three ways in turns, each in a process of its own; seconds are those between the first "
                "request for bytes (for Tenantry's, that for the image's state) and the end of the proof. Both image services and the "
                "copy share this machine's processors."
            ),
            "A plain stream is one GET whose answer is the body of one PUT, by `requests`, in pieces of 1 MiB, neither hashed nor proven.",
            f"Copy ÷ plain stream, round by round: {', '.join(f'{each:.2f}' for each in ratios)}.",
        ),
    )


def _cpu(taken: _Taken) -> float:
    return taken.whole.cpu_seconds


def _rate(what: str, mib: int, seconds: float) -> Figure:
    return Figure(name=what, value=mib * _MIB / 1e6 / seconds, unit="MB/s")


def _memory(what: str, peak_bytes: int) -> Figure:
    return Figure(name=f"peak memory, {what}", value=peak_bytes / 1e6, unit="MB", at_most=_MOST_MEMORY)


def _copied_once(devcloud: Devcloud, mib: int) -> _Taken:
    with _image(devcloud, mib) as image:
        return _copy(devcloud, "stored", image, mib)


def _copy(devcloud: Devcloud, how: str, image: ItemId, mib: int) -> _Taken:
    ended = run(
        [sys.executable, "-m", "tests.benchmarks.copier", how, image, str(mib * _MIB)],
        environment={**os.environ, "OS_CLIENT_CONFIG_FILE": str(devcloud.clouds_yaml)},
        folder=_ROOT,
    )
    return _Taken(seconds=float(ended.output.splitlines()[-1]), whole=ended)


@contextmanager
def _image(devcloud: Devcloud, mib: int) -> Iterator[ItemId]:
    """An image in the city, of so many MiB that do not compress; it is deleted in the end."""
    piece = secrets.token_bytes(_MIB)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
        with connect(CloudName("city"), "city") as city:
            project = own_project(city)
            image = ItemId(str(city.resources.create(IMAGES, project, {"name": "disk", **RAW}).item["id"]))
            city.image_data.write(image, project, (piece for _ in range(mib)), size=mib * _MIB)
            yield image
            city.resources.delete(IMAGES, project, image)
