"""The projects of our domain in a cloud (identity API reference v3): their ids, and whose they are from when on."""

from typing import Final

from monitoring.collection.collector import Asked, Harvest
from provisioner.errors import CloudError
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sort

NAME: Final = CollectorName("projects")


class Projects:
    """The collector. Others find projects' ids in its snapshot."""

    name = NAME
    sorts: tuple[Sort, ...] = ()

    def collect(self, asked: Asked) -> Harvest:
        """One request a page."""
        try:
            listed = asked.cloud.identity.projects(asked.spec.domain)
        except CloudError as error:
            return Harvest(failed={NAME: error}, anything=False)
        ordered = sorted(listed, key=lambda each: each.name)
        return Harvest(content={"projects": [[each.id, each.name, each.enabled] for each in ordered]})
