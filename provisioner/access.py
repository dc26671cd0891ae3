"""Who may do what: roles, the permissions they carry, and whoever a request comes from. Pure.

Every way in over the network asks here: `api.http` lets a principal do what its role permits, and see what its part of the
tree of tenants holds. How somebody proves who they are is not decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from provisioner.operation import Actor
from tenants.names import TenantName
from tenants.spec import TenantSpec

TokenId = NewType("TokenId", str)


class Role(StrEnum):
    """What somebody is to the service."""

    #: Runs the clouds: sees everything, makes plans and applies them.
    OPERATOR = "operator"
    #: Decides about requests: sees everything, changes no cloud.
    REVIEWER = "reviewer"
    #: Belongs to a department: sees its own part of the tree alone.
    MEMBER = "member"
    #: Sees everything, the audit log too, and writes nothing.
    AUDITOR = "auditor"
    #: Scrapes numbers, and sees nothing else.
    METRICS = "metrics"


class Permission(StrEnum):
    """What a route may ask for."""

    #: Know oneself.
    SELF = "self:read"
    #: Tenants, projects, applications, clouds, drift and observations.
    RESOURCES_READ = "resources:read"
    #: Plans and operations.
    WORK_READ = "work:read"
    AUDIT_READ = "audit:read"
    PLANS_MAKE = "plans:make"
    PLANS_APPLY = "plans:apply"
    METRICS_READ = "metrics:read"
    REQUESTS_READ = "requests:read"
    #: Submit, withdraw and confirm.
    REQUESTS_MAKE = "requests:make"
    #: Approve, reject, ask for changes.
    REQUESTS_REVIEW = "requests:review"
    #: Have an approved request carried out.
    REQUESTS_EXECUTE = "requests:execute"
    #: Have a tenant looked at now.
    LOOKS_MAKE = "looks:make"
    #: What was used, and statements.
    USAGE_READ = "usage:read"
    #: What clouds have left.
    CAPACITY_READ = "capacity:read"
    #: Close a month's statements for good.
    STATEMENTS_CLOSE = "statements:close"
    #: Waves, those under way, and their migrations.
    MIGRATIONS_READ = "migrations:read"
    #: Plan and start waves; pause, resume, abort, retry and force.
    MIGRATIONS_RUN = "migrations:run"
    #: Say that an application works where it is now.
    MIGRATIONS_SIGN_OFF = "migrations:sign-off"


_READING: Final = frozenset(
    {
        *(Permission.SELF, Permission.RESOURCES_READ, Permission.WORK_READ, Permission.REQUESTS_READ),
        *(Permission.USAGE_READ, Permission.MIGRATIONS_READ),
    }
)
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OPERATOR: frozenset(Permission),
    Role.REVIEWER: _READING | {Permission.AUDIT_READ, Permission.CAPACITY_READ, Permission.REQUESTS_REVIEW},
    Role.MEMBER: _READING | {Permission.REQUESTS_MAKE, Permission.MIGRATIONS_SIGN_OFF},
    Role.AUDITOR: _READING | {Permission.AUDIT_READ, Permission.CAPACITY_READ, Permission.METRICS_READ},
    Role.METRICS: frozenset({Permission.SELF, Permission.METRICS_READ}),
}
#: Manifests name clouds and Keystone projects freely, so whoever plans and applies them reaches everything: no part of the
#: tree would hold them. Nor do the audit log, the clouds' capacity and the closing of a month have parts.
_UNBOUND: Final = frozenset(
    {
        Permission.PLANS_MAKE,
        Permission.PLANS_APPLY,
        Permission.AUDIT_READ,
        Permission.CAPACITY_READ,
        Permission.STATEMENTS_CLOSE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who has proved who they are."""

    actor: Actor
    role: Role
    #: The root of the part of the tree that they may see; None where that is all of it.
    tenant: TenantName | None = None
    #: The token that proved it, where one did.
    token: TokenId | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role carries the permission, and the part of the tree allows it."""
        return permission in PERMISSIONS[self.role] and (self.tenant is None or permission not in _UNBOUND)


def subtree(tenants: Mapping[TenantName, TenantSpec], root: TenantName) -> frozenset[TenantName]:
    """A tenant with all below it. One that no manifest describes is by itself."""
    children: dict[TenantName | None, list[TenantName]] = {}
    for each in tenants.values():
        children.setdefault(each.parent, []).append(each.name)
    found, waiting = {root}, [root]
    while waiting:
        below = [each for each in children.get(waiting.pop(), ()) if each not in found]
        found.update(below)
        waiting += below
    return frozenset(found)
