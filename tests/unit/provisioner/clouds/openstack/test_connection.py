"""One session per cloud: everything is counted, repeated where that is safe, and its errors are ours."""

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from provisioner.clouds.openstack.calls import Call
from provisioner.clouds.openstack.cloud import connect
from provisioner.clouds.openstack.connection import Connection, open_connection
from provisioner.clouds.openstack.transport import TransportSettings
from provisioner.errors import CloudConflict, CloudError, CloudMisconfigured, CloudRefused, CloudUnavailable
from tenants.names import CloudName

_GET = Call(service="compute", method="GET", path="/servers", microversion="2.57")
_CREATE = Call(service="identity", method="POST", path="/projects", body={"project": {"name": "a"}})


def _refused() -> requests.ConnectionError:
    """Nobody listens: as urllib3 and requests wrap it."""
    cause = ConnectionRefusedError(111, "Connection refused")
    error = NewConnectionError(None, "Failed to establish a new connection")  # type: ignore[arg-type]
    error.__cause__ = cause
    return requests.ConnectionError(MaxRetryError(None, "/", error))  # type: ignore[arg-type]


def _reset() -> requests.ConnectionError:
    return requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer"))


def test_nothing_is_sent_before_the_first_call(stage: Any, connection: Connection) -> None:
    """Opening a connection reads clouds.yaml and no more."""
    assert (stage.seen, connection.requests_sent) == ([], 0)


def test_the_first_call_costs_one_request_for_the_token(stage: Any, connection: Connection) -> None:
    """Neither Keystone's nor Nova's versions are asked for where the addresses tell them."""
    stage.answer("GET", "/servers", {"servers": []})
    connection.send(_GET)
    assert [str(each) for each in stage.seen] == ["POST /identity/v3/auth/tokens", "GET /compute/v2.1/servers"]
    assert connection.requests_sent == 2


def test_placement_needs_no_discovery(stage: Any, connection: Connection) -> None:
    """Its address is its only version."""
    stage.answer("GET", "/resource_providers", {})
    connection.send(Call(service="placement", method="GET", path="/resource_providers"))
    assert stage.paths() == ["GET /placement/resource_providers"]


def test_an_endpoint_without_a_version_is_discovered_once(stage: Any, connection: Connection) -> None:
    """The version's address is found, and remembered."""
    stage.endpoints["compute"] = "http://cloud.test/compute"
    document = {
        "id": "v2.1",
        "status": "CURRENT",
        "version": "2.96",
        "min_version": "2.1",
        "links": [{"rel": "self", "href": "http://cloud.test/compute/v2.1/"}],
    }
    stage.answer("GET", "/compute/?$", {"versions": [document]})
    stage.answer("GET", "/servers", {"servers": []})
    connection.send(_GET)
    connection.send(_GET)
    assert stage.paths() == ["GET /compute", "GET /compute/v2.1/servers", "GET /compute/v2.1/servers"]


def test_requests_say_who_sends_them_and_for_which_microversion(stage: Any, connection: Connection) -> None:
    """The user agent begins with ours; Nova's microversion is explicit."""
    stage.answer("GET", "/servers", {"servers": []})
    connection.send(_GET)
    headers = stage.seen[-1].headers
    assert headers["User-Agent"].startswith("tenantry/")
    assert headers["OpenStack-API-Version"] == "compute 2.57"


def test_requests_have_timeouts(stage: Any, connection: Connection) -> None:
    """To connect, and to hear something."""
    stage.answer("GET", "/servers", {"servers": []})
    connection.send(_GET)
    assert {each.timeout for each in stage.seen} == {(5.0, 60.0)}


def test_the_timeout_of_clouds_yaml_goes_first(stage: Any, settings: TransportSettings, tmp_path: Path) -> None:
    """`api_timeout` is the ecosystem's own setting."""
    path = tmp_path / "clouds.yaml"
    path.write_text(f"{path.read_text()}    api_timeout: 7\n")
    stage.answer("GET", "/servers", {"servers": []})
    open_connection(CloudName("city"), "city-yaml", settings).send(_GET)
    assert stage.seen[-1].timeout == (5.0, 7.0)


def test_a_busy_service_is_asked_again_when_it_says(stage: Any, connection: Connection, naps: list[float]) -> None:
    """503 with Retry-After: the pause is as long, and the answer comes through."""
    stage.answer("GET", "/servers", status=503, headers={"Retry-After": "4"})
    stage.answer("GET", "/servers", {"servers": ["s"]})
    assert connection.send(_GET).body == {"servers": ["s"]}
    assert naps == [4.5]
    assert connection.requests_sent == 3


def test_creating_is_repeated_after_429(stage: Any, connection: Connection) -> None:
    """The cloud says that it has not done it."""
    stage.answer("POST", "/projects", status=429)
    stage.answer("POST", "/projects", {"project": {"id": "x"}}, status=201)
    assert connection.send(_CREATE).status == 201


