"""Lines that people enter when they close a month: priced, and measured by nobody. From CSV with a header.

    tenant,system,item,quantity,unit,price
    market-regulation,SSDJ,驻场运维服务,12,人日,1200.00

A system may be left out. Money is exact: quantities have up to six places, prices up to six, costs two (half to even).
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from monitoring.statements.money import MONEY, rounded
from provisioner.errors import InputError
from provisioner.operation import Actor
from provisioner.statements.statement import ManualLine
from tenants.names import TenantName
from tenants.spec import City

COLUMNS: Final = ("tenant", "system", "item", "quantity", "unit", "price")
_FREE_TO_LACK: Final = frozenset({"system"})
#: Neither exponents nor digits of other scripts.
_DECIMAL: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def lines(text: str, city: City, actor: Actor) -> Mapping[TenantName, tuple[ManualLine, ...]]:
    """The lines of each tenant, in order. Raises InputError with the line's number where one is wrong."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True, restval="")
    result: defaultdict[TenantName, list[ManualLine]] = defaultdict(list)
    try:
        unknown = [each for each in reader.fieldnames or () if each not in COLUMNS]
        lacking = [each for each in COLUMNS if each not in (reader.fieldnames or ()) and each not in _FREE_TO_LACK]
        if unknown or lacking:
            raise InputError(f"the first line must name the columns: {', '.join(COLUMNS)}")
        for row in reader:
            tenant, line = _line(row, city, actor, place=f"line {reader.line_num}")
            result[tenant].append(line)
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: this is not CSV: {error}") from error
    return {tenant: tuple(each) for tenant, each in result.items()}


def _line(row: Mapping[str, str], city: City, actor: Actor, *, place: str) -> tuple[TenantName, ManualLine]:
    if None in row:
        raise InputError(f"{place}: it has more cells than the first line has columns")
    cells = {name: value.strip() for name, value in row.items()}
    tenant, system = TenantName(cells["tenant"]), cells.get("system", "")
    if tenant not in city.tenants:
        raise InputError(f'{place}: no tenant is called "{tenant}"')
    names = _systems(city, tenant)
    if system and system not in names:
        raise InputError(f'{place}: {tenant} has no system "{system}"')
    for name in ("item", "unit"):
        if not cells[name]:
            raise InputError(f"{place}: {name} is empty")
    quantity, price = (_number(cells[name], f"{place}: {name}") for name in ("quantity", "price"))
    return tenant, ManualLine(
        item=cells["item"],
        system=system,
        system_name=names.get(system, ""),
        quantity=quantity,
        unit=cells["unit"],
        price=price,
        cost=rounded(Fraction(quantity) * Fraction(price), MONEY),
        entered_by=actor,
    )


def _systems(city: City, tenant: TenantName) -> Mapping[str, str]:
    """A tenant's systems by code: those that its projects' manifests name, and its applications."""
    projects = city.tenants[tenant].projects
    named = {each.code: each.name for project in projects for each in project.systems}
    return {each.name: each.display_name for project in projects for each in project.applications} | named


def _number(text: str, place: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise InputError(f'{place}: "{text}" is not a number such as 12 or 1200.50')
    return Decimal(text)
