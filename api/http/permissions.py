"""What each route asks of whoever calls it. A route without one of these dependencies fails a test."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from api.http.authentication import Admitted, Presented, Refused, authenticate, presented_by
from api.http.problems import FORBIDDEN, UNAUTHENTICATED, HttpProblem, of_parameter
from api.http.refusals import NOBODY, RefusedAccess
from api.http.service import Service, service_of
from provisioner.access import Permission, Principal

#: Characters of a path that the audit log takes.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Allowed:
    """A dependency: lets in whose role has the permission and who asks for what there is, and gives who that is."""

    permission: Permission

    def __call__(self, request: Request) -> Principal:
        """The principal. Raises HttpProblem where nobody is logged in, the role does not permit it, or a parameter is unknown."""
        admitted = admit(request)
        principal = admitted.principal
        if not principal.may(self.permission):
            reason = f"the role {principal.role} has no permission {self.permission}"
            note(request, "access.refused", reason, principal)
            raise HttpProblem(FORBIDDEN, reason)
        _must_be_known(request)
        return principal


@dataclass(frozen=True, slots=True)
class Open:
    """A dependency: lets everybody in."""

    def __call__(self) -> None:
        """Nothing to say."""


def admit(request: Request) -> Admitted:
    """Who asks. Raises HttpProblem where nobody is logged in."""
    presented = presented_by(request)
    found = authenticate(presented, service_of(request).authenticators)
    if isinstance(found, Admitted):
        request.state.principal, request.state.until = found.principal, found.until
        return found
    if isinstance(found, Refused):
        note(request, "login.failed", found.reason, presented=presented)
    reason = found.reason if found else "no token was sent"
    error = ' error="invalid_token"' if found else ""
    raise HttpProblem(UNAUTHENTICATED, reason, headers={"www-authenticate": f'Bearer realm="tenantry"{error}'})


def _must_be_known(request: Request) -> None:
    """Raises HttpProblem for a query parameter that the route has not: left out in silence, it would list or do another thing."""
    known = _parameters(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:
            there = f"no parameter of this ({', '.join(sorted(known))} are)"
            raise of_parameter("query", name, there if known else "no parameter of this (there are none)")


def _parameters(dependant: Dependant) -> frozenset[str]:
    """The query parameters of a route, and of all that it depends on."""
    own = {each.alias for each in dependant.query_params}
    return frozenset(own.union(*map(_parameters, dependant.dependencies)))


def note(
    request: Request,
    action: str,
    reason: str,
    principal: Principal | None = None,
    *,
    presented: Presented | None = None,
) -> None:
    """Have refused access written into the audit log."""
    service: Service = service_of(request)
    service.refusals.note(
        RefusedAccess(
            actor=principal.actor if principal else NOBODY,
            action=action,
            subject=f"{request.method} {request.url.path}"[:_LONGEST],
            reason=reason,
            source=(presented or presented_by(request)).source,
        )
    )


Oneself = Annotated[Principal, Depends(Allowed(Permission.SELF))]
Reader = Annotated[Principal, Depends(Allowed(Permission.RESOURCES_READ))]
WorkReader = Annotated[Principal, Depends(Allowed(Permission.WORK_READ))]
AuditReader = Annotated[Principal, Depends(Allowed(Permission.AUDIT_READ))]
Planner = Annotated[Principal, Depends(Allowed(Permission.PLANS_MAKE))]
Applier = Annotated[Principal, Depends(Allowed(Permission.PLANS_APPLY))]
RequestReader = Annotated[Principal, Depends(Allowed(Permission.REQUESTS_READ))]
Requester = Annotated[Principal, Depends(Allowed(Permission.REQUESTS_MAKE))]
Reviewer = Annotated[Principal, Depends(Allowed(Permission.REQUESTS_REVIEW))]
Executor = Annotated[Principal, Depends(Allowed(Permission.REQUESTS_EXECUTE))]
UsageReader = Annotated[Principal, Depends(Allowed(Permission.USAGE_READ))]
CapacityReader = Annotated[Principal, Depends(Allowed(Permission.CAPACITY_READ))]
Closer = Annotated[Principal, Depends(Allowed(Permission.STATEMENTS_CLOSE))]
Looker = Annotated[Principal, Depends(Allowed(Permission.LOOKS_MAKE))]
MigrationReader = Annotated[Principal, Depends(Allowed(Permission.MIGRATIONS_READ))]
Mover = Annotated[Principal, Depends(Allowed(Permission.MIGRATIONS_RUN))]
SignerOff = Annotated[Principal, Depends(Allowed(Permission.MIGRATIONS_SIGN_OFF))]
