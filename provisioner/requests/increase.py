"""How much more a request would hold, at whom, and whether there is room for it beside what others hold and reserved.

A line is one resource of one cloud, at one tenant of the tree or, without a tenant, of the cloud as a whole. What a
request adds counts on the line of its own tenant, of every tenant above and of the cloud: all of them must have room.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tenants.envelopes import Capacities, Holdings, account, upwards
from tenants.names import CloudName, TenantName
from tenants.quantities import spell
from tenants.resources import Limit, Resource, definition
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is added up: one resource at one tenant of one cloud, or of the whole cloud."""

    cloud: CloudName
    #: None for the cloud as a whole.
    tenant: TenantName | None
    resource: Resource

    def __lt__(self, other: "Line") -> bool:
        return self._rank() < other._rank()

    def _rank(self) -> tuple[str, str, Resource]:
        """The cloud itself comes after its tenants."""
        return self.cloud, self.tenant or "\uffff", self.resource


#: In API units; more than 0.
Amounts = Mapping[Line, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One line with all that counts on it, in API units."""

    line: Line
    #: The envelope, or what the cloud may give out; None where nothing bounds it.
    bound: int | None
    #: What is held: asked for by manifests in force, or enforced by the cloud.
    held: int
    #: What other requests have reserved.
    reserved: int
    #: What this request adds.
    asked: int

    @property
    def left(self) -> int | None:
        """What this request may add at most; None where nothing bounds it."""
        return None if self.bound is None else max(0, self.bound - self.held - self.reserved)

    @property
    def fits(self) -> bool:
        """Whether what is asked for has room. What adds nothing always has, whatever was promised before."""
        return self.left is None or self.asked <= self.left or not self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A resource that there is not enough of: the line that has least room, with numbers."""

    room: Room

    @property
    def largest(self) -> int:
        """The most that would fit on every line, in API units."""
        return self.room.left or 0

    def __str__(self) -> str:
        room, line = self.room, self.room.line
        whose = f"cloud {line.cloud} may give out" if line.tenant is None else f"{line.tenant} may hold in {line.cloud}"
        return (
            f"{line.resource}: {_text(line, room.asked)} more asked for, and at most {_text(line, self.largest)} would fit: "
            f"of the {_text(line, room.bound or 0)} that {whose}, {_text(line, room.held)} are held and "
            f"{_text(line, room.reserved)} reserved for other requests"
        )


def increase(city: City, before: Holdings, after: Holdings) -> dict[Line, int]:
    """What `after` holds more than `before`, on every line of the city's tree; lines that do not grow are left out.

    What projects of one tenant give up and others take makes up for each other. Amounts without limit cannot be added up
    and are left out; validation refuses them wherever an envelope bounds them.
    """
    sums: defaultdict[Line, int] = defaultdict(int)
    for sign, held in ((-1, before), (1, after)):
        for (tenant, _), (cloud, limits) in held.items():
            for resource, limit in limits.items():
                if limit > 0 and definition(resource).additive:
                    for node in (*upwards(city, tenant), None):
                        sums[Line(cloud=cloud, tenant=node, resource=resource)] += sign * limit
    return {line: sums[line] for line in sorted(sums) if sums[line] > 0}


def rooms(city: City, *, held: Holdings, capacities: Capacities, asked: Amounts, reserved: Amounts) -> tuple[Room, ...]:
    """Every line that the request adds to, with what bounds it and what else counts on it."""
    ledger = account(city, held, capacities)
    sums: dict[Line, tuple[int | None, int]] = {
        Line(cloud=row.cloud, tenant=row.tenant, resource=row.resource): (row.envelope, row.allocated.total)
        for row in ledger.rows
    }
    sums |= {
        Line(cloud=total.cloud, tenant=None, resource=total.resource): (total.allocatable, total.allocated.total)
        for total in ledger.totals
    }
    return tuple(
        Room(line=line, bound=bound, held=total, reserved=reserved.get(line, 0), asked=amount)
        for line, amount in sorted(asked.items())
        for bound, total in [sums.get(line, (None, 0))]
    )


def shortfalls(found: Iterable[Room]) -> tuple[Shortfall, ...]:
    """What there is not enough of: for each resource of each cloud the line with least room."""
    least: dict[tuple[CloudName, Resource], Room] = {}
    for room in found:
        key = room.line.cloud, room.line.resource
        if not room.fits and (key not in least or (room.left or 0) < (least[key].left or 0)):
            least[key] = room
    return tuple(Shortfall(room=room) for _, room in sorted(least.items()))


def with_enforced(asked: Holdings, enforced: Holdings) -> Holdings:
    """What is held where manifests ask for one thing and the cloud enforces another: the greater of both, if finite."""
    return {
        key: (
            cloud,
            {
                resource: Limit(max(limit, enforced[key][1].get(resource, limit))) if limit >= 0 else limit
                for resource, limit in limits.items()
            }
            if key in enforced
            else limits,
        )
        for key, (cloud, limits) in asked.items()
    }


def _text(line: Line, amount: int) -> str:
    return spell(Limit(amount), definition(line.resource).unit)
