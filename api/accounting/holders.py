"""Whose each line is: what projects and business systems are called, by the manifests in force and by what is kept of both."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from monitoring.statements.building import ProjectKey
from provisioner.statements.statement import Holder
from provisioner.store import usage_systems
from provisioner.store.database import Connection
from provisioner.usage.quantities import Line, Quantity
from provisioner.usage.tenancy import Tenancy
from tenants.names import CloudName
from tenants.spec import City, ProjectSpec


@dataclass(frozen=True, kw_only=True)
class Holders:
    """Of the projects that were held in a period."""

    city: City
    tenancies: Mapping[ProjectKey, Sequence[Tenancy]]
    #: What systems were last called when resources were found to be theirs.
    noted: Mapping[str, str]

    def of(self, project: ProjectKey, system: str = "") -> Holder:
        """A project, and one of its systems."""
        name = self._name(project)
        return Holder(
            cloud=project[0],
            project=project[1],
            name=name or project[1],
            system=system,
            system_name=self._system_name(project, system),
        )

    def sole_system(self, project: ProjectKey) -> str:
        """The code of the system that the project's manifest names alone: all in it is that system's."""
        spec = self._specs.get((project[0], self._name(project)))
        return spec.systems[0].code if spec is not None and len(spec.systems) == 1 else ""

    def divided(self, sums: Mapping[Line, Quantity]) -> dict[Line, Quantity]:
        """The same sums by the systems that statements name."""
        result: defaultdict[Line, Quantity] = defaultdict(Quantity)
        for line, quantity in sums.items():
            result[replace(line, system=self.sole_system((line.cloud, line.project)) or line.system)] += quantity
        return dict(result)

    @cached_property
    def _specs(self) -> Mapping[tuple[CloudName, str], ProjectSpec]:
        tenants = self.city.tenants.values()
        return {(each.cloud, each.keystone_name): each for tenant in tenants for each in tenant.projects}

    def _name(self, project: ProjectKey) -> str:
        held = self.tenancies.get(project, ())
        return held[-1].name if held else ""

    @cached_property
    def _applications(self) -> Mapping[str, str]:
        return {name: each.display_name for name, each in self.city.applications.items()}

    def _system_name(self, project: ProjectKey, code: str) -> str:
        spec = self._specs.get((project[0], self._name(project)))
        declared = {each.code: each.name for each in spec.systems} if spec is not None else {}
        return declared.get(code) or self._applications.get(code) or self.noted.get(code, "")


def holders(connection: Connection, city: City, tenancies: Mapping[ProjectKey, Sequence[Tenancy]]) -> Holders:
    """Of these projects."""
    return Holders(city=city, tenancies=tenancies, noted=usage_systems.names(connection))
