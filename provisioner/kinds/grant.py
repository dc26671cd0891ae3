"""Kind `grant`: leave to use what others own or what is not open to everybody (`provisioner.kinds.grants`).

One object for each thing granted; it is there where something was granted, and its property `granted` tells whether that
is in force. What is open to everybody needs no grant and counts as granted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from provisioner.clouds.collections import Read
from provisioner.clouds.interface import Receipt
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudRefused, EffectMissing, PlanChanged
from provisioner.kinds import ranks
from provisioner.kinds.grants.flavor import FlavorGrants
from provisioner.kinds.grants.grantable import Grantable, Thing
from provisioner.kinds.grants.image import ImageGrants
from provisioner.kinds.grants.network import NetworkGrants
from provisioner.kinds.grants.volume_type import VolumeTypeGrants
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.operation import Evidence
from provisioner.plan import Notice, Refusal
from tenants.landing_zone import Grant, GrantsSpec
from tenants.language.report import choose
from tenants.presence import Presence
from tenants.spec import ProjectSpec

NAME: Final = KindName("grant")
Sort = Grantable[Any]
SORTS: Final[tuple[Sort, ...]] = (NetworkGrants(), FlavorGrants(), ImageGrants(), VolumeTypeGrants())
_BY_WORD: Final = {sort.word: sort for sort in SORTS}
_NO_GRANTS: Final = GrantsSpec()


class GrantKind(Kind):
    """Grants to the project. An object's `id` is that of the thing."""

    name = NAME

    def rank(self, change: Change) -> int:
        """Before all that uses it is made, and after all that used it is gone."""
        return ranks.DELETE_GROUND if change.verb is Verb.DELETE else ranks.GROUND

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """One listing for all networks; one for each other private thing that the manifest names."""
        for sort in SORTS:
            names = None if project is None else {each.name for each in sort.asked(_grants(project))}
            offered = () if names == set() else sort.offered(offers)
            if read := sort.read(sort.thing(each) for each in offered if names is None or each.name in names):
                yield read

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The landing zone's grants; what is open to the project anyhow cannot be taken from it."""
        for sort, grant in _asked(asked):
            thing = _the_one(sort, asked.offers, grant.name)
            if grant.presence is Presence.PRESENT or thing is None or not _open(thing, asked):
                yield Desired(
                    address=_address(asked, sort, grant.name),
                    presence=grant.presence,
                    properties={"granted": True},
                )

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """What was granted to the project, and what the manifest names that is open to it anyhow."""
        for sort in SORTS:
            granted = {str(item[sort.thing_key]): sort.holds(item) for item in asked.items(sort.collection)}
            wanted = {each.name for named, each in _asked(asked) if named is sort and each.presence is Presence.PRESENT}
            for thing in _single(sort, asked.offers) if granted or wanted else ():
                address, is_open = _address(asked, sort, thing.name), _open(thing, asked)
                if is_open and thing.name in wanted:
                    yield address, {"id": thing.id, "granted": True}
                elif not is_open and thing.id in granted:
                    yield address, {"id": thing.id, "granted": granted[thing.id]}

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """A name that several things bear: which is meant nobody can tell."""
        for sort, grant in _asked(asked):
            count = len(sort.named(asked.offers, grant.name))
            if count > 1:
                yield Refusal(
                    address=_address(asked, sort, grant.name),
                    message=f"the cloud has {count} {_noun(sort)}s of the name {grant.name}",
                    remedy="have all but one of them renamed, or name another",
                )

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """Grants that mean nothing, because the project may use the thing anyhow."""
        for sort, grant in _asked(asked):
            thing = _the_one(sort, asked.offers, grant.name)
            if thing is not None and _open(thing, asked):
                why = "is open to everybody" if thing.public else "belongs to the project itself"
                so = (
                    "there is nothing to grant"
                    if grant.presence is Presence.PRESENT
                    else "it cannot be taken from the project"
                )
                yield Notice(
                    address=_address(asked, sort, grant.name), message=f"the {_noun(sort)} {grant.name} {why}: {so}"
                )

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """What is not there, or is kept closed by its owner, cannot be granted."""
        sort, name = _parse(change.address)
        if change.verb is Verb.DELETE:
            return Assessment(reason=f"the manifest takes it away; {sort.taken}", destructive=True)
        if change.verb is Verb.UPDATE:
            return Assessment(reason="it was granted, and nobody has accepted it for the project")
        reason = "the manifest grants it, and the project may not use it yet"
        thing = _the_one(sort, asked.offers, name)
        if thing is None:
            message = f"the cloud has no {_noun(sort)} {name}"
            remedy = choose(name, sorted({each.name for each in sort.offered(asked.offers) if each.name}))
        elif thing.hindrance is not None:
            message, remedy = thing.hindrance.message, thing.hindrance.remedy
        else:
            return Assessment(reason=reason)
        refusal = Refusal(address=change.address, message=message, remedy=remedy)
        return Assessment(reason=reason, refusals=(refusal,))

    def perform(self, change: Change, target: Target) -> Evidence:
        """Give or take, then look whether it is so: what counts is what holds afterwards, whoever made it hold."""
        project, (sort, name) = target.known_project, _parse(change.address)
        thing = _the_one(sort, target.offers, name)
        if thing is None:
            raise PlanChanged(f"the cloud has no {_noun(sort)} {name} any more")
        wanted = None if change.verb is Verb.DELETE else True
        refused: CloudConflict | CloudRefused | None = None
        try:
            receipt = (sort.give if wanted else sort.take)(target.cloud, project, thing)
        except (CloudConflict, CloudRefused) as error:
            refused = error
            receipt = Receipt(request_ids=(error.request_id,) if error.request_id else ())
        if sort.state(target.cloud, project, thing) is not wanted:
            raise refused or EffectMissing(
                f"the cloud accepted the change but does not show it for the {_noun(sort)} {name}",
                request_id=next(iter(receipt.request_ids), None),
            )
        values: Properties = {"granted": True, "id": thing.id} if wanted else {"deleted": thing.id}
        return Evidence(request_ids=receipt.request_ids, values=values)


def _grants(project: ProjectSpec) -> GrantsSpec:
    return project.landing_zone.grants if project.landing_zone else _NO_GRANTS


def _asked(asked: Asked) -> Iterator[tuple[Sort, Grant]]:
    """The manifest's grants, each with its sort; none of a project that is given back."""
    if asked.project.is_active:
        yield from ((sort, each) for sort in SORTS for each in sort.asked(_grants(asked.project)))


def _address(asked: Asked, sort: Sort, name: str) -> Address:
    return asked.address(NAME, f"{sort.word}/{name}")


def _parse(address: Address) -> tuple[Sort, str]:
    word, _, name = address.key.partition("/")
    return _BY_WORD[word], name


def _noun(sort: Sort) -> str:
    return sort.word.replace("-", " ")


def _single(sort: Sort, offers: Offers) -> Iterator[Thing]:
    """The things whose name no other has."""
    counts = Counter(each.name for each in sort.offered(offers))
    return (sort.thing(each) for each in sort.offered(offers) if counts[each.name] == 1)


def _the_one(sort: Sort, offers: Offers, name: str) -> Thing | None:
    found = sort.named(offers, name)
    return found[0] if len(found) == 1 else None


def _open(thing: Thing, asked: Asked) -> bool:
    """Whether the project may use the thing without being granted it."""
    return thing.public or (asked.view is not None and thing.owner == asked.view.project.id)
