"""A real Prometheus, started on a folder of its own, that scrapes one service as operators have it scraped."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.acceptance.http.service import free_port
from tests.acceptance.shell import PATIENCE
from tests.acceptance.waiting import until


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server that scrapes."""

    client: httpx.Client

    def query(self, promql: str) -> list[Mapping[str, Any]]:
        """What it answers at this moment: labels and a value for each series."""
        answer = self.client.get("/api/v1/query", params={"query": promql})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"]["result"])

    def value(self, promql: str) -> float | None:
        """The one value that it answers; None where there is none."""
        found = self.query(promql)
        assert len(found) <= 1, found
        return float(found[0]["value"][1]) if found else None

    def must_come_to(self, promql: str, value: float) -> None:
        """Wait until it answers that. Raises AssertionError where it never does."""
        until(lambda: self.value(promql) == value, f"{promql} = {value}, not {self.value(promql)}")


@contextmanager
def scraping(tools: Path, folder: Path, *, port: int, token: str) -> Iterator[Prometheus]:
    """A Prometheus that scrapes a service on this machine every two seconds, with that token."""
    own = free_port()
    (folder / "token").write_text(token, encoding="utf-8")
    job = {
        "job_name": "tenantry",
        "authorization": {"credentials_file": str(folder / "token")},
        "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
    }
    times = {"scrape_interval": "2s", "scrape_timeout": "2s"}
    config = yaml.safe_dump({"global": times, "scrape_configs": [job]})
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    command = [
        str(tools / "prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{own}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{own}", timeout=PATIENCE) as client:

            def ready() -> bool:
                assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
                with suppress(httpx.TransportError):
                    return client.get("/-/ready").status_code == 200
                return False

            until(ready, "Prometheus is ready")
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait(PATIENCE)
