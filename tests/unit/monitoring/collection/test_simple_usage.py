"""Nova's own account as it is listed."""

from datetime import UTC, datetime, timedelta, timezone

from monitoring.collection.simple_usage import nova_servers, query
from provisioner.usage.coverage import Span


def test_a_period_is_asked_for_in_utc_without_a_zone() -> None:
    """Nova takes no other."""
    china = timezone(timedelta(hours=8))
    asked = query(Span(start=datetime(2026, 10, 1, tzinfo=china), end=datetime(2026, 11, 1, tzinfo=china)))
    assert asked == {"start": "2026-09-30T16:00:00", "end": "2026-10-31T16:00:00"}


def test_a_projects_servers_may_be_on_several_pages() -> None:
    """All of them count; one that never ran has no beginning."""
    running = {
        "instance_id": "a",
        "tenant_id": "p",
        "vcpus": 2,
        "memory_mb": 512,
        "started_at": "2026-10-01T00:00:00.5",
    }
    never = {"instance_id": "b", "tenant_id": "p", "vcpus": None, "started_at": None, "ended_at": None}
    pages = [{"tenant_id": "p", "server_usages": [running]}, {"tenant_id": "p", "server_usages": [never, {}]}]
    one, other = nova_servers(pages)
    assert (one.project, one.vcpus, one.started_at) == ("p", 2, datetime(2026, 10, 1, 0, 0, 0, 500_000, tzinfo=UTC))
    assert (other.started_at, other.ended_at, other.vcpus) == (None, None, 0)


def test_a_project_without_servers_has_none() -> None:
    """Nova may leave the list out."""
    assert list(nova_servers([{"tenant_id": "p"}])) == []