def test_creating_is_not_repeated_when_the_connection_breaks(stage: Any, connection: Connection) -> None:
    """The error says that it may have worked."""
    stage.fail("POST", "/projects", _reset())
    with pytest.raises(CloudUnavailable, match=r"Connection reset by peer; it may have taken effect all the same"):
        connection.send(_CREATE)
    assert stage.paths() == ["POST /identity/v3/projects"]


def test_creating_is_repeated_when_nobody_listened(stage: Any, connection: Connection) -> None:
    """Nothing was sent, so nothing was made; and what was not sent is not counted."""
    stage.fail("POST", "/projects", _refused())
    stage.answer("POST", "/projects", {"project": {"id": "x"}}, status=201)
    assert connection.send(_CREATE).status == 201
    assert connection.requests_sent == 2


def test_the_last_failure_is_told_with_its_reason(stage: Any, connection: Connection, naps: list[float]) -> None:
    """Where nobody listens, however often we ask: which address, and why."""
    stage.fail("GET", "/servers", _refused())
    with pytest.raises(CloudUnavailable) as told:
        connection.send(_GET)
    assert str(told.value) == "city: compute: GET /servers: http://cloud.test: Connection refused"
    assert naps == [0.5, 1.0]


def test_no_answer_in_time_is_told_so(stage: Any, connection: Connection) -> None:
    """Without the libraries' wrappings."""
    stage.fail("GET", "/servers", requests.ReadTimeout("HTTPConnectionPool(...)"))
    with pytest.raises(CloudUnavailable, match=r"GET /servers: http://cloud\.test: no answer in time$"):
        connection.send(_GET)


def test_an_untrusted_certificate_is_a_matter_of_configuration(stage: Any, connection: Connection) -> None:
    """And is not tried again."""
    stage.fail("GET", "/servers", requests.exceptions.SSLError("certificate verify failed"))
    with pytest.raises(CloudMisconfigured, match="certificate verify failed"):
        connection.send(_GET)
    assert len(stage.paths()) == 1


def test_a_token_that_has_expired_is_renewed_once(stage: Any, connection: Connection) -> None:
    """401 leads to one more token and one more attempt."""
    stage.answer("GET", "/servers", status=401)
    stage.answer("GET", "/servers", {"servers": []})
    connection.send(_GET)
    assert [each.path.rpartition("/")[2] for each in stage.seen] == ["tokens", "servers", "tokens", "servers"]


def test_credentials_that_keystone_refuses(stage: Any, connection: Connection) -> None:
    """The message names clouds.yaml, and no secret."""
    stage.answer("POST", "/auth/tokens", {"error": {"message": "The request requires authentication."}}, status=401)
    with pytest.raises(CloudMisconfigured, match=r"^city: Keystone refuses the credentials that clouds\.yaml has"):
        connection.send(_GET)


def test_keystone_that_is_down_makes_the_cloud_unavailable(stage: Any, connection: Connection) -> None:
    """Asking for the token is repeated like any reading, then told."""
    stage.answer("POST", "/auth/tokens", status=503, headers={"x-openstack-request-id": "req-1"})
    with pytest.raises(CloudUnavailable, match=r"authentication: HTTP 503.*req-1") as told:
        connection.send(_GET)
    assert (told.value.request_id, connection.requests_sent) == ("req-1", 3)


def test_keystone_at_an_address_without_version_that_is_down(
    stage: Any, settings: TransportSettings, tmp_path: Path
) -> None:
    """The libraries blame the address; the cause is that nobody listens, and that may pass."""
    path = tmp_path / "clouds.yaml"
    path.write_text(path.read_text().replace("/identity/v3", "/identity"))
    stage.fail("GET", "/identity", _refused())
    with pytest.raises(CloudUnavailable, match="Connection refused"):
        open_connection(CloudName("city"), "city-yaml", settings).send(_GET)


def test_a_service_that_the_catalogue_does_not_have(stage: Any, connection: Connection) -> None:
    """Told before anything is sent to it."""
    del stage.endpoints["compute"]
    with pytest.raises(CloudMisconfigured, match="catalogue has no compute service"):
        connection.send(_GET)


def test_a_cloud_that_clouds_yaml_does_not_have(stage: Any) -> None:
    """The message names those it has, and the file."""
    with pytest.raises(CloudMisconfigured, match=r"has no cloud village; it has city-yaml \(.*clouds\.yaml\)"):
        connect(CloudName("village"), "village")


