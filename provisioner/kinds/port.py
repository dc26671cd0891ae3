"""Kind `port`: a server's place in a network (network API reference v2.0, `ports`), made before the server that takes it."""

from typing import Final

from provisioner.clouds.collections import Collection, CollectionName
from provisioner.objects import KindName

NAME: Final = KindName("port")
PORTS: Final = Collection(
    name=CollectionName("ports"),
    service="network",
    path="/ports",
    item="port",
    items="ports",
    fields=(
        "name",
        "network_id",
        "device_id",
        "device_owner",
        "fixed_ips",
        "security_groups",
        "mac_address",
        "status",
    ),
    neutron=True,
)
