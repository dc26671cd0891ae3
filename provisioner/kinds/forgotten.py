"""What was made for an application that names it no longer: told, and never taken away. Pure; part of `server` and `volume`.

A server that is called otherwise in its manifest, or counted where it was not, is made anew under its new name. The
old one stays, for nothing goes unasked; but somebody should know.
"""

from collections.abc import Collection, Iterable, Iterator

from provisioner.clouds.collections import Item
from provisioner.kinds.interface import Asked
from provisioner.kinds.server_properties import APPLICATION
from provisioner.objects import KindName
from provisioner.plan import Notice


def notices(asked: Asked, kind: KindName, items: Iterable[Item], named: Collection[str]) -> Iterator[Notice]:
    """Those of the items that bear our mark and none of the names that manifests have for them."""
    known = {each.name for each in asked.project.applications}
    for item in items:
        name, application = str(item.get("name") or ""), (item.get("metadata") or {}).get(APPLICATION)
        if application in asked.project.on_the_way:
            continue
        if name and application and name not in named:
            who = "whose manifest names it no longer" if application in known else "which the project has no longer"
            yield Notice(
                address=asked.address(kind, name),
                message=f"was made for the application {application}, {who}; it stays, and holds quota, until it is "
                f"described with state: absent or deleted in the cloud (openstack {kind} delete)",
            )
