"""What is said of leftovers of migrations where there are none."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from api.render.migration.orphans import print_found
from provisioner.moving.orphans import Found
from tenants.names import CloudName

_AWAY = (CloudName("luohu"), "the cloud", "clouds.yaml has no cloud luohu")


@pytest.mark.parametrize(
    ("unread", "said"),
    [
        ((), "Nothing is left of migrations that have ended."),
        (
            (_AWAY,),
            "Nothing was found where it could be looked for; what could not be looked at:\nluohu, the cloud: clouds.yaml",
        ),
    ],
)
def test_where_nothing_was_found_it_is_said(unread: Any, said: str) -> None:
    """A cloud that is away leaves nobody to guess what the others have."""
    console = Console(file=StringIO(), width=200)
    print_found(console, Found(at=datetime(2026, 11, 22, tzinfo=UTC), orphans=(), unread=unread))
    assert said in console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
