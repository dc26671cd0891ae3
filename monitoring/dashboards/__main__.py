"""Write the dashboards: `python -m monitoring.dashboards`."""

import sys
from pathlib import Path
from typing import Final

from monitoring.dashboards.written import files

_FOLDER: Final = Path(__file__).parent / "json"


def main() -> None:
    """Write them over those that are there."""
    _FOLDER.mkdir(exist_ok=True)
    written = files()
    for name, text in written.items():
        (_FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(written)} files in {_FOLDER}\n")


if __name__ == "__main__":
    main()
