"""All manifests of one run, by kind and name: what the rules look at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tenants.kinds.cloud import CLOUD
from tenants.kinds.kind import Manifest
from tenants.kinds.tenant import TENANT
from tenants.names import CloudName, TenantName
from tenants.spec import CloudSpec, TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """Every document that was read, in the order of files and lines, so that nothing depends on who listed the files."""

    all: tuple[Manifest[Any], ...]
    #: The first of each name.
    clouds: Mapping[CloudName, Manifest[CloudSpec]]
    tenants: Mapping[TenantName, Manifest[TenantSpec]]
    #: (kind, name) of documents that could not be read to their end: they exist, but nothing else of them is known.
    declared: frozenset[tuple[str, str]] = frozenset()

    def every_tenant(self) -> Iterator[Manifest[TenantSpec]]:
        """All tenants, those of the same name included."""
        return (each for each in self.all if each.kind == TENANT.name)

    def has(self, kind: str, name: str) -> bool:
        """Whether any document, even one that could not be read to its end, declares the name."""
        known: Iterable[str] = self.clouds if kind == CLOUD.name else self.tenants
        return name in known or (kind, name) in self.declared


def gather(manifests: Iterable[Manifest[Any]], declared: frozenset[tuple[str, str]]) -> Manifests:
    """Order the manifests of a run and find them by name."""
    ordered = tuple(sorted(manifests, key=lambda each: each.location()))
    clouds: dict[CloudName, Manifest[CloudSpec]] = {}
    tenants: dict[TenantName, Manifest[TenantSpec]] = {}
    for each in ordered:
        if each.name and each.kind == CLOUD.name:
            clouds.setdefault(CloudName(each.name), each)
        elif each.name and each.kind == TENANT.name:
            tenants.setdefault(TenantName(each.name), each)
    return Manifests(all=ordered, clouds=clouds, tenants=tenants, declared=declared)
