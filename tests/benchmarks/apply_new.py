"""Many new departments: requests beside the fewest possible, time beside a bare loop that sends just those."""

from tests.benchmarks import bare, fewest
from tests.benchmarks.bare import send_fewest
from tests.benchmarks.bench import CLOUD, COMPUTES, THREADS, Applied, Bench
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement

NAME = "apply-new"


def measure(bench: Bench) -> Measurement:
    """Tenantry and the bare loop in turns, each with departments of its own."""
    number, rounds = bench.sizes.departments, bench.sizes.rounds
    least = fewest.to_apply_new(number, computes=COMPUTES)
    applied: list[Applied] = []
    bare_seconds: list[float] = []
    for _ in range(rounds):
        applied.append(bench.apply(bench.folder(number)))
        bare_seconds.append(_bare(bench, number, least))
    sent = max(each.sent for each in applied)
    ours = sum(each.took.seconds for each in applied) / rounds
    theirs = sum(bare_seconds) / rounds
    return Measurement(
        name=NAME,
        title=f"{number} new departments",
        figures=(
            Figure(name="requests sent", value=sent, unit="requests"),
            Figure(name="fewest possible", value=least, unit="requests"),
            Figure(name="requests ÷ fewest possible", value=sent / least, at_most=1.25),
            Figure(name="time", value=ours, unit="s"),
            Figure(name="time of the bare loop", value=theirs, unit="s"),
            Figure(name="time ÷ bare loop", value=ours / theirs, at_most=1.5),
            Figure(name="processor time of the command", value=_cpu(applied), unit="s"),
            Figure(name="peak memory", value=max(each.took.peak_bytes for each in applied) / 1e6, unit="MB"),
        ),
        notes=(
            (
                f"Times are means of {rounds} rounds, in turns; Tenantry's {_listed([a.took.seconds for a in applied])}, "
                f"the loop's {_listed(bare_seconds)}."
            ),
            (
                "Tenantry's time is that of the whole command: start of Python, start of the embedded database, reading "
                "manifests, looking, planning, recording every step before and after, reading back, the table at the end. "
                "The loop's is from its first request to its last."
            ),
        ),
    )


def _bare(bench: Bench, number: int, least: int) -> float:
    """Seconds of the bare loop, which must have sent exactly the fewest requests."""
    folder, mark = bench.folder(number), bench.devcloud.mark()
    took = send_fewest(bench.devcloud.clouds_yaml, CLOUD, folder.departments, threads=THREADS)
    logged = sum(bench.requests(mark, bare.USER_AGENT).values())
    if not logged == took.requests == least:
        raise BenchmarkFailed(f"the bare loop sent {took.requests} requests, {logged} arrived, {least} were expected")
    return took.seconds


def _cpu(applied: list[Applied]) -> float:
    return sum(each.took.cpu_seconds for each in applied) / len(applied)


def _listed(seconds: list[float]) -> str:
    return ", ".join(f"{each:.1f} s" for each in seconds)
