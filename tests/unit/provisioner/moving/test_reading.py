"""Whoever can do nothing with a part of what a cloud lists gets all of it, or the error."""

from collections.abc import Iterable
from typing import Any

import pytest

from provisioner.clouds.collections import Item, Listing, Read
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudError
from provisioner.migration.collections import SERVERS
from provisioner.moving.reading import everything, of_project, of_projects

A, B = ProjectId("a"), ProjectId("b")
WEB: Item = {"id": "s1"}


class _Resources:
    """One server, in project a; what more there is could not be read."""

    def __init__(self, failure: CloudError | None = None) -> None:
        self._failure = failure

    def everything(self, *_: object) -> Listing:
        """As a cloud does."""
        return Listing(items=(WEB,), failure=self._failure)

    def list(self, _: Read, projects: Iterable[ProjectId]) -> dict[ProjectId, tuple[Item, ...] | CloudError]:
        """As a cloud does."""
        return {each: (WEB,) if each == A else self._failure or () for each in projects}


def test_what_was_read_is_given() -> None:
    """Of the whole cloud, of several projects, and of one."""
    cloud: Any = _Resources()
    read = Read(collection=SERVERS)
    assert everything(cloud, SERVERS) == (WEB,)
    assert of_projects(cloud, read, [A, B]) == (WEB,)
    assert of_project(cloud, read, B) == ()


def test_a_part_is_never_taken_for_all() -> None:
    """The error of the page, or of the project, that was not read is raised."""
    cloud: Any = _Resources(CloudError("Nova is away"))
    read = Read(collection=SERVERS)
    with pytest.raises(CloudError, match="Nova is away"):
        everything(cloud, SERVERS)
    with pytest.raises(CloudError, match="Nova is away"):
        of_projects(cloud, read, [A, B])
    with pytest.raises(CloudError, match="Nova is away"):
        of_project(cloud, read, B)
