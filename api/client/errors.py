"""What may go wrong when a service is asked, as errors that say what to do; made from its problem details (RFC 9457).

ServiceError
├── Unreachable     retryable: nobody answered, or whoever did cannot now (429, 502, 503, 504; 409 while the same request is
│                   being worked on), for longer than we wait
├── NotLoggedIn     the token is missing, unknown, expired or revoked (401)
├── NotPermitted    the token's role does not permit it (403)
├── NotFound        there is no such thing, or it is not this token's to see (404)
├── Outdated        things are no longer as they were taken for (409, 412): look again
├── Refused         what was sent cannot be used (any other 4xx)
└── ServiceFailed   something went wrong in the service or in a cloud behind it (5xx)
"""

from typing import Final

from api.client.problem import Problem
from api.client.retrying import may_pass
from provisioner.errors import TenantryError


class ServiceError(TenantryError):
    """A service did not do what it was asked; `problem` is what it said of that, where it said anything."""

    def __init__(self, message: str, problem: Problem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class Unreachable(ServiceError):
    """Nobody answered, or whoever answered cannot do so now."""

    retryable = True


class NotLoggedIn(ServiceError):
    """The service does not know who asks."""


class NotPermitted(ServiceError):
    """The role of whoever asks does not permit this."""


class NotFound(ServiceError):
    """There is no such thing, or it is not to be seen."""


class Outdated(ServiceError):
    """What was asked stands against how things are now."""


class Refused(ServiceError):
    """What was sent cannot be used."""


class ServiceFailed(ServiceError):
    """The service, or a cloud behind it, failed."""


_OF_STATUS: Final[dict[int, type[ServiceError]]] = {
    401: NotLoggedIn,
    403: NotPermitted,
    404: NotFound,
    409: Outdated,
    412: Outdated,
}
_SERVER: Final = 500


def of_problem(problem: Problem) -> ServiceError:
    """The error that a problem is to whoever asked."""
    if may_pass(problem.status, problem.name):
        return Unreachable(_said(problem), problem)
    usual = Refused if problem.status < _SERVER else ServiceFailed
    return _OF_STATUS.get(problem.status, usual)(_said(problem), problem)


def _said(problem: Problem) -> str:
    told = f"{problem.title}: {problem.detail}" if problem.detail else problem.title
    if problem.status == 401:  # noqa: PLR2004  # as in the table above
        told += "; TENANTRY_TOKEN or TENANTRY_TOKEN_FILE gives the token, `tenantry token create` issues one"
    if problem.status >= _SERVER and problem.request_id:
        told += f" (request {problem.request_id} in the service's log)"
    return told
