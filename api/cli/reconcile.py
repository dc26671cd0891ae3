"""`tenantry reconcile`: look now at what was applied, without a service, and have policy correct what drifted."""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.options import Output
from api.cli.session import EXIT_CHANGES, EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import reconciliation as view
from api.render.names import Names
from api.render.output import Format, print_document
from provisioner.baseline import baseline
from provisioner.errors import CloudError, InputError
from provisioner.operation import OperationId
from provisioner.reconciliation.conditions import Condition, condition_of
from provisioner.store import reconciliation
from provisioner.store.reconciliation import Known, Pair
from tenants.language.report import choose
from tenants.names import CloudName, TenantName
from tenants.spec import City

if TYPE_CHECKING:
    from provisioner.reconciliation.looking import Found, Looking

_WELL = frozenset({Condition.IN_SYNC, Condition.DRIFTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What looks at several clouds came to."""

    found: "tuple[Found, ...]"
    #: What was not looked at, with the reason.
    missing: tuple[str, ...]

    @property
    def operations(self) -> tuple[OperationId, ...]:
        """What corrects."""
        return tuple(operation for each in self.found for operation in each.operations)


def reconcile_command(
    context: typer.Context,
    *,
    tenants: Annotated[
        list[str] | None, typer.Argument(metavar="TENANT", help="Only these; all unless given.", show_default=False)
    ] = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="Have what the city's policy says is to be corrected corrected.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Look at tenants now, and say how each stands in each cloud: as workers do by themselves, again and again.

    Exit code 0: all is as it was applied. 2: something drifts. 1: an error, or something that needs somebody's hands.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        city = _applied(tenantry)
        chosen = _pairs(tenantry, city, tenants)
        with session.err.status("Looking at the clouds …"):
            missing = _correct(tenantry, chosen) if correct else look_at(tenantry.looking(), chosen).missing
        known = _known(tenantry, chosen)
    names = Names.of(city)
    if output is Format.TABLE:
        view.print_conditions(session.out, known, names)
    else:
        print_document(session.out, view.as_document(known, names), output)
    for each in missing:
        session.err.print(f"Not looked at: {each}", style="yellow")
    conditions = {condition_of(each) for each in known}
    if missing or conditions - _WELL:
        leave(EXIT_ERROR)
    leave(EXIT_CHANGES if Condition.DRIFTED in conditions else EXIT_NOTHING)


def look_at(looking: "Looking", chosen: Collection[Pair]) -> LookedAt:
    """Look at tenants in clouds, all clouds side by side. One out of reach costs only that one."""
    clouds = sorted({cloud for _, cloud in chosen})

    def look(cloud: CloudName) -> "Found | str":
        wanted = {tenant for tenant, each in chosen if each == cloud}
        try:
            return looking.look_now(cloud, wanted)
        except CloudError as error:
            return f"cloud {cloud}: {error}"

    with ThreadPoolExecutor(max_workers=max(1, len(clouds)), thread_name_prefix="reconcile") as pool:
        came = tuple(pool.map(look, clouds))
    found = tuple(each for each in came if not isinstance(each, str))
    away = [each for each in came if isinstance(each, str)]
    return LookedAt(found=found, missing=(*away, *_busy(found, chosen)))


def _busy(found: "Iterable[Found]", chosen: Collection[Pair]) -> Iterable[str]:
    for each in found:
        left = sorted({tenant for tenant, cloud in chosen if cloud == each.cloud} - each.tenants)
        yield from (f"{tenant} in {each.cloud}: something is being done for it" for tenant in left)


def _correct(tenantry: Tenantry, chosen: Collection[Pair]) -> Sequence[str]:
    """Look, correct, and look at what was corrected again; returns what was not looked at."""
    execution = tenantry.execution()
    execution.engine.launch({cloud for _, cloud in chosen})
    first = look_at(tenantry.looking(execution.approver), chosen)
    ended = execution.follow(first.operations) if first.operations else ()
    again = {(each.tenant, each.cloud) for each in ended}
    return (*first.missing, *(look_at(tenantry.looking(), again).missing if again else ()))


def _applied(tenantry: Tenantry) -> City:
    city = baseline(tenantry.database)
    if city is None:
        raise InputError("nothing was applied yet, so there is nothing to look at: begin with `tenantry apply`")
    return city


def _pairs(tenantry: Tenantry, city: City, asked: list[str] | None) -> frozenset[Pair]:
    unknown = [each for each in asked or () if TenantName(each) not in city.tenants]
    if unknown:
        raise InputError(f"nothing was applied for a tenant {unknown[0]}; {choose(unknown[0], city.tenants)}")
    wanted = _among(asked)
    with tenantry.database.transaction() as connection:
        return frozenset(each for each in reconciliation.pairs(connection) if wanted(each[0]))


def _known(tenantry: Tenantry, chosen: Collection[Pair]) -> tuple[Known, ...]:
    with tenantry.database.transaction() as connection:
        listed = reconciliation.known(connection, visible={tenant for tenant, _ in chosen})
    return tuple(each for each in listed if (each.tenant, each.cloud) in chosen)


def _among(asked: list[str] | None) -> Callable[[TenantName], bool]:
    return (lambda name: name in asked) if asked else lambda _: True