@pytest.mark.parametrize("key", ["village", "defaults"])
def test_no_clouds_yaml_at_all(stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Is told as that, with the remedy; the cloud that the SDK makes up then is none."""
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [str(tmp_path / "nowhere.yaml")])
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE")
    with pytest.raises(CloudMisconfigured, match=r"no clouds.yaml was found; .* OS_CLIENT_CONFIG_FILE") as caught:
        connect(CloudName("city"), key)
    assert "it has" not in str(caught.value)


def test_a_cloud_without_credentials(stage: Any, tmp_path: Path) -> None:
    """What is missing is told when the connection is opened."""
    (tmp_path / "clouds.yaml").write_text("clouds: {city-yaml: {auth: {username: admin}}}")
    with pytest.raises(CloudMisconfigured, match="auth_url"):
        connect(CloudName("city"), "city-yaml")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, CloudRefused),
        (403, CloudRefused),
        (404, CloudRefused),
        (406, CloudMisconfigured),
        (409, CloudConflict),
        (413, CloudRefused),
        (429, CloudUnavailable),
        (500, CloudUnavailable),
        (501, CloudRefused),
        (504, CloudUnavailable),
    ],
)
def test_each_status_has_its_error(stage: Any, connection: Connection, status: int, kind: type[CloudError]) -> None:
    """What may pass is retryable, what is wrong in itself is not."""
    stage.answer("GET", "/servers", status=status)
    with pytest.raises(kind):
        connection.send(_GET)


@pytest.mark.parametrize(
    "body",
    [
        {"badRequest": {"code": 400, "message": "Quota exceeded"}},
        {"NeutronError": {"type": "OverQuota", "message": "Quota exceeded", "detail": ""}},
        {"error": {"code": 400, "title": "Bad Request", "message": "Quota exceeded"}},
        {"errors": [{"status": 400, "title": "Bad Request", "detail": "Quota exceeded"}]},
        {"message": "Quota exceeded", "code": 400},
    ],
)
def test_the_message_is_found_in_every_services_wrapping(stage: Any, connection: Connection, body: Any) -> None:
    """Nova's and Cinder's, Neutron's, Keystone's, Placement's, and the middleware's; with the request's id."""
    stage.answer("GET", "/servers", body, status=400, headers={"x-compute-request-id": "req-7"})
    with pytest.raises(CloudRefused) as told:
        connection.send(_GET)
    assert str(told.value) == "city: compute: GET /servers: HTTP 400: Quota exceeded (request req-7)"
    assert told.value.request_id == "req-7"


def test_an_answer_in_html_is_told_in_words(stage: Any, connection: Connection) -> None:
    """Load balancers answer in pages."""
    page = "<html><head><style>b {}</style></head><body><h1>502 Bad Gateway</h1>\nnginx</body></html>"
    stage.answer("GET", "/servers", status=502, text=page)
    with pytest.raises(CloudUnavailable, match=r"HTTP 502: 502 Bad Gateway nginx$"):
        connection.send(_GET)


def test_an_answer_from_something_else_is_no_answer(stage: Any, connection: Connection) -> None:
    """A page with status 200 comes from a proxy, not from the service."""
    stage.answer("GET", "/servers", text="<html>Please log in</html>")
    with pytest.raises(CloudUnavailable, match="the answer has no servers; something else answers there"):
        connection.send(replace(_GET, expects="servers"))


def test_a_status_that_the_caller_accepts_is_an_answer(stage: Any, connection: Connection) -> None:
    """Such as 404 for what is to be gone."""
    stage.answer("DELETE", "/servers/1", status=404)
    call = Call(service="compute", method="DELETE", path="/servers/1", accept=frozenset({404}))
    assert connection.send(call).status == 404


def test_no_more_requests_at_a_time_than_the_limit(stage: Any, settings: TransportSettings) -> None:
    """Over all threads; here two."""
    connection = open_connection(CloudName("city"), "city-yaml", TransportSettings(concurrency=2))
    stage.answer("GET", "/servers", {"servers": []})
    connection.send(_GET)
    under_way, most, lock, send = [0], [0], threading.Lock(), stage.send
    gate = threading.Barrier(2)

    def slow(*args: Any, **options: Any) -> requests.Response:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        gate.wait()
        with lock:
            under_way[0] -= 1
        response: requests.Response = send(*args, **options)
        return response

    stage.send = slow
    threads = [threading.Thread(target=connection.send, args=(_GET,)) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (most[0], connection.requests_sent) == (2, 8)


def test_one_items_failure_is_its_own(connection: Connection) -> None:
    """The others are read all the same."""

    def read(item: int) -> int:
        if item == 2:
            raise CloudUnavailable("gone")
        return item * 10

    read_ = connection.each_of([1, 2, 3], read)
    assert (read_[1], str(read_[2]), read_[3]) == (10, "gone", 30)


def test_the_first_failure_of_all_is_raised(connection: Connection) -> None:
    """Where nothing may be missing."""

    def read(item: int) -> int:
        raise CloudUnavailable(f"{item} is gone")

    with pytest.raises(CloudUnavailable, match="1 is gone"):
        connection.all_of([1, 2, 3], read)


def test_what_has_not_begun_is_not_begun_after_ctrl_c(connection: Connection) -> None:
    """The first item is interrupted; of the others only those that run already come to their end."""
    begun: list[int] = []

    def read(item: int) -> int:
        begun.append(item)
        if item == 0:
            raise KeyboardInterrupt
        time.sleep(0.2)
        return item

    with pytest.raises(KeyboardInterrupt):
        connection.all_of(range(200), read)
    assert len(begun) < 200
