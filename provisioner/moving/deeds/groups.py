"""SERVER_GROUP: the groups that keep servers together or apart, in the target's project, before any server is built in them."""

from provisioner.clouds.collections import Item
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudRefused
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.moving.deed import ABSENT, Look, Spot, done
from provisioner.moving.deeds.made import Place, one
from tenants.names import ServerGroupName


class ServerGroups:
    """All groups that the servers are of."""

    patience = 120.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """By their names: Nova's groups bear no marks."""
        found = {name: one(_target(spot).named(name)) for name in _wanted(spot)}
        if not all(found.values()):
            return ABSENT
        return done(**{name: str((item or {})["id"]) for name, item in found.items()})

    def begin(self, spot: Spot) -> Receipt:
        """One request for each that is not there, with the policy that it has at the source, or in the manifest of an import."""
        requests: list[str] = []
        for name in _wanted(spot):
            if one(_target(spot).named(name)) is None:
                body = {"name": name, "policies": [_policy(spot, name)]}
                requests.extend(_target(spot).make(body).request_ids)
        return Receipt(request_ids=tuple(requests))

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Nothing: a group without servers does no harm, and nobody can tell whether it was there before."""


def group_of(spot: Spot, name: ServerGroupName) -> str:
    """Nova's id of a group at the target. Raises CloudRefused where it is gone."""
    found = one(_target(spot).named(name))
    if found is None:
        raise CloudRefused(f"the target has no server group {name} any more")
    return str(found["id"])


def _wanted(spot: Spot) -> tuple[ServerGroupName, ...]:
    machines = spot.scene.workload.machines
    return tuple(dict.fromkeys(each.server_group for each in machines if each.server_group is not None))


def _policy(spot: Spot, name: ServerGroupName) -> str:
    said = next((each.server_group_policy for each in spot.scene.workload.machines if each.server_group == name), None)
    if said is not None:
        return said
    place = Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=SERVER_GROUPS)
    item: Item = one(place.named(name)) or {}
    return str(next(iter(item.get("policies") or ()), "soft-anti-affinity"))


def _target(spot: Spot) -> Place:
    return Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=SERVER_GROUPS)
