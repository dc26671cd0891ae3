"""Project ids in paths, guarded: Cinder and Neutron take any text for a project, keep limits under it, and say yes."""

import re
from typing import Final

from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudRefused
from tenants.names import CloudName

_PROJECT_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def checked(cloud: CloudName, project: ProjectId) -> ProjectId:
    """The id, once it is seen to be one of Keystone's (a UUID). Raises CloudRefused where it is, say, a name."""
    if not _PROJECT_ID.fullmatch(project):
        raise CloudRefused(f"{cloud}: {project!r} is not the id of a project; Keystone's ids are UUIDs")
    return project
