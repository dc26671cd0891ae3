"""Applications with the waves that move them and the projects that they leave and reach: what the rules about waves look at."""

from collections.abc import Iterator
from dataclasses import dataclass

from tenants.application import ApplicationSpec
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Step
from tenants.names import ProjectName
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.spec import ProjectSpec, TenantSpec
from tenants.wave import Mode, WaveMember, WaveSpec

MEMBERS = ("spec", "applications")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """An application of a wave that is described, with its owner."""

    wave: Manifest[WaveSpec]
    member: WaveMember
    #: Where it stands in the wave.
    place: tuple[Step, ...]
    application: ApplicationSpec
    owner: TenantSpec

    @property
    def project(self) -> ProjectSpec | None:
        """The project that holds it, where that is described."""
        return self.project_called(self.application.project)

    @property
    def target_name(self) -> ProjectName:
        """The project that it goes to, by its name."""
        return self.member.project or self.wave.spec.target.project or self.application.project

    @property
    def target(self) -> ProjectSpec | None:
        """The same, where it is described."""
        return self.project_called(self.target_name)

    @property
    def is_named(self) -> bool:
        """Whether the wave says which project it goes to."""
        return (self.member.project or self.wave.spec.target.project) is not None

    @property
    def is_there(self) -> bool:
        """Whether its manifest has it in the project that the wave names: it moved already."""
        spec, project = self.wave.spec, self.project
        is_target = project is not None and project is self.target and project.cloud == spec.target.cloud
        return spec.mode.copies and self.is_named and is_target

    def project_called(self, name: ProjectName) -> ProjectSpec | None:
        """A project of its owner's."""
        return next((each for each in self.owner.projects if each.name == name and name), None)

    def error(self, steps: tuple[Step, ...], message: str, remedy: str = "") -> Problem:
        """An error at a part of what the wave says of it."""
        return self.wave.error((*self.place, *steps), message, remedy)

    def warning(self, steps: tuple[Step, ...], message: str, remedy: str = "") -> Problem:
        """A warning there."""
        return self.wave.warning((*self.place, *steps), message, remedy)


def moving(manifests: Manifests) -> Iterator[Moving]:
    """Every application of every wave that is described, as its owner is."""
    for wave in manifests.every_wave():
        for index, member in enumerate(wave.spec.members):
            application = manifests.applications.get(member.application)
            owner = manifests.tenants.get(application.spec.owner) if application is not None else None
            if application is not None and owner is not None:
                yield Moving(
                    wave=wave,
                    member=member,
                    place=(*MEMBERS, index),
                    application=application.spec,
                    owner=owner.spec,
                )


def is_import(wave: Manifest[WaveSpec]) -> bool:
    """Whether its applications come from disk images."""
    return wave.spec.mode is Mode.IMPORT
