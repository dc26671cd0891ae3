"""Latency and faults meet clients as those of a distant or failing cloud would, and end when told to."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from keystoneauth1.exceptions import ConnectFailure

from devcloud.errors import DevcloudError
from devcloud.fixture import Devcloud

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_the_next_requests_are_answered_with_an_error(devcloud: Devcloud, city: Any, status: int) -> None:
    """As many requests as asked fail, then the service answers again."""
    devcloud.fail("city", "nova", "/flavors", kind=str(status), count=2)
    answers = [city.call("compute", "GET", "/flavors", status_code_retries=0).status_code for _ in range(3)]
    assert answers == [status, status, 200]


def test_too_many_requests_says_when_to_come_again(devcloud: Devcloud, city: Any) -> None:
    """A 429 carries Retry-After."""
    devcloud.fail("city", "keystone", "/v3/projects", kind="429", retry_after_s=7)
    assert city.call("identity", "GET", "/projects").headers["Retry-After"] == "7"


def test_a_reset_cuts_the_connection(devcloud: Devcloud, city: Any) -> None:
    """The client sees its connection reset, not an answer."""
    city.session.get_token()
    devcloud.fail("city", "cinder", "/types", kind="reset")
    with pytest.raises(ConnectFailure, match="reset by peer"):
        city.call("block-storage", "GET", "/types", raise_exc=True)
    assert city.call("block-storage", "GET", "/types").status_code == 200


def test_a_hanging_request_hangs_until_the_client_gives_up(devcloud: Devcloud, city: Any) -> None:
    """Nothing comes, neither an answer nor an end."""
    address = city.session.get_endpoint(service_type="image", interface="public") + "/v2/images"
    headers = city.session.get_auth_headers()
    devcloud.fail("city", "glance", "/v2/images", kind="hang")
    with pytest.raises(requests.ReadTimeout):
        requests.get(address, headers=headers, timeout=0.5)
    assert requests.get(address, headers=headers, timeout=30).status_code == 200


def test_clearing_cuts_what_hangs(devcloud: Devcloud, city: Any) -> None:
    """A request left hanging ends when the faults are cleared."""
    city.session.get_token()
    devcloud.fail("city", "glance", "/v2/images", kind="hang")
    mark = devcloud.mark()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(city.call, "image", "GET", "/v2/images", raise_exc=True)
        while not any(record.fault for record in devcloud.requests(since=mark, cloud="city")):
            time.sleep(0.05)
        devcloud.clear()
        with pytest.raises(ConnectFailure):
            asked.result(timeout=10)


@pytest.mark.parametrize("kind", ["500", "reset"])
def test_an_answer_can_be_lost_after_its_effect(devcloud: Devcloud, city: Any, kind: str) -> None:
    """The project is there although its creation seemed to fail."""
    name = f"lost-{uuid.uuid4().hex[:8]}"
    city.session.get_token()
    devcloud.fail("city", "keystone", "/v3/projects", kind=kind, method="POST", after_acting=True)
    answer = None
    try:
        answer = city.call("identity", "POST", "/projects", json={"project": {"name": name, "domain_id": "default"}})
    except ConnectFailure:
        assert kind == "reset"
    assert answer is None or answer.status_code == 500
    [there] = city.get("identity", f"/projects?name={name}")["projects"]
    city.undo.append(lambda: city.call("identity", "DELETE", f"/projects/{there['id']}"))


def test_an_error_without_effect_leaves_the_service_alone(devcloud: Devcloud, city: Any) -> None:
    """The service never hears of a request that a fault answered."""
    name = f"never-{uuid.uuid4().hex[:8]}"
    devcloud.fail("city", "keystone", "/v3/projects", kind="503", method="POST")
    city.call("identity", "POST", "/projects", json={"project": {"name": name, "domain_id": "default"}})
    assert city.get("identity", f"/projects?name={name}")["projects"] == []


def test_a_fault_meets_only_what_it_names(devcloud: Devcloud, city: Any, district: Any) -> None:
    """Other methods, other paths and other clouds go on."""
    devcloud.fail("city", "nova", "/flavors$", method="POST")
    assert city.call("compute", "GET", "/flavors").status_code == 200
    assert city.call("compute", "GET", "/servers").status_code == 200
    assert district.call("compute", "GET", "/flavors").status_code == 200


def test_a_struck_request_is_logged_with_its_fault(devcloud: Devcloud, city: Any) -> None:
    """The log says which requests a fault answered, so that counts can leave them out or in."""
    devcloud.fail("city", "nova", "/flavors", kind="503")
    city.session.get_token()
    mark = devcloud.mark()
    city.call("compute", "GET", "/flavors")
    [record] = devcloud.requests(since=mark, cloud="city")
    assert (record.status, record.fault) == (503, "503")


def test_a_fault_of_an_unknown_service_or_cloud_is_refused(devcloud: Devcloud) -> None:
    """A misspelt fault would make a test pass for the wrong reason."""
    with pytest.raises(DevcloudError, match="no service swift"):
        devcloud.fail("city", "swift")
    with pytest.raises(DevcloudError, match="no cloud village"):
        devcloud.fail("village", "nova")


def test_latency_meets_a_request_once_however_many_services_answer_it(devcloud: Devcloud, city: Any) -> None:
    """Nova asks Keystone about the project of a quota, and only Nova's own request is delayed."""
    project = city.session.get_project_id()
    city.undo.append(lambda: city.call("compute", "DELETE", f"/os-quota-sets/{project}"))
    devcloud.latency(400)
    mark = devcloud.mark()
    city.call("compute", "PUT", f"/os-quota-sets/{project}", json={"quota_set": {"cores": 22}}, raise_exc=True)
    records = devcloud.requests(since=mark, cloud="city", inner=True)
    assert [record.delay_ms for record in records if not record.inner] == [400]
    assert {record.delay_ms for record in records if record.inner} == {0}
    assert min(record.duration_ms for record in records if not record.inner) >= 400


