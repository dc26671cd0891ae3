"""How many requests collectors may send to a cloud: so many within any minute, over all processes together.

A request has its turn given here before it is sent. The turns of the last minute are kept by cloud, and a new one comes no
earlier than a minute after the one that stands so many before it. So no minute has more, wherever it begins; that is
what a bucket of tokens, which fills while it is emptied, does not hold to.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from provisioner.store.schema_usage import request_budgets as table
from tenants.names import CloudName

WINDOW: Final = timedelta(minutes=1)


def turn(connection: Connection, cloud: CloudName, *, most: int, window: timedelta = WINDOW) -> timedelta:
    """Take the next turn; returns in how long it comes, 0 for now. At most `most` come within any `window`."""
    connection.execute(insert(table).values(cloud=cloud, sent=[]).on_conflict_do_nothing())
    query = select(table.c.sent).where(table.c.cloud == cloud).with_for_update()
    sent: Sequence[datetime] = connection.execute(query).scalar_one()
    # Only now: the row may have been waited for.
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    at = next_turn(sent, now, most=most, window=window)
    kept = [*(each for each in sent if each > now - window), at]
    connection.execute(update(table).where(table.c.cloud == cloud).values(sent=kept))
    return at - now


def next_turn(sent: Sequence[datetime], now: datetime, *, most: int, window: timedelta) -> datetime:
    """When the next request may go, after those that went or shall go (oldest first): never before any of these."""
    latest = sent[-1] if sent else now
    if len(sent) < most:
        return max(now, latest)
    return max(now, latest, sent[-most] + window)
