"""The kinds there are. A new kind is a module in this package and a line here."""

from typing import Final

from provisioner.clouds.collections import Read
from provisioner.clouds.offers import Offers
from provisioner.kinds.floating_ip import FloatingIPKind
from provisioner.kinds.grant import GrantKind
from provisioner.kinds.interface import Kind
from provisioner.kinds.key_pair import KeyPairKind
from provisioner.kinds.members import MembersKind
from provisioner.kinds.network import NetworkKind
from provisioner.kinds.port import PortKind
from provisioner.kinds.project import ProjectKind
from provisioner.kinds.quota import QuotaKind
from provisioner.kinds.router import RouterKind
from provisioner.kinds.security_group import SecurityGroupKind
from provisioner.kinds.security_group_rules import SecurityGroupRulesKind
from provisioner.kinds.server import ServerKind
from provisioner.kinds.server_group import ServerGroupKind
from provisioner.kinds.subnet import SubnetKind
from provisioner.kinds.volume import VolumeKind
from provisioner.objects import KindName
from tenants.spec import ProjectSpec

KINDS: Final[tuple[Kind, ...]] = (
    ProjectKind(),
    QuotaKind(),
    MembersKind(),
    NetworkKind(),
    SubnetKind(),
    RouterKind(),
    SecurityGroupKind(),
    SecurityGroupRulesKind(),
    FloatingIPKind(),
    KeyPairKind(),
    GrantKind(),
    ServerGroupKind(),
    PortKind(),
    VolumeKind(),
    ServerKind(),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}


def kind_of(name: KindName) -> Kind:
    """The kind of that name; KeyError where there is none."""
    return BY_NAME[name]


def reads_of(project: ProjectSpec | None, offers: Offers) -> tuple[Read, ...]:
    """The listings that all kinds together need for a project, or for everything."""
    return tuple(read for kind in KINDS for read in kind.reads(project, offers))
