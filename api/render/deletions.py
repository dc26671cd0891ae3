"""What a plan deletes, and what has to be said by name before it does. Pure; `api.cli.consent` asks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.render.names import Names
from api.render.quantity import amount
from provisioner.diff import Change, Verb
from provisioner.kinds import floating_ip, grant, members, network, port, project, subnet, volume
from provisioner.kinds.server_properties import NAME as SERVER
from provisioner.objects import KindName, Value
from provisioner.plan import Plan
from tenants.resources import Unit

#: Cutting off members and disabling projects takes nothing away that could not be given again.
_UNASKED: Final = frozenset({members.NAME, project.NAME})
#: By kind, the properties by which people know an object besides its name.
_TELLING: Final[Mapping[KindName, Sequence[str]]] = {
    floating_ip.NAME: ("address", "port"),
    network.NAME: ("description",),
    port.NAME: ("address",),
    SERVER: ("flavor", "image"),
    subnet.NAME: ("cidr", "network"),
    volume.NAME: ("size", "type"),
}
_NONE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One object that will be deleted."""

    #: What has to be typed.
    name: str
    #: `volume reg-data, 100 GiB, ssd`.
    what: str
    #: Whose it is and where.
    where: str


def to_confirm(plan: Plan, names: Names) -> tuple[Deletion, ...]:
    """Every object that the plan will delete, in its order.

    Left out is the port of a server that is deleted with it: its name is the server's and its network's, and no manifest
    has it.
    """
    changes = [
        action.change
        for section in plan.sections
        if section.applicable
        for action in section.actions
        if action.change.verb is Verb.DELETE and action.change.address.kind not in _UNASKED
    ]
    servers = [each.address for each in changes if each.address.kind == SERVER]
    return tuple(
        Deletion(name=name_of(each), what=described(each), where=_where(each, names))
        for each in changes
        if each.address.kind != port.NAME
        or not any(
            (held.cloud, held.tenant, held.project) == (each.address.cloud, each.address.tenant, each.address.project)
            and each.address.key.startswith(f"{held.key}-")
            for held in servers
        )
    )


def unconfirmed(deletions: Iterable[Deletion], said: Iterable[str]) -> tuple[Deletion, ...]:
    """Those whose names were not said. Where several have the same name, it has to be said for each."""
    left = Counter(said)
    missing: list[Deletion] = []
    for each in deletions:
        if left[each.name]:
            left[each.name] -= 1
        else:
            missing.append(each)
    return tuple(missing)


def name_of(change: Change) -> str:
    """An object's name as its owners know it; of a grant, the name of what is granted."""
    address = change.address
    return address.key.partition("/")[2] if address.kind == grant.NAME else address.key


def described(change: Change) -> str:
    """An object that is there, with what tells it from others: `volume reg-data, 100 GiB, ssd`."""
    told = [
        _text(name, change.before[name])
        for name in _TELLING.get(change.address.kind, ())
        if change.before.get(name) not in {None, "", _NONE}
    ]
    return ", ".join([f"{change.address.kind} {change.address.key}", *told])


def _text(name: str, value: Value) -> str:
    return amount(value, Unit.GIBIBYTE) if name == "size" and isinstance(value, int) else str(value)


def _where(change: Change, names: Names) -> str:
    address = change.address
    return f"project {address.project} of {names.full(address.tenant)} on {address.cloud}"
