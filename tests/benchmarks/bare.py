"""The yardstick: a bare loop that makes departments in exactly the fewest requests, on a bare session, in threads.

It decides nothing, records nothing, checks nothing but the status, and could not be resumed. What it takes is what the
clouds themselves take.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import requests
import yaml
from requests.adapters import HTTPAdapter

from tests.benchmarks.departments import MEMBERS, QUOTA, Department
from tests.benchmarks.fewest import BULK_READ_BACK, FACTS, WITHOUT_LISTING, Fact
from tests.benchmarks.measurements import BenchmarkFailed

#: How its requests are told apart in the clouds' logs.
USER_AGENT: Final = "bare-loop"

_DOMAIN: Final = "government"
_FIRST_ERROR: Final = 400
#: The microversion from which Nova's quotas have no name that it does not enforce.
_HEADERS: Final = {"compute": {"OpenStack-API-Version": "compute 2.57"}}
_QUOTA_PATHS: Final = {
    "compute": "/os-quota-sets/{project}",
    "block-storage": "/os-quota-sets/{project}",
    "network": "/v2.0/quotas/{project}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a part of the work took."""

    seconds: float
    requests: int


@dataclass(slots=True)
class _Known:
    """The ids that facts told."""

    domain: str = ""
    compute: str = ""
    groups: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)


class BareLoop:
    """One session with one cloud of a `clouds.yaml`. Use it as a context manager."""

    def __init__(self, clouds_yaml: Path, cloud: str, *, threads: int) -> None:
        self._auth: dict[str, str] = yaml.safe_load(clouds_yaml.read_text(encoding="utf-8"))["clouds"][cloud]["auth"]
        self._endpoints = {"identity": self._auth["auth_url"].rstrip("/")}
        self._known = _Known()
        self._threads = threads
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        self._session.mount("http://", HTTPAdapter(pool_connections=8, pool_maxsize=threads))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.close()

    def learn(self) -> Sent:
        """Authenticate and ask for every fact, each once."""
        began = time.monotonic()
        self._authenticate()
        domain, providers = FACTS[0], next(each for each in FACTS if each.path == "/resource_providers")
        self._known.domain = self._ask(domain)["domains"][0]["id"]
        computes = [each["uuid"] for each in self._ask(providers)["resource_providers"]]
        rest = [(fact, "") for fact in FACTS if not fact.per_compute and fact not in {domain, providers}]
        rest += [(fact, compute) for fact in FACTS if fact.per_compute for compute in computes]
        answers = self._each(rest, lambda one: self._ask(one[0], provider=one[1]))
        for answer in answers:
            self._known.groups |= {each["name"]: each["id"] for each in answer.get("groups", ())}
            self._known.roles |= {each["name"]: each["id"] for each in answer.get("roles", ())}
        return Sent(seconds=time.monotonic() - began, requests=3 + len(rest))

    def make(self, listed: Iterable[Department]) -> Sent:
        """Make the departments, several side by side, and read back what has no listing."""
        began = time.monotonic()
        sent = sum(self._each(list(listed), self._make))
        return Sent(seconds=time.monotonic() - began, requests=sent)

    def read_back(self) -> Sent:
        """See all that was made, in the listings there are."""
        began = time.monotonic()
        self._each([Fact(service=service, path=path, tells="") for path, service in BULK_READ_BACK.items()], self._ask)
        return Sent(seconds=time.monotonic() - began, requests=len(BULK_READ_BACK))

    def _make(self, department: Department) -> int:
        """One department, one request after another; returns how many."""
        new = {"name": department.project, "description": department.description, "domain_id": self._known.domain}
        made = self._send("POST", "identity", "/projects", {"project": {**new, "enabled": True}})
        project = made["project"]["id"]
        paths = {service: path.format(project=project) for service, path in _QUOTA_PATHS.items()}
        for service, limits in QUOTA.items():
            self._send("PUT", service, paths[service], {"quota" if service == "network" else "quota_set": limits})
        for service in WITHOUT_LISTING:
            self._send("GET", service, paths[service])
        for group, role in MEMBERS:
            ids = f"/groups/{self._known.groups[group]}/roles/{self._known.roles[role]}"
            self._send("PUT", "identity", f"/projects/{project}{ids}")
        return 1 + len(QUOTA) + len(WITHOUT_LISTING) + len(MEMBERS)

    def _authenticate(self) -> None:
        of = self._auth
        user = {"name": of["username"], "password": of["password"], "domain": {"name": of["user_domain_name"]}}
        scope = {"project": {"name": of["project_name"], "domain": {"name": of["project_domain_name"]}}}
        identity = {"methods": ["password"], "password": {"user": user}}
        response = self._exchange("POST", "identity", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}})
        self._session.headers["X-Auth-Token"] = response.headers["X-Subject-Token"]
        for service in response.json()["token"]["catalog"]:
            urls = [each["url"] for each in service["endpoints"] if each["interface"] == "public"]
            self._endpoints[service["type"]] = urls[0].rstrip("/")
            if service["type"] == "compute":
                self._known.compute = service["id"]

    def _ask(self, fact: Fact, *, provider: str = "") -> Any:
        path = fact.path.format(domain=self._known.domain, compute=self._known.compute, provider=provider)
        return self._send("GET", fact.service, path)

    def _send(self, method: str, service: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        response = self._exchange(method, service, path, body)
        return response.json() if response.content else {}

    def _exchange(
        self, method: str, service: str, path: str, body: Mapping[str, Any] | None = None
    ) -> requests.Response:
        response = self._session.request(
            method, f"{self._endpoints[service]}{path}", json=body, headers=_HEADERS.get(service), timeout=60
        )
        if response.status_code >= _FIRST_ERROR:
            raise BenchmarkFailed(f"bare loop: {method} {service} {path}: {response.status_code} {response.text[:500]}")
        return response

    def _each(self, items: list[Any], act: Callable[[Any], Any]) -> list[Any]:
        with ThreadPoolExecutor(max_workers=self._threads) as pool:
            return list(pool.map(act, items))


def send_fewest(clouds_yaml: Path, cloud: str, listed: Iterable[Department], *, threads: int) -> Sent:
    """Make departments, from authentication to the last read-back, in exactly the fewest requests."""
    with BareLoop(clouds_yaml, cloud, threads=threads) as loop:
        parts = (loop.learn(), loop.make(listed), loop.read_back())
    return Sent(seconds=sum(each.seconds for each in parts), requests=sum(each.requests for each in parts))
