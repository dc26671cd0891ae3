"""Who the service takes one for."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.http.model import Model, answer, example
from api.http.permissions import Oneself, admit
from provisioner.access import PERMISSIONS, Permission, Role

router = APIRouter(prefix="/v1", tags=["me"])


class Me(Model):
    """Somebody who is logged in."""

    model_config = example(
        actor="zhang.wei",
        role="member",
        tenant="market-regulation",
        permissions=["resources:read", "self:read", "work:read"],
        token="01jd7z9k3m5p7r9t1v",  # noqa: S106  # a token's id, not its secret
        until="2027-11-21T08:30:00Z",
    )

    actor: str = Field(description="As in plans, decisions and the audit log.")
    role: Role
    tenant: str | None = Field(description="The root of the part of the tree that one may see; null where that is all.")
    permissions: tuple[Permission, ...]
    token: str | None = Field(description="The id of the token in use.")
    until: datetime = Field(description="When it ends.")


@router.get("/me", response_model=Me, summary="Who one is")
def me(request: Request, principal: Oneself) -> Response:
    """Role, part of the tree, permissions, and until when the token counts."""
    return answer(
        Me(
            actor=principal.actor,
            role=principal.role,
            tenant=principal.tenant,
            permissions=tuple(sorted(PERMISSIONS[principal.role])),
            token=principal.token,
            until=admit(request).until,
        )
    )
