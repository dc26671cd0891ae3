"""All manifests of one run, by kind and name: what the rules look at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenants.application import ApplicationSpec
from tenants.kinds.applications.application import APPLICATION
from tenants.kinds.cloud import CLOUD
from tenants.kinds.kind import Manifest
from tenants.kinds.policy import POLICY
from tenants.kinds.price_list import PRICE_LIST
from tenants.kinds.tenant import TENANT
from tenants.kinds.waves.wave import WAVE
from tenants.names import ApplicationName, CloudName, TenantName
from tenants.policy import PolicySpec
from tenants.presence import Presence
from tenants.prices import PriceListSpec
from tenants.spec import CloudSpec, TenantSpec
from tenants.wave import WaveSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """Every document that was read, in the order of files and lines, so that nothing depends on who listed the files."""

    all: tuple[Manifest[Any], ...]
    #: The first of each name.
    clouds: Mapping[CloudName, Manifest[CloudSpec]]
    tenants: Mapping[TenantName, Manifest[TenantSpec]]
    applications: Mapping[ApplicationName, Manifest[ApplicationSpec]] = field(default_factory=dict)
    #: (kind, name) of documents that could not be read to their end: they exist, but nothing else of them is known.
    declared: frozenset[tuple[str, str]] = frozenset()
    #: What the files hold that documents name (`tenants.user_data`); a file that was not found is not among them.
    attached: Mapping[str, bytes] = field(default_factory=dict)

    def every_tenant(self) -> Iterator[Manifest[TenantSpec]]:
        """All tenants, those of the same name included."""
        return (each for each in self.all if each.kind == TENANT.name)

    def every_application(self) -> Iterator[Manifest[ApplicationSpec]]:
        """All applications, those of the same name included."""
        return (each for each in self.all if each.kind == APPLICATION.name)

    def every_policy(self) -> Iterator[Manifest[PolicySpec]]:
        """All policies; more than one is a mistake."""
        return (each for each in self.all if each.kind == POLICY.name)

    def every_price_list(self) -> Iterator[Manifest[PriceListSpec]]:
        """All price lists, those of the same name included."""
        return (each for each in self.all if each.kind == PRICE_LIST.name)

    def every_wave(self) -> Iterator[Manifest[WaveSpec]]:
        """All waves that are to be there, those of the same name included."""
        waves: Iterator[Manifest[WaveSpec]] = (each for each in self.all if each.kind == WAVE.name)
        return (each for each in waves if each.spec.presence is Presence.PRESENT)

    def upwards(self, name: str) -> frozenset[TenantName]:
        """A tenant and all above it, as far as they are described."""
        found: set[TenantName] = set()
        node = self.tenants.get(TenantName(name))
        while node is not None and node.spec.name not in found:
            found.add(node.spec.name)
            node = self.tenants.get(node.spec.parent) if node.spec.parent else None
        return frozenset(found)

    def has(self, kind: str, name: str) -> bool:
        """Whether any document, even one that could not be read to its end, declares the name."""
        known: Mapping[str, Iterable[str]] = {
            CLOUD.name: self.clouds,
            TENANT.name: self.tenants,
            APPLICATION.name: self.applications,
        }
        return name in known.get(kind, ()) or (kind, name) in self.declared


def gather(
    manifests: Iterable[Manifest[Any]], declared: frozenset[tuple[str, str]], attached: Mapping[str, bytes]
) -> Manifests:
    """Order the manifests of a run and find them by name."""
    ordered = tuple(sorted(manifests, key=lambda each: each.location()))
    named: dict[str, dict[str, Manifest[Any]]] = {CLOUD.name: {}, TENANT.name: {}, APPLICATION.name: {}}
    for each in ordered:
        if each.name:
            named.setdefault(each.kind, {}).setdefault(each.name, each)
    return Manifests(
        all=ordered,
        clouds={CloudName(name): each for name, each in named[CLOUD.name].items()},
        tenants={TenantName(name): each for name, each in named[TENANT.name].items()},
        applications={ApplicationName(name): each for name, each in named[APPLICATION.name].items()},
        declared=declared,
        attached=attached,
    )
