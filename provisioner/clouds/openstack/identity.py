"""Keystone: projects, and who may do what in them (identity API reference, v3)."""

import threading
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from provisioner.clouds.interface import (
    Assignment,
    Directory,
    DomainId,
    KeystoneProject,
    PrincipalId,
    ProjectId,
    Receipt,
    RoleId,
)
from provisioner.clouds.openstack.calls import Body, Call
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import PAGE, list_all
from provisioner.errors import CloudMisconfigured
from tenants.names import DomainName, PrincipalName, RoleName
from tenants.spec import PrincipalKind

_SERVICE: Final = "identity"
_NOT_FOUND: Final = 404
_PAGED: Final = frozenset({"projects", "users", "groups"})
_PLURAL: Final[Mapping[PrincipalKind, str]] = {PrincipalKind.USER: "users", PrincipalKind.GROUP: "groups"}


class OpenStackIdentity:
    """Keystone through the identity API; implements `Identity`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._finding_domains = threading.Lock()
        self._domains: dict[DomainName, DomainId] = {}

    def projects(self, domain: DomainName) -> Sequence[KeystoneProject]:
        """One request, and one more to find the domain the first time."""
        return tuple(map(_project, self._list("projects", domain_id=self._domain(domain))))

    def project(self, domain: DomainName, name: str) -> KeystoneProject | None:
        """One request, and one more to find the domain the first time."""
        found = self._list("projects", domain_id=self._domain(domain), name=name)
        return next((_project(each) for each in found if each["name"] == name), None)

    def assignments(self, project: ProjectId | None = None) -> Sequence[Assignment]:
        """One request."""
        listed = self._list("role_assignments", **({} if project is None else {"scope.project.id": project}))
        return tuple(_assignment(each) for each in listed if _is_direct(each))

    def directory(self, domain: DomainName, *, users: bool) -> Directory:
        """One request for roles, one for groups, one for users where asked; side by side."""
        inside = {"domain_id": self._domain(domain)}
        filters: dict[str, Body] = {"roles": {}, "groups": inside, **({"users": inside} if users else {})}
        found = self._connection.all_of(filters, lambda name: self._list(name, **filters[name]))
        return Directory(
            roles={RoleName(each["name"]): RoleId(each["id"]) for each in found["roles"]},
            groups=_principals(found["groups"]),
            users=_principals(found.get("users", ())),
        )

    def create_project(self, domain: DomainName, *, name: str, description: str) -> tuple[KeystoneProject, Receipt]:
        """One request. A lost answer is not asked for again: look for the project before making it once more."""
        new = {"name": name, "description": description, "domain_id": self._domain(domain), "enabled": True}
        call = Call(service=_SERVICE, method="POST", path="/projects", body={"project": new}, expects="project")
        answer = self._connection.send(call)
        return _project(answer.body["project"]), answer.receipt

    def update_project(
        self, project: ProjectId, *, description: str | None = None, enabled: bool | None = None
    ) -> Receipt:
        """One request; none where nothing is to change."""
        changed = {"description": description, "enabled": enabled}
        body = {name: value for name, value in changed.items() if value is not None}
        if not body:
            return Receipt()
        path = f"/projects/{quote(project, safe='')}"
        call = Call(service=_SERVICE, method="PATCH", path=path, body={"project": body})
        return self._connection.send(call).receipt

    def grant(self, assignment: Assignment) -> Receipt:
        """One request."""
        return self._connection.send(Call(service=_SERVICE, method="PUT", path=_path(assignment))).receipt

    def revoke(self, assignment: Assignment) -> Receipt:
        """One request."""
        call = Call(service=_SERVICE, method="DELETE", path=_path(assignment), accept=frozenset({_NOT_FOUND}))
        return self._connection.send(call).receipt

    def _list(self, collection: str, **params: str) -> tuple[Body, ...]:
        # Without a limit Keystone gives no pages, and no more than its `max_db_limit` of these, without a word.
        paged = {"limit": str(PAGE)} if collection in _PAGED else {}
        call = Call(service=_SERVICE, method="GET", path=f"/{collection}", params={**params, **paged})
        return tuple(list_all(self._connection, call, collection))

    def _domain(self, name: DomainName) -> DomainId:
        """The domain's id: from the token where we come from that domain, else from Keystone, once."""
        with self._finding_domains:
            if name not in self._domains:
                self._domains[name] = self._domain_of_token(name) or self._found_domain(name)
            return self._domains[name]

    def _domain_of_token(self, name: DomainName) -> DomainId | None:
        access = self._connection.access()
        known = {
            access.user_domain_name: access.user_domain_id,
            access.project_domain_name: access.project_domain_id,
            access.domain_name: access.domain_id,
        }
        found = known.get(name)
        return DomainId(found) if found else None

    def _found_domain(self, name: DomainName) -> DomainId:
        for each in self._list("domains", name=name):
            return DomainId(each["id"])
        raise CloudMisconfigured(f"{self._connection.name}: Keystone has no domain named {name}")


def _project(body: Body) -> KeystoneProject:
    return KeystoneProject(
        id=ProjectId(body["id"]),
        name=body["name"],
        description=body.get("description") or "",
        enabled=bool(body["enabled"]),
    )


def _is_direct(body: Body) -> bool:
    """On a project itself: neither on a domain or the system, nor inherited by its sub-projects."""
    scope = body.get("scope", {})
    return "project" in scope and "OS-INHERIT:inherited_to" not in scope


def _assignment(body: Body) -> Assignment:
    kind = PrincipalKind.USER if "user" in body else PrincipalKind.GROUP
    return Assignment(
        project_id=ProjectId(body["scope"]["project"]["id"]),
        kind=kind,
        principal_id=PrincipalId(body[kind.value]["id"]),
        role_id=RoleId(body["role"]["id"]),
    )


def _principals(listed: Sequence[Body]) -> Mapping[PrincipalName, PrincipalId]:
    return {PrincipalName(each["name"]): PrincipalId(each["id"]) for each in listed}


def _path(assignment: Assignment) -> str:
    principal = f"{_PLURAL[assignment.kind]}/{quote(assignment.principal_id, safe='')}"
    return f"/projects/{quote(assignment.project_id, safe='')}/{principal}/roles/{quote(assignment.role_id, safe='')}"
