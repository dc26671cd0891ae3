"""The kinds there are. A new kind is a module in this package and a line here."""

from typing import Final

from provisioner.clouds.collections import Read
from provisioner.clouds.offers import Offers
from provisioner.kinds.interface import Kind
from provisioner.kinds.key_pair import KeyPairKind
from provisioner.kinds.members import MembersKind
from provisioner.kinds.network import NetworkKind
from provisioner.kinds.project import ProjectKind
from provisioner.kinds.quota import QuotaKind
from provisioner.kinds.server import ServerKind
from provisioner.kinds.subnet import SubnetKind
from provisioner.objects import KindName
from tenants.spec import ProjectSpec

KINDS: Final[tuple[Kind, ...]] = (
    ProjectKind(),
    QuotaKind(),
    MembersKind(),
    NetworkKind(),
    SubnetKind(),
    KeyPairKind(),
    ServerKind(),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}


def kind_of(name: KindName) -> Kind:
    """The kind of that name; KeyError where there is none."""
    return BY_NAME[name]


def reads_of(project: ProjectSpec | None, offers: Offers) -> tuple[Read, ...]:
    """The listings that all kinds together need for a project, or for everything."""
    return tuple(read for kind in KINDS for read in kind.reads(project, offers))
