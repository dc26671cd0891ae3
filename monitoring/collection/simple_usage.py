"""Nova's own account of servers (compute API reference, `os-simple-tenant-usage`), for the comparison once a month."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from monitoring.collection.values import id_of, number, project_of, time
from monitoring.metering.crosscheck import NovaServer
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.coverage import Span

_OWNER: Final = "tenant_id"
_USAGES: Final = "server_usages"
COLLECTION: Final = Collection(
    name=CollectionName("simple-tenant-usage"),
    service="compute",
    path="/os-simple-tenant-usage",
    item="tenant_usage",
    items="tenant_usages",
    fields=(_USAGES,),
    owner=_OWNER,
    everywhere={"detailed": 1},
    # The lowest that has pages (Ocata, 2017). A project's servers may go on on the next.
    microversion="2.40",
)


def query(period: Span) -> Mapping[str, Any]:
    """What to ask for a period. Nova wants UTC, and no zone with it."""
    return {"start": _naive(period.start), "end": _naive(period.end)}


def nova_servers(usages: Iterable[Item]) -> Iterator[NovaServer]:
    """Every server of every project and page; one without an id is left out."""
    for usage in usages:
        for each in usage.get(_USAGES) or ():
            server = {**each, "id": each.get("instance_id")}
            name = id_of(server)
            if name is not None:
                yield NovaServer(
                    id=name,
                    project=project_of(server, _OWNER) or project_of(usage, _OWNER),
                    vcpus=number(server, "vcpus"),
                    memory_mb=number(server, "memory_mb"),
                    started_at=time(server, "started_at"),
                    ended_at=time(server, "ended_at"),
                )


def _naive(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat()
