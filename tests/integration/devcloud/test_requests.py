"""The request log counts what clients asked, apart from what the services asked one another."""

import time
from typing import Any

import pytest

from devcloud.fixture import Devcloud

pytestmark = pytest.mark.timeout(120)


def test_each_request_is_logged_once_with_its_answer(devcloud: Devcloud, city: Any) -> None:
    """A client that has its answer finds it logged: method, path with query, status, sizes, request id."""
    city.session.get_token()
    mark = devcloud.mark()
    answer = city.call("compute", "GET", "/flavors?limit=1")
    [record] = devcloud.requests(since=mark, cloud="city")
    assert (record.service, record.method, record.path) == ("nova", "GET", "/v2.1/flavors?limit=1")
    assert record.status == 200
    assert record.bytes_out == len(answer.content)
    assert record.request_id == answer.headers["x-openstack-request-id"]
    assert record.duration_ms > 0
    assert record.user_agent.startswith("devcloud-tests")


def test_a_request_to_one_cloud_is_not_counted_for_another(devcloud: Devcloud, city: Any) -> None:
    """Each cloud has logs of its own."""
    mark = devcloud.mark()
    city.call("image", "GET", "/v2/images", raise_exc=True)
    assert devcloud.requests(since=mark, cloud="city")
    assert not devcloud.requests(since=mark, cloud="district")


def test_what_services_ask_one_another_is_told_apart(devcloud: Devcloud, city: Any) -> None:
    """Setting Nova's quota makes Nova look the project up in Keystone, which is not the client's request."""
    project = city.session.get_project_id()
    city.undo.append(lambda: city.call("compute", "DELETE", f"/os-quota-sets/{project}"))
    mark = devcloud.mark()
    city.call("compute", "PUT", f"/os-quota-sets/{project}", json={"quota_set": {"cores": 21}}, raise_exc=True)
    outer = devcloud.requests(since=mark, cloud="city")
    both = devcloud.requests(since=mark, cloud="city", inner=True)
    assert [(record.service, record.method) for record in outer] == [("nova", "PUT")]
    assert ("keystone", f"/v3/projects/{project}") in {(record.service, record.path) for record in both if record.inner}


def test_a_refused_request_is_logged_with_its_status(devcloud: Devcloud, city: Any) -> None:
    """Errors of the services stand in the log as they were answered."""
    city.session.get_token()
    mark = devcloud.mark()
    city.call("network", "GET", "/v2.0/networks/absent")
    assert [record.status for record in devcloud.requests(since=mark, cloud="city")] == [404]


def test_a_large_answer_is_logged_with_its_size(devcloud: Devcloud, city: Any) -> None:
    """An image is sent while it is read, and its bytes are counted all the same."""
    [image] = city.get("image", "/v2/images?name=guest")["images"]
    mark = devcloud.mark()
    city.call("image", "GET", f"/v2/images/{image['id']}/file")
    # It stands in the log once it has been sent, which may be a moment after it has been read.
    end = time.monotonic() + 10
    while not (records := list(devcloud.requests(since=mark, cloud="city"))) and time.monotonic() < end:
        time.sleep(0.1)
    assert [each.bytes_out for each in records] == [image["size"]] == [8 * 1024 * 1024]
