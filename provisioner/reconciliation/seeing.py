"""Look at some tenants' projects in a cloud, and put on record what the cloud now looks like as a whole."""

from collections.abc import Collection
from dataclasses import dataclass

from provisioner.looks import Looks
from provisioner.observation import Observation
from provisioner.observe import wanted_of
from provisioner.planning import projects_in
from provisioner.reconciliation.merging import among, completed
from provisioner.store import observations
from provisioner.store.database import Connection, Database
from tenants.names import CloudName, TenantName
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen."""

    fresh: Observation
    #: The Keystone names of the projects that were read.
    read: frozenset[str]

    def keep(self, connection: Connection) -> None:
        """Put it on record, completed by the newest look there is; nothing where that is newer than this, and saw more."""
        earlier = observations.latest(connection, self.fresh.cloud)
        if earlier is None:
            observations.save(connection, self.fresh)
        elif earlier.at <= self.fresh.at:
            observations.save(connection, completed(self.fresh, earlier, self.read))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """Looks, in looks that are shared with whoever asks at the same time."""

    database: Database
    looks: Looks

    def see(self, city: City, cloud: CloudName, tenants: Collection[TenantName]) -> Sight:
        """A look at these tenants' projects; at all projects where none was made before. Raises CloudError."""
        spec = city.clouds[cloud]
        wanted = wanted_of(city, spec)
        with self.database.transaction() as connection:
            seen_before = bool(observations.passes(connection, cloud))
        if seen_before:
            names = {each.keystone_name for name in tenants for each in projects_in(city.tenants[name], cloud)}
            wanted = among(wanted, names)
        return Sight(fresh=self.looks.look(spec, wanted), read=frozenset(wanted.services))
