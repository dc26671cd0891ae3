"""Rules about the tree of tenants: every parent exists, and the way up ends."""

from collections.abc import Iterator

from tenants.kinds.tenant import TENANT
from tenants.language.report import Chooser
from tenants.names import TenantName
from tenants.problems import Problem
from tenants.rules.manifests import Manifests

_PARENT = ("spec", "parent")


def parents_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every parent is a tenant."""
    known = Chooser(manifests.tenants)
    for each in manifests.every_tenant():
        parent = each.spec.parent
        if parent and not manifests.has(TENANT.name, parent):
            yield each.error(_PARENT, f'no tenant is called "{parent}"', known.choose(parent))


def tree_has_no_circle(manifests: Manifests) -> Iterator[Problem]:
    """No tenant stands above itself. Each circle is told once, at the tenant of it whose name sorts first."""
    for circle in circles(manifests):
        way = " → ".join((*circle, circle[0]))
        each = manifests.tenants[circle[0]]
        yield each.error(_PARENT, f"a tenant would stand above itself: {way}", "name another parent in one of them")


def circles(manifests: Manifests) -> Iterator[tuple[TenantName, ...]]:
    """Each circle of tenants once, from the name that sorts first on, every tenant followed by its parent."""
    done: set[TenantName] = set()
    for start in sorted(manifests.tenants):
        way: dict[TenantName, None] = {}
        name: TenantName | None = start
        while name is not None and name in manifests.tenants and name not in done and name not in way:
            way[name] = None
            name = manifests.tenants[name].spec.parent
        if name is not None and name in way:
            members = list(way)
            circle = members[members.index(name) :]
            turn = circle.index(min(circle))
            yield (*circle[turn:], *circle[:turn])
        done.update(way)


RULES = (parents_exist, tree_has_no_circle)
