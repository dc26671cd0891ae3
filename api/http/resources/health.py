"""Whether the process lives, and whether it can answer: for whoever starts, watches and balances."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from api.http.model import Model, answer, example
from api.http.permissions import Open
from api.http.service import Here
from provisioner.errors import StoreError

router = APIRouter(tags=["health"])
Everybody = Annotated[None, Depends(Open())]
_UNREADY = 503


class Health(Model):
    """How the process is."""

    model_config = example(status="ok")

    status: str = Field(description="`ok`.")


class Readiness(Model):
    """Whether the process can answer."""

    model_config = example(status="ready", database="ok")

    status: str = Field(description="`ready` or `unready`.")
    database: str = Field(description="`ok`, or what is wrong with it: `unreachable`, `wrong-schema`.")


@router.get("/livez", response_model=Health, summary="Whether the process lives")
async def livez(_: Everybody) -> Response:
    """Asks nothing and nobody: an answer is all there is to it."""
    return answer(Health(status="ok"))


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It cannot answer requests now."}},
    summary="Whether the process can answer",
)
def readyz(service: Here, _: Everybody) -> Response:
    """The database is reached and its schema is this version's; not while the process ends."""
    try:
        service.database.check()
    except StoreError as error:
        found = "unreachable" if error.retryable else "wrong-schema"
        return answer(Readiness(status="unready", database=found), status=_UNREADY)
    if service.stopping.is_set():
        return answer(Readiness(status="unready", database="ok"), status=_UNREADY)
    return answer(Readiness(status="ready", database="ok"))
