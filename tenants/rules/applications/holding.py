"""Applications with the projects that hold them: what the rules about applications look at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from tenants.application import ApplicationSpec, Management
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Step
from tenants.language.report import Chooser
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.spec import CloudSpec, ProjectSpec, TenantSpec


class Object(Protocol):
    """What may be wanted or not."""

    @property
    def presence(self) -> Presence:
        """Whether it is wanted, as far as itself says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An application whose project is known."""

    manifest: Manifest[ApplicationSpec]
    tenant: Manifest[TenantSpec]
    project: ProjectSpec
    #: Where the project stands in its tenant's manifest.
    place: tuple[Step, ...]
    #: None where nothing describes it.
    cloud: CloudSpec | None

    @property
    def application(self) -> ApplicationSpec:
        """What is said of it."""
        return self.manifest.spec

    @property
    def key(self) -> tuple[str, str]:
        """Tells projects apart."""
        return self.tenant.name, self.project.name


def held(manifests: Manifests) -> Iterator[Held]:
    """Every application of a project that is described, those of the same name included."""
    places = {
        (name, project.name): (tenant, project, index)
        for name, tenant in manifests.tenants.items()
        for index, project in reversed(list(enumerate(tenant.spec.projects)))
        if project.name
    }
    for manifest in manifests.every_application():
        found = places.get((manifest.spec.owner, manifest.spec.project))
        if found is not None:
            tenant, project, index = found
            cloud = manifests.clouds.get(project.cloud)
            yield Held(
                manifest=manifest,
                tenant=tenant,
                project=project,
                place=("spec", "projects", index),
                cloud=None if cloud is None else cloud.spec,
            )


def held_once(manifests: Manifests) -> Iterator[Held]:
    """The same, the first of each name alone: what is compared with one another."""
    return (each for each in held(manifests) if manifests.applications.get(each.application.name) is each.manifest)


def is_wanted(application: ApplicationSpec, *objects: Object) -> bool:
    """Whether an application is to be there with these of its objects, so that what they refer to matters."""
    return all(each.presence is Presence.PRESENT for each in (application, *objects))


def is_made(application: ApplicationSpec) -> bool:
    """Whether an application is made and kept as described, and not only described."""
    return application.management is Management.FULL and application.presence is Presence.PRESENT


def presences(objects: Iterable[tuple[str, Object]]) -> dict[str, Presence]:
    """Whether each name is wanted; names that could not be read left out."""
    return {name: each.presence for name, each in objects if name}


class Reference:
    """Looks names up among what there is, and says what is wrong with one that is not there or not wanted."""

    def __init__(self, noun: str, whole: str, known: Mapping[str, Presence], *, lenient: bool = False) -> None:
        """Names of one kind (`network`) that something (`the project "registration"`) has.

        Lenient where the cloud may have more of them than the manifests say.
        """
        self._lenient = lenient
        self._noun = noun
        self._whole = whole
        self._known = known
        self._chooser = Chooser(name for name, presence in known.items() if presence is Presence.PRESENT)

    def check(
        self,
        manifest: Manifest[ApplicationSpec],
        steps: tuple[Step, ...],
        name: str,
        *,
        leaving: str = "leave it out here, or let it stay",
    ) -> Iterator[Problem]:
        """What is wrong with a reference at a place of the manifest; nothing where its name could not be read.

        `leaving` is what would be right where the name is of something that is to be taken away. Of an application that is only described, what the manifests do not know may be in the cloud all the same: a warning.
        """
        presence = self._known.get(name)
        if not name or presence is Presence.PRESENT:
            return
        if presence is None:
            say = (
                manifest.warning if self._lenient and manifest.spec.management is Management.OBSERVE else manifest.error
            )
            yield say(steps, f'{self._whole} has no {self._noun} "{name}"', self._chooser.choose(name))
        else:
            message = f'the {self._noun} "{name}" is to be taken away'
            yield manifest.error(steps, message, leaving)
