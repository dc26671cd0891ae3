"""A real Prometheus before two processes that show a page with every family of metrics."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from monitoring.alerting.written import files
from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.family import Endpoint, Family, MetricType
from monitoring.exposition.page import page
from monitoring.exposition.samples import Distribution, Samples, Value
from monitoring.exposition.shards import Shard, ShardKey, pieces_of
from monitoring.exposition.text import Format

_PATIENCE_S = 60
#: Values of labels, which every family takes those of that it has; others are called after their label.
_LABELS = (
    {"cloud": "city", "resource": "cores", "collector": "servers", "tenant": "market-regulation"},
    {"cloud": "city", "resource": "ram", "collector": "quotas", "tenant": "finance"},
    {"cloud": "district", "resource": "gigabytes", "collector": "servers", "tenant": "finance"},
)


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    client: httpx.Client

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """What an expression is now. Raises HTTPStatusError where Prometheus cannot compute it."""
        found: list[dict[str, Any]] = self._get("query", query=expr)["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Every rule, with its `health` and its last error."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **parameters: str) -> Any:
        answer = self.client.get(path, params=parameters)
        return answer.raise_for_status().json()["data"]


def everything() -> bytes:
    """A page with every family of the catalogue, for tenants of two clouds."""
    samples = Samples()
    for name, family in CATALOGUE.items():
        if family.endpoint is Endpoint.CITY and not name.startswith("tenantry_exporter_"):
            for each in _LABELS if family.labels else _LABELS[:1]:
                labels = tuple(each.get(label, label) for label in family.labels)
                samples.put(name.removeprefix("tenantry_"), labels, _value(family))
    shard = Shard(key=ShardKey(cloud="city", collector="servers"), pieces=pieces_of(samples))
    return page([shard], endpoint=Endpoint.CITY, limit=10_000, now=datetime.now(UTC)).body(Format.TEXT)


def _value(family: Family) -> Value:
    if family.type is MetricType.HISTOGRAM:
        return Distribution(counts=tuple(float(number) for number in range(len(family.buckets) + 1)), total=100.0)
    if family.type is MetricType.STATESET:
        return family.states[0]
    if family.type is MetricType.INFO:
        return 1.0
    if "timestamp" in family.name:
        return time.time() - 100
    return 10.0 if "limit" in family.name or "allocatable" in family.name else 4.0


@contextmanager
def shown(content: bytes) -> Iterator[int]:
    """Answer every request with a page, at the port that is yielded."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name is the library's
            self.send_response(200)
            self.send_header("Content-Type", Format.TEXT.value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@contextmanager
def running(tools: Path, folder: Path, targets: tuple[str, ...]) -> Iterator[Prometheus]:
    """Run Prometheus with the rules in a folder, until it has computed each recorded series; it ends with the block."""
    scrape = {"job_name": "tenantry", "scrape_interval": "1s", "static_configs": [{"targets": targets}]}
    configuration = {"rule_files": [str(folder / "tenantry.*.yml")], "scrape_configs": [scrape]}
    (folder / "prometheus.json").write_text(json.dumps(configuration), encoding="utf-8")
    port = _free()
    command = [str(tools / "prometheus"), f"--config.file={folder / 'prometheus.json'}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=10, trust_env=False) as client:
                found = Prometheus(client=client)
                _wait(found, process, log)
                yield found
        finally:
            process.terminate()
            process.wait(timeout=20)


def _free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _wait(found: Prometheus, process: subprocess.Popen[bytes], log: Path) -> None:
    recorded = set(re.findall(r'record: "([^"]+)"', files()["tenantry.recording.yml"]))
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            names = {each["metric"]["__name__"] for each in found.ask('count by (__name__) ({__name__=~".+:.+"})')}
            scraped = found.ask("min(count_over_time(up[1m]))")
        except httpx.HTTPError:
            names, scraped = set(), []
        if recorded <= names and scraped and float(scraped[0]["value"][1]) > 3:
            return
        time.sleep(0.5)
    pytest.fail(f"Prometheus does not come to what is recorded:\n{log.read_text(encoding='utf-8')[-3000:]}")
