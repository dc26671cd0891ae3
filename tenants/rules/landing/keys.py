"""Rules about key pairs: Nova takes their names, and two projects do not want two keys under one name."""

import re
from collections.abc import Iterator
from typing import Final

from tenants.kinds.landing.access import KEY_PAIR_NAME, KEY_PAIR_RULE
from tenants.kinds.landing.wanted import LONGEST
from tenants.landing_zone import KeyPairSpec
from tenants.problems import Location, Problem
from tenants.rules.landing.places import Landing, Placed, landings, wanted
from tenants.rules.manifests import Manifests

_NAME: Final = re.compile(KEY_PAIR_NAME)


def key_pairs_have_names_in_nova(manifests: Manifests) -> Iterator[Problem]:
    """A key pair's name in Nova, which begins with the project's in Keystone, is one that Nova takes."""
    for landing in landings(manifests):
        for pair in _pairs(landing):
            name = _nova_name(landing, pair.object)
            remedy = "name the user whose key pair it is: then the name stands alone"
            if len(name) > LONGEST:
                message = f'the name in Nova, "{name}", has {len(name)} characters of {LONGEST} at most'
                yield landing.error((*pair.way, "name"), message, f"shorten it, or {remedy}")
            elif _NAME.fullmatch(name) is None:
                message = f'the name in Nova would be "{name}", but Nova takes {KEY_PAIR_RULE}'
                yield landing.error((*pair.way, "name"), message, remedy)


def key_pairs_agree(manifests: Manifests) -> Iterator[Problem]:
    """No user of a cloud is to have two keys under one name, by whatever projects."""
    first: dict[tuple[str, str, str], tuple[str, Location]] = {}
    for landing in landings(manifests):
        for pair in _pairs(landing):
            key, name = pair.object.public_key, _nova_name(landing, pair.object)
            here = landing.location((*pair.way, "publicKey"))
            owner = (landing.project.cloud, pair.object.user or "", name)
            other, earlier = first.setdefault(owner, (key, here))
            if key and other and key.split()[:2] != other.split()[:2] and not _same_list(landing, pair):
                message = f'the key pair "{name}" has another key at {earlier}'
                yield landing.error((*pair.way, "publicKey"), message, "give one of them another name")


def _pairs(landing: Landing) -> Iterator[Placed[KeyPairSpec]]:
    """The key pairs that are to be there, where their names in Nova are known."""
    for pair in wanted(("keyPairs",), landing.spec.key_pairs):
        if pair.object.name and landing.project.keystone_name and pair.object.user != "":
            yield pair


def _nova_name(landing: Landing, pair: KeyPairSpec) -> str:
    return pair.name if pair.user else f"{landing.project.keystone_name}-{pair.name}"


def _same_list(landing: Landing, pair: Placed[KeyPairSpec]) -> bool:
    """Whether the reader has said already that the name stands a second time in its list."""
    names = [each.name for each in landing.spec.key_pairs]
    return names.index(pair.object.name) < int(pair.way[-1])


RULES = (key_pairs_have_names_in_nova, key_pairs_agree)