def test_delayed_requests_wait_side_by_side(devcloud: Devcloud, city: Any) -> None:
    """Fifty requests sent at once are all in flight together: none queues behind another's delay."""
    address = city.session.get_endpoint(service_type="image", interface="public") + "/versions"
    devcloud.latency(3000)
    mark = devcloud.mark()
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda _: requests.get(address, timeout=60), range(50)))
    records = [record for record in devcloud.requests(since=mark, cloud="city") if record.path == "/versions"]
    assert len(records) == 50
    assert max(record.time for record in records) < min(record.time + record.duration_ms / 1000 for record in records)


def test_a_download_is_cut_in_its_midst(devcloud: Devcloud, city: Any, seeded: Any) -> None:
    """So many bytes arrive, and the connection ends; the rest can be asked for."""
    address = f"{city.session.get_endpoint(service_type='image', interface='public')}/v2/images/{seeded.image}/file"
    headers = city.session.get_auth_headers()
    whole = requests.get(address, headers=headers, timeout=30).content
    devcloud.fail("city", "glance", "/file$", kind="reset", after_bytes=1_000_000)
    answer = requests.get(address, headers=headers, timeout=30, stream=True)
    got = _until_it_breaks(answer)
    assert got == whole[: len(got)]
    assert 990_000 <= len(got) <= 1_000_000
    rest = requests.get(address, headers={**headers, "Range": f"bytes={len(got)}-"}, timeout=30)
    assert (rest.status_code, got + rest.content == whole) == (206, True)


def _until_it_breaks(answer: requests.Response) -> bytes:
    got = bytearray()
    try:
        for piece in answer.iter_content(10_000):
            got += piece
    except requests.exceptions.ChunkedEncodingError:
        return bytes(got)
    raise AssertionError("the download did not break")


def test_an_upload_is_cut_in_its_midst(devcloud: Devcloud, city: Any) -> None:
    """The image waits for its data again, and takes it."""
    body = {"name": "cut", "disk_format": "raw", "container_format": "bare"}
    image = city.call("image", "POST", "/v2/images", json=body, raise_exc=True).json()["id"]
    city.undo.append(lambda: city.call("image", "DELETE", f"/v2/images/{image}"))
    address = f"{city.session.get_endpoint(service_type='image', interface='public')}/v2/images/{image}/file"
    headers = {**city.session.get_auth_headers(), "Content-Type": "application/octet-stream"}
    devcloud.fail("city", "glance", "/file$", kind="reset", after_bytes=1_000_000)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.put(address, headers=headers, data=b"x" * 5_000_000, timeout=30)
    while (status := city.get("image", f"/v2/images/{image}")["status"]) == "saving":
        pass
    assert status == "queued"
    requests.put(address, headers=headers, data=b"x" * 5_000_000, timeout=30).raise_for_status()
    assert city.get("image", f"/v2/images/{image}")["size"] == 5_000_000


def test_an_uploads_answer_is_lost_after_its_effect(devcloud: Devcloud, city: Any) -> None:
    """The image is there, whole."""
    body = {"name": "lost", "disk_format": "raw", "container_format": "bare"}
    image = city.call("image", "POST", "/v2/images", json=body, raise_exc=True).json()["id"]
    city.undo.append(lambda: city.call("image", "DELETE", f"/v2/images/{image}"))
    devcloud.fail("city", "glance", "/file$", kind="500", after_acting=True)
    headers = {"Content-Type": "application/octet-stream"}
    answer = city.call("image", "PUT", f"/v2/images/{image}/file", data=b"x" * 5_000_000, headers=headers)
    assert answer.status_code == 500
    there = city.get("image", f"/v2/images/{image}")
    assert (there["status"], there["size"]) == ("active", 5_000_000)
