"""What somebody may not see is not there for them: the answer is the same 404, and the attempt goes into the audit log."""

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import Request

from api.http.permissions import note
from api.http.picture import Picture
from api.http.problems import not_found
from provisioner.access import Principal
from tenants.names import TenantName
from tenants.spec import TenantSpec


@dataclass(frozen=True, slots=True)
class Sight:
    """One request with the eyes of whoever sent it."""

    request: Request
    picture: Picture
    principal: Principal

    def tenant(self, name: str) -> TenantSpec:
        """A tenant that is to be seen. Raises HttpProblem where there is none."""
        spec = self.picture.city.tenants.get(TenantName(name))
        if spec is None:
            raise not_found("tenant", name)
        self.must_include([spec.name], what="tenant", name=name)
        return spec

    def must_include(self, tenants: Collection[TenantName], *, what: str, name: str) -> None:
        """Raises HttpProblem where something belongs to tenants that are not to be seen, or to none at all."""
        seen = self.picture.visible(self.principal)
        if seen is not None and (not tenants or not seen.issuperset(tenants)):
            reason = f"the {what} is of others than {self.principal.tenant} and below"
            note(self.request, "access.hidden", reason, self.principal)
            raise not_found(what, name)
