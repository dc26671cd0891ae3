"""A tenant's manifest for projects that exist, with their landing zones and applications. The way into this package. Pure."""

from collections.abc import Iterable

from provisioner.adoption import places, trial
from provisioner.adoption.applications import Naming, applications
from provisioner.adoption.cloud import described
from provisioner.adoption.documents import Adopter, Adoption, Document, Draft, LeftOut, manifest
from provisioner.adoption.found import look_into
from provisioner.adoption.identifiers import identifier
from provisioner.adoption.landing_zone import landing_zone
from provisioner.adoption.project import project, reason_to_leave
from provisioner.adoption.zones import zone_of
from provisioner.observation import Observation
from tenants.spec import CloudSpec, ZoneSpec


def adopt(
    adopter: Adopter,
    cloud: CloudSpec,
    observation: Observation,
    *,
    names: Iterable[str] | None = None,
) -> Adoption:
    """Manifests for the observed projects of these Keystone names, or for all of them, with all that was listed of them."""
    chosen = sorted(observation.projects if names is None else names)
    level = min(next(iter(cloud.zones.values())).protection_levels)
    naming = Naming(adopter=adopter, taken=set(adopter.known_applications))
    left_out: list[LeftOut] = []
    taken: set[str] = set()
    projects: list[Draft] = []
    found_applications: list[Document] = []
    for keystone_name in chosen:
        view = observation.projects[keystone_name]
        if reason := reason_to_leave(view):
            left_out.append(LeftOut(keystone_name, reason))
            continue
        name = identifier(keystone_name, taken, prefix=f"{adopter.name}-")
        zone = zone_of(view, cloud, observation.offers)
        document, parts = project(name, view, cloud, zone)
        found = look_into(view, cloud, zone, observation)
        landing = landing_zone(found)
        projects.append(document | _level(zone, level) | ({"landingZone": landing} if landing else {}))
        found_applications += applications(found, name, landing, naming)
        left_out += [*parts, *found.left_out]
    spec: Document = {"protectionLevel": level, "projects": projects}
    documents: places.Documents = {
        places.TENANT: manifest("Tenant", adopter.name, adopter.display_name, spec),
        **{f"{each['metadata']['name']}": dict(each) for each in found_applications},
    }
    if found_applications or any("landingZone" in each for each in projects):
        held = trial.Trial(cloud=described(cloud), observation=observation, day=observation.at.date())
        left_out += trial.settle(documents, held)
    return Adoption(
        document=documents[places.TENANT],
        applications=tuple(each for name, each in documents.items() if name != places.TENANT),
        left_out=tuple(left_out),
        counts=trial.counts(documents),
    )


def _level(zone: ZoneSpec, level: int) -> Draft:
    """The level of a project whose zone does not take the tenant's."""
    return {} if level in zone.protection_levels else {"protectionLevel": min(zone.protection_levels)}
