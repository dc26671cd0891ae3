"""How collectors keep to a cloud's budget of requests, and how requests are counted: what a cloud's adapter calls back."""

import threading
from dataclasses import dataclass, field
from typing import Final

from monitoring.exposition.family import SHORT
from provisioner.clouds.exchanges import Exchange
from provisioner.counting import Tally
from provisioner.errors import CloudUnavailable, StoreError
from provisioner.store import request_budgets
from provisioner.store.database import Database
from tenants.names import CloudName

#: Seconds; a shorter wait is the database's own time and no wait for the budget.
_NOTICED: Final = 0.01
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """Lets collectors' requests to one cloud go: so many a minute over all processes that share the database."""

    database: Database
    cloud: CloudName
    #: Requests a minute.
    most: int
    tally: Tally
    #: Set when the process ends: then nothing more is sent.
    ending: threading.Event = field(default_factory=threading.Event)
    #: So that a cloud's requests take up one of the database's connections, not all.
    _one: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        """Return when the next request may be sent.

        Raises CloudUnavailable at the end of the process, and where the database that keeps the budget is away.
        """
        try:
            with self._one, self.database.transaction() as connection:
                wait = request_budgets.turn(connection, self.cloud, most=self.most).total_seconds()
        except StoreError as error:
            raise CloudUnavailable(f"{self.cloud}: the budget of requests cannot be kept: {error}") from error
        if wait > _NOTICED:
            self.tally.count("api_budget_waits", {"cloud": self.cloud})
        if self.ending.wait(wait):
            raise CloudUnavailable(f"{self.cloud}: not asked any more, for this process ends")


def count_exchange(tally: Tally, cloud: CloudName, exchange: Exchange) -> None:
    """Count a request, whoever sent it."""
    labels = {"cloud": cloud, "service_type": exchange.service}
    code = "none" if exchange.status is None else f"{exchange.status // _HUNDRED}xx"
    tally.count("api_requests", {**labels, "code_class": code})
    tally.observe("api_request_duration_seconds", labels, exchange.seconds, buckets=SHORT)
