"""The same manifests again: nothing is written, and little is asked."""

from tests.benchmarks import fewest
from tests.benchmarks.bench import COMPUTES, Bench
from tests.benchmarks.measurements import Figure, Measurement

NAME = "apply-again"


def measure(bench: Bench) -> Measurement:
    """Apply departments, then measure applying them once more."""
    number = bench.sizes.departments
    folder = bench.folder(number)
    bench.apply(folder)
    again = bench.apply(folder)
    least = fewest.to_apply_again(number, computes=COMPUTES)
    return Measurement(
        name=NAME,
        title=f"The same {number} departments again",
        figures=(
            Figure(name="writes", value=again.writes, unit="requests", at_most=0),
            Figure(name="requests sent", value=again.sent, unit="requests"),
            Figure(name="fewest possible", value=least, unit="requests"),
            Figure(name="requests ÷ fewest possible", value=again.sent / least, at_most=1.1),
            Figure(name="time", value=again.took.seconds, unit="s"),
            Figure(name="processor time of the command", value=again.took.cpu_seconds, unit="s"),
        ),
        notes=(
            (
                "What is sent above the fewest counts what is in use in Neutron, kind by kind, which a plan needs to refuse "
                "limits below use."
            ),
        ),
    )
