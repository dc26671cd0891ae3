"""The codec: every record comes back as it went, through real JSON text."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.errors import StoreError
from provisioner.migration.bindings import Bindings
from provisioner.migration.workload import Workload
from provisioner.objects import Address
from provisioner.observation import Observation
from provisioner.operation import Evidence, Failure, Operation
from provisioner.plan import Action, Plan
from provisioner.store.codec import decode, encode, resource_of, resource_text, text_of
from tenants.resources import CATALOGUE, Definition, Resource
from tenants.spec import City, TenantSpec

IDENTIFIERS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,9}[a-z0-9])?", fullmatch=True)
DEFINITIONS = [each for service in CATALOGUE.values() for each in service.values()]


def resources_of(known: Definition) -> st.SearchStrategy[Resource]:
    """A resource of the catalogue; where Cinder limits it by volume type, of any type as well."""
    types = st.none() | st.text() if known.per_volume_type else st.none()
    return st.builds(Resource, service=st.just(known.service), name=st.just(known.name), volume_type=types)


RESOURCES = st.sampled_from(DEFINITIONS).flatmap(resources_of)
#: What OpenStack's services answer.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    types.NoneType: st.none(),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds)),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    Any: JSON,
    Resource: RESOURCES,
    Address: st.builds(
        Address, cloud=IDENTIFIERS, tenant=IDENTIFIERS, project=IDENTIFIERS, kind=IDENTIFIERS, key=st.text()
    ),
}


@cache
def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a type hint allows."""
    if isinstance(hint, NewType):
        return values_of(hint.__supertype__)
    if hint in LEAVES:
        return LEAVES[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{each.name: values_of(hints[each.name]) for each in fields(hint)})
    return collections_of(get_origin(hint), get_args(hint))


def collections_of(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Any value of a generic type."""
    if origin in {Union, types.UnionType}:
        return st.one_of([values_of(each) for each in arguments])
    if origin is frozenset:
        return st.frozensets(values_of(arguments[0]), max_size=3)
    if origin is Mapping:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=3)
    assert origin is tuple
    if arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    return st.tuples(*(values_of(each) for each in arguments))


@pytest.mark.parametrize(
    "kind", [Plan, Action, Operation, Evidence, Failure, Observation, TenantSpec, City, Workload, Bindings]
)
@given(data=st.data())
def test_every_record_comes_back_equal(kind: type, data: st.DataObject) -> None:
    """Whatever a record holds, JSON text gives it back equal."""
    value = data.draw(values_of(kind))
    assert decode(kind, json.loads(json.dumps(encode(kind, value)))) == value


@given(resource=RESOURCES)
def test_a_resource_is_its_printed_name(resource: Resource) -> None:
    """`block-storage/gigabytes_a_b` is gigabytes of the volume type `a_b`."""
    assert resource_text(resource) == str(resource)
    assert resource_of(str(resource)) == resource


def test_a_resource_without_an_unambiguous_name_is_refused() -> None:
    """A volume type on a name that has none per type would be read as another resource."""
    misread = Resource(service=next(iter(CATALOGUE)), name="cores", volume_type="ssd")
    with pytest.raises(ValueError, match="unambiguous"):
        resource_text(misread)


def test_an_unknown_key_is_refused() -> None:
    """What this version does not know is an error, not something to drop."""
    with pytest.raises(StoreError, match="Failure"):
        decode(Failure, {"message": "no", "colour": "red"})


def test_a_missing_field_takes_its_default() -> None:
    """Content written before a record grew is still read."""
    assert decode(Failure, {"message": "no"}) == Failure(message="no")


def test_a_missing_field_without_default_is_refused() -> None:
    """Content that lacks what the record cannot do without is not that record."""
    with pytest.raises(StoreError, match="message"):
        decode(Failure, {"retryable": True})


@given(
    content=st.recursive(
        st.text(st.characters()) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_stored_text_has_nothing_that_postgresql_refuses(content: object) -> None:
    """Zero bytes and half surrogate pairs are replaced, and only they."""
    text = text_of(content)
    assert "\0" not in str(json.loads(text))
    assert text.encode().decode() == text
