"""What the routes share: the parts of Tenantry that answers are made from. One for each app, found through its state."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.accounting.statements import Statements
from api.exposition.board import Board
from api.http.authentication import Authenticator
from api.http.cities import Cities
from api.http.claims import Claims
from api.http.picture import Pictures
from api.http.refusals import Refusals
from api.http.traffic import Traffic
from provisioner.approval import Approver
from provisioner.deciding import Deciding
from provisioner.moving.controlling import Controlling
from provisioner.moving.starting import Starting
from provisioner.operation import Actor
from provisioner.proposal import Proposer
from provisioner.reconciliation.force import CityInForce
from provisioner.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts."""

    database: Database
    authenticators: Sequence[Authenticator]
    pictures: Pictures
    refusals: Refusals
    approver: Approver
    #: Moves requests on.
    deciding: Deciding
    cities: Cities
    #: Makes plans in somebody's name, from new looks or from those on record.
    proposer: Callable[[Actor, bool], Proposer]
    now: Callable[[], datetime]
    #: The pages of metrics.
    board: Board
    #: Plans and starts waves.
    starting: Starting
    #: Whether metrics need no token.
    metrics_open: bool = False
    traffic: Traffic = field(default_factory=Traffic)
    claims: Claims = field(default_factory=Claims)
    #: Set when the server is to end, so that streams end too.
    stopping: threading.Event = field(default_factory=threading.Event)
    #: Makes statements of what was metered, and closes them.
    statements: Statements = field(init=False)
    #: The manifests in force.
    force: CityInForce = field(init=False)
    #: Does what people want of waves under way.
    controlling: Controlling = field(init=False)

    def __post_init__(self) -> None:
        """What follows from the rest."""
        force = CityInForce(self.database)
        object.__setattr__(self, "force", force)
        object.__setattr__(self, "statements", Statements(database=self.database, force=force, now=self.now))
        object.__setattr__(self, "controlling", Controlling(database=self.database, now=self.now))


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    service: Service = request.app.state.service
    return service


async def _here(request: Request) -> Service:
    """As `service_of`; a coroutine, for FastAPI hands whatever is none to another thread, which costs more than all it does."""
    return service_of(request)


Here = Annotated[Service, Depends(_here)]
