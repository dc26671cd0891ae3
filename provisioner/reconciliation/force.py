"""The city in force: documents and what they mean, read again only when something came into force since."""

from dataclasses import dataclass, field
from threading import Lock

from provisioner.requests.request import Papers
from provisioner.standing import InForce, in_force
from provisioner.store.database import Database
from tenants.spec import City
from tenants.validation import validate


@dataclass(slots=True)
class CityInForce:
    """Reads what is in force; safe to share between threads."""

    database: Database
    _lock: Lock = field(default_factory=Lock)
    _known: tuple[InForce, City | None] | None = None

    def read(self) -> tuple[InForce, City | None]:
        """The documents in force and the city that they make; None where they do not fit one another, or there are none."""
        with self._lock:
            force = in_force(self.database)
            if self._known is None or self._known[0].mark != force.mark or self._known[0].documents != force.documents:
                self._known = force, city_of(force.papers) if force.documents else None
            return self._known


def city_of(papers: Papers) -> City | None:
    """The city that documents make; None where they do not fit one another."""

    def lookup(name: str) -> bytes | None:
        text = papers.attached.get(name)
        return None if text is None else text.encode()

    return validate(((name, text.encode()) for name, text in papers.files.items()), lookup).city
