"""A PostgreSQL server of a test's own, which the test may take away and bring back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from provisioner.store.cluster import Cluster
from provisioner.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """The server, and a connection's worth of looking at what it keeps."""

    database: Database
    cluster: Cluster

    @property
    def url(self) -> str:
        """Where processes find it."""
        url = make_url(self.database.url).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def stop(self) -> None:
        """As when its machine loses power: no transaction ends, no client is told."""
        self.cluster._run("pg_ctl", self.cluster.data, "stop", "--mode=immediate", "--wait")

    def start(self) -> None:
        """Start it again; it recovers first."""
        self.cluster.start()

    def rows(self, query: str, **parameters: object) -> list[Any]:
        """What a query gives: a list of values where it asks for one column, of tuples otherwise."""
        with self.database.transaction() as connection:
            found = connection.execute(text(query), parameters).all()
        return [each[0] if len(each) == 1 else tuple(each) for each in found]


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server for the block, with our schema; it ends with this process, however that ends."""
    with Database.embedded(folder) as database:
        database.upgrade()
        yield Postgres(database=database, cluster=Cluster(data=folder.absolute() / "data"))
