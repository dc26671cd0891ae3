"""Roles, and the part of the tree that somebody may see."""

import pytest

from provisioner.access import PERMISSIONS, Permission, Principal, Role, subtree
from tenants.spec import TenantSpec

WRITING = {Permission.PLANS_MAKE, Permission.PLANS_APPLY}


def tree(**parents: str | None) -> dict[str, TenantSpec]:
    """Tenants by name, each with its parent."""
    return {
        name: TenantSpec(name=name, display_name=name, parent=parent, protection_level=2)
        for name, parent in parents.items()
    }


TREE = tree(shenzhen=None, market="shenzhen", registry="market", archive="registry", transport="shenzhen")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_nobody_but_the_operator_writes(role: Role) -> None:
    """Reviewers decide about requests; they apply nothing themselves."""
    assert not PERMISSIONS[role] & WRITING


def test_metrics_reads_numbers_alone() -> None:
    """A scraper that leaks its token tells nothing of any department."""
    assert PERMISSIONS[Role.METRICS] == {Permission.SELF, Permission.METRICS_READ}


def test_a_member_reads_no_audit_log() -> None:
    """It tells of everybody."""
    assert not Principal(actor="a", role=Role.MEMBER, tenant="market").may(Permission.AUDIT_READ)


def test_every_role_is_given_its_permissions() -> None:
    """None is forgotten."""
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize(
    ("root", "below"),
    [
        ("market", {"market", "registry", "archive"}),
        ("archive", {"archive"}),
        ("shenzhen", set(TREE)),
        ("unknown", {"unknown"}),
    ],
)
def test_a_subtree_is_a_tenant_with_all_below(root: str, below: set[str]) -> None:
    """However deep; one that no manifest describes is by itself."""
    assert subtree(TREE, root) == below


def test_a_circle_has_an_end() -> None:
    """Manifests cannot ask for one; a record of several times might."""
    assert subtree(tree(a="b", b="a"), "a") == {"a", "b"}


@pytest.mark.parametrize("permission", [*sorted(WRITING), Permission.AUDIT_READ])
def test_what_reaches_everything_is_not_for_a_part_of_the_tree(permission: Permission) -> None:
    """An operator of one department could name any project in a manifest."""
    assert Principal(actor="a", role=Role.OPERATOR).may(permission)
    assert not Principal(actor="a", role=Role.OPERATOR, tenant="market").may(permission)
