"""Write the rules: those that are delivered, or with thresholds and runbooks of one's own.

`python -m monitoring.alerting --nearly-full 0.75 --runbooks https://wiki.city.example/tenantry/ --into /etc/prometheus/rules`
"""

import argparse
import sys
from dataclasses import fields
from pathlib import Path
from typing import Final

from monitoring.alerting.thresholds import Thresholds
from monitoring.alerting.written import files

_FOLDER: Final = Path(__file__).parents[1] / "rules"


def main(arguments: list[str] | None = None) -> None:
    """Write them into a folder, over those that are there."""
    parser = argparse.ArgumentParser(
        prog="python -m monitoring.alerting", description="Write the rules for Prometheus."
    )
    parser.add_argument("--into", type=Path, default=_FOLDER, help="the folder (the one that is delivered)")
    parser.add_argument("--runbooks", default="docs/runbooks/", help="what runbook_url begins with (%(default)s)")
    for each in fields(Thresholds):
        option = f"--{each.name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=each.default, help=f"{each.metadata['meaning']} (%(default)s)")
    given = vars(parser.parse_args(arguments))
    folder, runbooks = given.pop("into"), given.pop("runbooks")
    folder.mkdir(parents=True, exist_ok=True)
    written = files(Thresholds(**given), runbooks=runbooks)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(written)} files in {folder}\n")


if __name__ == "__main__":
    main()
