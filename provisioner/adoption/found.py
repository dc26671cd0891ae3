"""What there is in one project, in the kinds' own terms, while its manifest is being made of it.

The kinds know what items mean (`Kind.observed`): what is written here is the inverse of what they read from manifests.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from provisioner.adoption.documents import LeftOut
from provisioner.clouds.collections import Collection, Item
from provisioner.kinds.interface import Asked
from provisioner.objects import KindName, Properties
from provisioner.observation import Observation, ProjectView
from provisioner.planning import observed_objects
from tenants.names import ProjectName, TenantName
from tenants.spec import CloudSpec, ProjectSpec, TenantSpec, ZoneSpec

_Named = Callable[[Item], str]


def by_name(item: Item) -> str:
    """An item's name; empty where it has none."""
    return str(item.get("name") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One project with all that it holds, and what of that is left out so far."""

    asked: Asked
    zone: ZoneSpec
    #: Properties of what has a name of its own, by kind and key.
    objects: Mapping[KindName, Mapping[str, Properties]]
    #: The Keystone names of all projects of the domain.
    neighbours: frozenset[str] = frozenset()
    left_out: list[LeftOut] = field(default_factory=list)

    def of(self, kind: KindName) -> Mapping[str, Properties]:
        """The objects of a kind, in the order of their keys."""
        return dict(sorted(self.objects.get(kind, {}).items()))

    def leave(self, part: str, reason: str) -> None:
        """Note that a part of the project is not in its manifest."""
        self.left_out.append(LeftOut(f"{self.asked.project.keystone_name}: {part}", reason))

    def items(self, collection: Collection) -> tuple[Item, ...]:
        """The project's items in a collection."""
        return self.asked.items(collection)

    def told_apart(self, collection: Collection, noun: str, name_of: _Named = by_name) -> Iterator[tuple[str, Item]]:
        """The items with a name of their own, by name; the others are left out."""
        items = self.items(collection)
        counts = Counter(map(name_of, items))
        for item in sorted(items, key=lambda each: (name_of(each), str(each["id"]))):
            name = name_of(item)
            if not name:
                self.leave(f"{noun} {item['id']}", "it has no name; give it one, and import again")
            elif counts[name] > 1:
                self.leave(f"{noun} {name} ({item['id']})", "it shares its name with another of the project")
            else:
                yield name, item


def look_into(view: ProjectView, cloud: CloudSpec, zone: ZoneSpec, observation: Observation) -> Found:
    """What a project holds; nothing where something of it could not be listed, which is noted."""
    name = view.project.name
    project = ProjectSpec(
        name=ProjectName(name),
        cloud=cloud.name,
        keystone_name=name,
        zone=zone.name,
        description=None,
        purpose=name,
        protection_level=0,
        site=zone,
    )
    alone = replace(observation, projects={name: view if not view.unlisted else closed(view)})
    asked = Asked.of(_NOBODY, project, alone)
    objects: dict[KindName, dict[str, Properties]] = {}
    for address, properties in observed_objects(asked).items():
        objects.setdefault(address.kind, {})[address.key] = properties
    found = Found(asked=asked, zone=zone, objects=objects, neighbours=frozenset(observation.projects))
    for collection, reason in sorted(view.unlisted.items()):
        found.leave("its landing zone and applications", f"its {collection} could not be listed: {reason}")
    return found


def closed(view: ProjectView) -> ProjectView:
    """The project without what it holds."""
    return replace(view, items={}, unlisted={})


#: What is there is read before it is anybody's.
_NOBODY = TenantSpec(name=TenantName(""), display_name="", parent=None, protection_level=0)
