"""Cloud-neutral objects: what is compared, planned, stored and printed, whatever kind of thing it is.

An object is an address and its properties, all plain values. The diff, the plan, the fingerprint, the journal and the
printing work on these alone; only `provisioner.kinds` knows what a kind means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from tenants.names import CloudName, ProjectName, TenantName
from tenants.presence import Presence

KindName = NewType("KindName", str)
Value = str | int | bool | None
Properties = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Address:
    """Where an object stands: readable, unique, stable over time."""

    cloud: CloudName
    tenant: TenantName
    project: ProjectName
    kind: KindName
    #: Tells objects of one kind in one project apart (`compute`, `group/market-ops/member`); empty where there is one.
    key: str = ""

    def __str__(self) -> str:
        parts = (self.cloud, self.tenant, self.project, self.kind, self.key)
        return "/".join(part for part in parts if part)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The inverse of `str`. Raises ValueError where the text has too few parts."""
        cloud, tenant, project, kind, *key = text.split("/", 4)
        return cls(
            cloud=CloudName(cloud),
            tenant=TenantName(tenant),
            project=ProjectName(project),
            kind=KindName(kind),
            key=key[0] if key else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What a manifest asks of one object. Properties that it does not name are left alone."""

    address: Address
    presence: Presence = Presence.PRESENT
    properties: Properties = field(default_factory=dict)
    #: Given to the object when it is made, and not looked at again.
    initial: Properties = field(default_factory=dict)


#: The objects that exist, with all properties that were read.
Observed = Mapping[Address, Properties]
