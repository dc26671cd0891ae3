"""What people do to requests, as they say it: they ask, they decide; and what begins when a request is carried out."""

from dataclasses import dataclass

from provisioner.operation import Operation
from provisioner.requests.request import Papers, Party, Request, RequestId
from provisioner.requests.states import Act, Role
from tenants.names import TenantName


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What somebody asks for."""

    #: At the top of all that is asked for.
    tenant: TenantName
    papers: Papers
    by: Party
    #: A request that is a draft, or that changes were asked for; None makes a new one.
    amends: RequestId | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a reviewer decides, about one plan."""

    request: RequestId
    act: Act
    role: Role
    by: Party
    #: The plan that was looked at, by its fingerprint or the first 12 characters of it.
    fingerprint: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request under execution, with the operations that carry it out."""

    request: Request
    operations: tuple[Operation, ...] = ()
