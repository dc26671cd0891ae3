"""The app: every route, its errors, and its description."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.http import description, problems
from api.http.context import RequestContext
from api.http.resources import (
    applications,
    audit,
    clouds,
    decisions,
    delegations,
    drift,
    health,
    me,
    metrics,
    migrations,
    moves_controls,
    moves_reports,
    observations,
    operations,
    plans,
    projects,
    reconciliation,
    requests,
    reservations,
    runs,
    statements,
    submissions,
    tenants,
    usage,
    waves,
)
from api.http.service import Service

_ROUTERS: Final = (
    *(health.router, me.router, clouds.router, tenants.router, projects.router, applications.router, plans.router),
    *(requests.router, submissions.router, decisions.router, delegations.router, reservations.router),
    *(operations.router, observations.router, drift.router, reconciliation.router, audit.router),
    *(usage.router, statements.router, waves.router),
    *(runs.router, moves_controls.of_waves, migrations.router, moves_controls.of_migrations),
    moves_reports.router,
    metrics.router,
)


def create_app(service: Service | None = None) -> FastAPI:
    """The app around a service; without one it can only be described."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if service is not None:
            service.refusals.start()
            service.claims.start(service.database, now=service.now)
            service.traffic.start(service.database)
            service.board.start()
        yield
        if service is not None:
            service.board.close()
            service.traffic.close()
            service.claims.close()
            service.refusals.close()

    app = FastAPI(
        title="Tenantry",
        version=version("tenantry"),
        description=description.INTRODUCTION,
        openapi_tags=list(description.TAGS),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    app.state.service = service
    for router in _ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(RequestContext)
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(description.describe(app))
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's way to another description
    return app


def _operation_id(route: APIRoute) -> str:
    """`listTenants`-like names for generated clients: the function's, which is unique over all modules."""
    return route.name
