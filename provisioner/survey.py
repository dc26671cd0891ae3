"""Look at all clouds that a city's manifests use, side by side. One cloud out of reach costs only that cloud."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from provisioner.errors import CloudError
from provisioner.looks import Connect, Looks
from provisioner.observation import Observation
from provisioner.observe import wanted_of
from provisioner.store import observations
from provisioner.store.database import Database
from tenants.names import CloudName
from tenants.spec import City

__all__ = ["Connect", "Survey", "clouds_in_use", "recorded_survey", "shared_survey", "survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was seen of each cloud, or why nothing was."""

    observations: Mapping[CloudName, Observation] = field(default_factory=dict)
    unreachable: Mapping[CloudName, str] = field(default_factory=dict)


def survey(city: City, clouds: Iterable[CloudName], connect: Connect, *, now: Callable[[], datetime]) -> Survey:
    """Observe these clouds, all at once."""
    return shared_survey(city, clouds, Looks(connect=connect, now=now))


def shared_survey(city: City, clouds: Iterable[CloudName], looks: Looks) -> Survey:
    """Observe these clouds, all at once, in looks that begin after this call and are shared with whoever else asks."""
    names = sorted(clouds)

    def look(name: CloudName) -> Observation | CloudError:
        spec = city.clouds[name]
        try:
            return looks.look(spec, wanted_of(city, spec))
        except CloudError as error:
            return error

    if not names:
        return Survey()
    with ThreadPoolExecutor(max_workers=len(names), thread_name_prefix="survey") as pool:
        seen = dict(zip(names, pool.map(look, names), strict=True))
    return Survey(
        observations={name: each for name, each in seen.items() if isinstance(each, Observation)},
        unreachable={name: str(each) for name, each in seen.items() if isinstance(each, CloudError)},
    )


def recorded_survey(database: Database, clouds: Iterable[CloudName]) -> Survey:
    """The last look at each of these clouds that is on record; no request is sent."""
    with database.transaction() as connection:
        found = {cloud: observations.latest(connection, cloud) for cloud in sorted(clouds)}
    return Survey(
        observations={cloud: each for cloud, each in found.items() if each},
        unreachable={cloud: "no look at it is on record" for cloud, each in found.items() if each is None},
    )


def clouds_in_use(city: City) -> frozenset[CloudName]:
    """The clouds in which some tenant has a project."""
    return frozenset(project.cloud for tenant in city.tenants.values() for project in tenant.projects)
