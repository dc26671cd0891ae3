"""Reading and checking many manifest files."""

from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.departments import departments, write_manifests
from tests.benchmarks.measurements import Figure, Measurement

NAME = "validate"


def measure(bench: Bench) -> Measurement:
    """`tenantry validate` on a folder with a file for each tenant."""
    number, repetitions = bench.sizes.tenants, bench.sizes.repetitions
    folder = bench.scratch / NAME
    write_manifests(folder, departments(number, prefix="v"))
    runs = [bench.tenantry("validate", folder) for _ in range(repetitions)]
    return Measurement(
        name=NAME,
        title=f"`tenantry validate` of {number} manifest files",
        figures=(
            Figure(name="time", value=median(each.seconds for each in runs), unit="s", at_most=3.0),
            Figure(name="slowest", value=max(each.seconds for each in runs), unit="s"),
            Figure(name="processor time", value=median(each.cpu_seconds for each in runs), unit="s"),
            Figure(name="peak memory", value=max(each.peak_bytes for each in runs) / 1e6, unit="MB"),
        ),
        notes=(f"The median of {repetitions} runs of the whole command.",),
    )
