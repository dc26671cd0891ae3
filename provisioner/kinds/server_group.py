"""Kind `server-group`: servers that Nova places together or apart (compute API reference, `os-server-groups`)."""

from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Scope
from provisioner.objects import KindName

NAME: Final = KindName("server-group")
SERVER_GROUPS: Final = Collection(
    name=CollectionName("server-groups"),
    service="compute",
    path="/os-server-groups",
    item="server_group",
    items="server_groups",
    fields=("name", "policies", "members"),
    microversion="2.57",
    everywhere={"all_projects": 1},
    # Nova lists those of its caller's project, or of all: nothing in between.
    project_filter=None,
    by_offset=True,
    scope=Scope.PROJECT,
)
