"""A real Prometheus with the delivered rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.alerting.written import files
from tests.integration.rules.server import Prometheus, everything, running, shown


@pytest.fixture(scope="module")
def prometheus(prometheus_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus once it has computed every recorded series, and counters twice."""
    folder = tmp_path_factory.mktemp("prometheus")
    for name, text in files().items():
        (folder / name).write_text(text.replace("interval: 1m", "interval: 1s"), encoding="utf-8")
    with (
        shown(everything()) as port,
        running(prometheus_tools, folder, (f"127.0.0.1:{port}", f"localhost:{port}")) as found,
    ):
        yield found
