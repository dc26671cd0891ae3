"""Quotas are truly enforced."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(180)


def project_of(client: Any) -> str:
    """Return the id of the project that a client acts in."""
    project: str = client.session.get_project_id()
    return project


@pytest.fixture
def limit(city: Any) -> Callable[[str, str, dict[str, int]], None]:
    """Set a quota of the administrator's project, to its defaults again when the test ends."""

    def put(service: str, path: str, values: dict[str, int]) -> None:
        key = "quota" if service == "network" else "quota_set"
        answer = city.call(service, "PUT", path, json={key: values})
        assert answer.status_code == 200, answer.text
        city.undo.append(lambda: city.call(service, "DELETE", path))

    return put


def test_a_server_over_quota_is_refused(
    city: Any, boot: Callable[..., Any], limit: Callable[..., None], server_request: dict[str, Any]
) -> None:
    """With one instance allowed, the second is answered 403."""
    limit("compute", f"/os-quota-sets/{project_of(city)}", {"instances": 1})
    boot()
    refused = city.call("compute", "POST", "/servers", json={"server": server_request})
    assert refused.status_code == 403
    assert "Quota exceeded for instances" in refused.text


def test_the_eleventh_volume_is_refused(city: Any) -> None:
    """Ten volumes are Cinder's default; one more is answered 413."""
    for _ in range(10):
        volume = city.create("block-storage", "/volumes", "volume", size=1)
        city.wait("block-storage", f"/volumes/{volume['id']}", "volume", status="available")
    refused = city.call("block-storage", "POST", "/volumes", json={"volume": {"size": 1}})
    assert refused.status_code == 413
    assert "VolumeLimitExceeded" in refused.text


def test_a_volume_over_its_types_quota_is_refused(city: Any, limit: Callable[..., None]) -> None:
    """A quota of one volume type leaves the other type alone."""
    limit("block-storage", f"/os-quota-sets/{project_of(city)}", {"gigabytes_ssd": 1})
    refused = city.call("block-storage", "POST", "/volumes", json={"volume": {"size": 2, "volume_type": "ssd"}})
    assert refused.status_code == 413
    volume = city.create("block-storage", "/volumes", "volume", size=2, volume_type="standard")
    city.wait("block-storage", f"/volumes/{volume['id']}", "volume", status="available")


def test_a_network_over_quota_is_refused(city: Any, network: str, limit: Callable[..., None]) -> None:
    """With as many networks allowed as there are, the next is answered 409."""
    project = project_of(city)
    used = city.get("network", f"/v2.0/quotas/{project}/details.json")["quota"]["network"]["used"]
    limit("network", f"/v2.0/quotas/{project}", {"network": used})
    refused = city.call("network", "POST", "/v2.0/networks", json={"network": {"name": "one-more"}})
    assert refused.status_code == 409
    assert "OverQuota" in refused.text
