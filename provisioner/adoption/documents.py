"""What an import is made of: documents in the manifest's own form, and what was left out of them. Pure records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from provisioner.kinds.server_properties import APPLICATION
from tenants.names import TenantName

#: A manifest, or a part of one, as YAML has it: mappings, lists, text, numbers.
Document = Mapping[str, Any]
#: One that is still being made.
Draft = dict[str, Any]

#: What Tenantry marks servers with.
GROUP_BY: Final = APPLICATION

API_VERSION: Final = "tenantry/v1"


class LeftOut(NamedTuple):
    """Something that exists and is not in the manifests."""

    #: A project's name in Keystone, and for a part of it that behind a colon: `scjg: router edge`.
    what: str
    #: Why, alike for all that it is true of.
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopter:
    """The tenant that takes the projects over."""

    name: TenantName
    display_name: str
    #: The key of servers' metadata that names the applications that they are of.
    group_by: str = GROUP_BY
    #: The names of applications that other manifests describe.
    known_applications: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A tenant's manifest for projects that exist, its applications, and what could not be put into them."""

    document: Document
    left_out: tuple[LeftOut, ...]
    applications: tuple[Document, ...] = ()
    #: How many objects of each sort the documents hold: `network`, `server`.
    counts: Mapping[str, int] = field(default_factory=dict)


def manifest(kind: str, name: str, display_name: str, spec: Document) -> Draft:
    """A whole document."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "displayName": display_name},
        "spec": spec,
    }
