"""What clouds list, or the error that kept them from it: for whoever can do nothing with a part of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from provisioner.clouds.collections import Collection, Item, Read, Resources
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudError


def everything(
    resources: Resources, collection: Collection, query: Mapping[str, Any] | None = None
) -> tuple[Item, ...]:
    """All items that there are, whoever's, narrowed by a query. Raises CloudError where not all of them were read."""
    listing = resources.everything(collection, query)
    if listing.failure is not None:
        raise listing.failure
    return listing.items


def of_projects(resources: Resources, read: Read, projects: Sequence[ProjectId]) -> tuple[Item, ...]:
    """What these projects have, in as few requests as the service allows. Raises CloudError where one was not read."""
    found: list[Item] = []
    for each in resources.list(read, projects).values():
        if isinstance(each, CloudError):
            raise each
        found.extend(each)
    return tuple(found)


def of_project(resources: Resources, read: Read, project: ProjectId) -> tuple[Item, ...]:
    """What one project has. Raises CloudError."""
    return of_projects(resources, read, [project])
