"""What the devcloud's own tests need beside the shared devcloud: a plain client, and time limits for clouds' work."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from devcloud.fixture import Devcloud

USER_AGENT = "devcloud-tests"
_PATIENCE_S = 180.0


@dataclass(kw_only=True)
class Client:
    """The administrator of one cloud, at its public endpoints, with what its tests made."""

    cloud: str
    session: Session
    #: Undone in reverse order when the test ends.
    undo: list[Callable[[], object]] = field(default_factory=list)

    def call(self, service: str, method: str, path: str, **options: Any) -> Any:
        """Send a request; return the response, whatever its status. ``service`` is a service type."""
        options.setdefault("raise_exc", False)
        target = {"service_type": service, "interface": "public"}
        return self.session.request(path, method, endpoint_filter=target, connect_retries=0, **options)

    def get(self, service: str, path: str, **options: Any) -> Any:
        """Return the decoded answer to a GET that must succeed."""
        return self.call(service, "GET", path, raise_exc=True, **options).json()

    def create(self, service: str, path: str, kind: str, **values: Any) -> Any:
        """Create something that must be accepted, to be deleted when the test ends."""
        answer = self.call(service, "POST", path, json={kind: values}, raise_exc=True)
        made = answer.json()[kind]
        self.undo.append(lambda: self.call(service, "DELETE", f"{path}/{made['id']}"))
        return made

    def wait(self, service: str, path: str, kind: str, **wanted: Any) -> Any:
        """Wait until something has the wanted values, and return it; fail when it is in error or takes too long."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            there = self.get(service, path)[kind]
            if all(there.get(name) == value for name, value in wanted.items()):
                return there
            assert str(there.get("status")).lower() != "error", there
            assert time.monotonic() < deadline, there
            time.sleep(0.1)

    def clean_up(self) -> None:
        """Delete what the test made, the newest first."""
        while self.undo:
            self.undo.pop()()


@pytest.fixture
def client_of(devcloud: Devcloud) -> Iterator[Callable[[str], Client]]:
    """Make a client of a cloud; what it creates goes when the test ends."""
    entries = yaml.safe_load(devcloud.clouds_yaml.read_text(encoding="utf-8"))["clouds"]
    made: list[Client] = []

    def client(cloud: str) -> Client:
        session = Session(auth=Password(**entries[cloud]["auth"]), user_agent=USER_AGENT)
        made.append(Client(cloud=cloud, session=session))
        return made[-1]

    yield client
    devcloud.clear()
    for one in made:
        one.clean_up()
        one.session.session.close()


@pytest.fixture
def city(client_of: Callable[[str], Client]) -> Client:
    """The administrator of the cloud `city`."""
    return client_of("city")


@pytest.fixture
def district(client_of: Callable[[str], Client]) -> Client:
    """The administrator of the cloud `district`."""
    return client_of("district")


@pytest.fixture
def network(city: Client) -> str:
    """The id of a new network with a subnet."""
    made: str = city.create("network", "/v2.0/networks", "network", name=f"test-{uuid.uuid4().hex[:8]}")["id"]
    city.create("network", "/v2.0/subnets", "subnet", network_id=made, ip_version=4, cidr="10.1.0.0/24")
    return made


@dataclass(frozen=True, kw_only=True)
class Named:
    """Ids of what every cloud holds from the start."""

    flavor: str
    image: str


@pytest.fixture
def seeded(city: Client) -> Named:
    """The flavor `tiny` and the image of the cloud `city`."""
    flavors = city.get("compute", "/flavors")["flavors"]
    images = city.get("image", "/v2/images")["images"]
    return Named(flavor=next(one["id"] for one in flavors if one["name"] == "tiny"), image=images[0]["id"])


@pytest.fixture
def server_request(network: str, seeded: Named) -> dict[str, Any]:
    """What to ask Nova for a small server in `city`."""
    return {"name": "test", "flavorRef": seeded.flavor, "imageRef": seeded.image, "networks": [{"uuid": network}]}


@pytest.fixture
def boot(city: Client, server_request: dict[str, Any]) -> Callable[..., Any]:
    """Start a server in `city` and wait until it is active; keywords go into the request."""

    def start(**values: Any) -> Any:
        server = city.create("compute", "/servers", "server", **(server_request | values))
        path = f"/servers/{server['id']}"
        # The network can only go once the server's port has gone.
        city.undo.append(lambda: _await_absence(city, path))
        city.undo.append(city.undo.pop(-2))
        return city.wait("compute", path, "server", status="ACTIVE")

    return start


def _await_absence(client: Client, path: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while client.call("compute", "GET", path).status_code != 404:
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.1)
