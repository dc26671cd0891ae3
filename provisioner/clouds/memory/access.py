"""Nova in memory: key pairs, kept for users, and server groups (compute API reference, `os-keypairs`, `os-server-groups`)."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, Declined, Habit, Holds, Making
from provisioner.clouds.memory.servers import SERVERS
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World
from tenants.resources import Resource, Service

KEY_PAIRS: Final = "/os-keypairs"
SERVER_GROUPS: Final = "/os-server-groups"


class KeyPairHabit(Habit):
    """Key pairs: a user's, who has one of each name."""

    path = KEY_PAIRS
    takes = frozenset({"name", "public_key", "type", "user_id"})
    changes = frozenset()

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Refused where the user has one of that name."""
        if len(str(making.body.get("public_key", "")).split()) < 2:  # noqa: PLR2004 - a key's type and body
            raise Declined(BAD_REQUEST, "Keypair data is invalid: failed to generate fingerprint")
        user, name = self.parent(world, making.parent, making.body), str(making.body.get("name"))
        if world.shelves.find(KEY_PAIRS, name, parent=user):
            raise Declined(CONFLICT, f"Key pair '{name}' already exists.")
        return {"type": "ssh", "fingerprint": "00:01", **making.body, "user_id": user}

    def identity(self, item: Mapping[str, Any], fresh: str) -> str:
        """Its name."""
        return str(item["name"])

    def parent(self, world: World, asked: str, body: Mapping[str, Any]) -> str:
        """The user whose it is: Tenantry's own where none is named."""
        return asked or str(body.get("user_id") or world.own_user)

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """Without an id."""
        return {key: value for key, value in stored.item.items() if key != "id"}


class ServerGroupHabit(Habit):
    """Server groups, with the servers that were made in them."""

    path = SERVER_GROUPS
    takes = frozenset({"name", "policies", "policy", "rules"})
    changes = frozenset()

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """With one policy."""
        if not making.body.get("name") or not (making.body.get("policies") or making.body.get("policy")):
            raise Declined(BAD_REQUEST, "Invalid input: a server group has a name and a policy")
        return {"metadata": {}, **making.body}

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One server group."""
        return {Resource(service=Service.COMPUTE, name="server_groups"): 1}

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """With its members."""
        members = [each.id for each in world.shelves.all(SERVERS) if each.inner["group"] == stored.id]
        return {**stored.item, "members": members}
