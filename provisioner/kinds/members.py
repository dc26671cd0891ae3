"""Kind `members`: who has which role in a project: one object for a project, one property for each membership.

A membership that the manifest does not name is left alone; one that it names with `state: absent` is taken away.
"""

from collections.abc import Iterable
from typing import Final

from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId
from provisioner.diff import Change
from provisioner.errors import CloudMisconfigured, EffectMissing
from provisioner.kinds import ranks
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.observation import Membership
from provisioner.operation import Evidence
from tenants.names import PrincipalName, RoleName
from tenants.presence import Presence
from tenants.spec import PrincipalKind

NAME: Final = KindName("members")


class MembersKind(Kind):
    """Role assignments of Keystone, direct ones on projects."""

    name = NAME

    def rank(self, change: Change) -> int:
        """After the limits, so that nobody starts to use a project at the cloud's defaults."""
        return ranks.MEMBERS

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """Every membership that the manifest names: True to have it, False to have it taken away.

        From a project that does not exist yet there is nothing to take away.
        """
        project = asked.project
        if not project.is_active:
            return
        wanted = {
            property_name(Membership(kind=each.kind, principal=each.name, role=each.role)): each.presence
            is Presence.PRESENT
            for each in project.members
            if asked.view or each.presence is Presence.PRESENT
        }
        if wanted:
            yield Desired(address=asked.address(NAME), properties=wanted)

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """Every membership there is as True, and every other one that the manifest names as False.

        One of a principal or role that is known by its id alone cannot be what a manifest names, even if it reads so.
        """
        if asked.view is None:
            return
        named = {
            property_name(Membership(kind=each.kind, principal=each.name, role=each.role)): False
            for each in asked.project.members
        }
        held = {property_name(each): True for each in asked.view.memberships if each.resolved}
        yield asked.address(NAME), {**named, **held}

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Taking a role away cuts somebody off, so it is destructive."""
        revoked = any(value is False for value in change.after.values())
        return Assessment(
            reason="the manifest takes members away" if revoked else "the manifest names members that are missing",
            destructive=revoked,
        )

    def perform(self, change: Change, target: Target) -> Evidence:
        """Grant, then revoke, then list the project's assignments once to see that it is so.

        In that order, nobody whose role is exchanged for another stands without one when we are stopped between.
        """
        request_ids: list[str] = []
        wanted: dict[str, tuple[Assignment, bool]] = {}
        for name, value in sorted(change.after.items(), key=lambda member: not member[1]):
            assignment = _assignment(name, target.known_project, target)
            wanted[name] = (assignment, bool(value))
            write = target.cloud.identity.grant if value else target.cloud.identity.revoke
            request_ids.extend(write(assignment).request_ids)
        held = frozenset(target.cloud.identity.assignments(target.known_project))
        wrong = sorted(name for name, (assignment, value) in wanted.items() if (assignment in held) is not value)
        if wrong:
            raise EffectMissing(
                f"Keystone accepted the change but does not show it for: {', '.join(wrong)}",
                request_id=request_ids[-1] if request_ids else None,
            )
        return Evidence(request_ids=tuple(request_ids), values=dict(change.after))


def property_name(membership: Membership) -> str:
    """How a membership stands as a property: `group:market-ops:member`."""
    return f"{membership.kind}:{membership.principal}:{membership.role}"


def membership_of(name: str) -> Membership:
    """The inverse of `property_name`; a principal's name may itself hold colons, a role's may not."""
    kind, _, rest = name.partition(":")
    principal, _, role = rest.rpartition(":")
    return Membership(kind=PrincipalKind(kind), principal=PrincipalName(principal), role=RoleName(role))


def _assignment(name: str, project_id: ProjectId, target: Target) -> Assignment:
    membership = membership_of(name)
    known = target.directory.groups if membership.kind is PrincipalKind.GROUP else target.directory.users
    principal_id = known.get(membership.principal)
    role_id = target.directory.roles.get(membership.role)
    if principal_id is None or role_id is None:
        unknown = f"role {membership.role}" if role_id is None else f"{membership.kind} {membership.principal}"
        raise CloudMisconfigured(f"cloud {target.cloud.name} has no {unknown} in domain {target.domain}")
    return Assignment(
        project_id=project_id, kind=membership.kind, principal_id=PrincipalId(principal_id), role_id=role_id
    )
