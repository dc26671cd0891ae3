"""What was seen of each cloud: the newest passes, so that a plan can be made, or explained, without asking again."""

import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType

from sqlalchemy import Connection, delete, insert, select

from provisioner.observation import Observation
from provisioner.store.codec import decode, encode, text_of
from provisioner.store.schema_operations import observations as table
from tenants.names import CloudName

ObservationId = NewType("ObservationId", int)

#: How many of each cloud are kept.
KEPT: Final = 20
#: zlib's fastest: a tenth of the size at a fifth of the time that the best level takes.
_LEVEL: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """That a cloud was observed, without what was seen."""

    id: ObservationId
    cloud: CloudName
    at: datetime
    #: HTTP requests that it took.
    requests: int


def save(connection: Connection, observation: Observation) -> ObservationId:
    """Keep an observation, and let go of the cloud's oldest beyond `KEPT`."""
    text = text_of(encode(Observation, observation))
    row = {"cloud": observation.cloud, "at": observation.at, "requests": observation.requests}
    content = zlib.compress(text.encode(), _LEVEL)
    saved = connection.execute(insert(table).values(**row, content=content).returning(table.c.id)).scalar_one()
    _prune(connection, observation.cloud)
    return ObservationId(saved)


def latest(connection: Connection, cloud: CloudName) -> Observation | None:
    """The newest observation of a cloud, or None where it was never observed."""
    query = select(table.c.content).where(table.c.cloud == cloud).order_by(table.c.at.desc(), table.c.id.desc())
    content = connection.scalar(query.limit(1))
    return None if content is None else _decode(content)


def passes(connection: Connection, cloud: CloudName) -> tuple[Pass, ...]:
    """The kept observations of a cloud, newest first."""
    columns = (table.c.id, table.c.cloud, table.c.at, table.c.requests)
    query = select(*columns).where(table.c.cloud == cloud).order_by(table.c.at.desc(), table.c.id.desc())
    return tuple(Pass(**row) for row in connection.execute(query).mappings())


def _decode(content: bytes) -> Observation:
    return decode(Observation, json.loads(zlib.decompress(content)))


def _prune(connection: Connection, cloud: CloudName) -> None:
    newest = select(table.c.id).where(table.c.cloud == cloud).order_by(table.c.at.desc(), table.c.id.desc()).limit(KEPT)
    connection.execute(delete(table).where(table.c.cloud == cloud, table.c.id.not_in(newest)))
