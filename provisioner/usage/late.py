"""What was not known when a time was added up: for as long as that is so, it may amount to more later."""

from dataclasses import dataclass
from datetime import datetime

from provisioner.clouds.interface import ProjectId
from tenants.names import CloudName


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A cloud, or a project of one, of which looks did not tell everything."""

    cloud: CloudName
    #: None: all of the cloud.
    project: ProjectId | None
    #: Up to when they did.
    since: datetime
