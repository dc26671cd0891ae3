"""Rules about names that may stand once, and about clouds."""

from collections.abc import Iterator

from tenants.problems import Problem
from tenants.rules.manifests import Manifests

_NAME = ("metadata", "name")


def names_are_unique(manifests: Manifests) -> Iterator[Problem]:
    """No two documents of one kind have the same name."""
    first: dict[tuple[str, str], str] = {}
    for each in manifests.all:
        if not each.name:
            continue
        place = str(each.location(*_NAME))
        earlier = first.setdefault((each.kind, each.name), place)
        if earlier != place:
            message = f'the {each.kind.lower()} "{each.name}" is described a second time; the first is at {earlier}'
            yield each.error(_NAME, message, "give it a name of its own, or make one manifest of the two")


def clouds_are_told_apart(manifests: Manifests) -> Iterator[Problem]:
    """No two clouds are the same domain of the same entry in clouds.yaml: each would manage the other's projects."""
    first: dict[tuple[str, str], str] = {}
    for each in manifests.clouds.values():
        spec = each.spec
        if spec.clouds_yaml and spec.domain:
            earlier = first.setdefault((spec.clouds_yaml, spec.domain), spec.name)
            if earlier != spec.name:
                message = (
                    f'is "{spec.clouds_yaml}" with the domain "{spec.domain}", as the cloud "{earlier}" is already'
                )
                yield each.error(("spec", "cloud"), message, "name another entry of clouds.yaml, or another domain")


RULES = (names_are_unique, clouds_are_told_apart)
