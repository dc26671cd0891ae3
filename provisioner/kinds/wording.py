"""Properties and values of objects in words, for messages: `group market-ops as member`, `640GiB`. Pure."""

import re
from typing import Final

from provisioner.kinds import members, quota, volume
from provisioner.objects import Address, Value
from tenants.resources import Service

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def property_text(address: Address, name: str) -> str:
    """A property as people know it: `cores`, `availability zone`, `group market-ops as member`."""
    if address.kind != members.NAME:
        # What holds a space has a name of somebody's own in it.
        return name if " " in name else _HUMP.sub(" ", name).lower() if _HUMP.search(name) else name
    membership = members.membership_of(name)
    return f"{membership.kind} {membership.principal} as {membership.role}"


def value_text(address: Address, name: str, value: Value) -> str:
    """A property's value as a manifest would say it; text in quotes."""
    if address.kind == quota.NAME:
        return quota.limit_text(Service(address.key), name, value)
    if address.kind == members.NAME:
        return "present" if value else "absent"
    if address.kind == volume.NAME and name == volume.SIZE:
        return f"{value}GiB"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else f'"{value}"'
