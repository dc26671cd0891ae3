"""One test's corner of the shared clouds: a tenant's name that nobody else has, manifests, and Tenantry to apply them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devcloud.fixture import Devcloud
from devcloud.handle import Mark
from tests.acceptance.clouds import Api, Cloud
from tests.acceptance.manifests import (
    ENFORCED,
    MEMBERS_HELD,
    Document,
    cloud,
    differences,
    project,
    tenant,
    write,
)
from tests.acceptance.shell import CHANGES, NOTHING, Ended, Shell
from tests.acceptance.traffic import effects, projects_made, writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What most tests are about: one tenant with a project `registration` in the city."""

    tenantry: Shell
    devcloud: Devcloud
    city: Cloud
    name: str
    #: The moment before the test.
    began: Mark

    @property
    def folder(self) -> Path:
        """Where the manifests are."""
        return self.tenantry.folder / "manifests"

    @property
    def keystone_name(self) -> str:
        """The name of the project in Keystone."""
        return f"{self.name}-registration"

    @property
    def project_id(self) -> str:
        """The project's id in Keystone, where there must be just one of that name."""
        return str(self.city.project(self.keystone_name)["id"])

    @property
    def enforced(self) -> dict[str, dict[str, Any]]:
        """What the services enforce on the project."""
        return self.city.limits(self.project_id)

    @property
    def members(self) -> set[str]:
        """Who has which role in the project."""
        return self.city.members(self.project_id)

    @property
    def engineer(self) -> Api:
        """The cloud in the hands of one of the project's members."""
        return self.city.as_user("li-wei", self.keystone_name)

    @property
    def writes(self) -> int:
        """How many writes Tenantry has sent since the test began."""
        return len(writes(self.devcloud, self.began))

    @property
    def effects(self) -> int:
        """How many of those the clouds took; one that makes what is there already is declined."""
        return len(effects(self.devcloud, self.began))

    @property
    def projects_made(self) -> int:
        """How many projects Keystone has made for Tenantry since the test began."""
        return projects_made(self.devcloud, self.began)

    def ask(self, **fields: Any) -> Path:
        """Write the tenant's manifest anew, its project with these fields; returns the folder."""
        return self.ask_all(tenant(self.name, project(**fields)))

    def ask_all(self, *documents: Document) -> Path:
        """Write these documents anew, beside the city's; returns the folder."""
        return write(self.folder, cloud(), *documents)

    def apply(self, *options: str, code: int = NOTHING) -> Ended:
        """Apply what is asked."""
        return self.tenantry("apply", self.folder, "--yes", *options, code=code)

    def plan(self, *options: str, code: int = CHANGES) -> Any:
        """The plan for what is asked, as a document."""
        return self.tenantry("plan", self.folder, "-o", "json", *options, code=code).document

    def drift(self, code: int = CHANGES) -> list[Mapping[str, Any]]:
        """What differs from what was applied."""
        return list(self.tenantry("drift", "-o", "json", code=code).document["differences"])

    def must_be_as_asked(self) -> None:
        """Raises AssertionError where the clouds do not show the ordinary quota and members."""
        assert (differences(ENFORCED, self.enforced), self.members) == ([], MEMBERS_HELD)
