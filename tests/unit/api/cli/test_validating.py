"""`tenantry validate` on manifests that are right: how much there is of what."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app

_CITY = Path("tenants/examples/shenzhen")


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        (_CITY, "11 clouds, 67 tenants, 93 projects, 6 applications, 2 waves, 1 price list."),
        (_CITY / "clouds", "11 files are valid: 11 clouds, 0 tenants, 0 projects.\n"),
    ],
    ids=["whole city", "clouds"],
)
def test_what_there_is_is_counted(folder: Path, said: str) -> None:
    """Waves and prices too, so that whoever writes one sees that it was read; what there is none of is not said."""
    assert said in CliRunner().invoke(app, ("validate", str(folder))).stdout
