"""The service as processes: started on a port of their own, asked over HTTP, ended by signals."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from tests.acceptance.shell import PATIENCE, Ended, Running, Shell
from tests.acceptance.waiting import until

YAML = {"content-type": "application/yaml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A process that answers, and a client that is let in."""

    running: Running
    client: httpx.Client

    @classmethod
    def start(cls, shell: Shell, token: str, command: str = "serve") -> Self:
        """Start it and wait until it is ready."""
        port = free_port()
        running = shell.start(command, "--port", str(port))
        headers = {"authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE)

        def ready() -> bool:
            assert running.process.poll() is None, running.wait()
            with suppress(httpx.TransportError):
                return client.get("/readyz").status_code == 200
            return False

        until(ready, "it is ready")
        return cls(running=running, client=client)

    def plan(self, folder: Path, **headers: str) -> Any:
        """A plan from manifests."""
        text = (folder / "manifests.yaml").read_bytes()
        made = self.client.post("/v1/plans", content=text, headers={**YAML, **headers})
        assert made.status_code == 201, made.text
        return made.json()

    def apply(self, plan: Any, **headers: str) -> httpx.Response:
        """Consent to it as it stands."""
        etag = f'"{plan["fingerprint"]}"'
        return self.client.post(f"/v1/plans/{plan['id']}/apply", headers={"if-match": etag, **headers})

    def states(self, plan: Any) -> list[str]:
        """Where the plan's operations are."""
        found = self.client.get("/v1/operations", params={"plan": plan["id"], "limit": 200}).json()["items"]
        return [each["state"] for each in found]

    def end(self) -> Ended:
        """SIGTERM, as systemd sends it, and wait for its end."""
        self.client.close()
        return end(self.running)


def end(running: Running) -> Ended:
    """SIGTERM, and wait for the end."""
    running.signal(signal.SIGTERM)
    return running.wait()


@contextmanager
def none_left(*processes: Running) -> Iterator[None]:
    """Kill what is left of these at the end of the block, however it ends."""
    try:
        yield
    finally:
        for each in processes:
            if each.process.poll() is None:
                each.process.kill()
                each.process.wait(PATIENCE)


def events(response: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    """A stream's events as they come: id, name, data."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        name, separator, value = line.partition(": ")
        if line and separator:
            fields[name] = value
        elif not line:
            if "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
