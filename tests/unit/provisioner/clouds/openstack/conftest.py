"""An OpenStack acted out beneath `requests`' adapter: no sockets, every request seen, every answer scripted."""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.clouds.openstack.connection import Connection, open_connection
from provisioner.clouds.openstack.retry import RetryPolicy
from provisioner.clouds.openstack.timing import Timing
from provisioner.clouds.openstack.transport import TransportSettings
from tenants.names import CloudName

_HOST = "http://cloud.test"
_ENDPOINTS = {
    "identity": f"{_HOST}/identity/v3",
    "compute": f"{_HOST}/compute/v2.1",
    "block-storage": f"{_HOST}/volume/v3",
    "network": f"{_HOST}/network",
    "placement": f"{_HOST}/placement",
}
_CLOUDS_YAML = f"""
clouds:
  city-yaml:
    auth: {{auth_url: "{_HOST}/identity/v3", username: admin, password: secret, project_name: admin,
            user_domain_name: Default, project_domain_name: Default}}
    region_name: RegionOne
"""


@dataclass(frozen=True)
class Seen:
    """A request as the cloud got it."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Any
    headers: Mapping[str, str]
    timeout: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Stage:
    """The cloud: its script, and what it was asked. Answers are used up in order; the last of each stays."""

    endpoints: dict[str, str] = field(default_factory=lambda: dict(_ENDPOINTS))
    seen: list[Seen] = field(default_factory=list)
    _script: list[tuple[str, re.Pattern[str], list[Any]]] = field(default_factory=list)

    def answer(  # noqa: PLR0913 -- a script reads best on one line
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> None:
        """The next request of that method and path is answered so."""
        content = text.encode() if text is not None else json.dumps({} if body is None else body).encode()
        self._expect(method, path, (status, content, dict(headers or {})))

    def fail(self, method: str, path: str, error: Exception) -> None:
        """The next request of that method and path meets this failure."""
        self._expect(method, path, error)

    def paths(self, service: str | None = None) -> list[str]:
        """What was asked, authentication left out."""
        asked = [str(each) for each in self.seen if not each.path.endswith("/auth/tokens")]
        prefix = {"block-storage": "volume"}.get(service or "", service)
        return [each for each in asked if prefix is None or f" /{prefix}/" in each]

    def send(self, _adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Stands in for `HTTPAdapter.send`."""
        url = urlsplit(str(request.url))
        body = _body_of(request)
        headers = {str(name): str(value) for name, value in request.headers.items()}
        seen = Seen(str(request.method), url.path, parse_qs(url.query), body, headers, options.get("timeout"))
        self.seen.append(seen)
        outcome = self._outcome(seen)
        if isinstance(outcome, requests.RequestException):
            outcome.request = request
        if isinstance(outcome, Exception):
            raise outcome
        status, content, extra = outcome
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        response.status_code, response._content, response.raw = status, content, io.BytesIO(content)
        response.headers.update({"Content-Type": "application/json", **extra})
        return response

    def _expect(self, method: str, path: str, outcome: Any) -> None:
        for known_method, pattern, outcomes in self._script:
            if (known_method, pattern.pattern) == (method, path):
                outcomes.append(outcome)
                return
        self._script.append((method, re.compile(path), [outcome]))

    def _outcome(self, seen: Seen) -> Any:
        for method, pattern, outcomes in self._script:
            if method == seen.method and pattern.search(seen.path):
                return outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        if seen.path.endswith("/auth/tokens"):
            return 201, json.dumps(self._token()).encode(), {"X-Subject-Token": "token"}
        raise AssertionError(f"the script has nothing for {seen}")

    def _token(self) -> Mapping[str, Any]:
        domain = {"id": "default", "name": "Default"}
        catalog = [
            {
                "id": f"id-of-{kind}",
                "type": kind,
                "name": kind,
                "endpoints": [
                    {"id": kind, "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": url}
                ],
            }
            for kind, url in self.endpoints.items()
        ]
        return {
            "token": {
                "methods": ["password"],
                "user": {"id": "u", "name": "admin", "domain": domain},
                "project": {"id": "p", "name": "admin", "domain": domain},
                "roles": [{"id": "r", "name": "admin"}],
                "catalog": catalog,
                "issued_at": "2026-01-01T00:00:00.000000Z",
                "expires_at": "2099-01-01T00:00:00.000000Z",
            }
        }


def _body_of(request: requests.PreparedRequest) -> Any:
    """A JSON body, or the bytes of one that is made as it goes."""
    if request.body is None or isinstance(request.body, bytes | str):
        return json.loads(request.body) if request.body else None
    return b"".join(request.body)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    """A cloud with all services, whose script is empty, reachable as `city-yaml` in clouds.yaml."""
    clouds_yaml = tmp_path / "clouds.yaml"
    clouds_yaml.write_text(_CLOUDS_YAML)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml))
    stage = Stage()

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        return stage.send(adapter, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return stage


@pytest.fixture
def naps() -> list[float]:
    """The pauses that were made, in seconds."""
    return []


@pytest.fixture
def settings(naps: list[float]) -> TransportSettings:
    """Three attempts, and a clock that moves only with the pauses."""
    timing = Timing(monotonic=lambda: sum(naps), wall=lambda: 1_000_000.0, sleep=naps.append, random=lambda: 0.5)
    return TransportSettings(concurrency=4, retry=RetryPolicy(attempts=3, first_pause=1.0), timing=timing)


@pytest.fixture
def connection(stage: Stage, settings: TransportSettings) -> Iterator[Connection]:
    """The connection to the cloud on the stage."""
    opened = open_connection(CloudName("city"), "city-yaml", settings)
    yield opened
    opened.close()


@pytest.fixture
def cloud(connection: Connection) -> OpenStackCloud:
    """The whole cloud on the stage."""
    return OpenStackCloud(connection)


@pytest.fixture
def project_id() -> Callable[[int], str]:
    """The id of the n-th project."""
    return lambda number: f"{number:032x}"
