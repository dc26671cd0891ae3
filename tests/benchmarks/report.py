"""How measurements are shown, as a table and as Markdown, and kept, as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks.machine import Machine
from tests.benchmarks.measurements import Figure, Measurement

_MET: Final = {True: "yes", False: "NO", None: ""}
#: From this on, digits after the point say nothing.
_WHOLE_FROM: Final = 100

#: Measurements by benchmark, each with where it was measured.
Kept = Mapping[str, tuple[Machine, Measurement]]


def show(console: Console, measurement: Measurement) -> None:
    """One table."""
    console.print(measurement.title, style="bold", highlight=False)
    table = Table()
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    for figure in measurement.figures:
        style = "red" if figure.met is False else None
        table.add_row(figure.name, value_of(figure), target_of(figure), _MET[figure.met], style=style)
    console.print(table)
    for note in measurement.notes:
        console.print(note, style="dim", highlight=False)
    console.print()


def load(file: Path) -> dict[str, tuple[Machine, Measurement]]:
    """What was kept in a file by `keep`; nothing where there is no file."""
    if not file.exists():
        return {}
    documents = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: (Machine.of_document(each["machine"]), Measurement.of_document(each["measurement"]))
        for name, each in documents.items()
    }


def keep(file: Path, kept: Kept) -> None:
    """Write measurements as JSON."""
    document = {
        name: {"machine": machine.as_document(), "measurement": asdict(measurement)}
        for name, (machine, measurement) in kept.items()
    }
    file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def value_of(figure: Figure) -> str:
    """A figure's value with its unit."""
    number = f"{figure.value:,.0f}" if _whole(figure) else f"{figure.value:.2f}"
    return f"{number} {figure.unit}".rstrip()


def target_of(figure: Figure) -> str:
    """A figure's target, empty where there is none."""
    if figure.at_most is not None:
        return f"≤ {figure.at_most:g} {figure.unit}".rstrip()
    return f"≥ {figure.at_least:g} {figure.unit}".rstrip() if figure.at_least is not None else ""


def _whole(figure: Figure) -> bool:
    return figure.unit in {"requests", "MB"} or figure.value >= _WHOLE_FROM
