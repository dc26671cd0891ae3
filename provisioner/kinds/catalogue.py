"""The kinds there are. A new kind is a module in this package and a line here."""

from typing import Final

from provisioner.kinds.interface import Kind
from provisioner.kinds.members import MembersKind
from provisioner.kinds.project import ProjectKind
from provisioner.kinds.quota import QuotaKind
from provisioner.objects import KindName

KINDS: Final[tuple[Kind, ...]] = (ProjectKind(), QuotaKind(), MembersKind())
BY_NAME: Final = {kind.name: kind for kind in KINDS}


def kind_of(name: KindName) -> Kind:
    """The kind of that name; KeyError where there is none."""
    return BY_NAME[name]
