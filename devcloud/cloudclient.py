"""A small client of the clouds' APIs, for seeding and for the readiness check, on the standard library alone."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from devcloud.errors import DevcloudError
from devcloud.records import KEYSTONE, Endpoint, ServiceName

USER_AGENT: Final = "devcloud-launcher"
"""How the devcloud's own requests are told in the request log."""

_TIMEOUT_S = 120.0


class ApiError(DevcloudError):
    """A service answered with an error."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        #: HTTP status.
        self.status = status


@dataclass(slots=True, kw_only=True)
class CloudClient:
    """The administrator of one cloud."""

    endpoints: Mapping[ServiceName, Endpoint]
    password: str
    _token: str = field(default="", init=False)
    #: The administrator's own project.
    project_id: str = field(default="", init=False)

    def authenticate(self) -> None:
        """Get a token for the project ``admin``."""
        user = {"name": "admin", "domain": {"id": "default"}, "password": self.password}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        identity = {"methods": ["password"], "password": {"user": user}}
        status, headers, body = self._send(
            KEYSTONE, "POST", "/v3/auth/tokens", body={"auth": {"identity": identity, "scope": scope}}, headers={}
        )
        if status != http.client.CREATED:
            raise ApiError(f"keystone refused the administrator: {status} {body[:500]!r}", status)
        self._token = headers["X-Subject-Token"]
        self.project_id = json.loads(body)["token"]["project"]["id"]

    def get(self, service: ServiceName, path: str, **headers: str) -> Any:
        """Return the answer to a GET, decoded."""
        return self.call(service, "GET", path, headers=headers)

    def post(self, service: ServiceName, path: str, body: object) -> Any:
        """Return the answer to a POST, decoded."""
        return self.call(service, "POST", path, body=body)

    def put(self, service: ServiceName, path: str, body: object = None) -> Any:
        """Return the answer to a PUT, decoded."""
        return self.call(service, "PUT", path, body=body)

    def call(
        self,
        service: ServiceName,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send an authenticated request; bytes are sent as they are, everything else as JSON.

        Raises:
            ApiError: the answer's status is not 2xx or 3xx.
            OSError: there was no answer.
        """
        if not self._token:
            self.authenticate()
        status, _, content = self._send(
            service, method, path, body=body, headers={"X-Auth-Token": self._token, **(headers or {})}
        )
        if status >= http.client.BAD_REQUEST:
            raise ApiError(f"{service}: {method} {path} answered {status}: {content[:500]!r}", status)
        return json.loads(content) if content else None

    def _send(
        self, service: ServiceName, method: str, path: str, *, body: object, headers: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.endpoints[service].internal, timeout=_TIMEOUT_S)
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            connection.request(
                method,
                path,
                content,
                {"User-Agent": USER_AGENT, "Content-Type": kind, "Accept": "application/json", **headers},
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()
