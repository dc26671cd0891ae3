"""`python -m tests.benchmarks [NAME…]`: measure, print, and keep where asked."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.benchmarks import (
    ansible,
    apply_again,
    apply_new,
    collecting,
    copying,
    distant,
    guests,
    metering,
    recorded_plan,
    report,
    scraping,
    servers,
    serving,
    statements,
    validation,
)
from tests.benchmarks.bench import Bench, Sizes
from tests.benchmarks.document import document
from tests.benchmarks.machine import Machine
from tests.benchmarks.measurements import BenchmarkFailed, Measurement

_PAGE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
_FIGURES: Final = _PAGE.with_suffix(".json")

_BENCHMARKS: Final[Mapping[str, Callable[[Bench], Measurement]]] = {
    module.NAME: module.measure
    for module in (
        apply_new,
        apply_again,
        distant,
        servers,
        guests,
        ansible,
        recorded_plan,
        validation,
        serving,
        metering,
        statements,
        scraping,
        collecting,
        copying,
    )
}
_NOT_MET: Final = 1
_FAILED: Final = 2


def main() -> int:
    """Run the benchmarks. Exit code 0: every target is met; 1: one is not; 2: something did not work."""
    arguments = _arguments()
    console, machine = Console(), Machine.here()
    console.print(f"{machine}\n", highlight=False)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmarks-")))
        bench = Bench(stack=stack, scratch=scratch, sizes=_sizes(arguments))
        ended = {name: _measured(console, bench, name) for name in _chosen(arguments)}
    measurements = [each for each in ended.values() if each]
    _keep(arguments, machine, measurements)
    failed = [name for name, each in ended.items() if each is None]
    missed = [f"{each.name}: {figure.name}" for each in measurements for figure in each.missed]
    _say("Not measured", failed)
    _say("Not met", missed)
    return _FAILED if failed else _NOT_MET if missed else 0


def _measured(console: Console, bench: Bench, name: str) -> Measurement | None:
    """Run one benchmark and show what it found; None where something did not work, which costs only that benchmark."""
    try:
        measurement = _BENCHMARKS[name](bench)
    except BenchmarkFailed as failure:
        _say(name, [str(failure)])
        return None
    report.show(console, measurement)
    return measurement


def _say(what: str, those: list[str]) -> None:
    if those:
        Console(stderr=True).print(f"{what}: {'; '.join(those)}", style="red", markup=False, highlight=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *_BENCHMARKS], help=", ".join(_BENCHMARKS))
    parser.add_argument("--with-ansible", action="store_true", help="install Ansible's modules and compare with them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/performance.md")
    for size in fields(Sizes):
        parser.add_argument(f"--{size.name}", type=int, default=size.default, metavar="N", help="default %(default)s")
    return parser.parse_args()


def _sizes(arguments: argparse.Namespace) -> Sizes:
    return Sizes(**{size.name: getattr(arguments, size.name) for size in fields(Sizes)})


def _chosen(arguments: argparse.Namespace) -> list[str]:
    """The benchmarks named, in their own order; all but Ansible's, which installs much, where none is."""
    wanted = set(arguments.names or _BENCHMARKS.keys() - {ansible.NAME})
    if arguments.with_ansible:
        wanted.add(ansible.NAME)
    return [name for name in _BENCHMARKS if name in wanted]


def _keep(arguments: argparse.Namespace, machine: Machine, measurements: list[Measurement]) -> None:
    new = {each.name: (machine, each) for each in measurements}
    if arguments.json:
        report.keep(arguments.json, new)
    if arguments.write:
        merged = report.load(_FIGURES) | new
        kept = {name: merged[name] for name in _BENCHMARKS if name in merged}
        report.keep(_FIGURES, kept)
        _PAGE.write_text(document(kept), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
