"""A look at bytes."""

from collections.abc import Callable

import pytest

from provisioner.disk_images.inspection.excerpts import excerpts_of
from provisioner.disk_images.inspection.findings import Inspection
from provisioner.disk_images.inspection.inspect import Expected, inspect
from tenants.wave import DiskFormat

Look = Callable[..., Inspection]
TIB = 1024**4


@pytest.fixture
def look() -> Look:
    """Inspect bytes, whatever the manifest says of them."""

    def looked(content: bytes, declared: DiskFormat | None = None) -> Inspection:
        return inspect(excerpts_of(content), Expected(format=declared, largest=TIB))

    return looked
