"""A distant cloud: 300 ms on top of every request, which only sending them side by side makes up for."""

from typing import Final

from tests.benchmarks import fewest
from tests.benchmarks.bare import BareLoop, Sent
from tests.benchmarks.bench import CLOUD, COMPUTES, Bench
from tests.benchmarks.measurements import Figure, Measurement

NAME = "distant"
_LATENCY_MS: Final = 300
_TARGET: Final = 6


def measure(bench: Bench) -> Measurement:
    """Tenantry with many departments; one request after another with a few, scaled up by their number."""
    number, sample = bench.sizes.departments, bench.sizes.sample
    folder, few = bench.folder(number), bench.folder(sample)
    bench.devcloud.latency(_LATENCY_MS)
    try:
        with BareLoop(bench.devcloud.clouds_yaml, CLOUD, threads=1) as loop:
            learned, made = loop.learn(), loop.make(few.departments)
        applied = bench.apply(folder)
    finally:
        bench.devcloud.clear()
    facts = fewest.facts(computes=COMPUTES)
    serial = facts * _each(learned) + (applied.sent - facts) * _each(made)
    ours = applied.took.seconds
    return Measurement(
        name=NAME,
        title=f"{number} new departments in a cloud that is {_LATENCY_MS} ms away",
        figures=(
            Figure(name="requests sent", value=applied.sent, unit="requests"),
            Figure(name="time", value=ours, unit="s"),
            Figure(name="time of the same requests one after another", value=serial, unit="s"),
            Figure(name="one after another ÷ time", value=serial / ours, at_least=_TARGET),
        ),
        notes=(
            (
                f"The time one after another is scaled: the {learned.requests} facts and {sample} departments "
                f"({made.requests} requests) were really sent so, in {learned.seconds + made.seconds:.1f} s; each of "
                "Tenantry's requests counts as much as the mean of its sort, a fact or a department's."
            ),
        ),
    )


def _each(part: Sent) -> float:
    return part.seconds / part.requests
