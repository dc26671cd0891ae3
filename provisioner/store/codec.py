"""Records to JSON and back, driven by their type hints, so that a new field needs no code here.

A dataclass becomes an object with every field; tuples and sets become arrays (sets sorted, so that the same value is
always the same text); enums, dates and decimals become their text. `Resource` and `Address` become the strings that
people read, in values and as keys. Decoding is strict: a key that the record does not have is an error, for what is
silently dropped is lost; a field that the JSON does not have takes its default, so that records may grow.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from provisioner.errors import StoreError
from provisioner.objects import Address
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Resource, Service

Json = Any
Record = TypeVar("Record")
Converter = Callable[[Any], Any]

_PLAIN: Final = (str, int, float, bool, types.NoneType)


def encode(kind: type[Record], value: Record, /) -> Json:
    """The JSON of a record, in plain dicts and lists. Raises ValueError for a value that would not come back equal."""
    hint: Any = kind
    return _encoder(hint)(value)


def decode(kind: type[Record], content: Json) -> Record:
    """The record that `encode` was given. Raises StoreError where the content is not of that kind."""
    hint: Any = kind
    try:
        record: Record = _decoder(hint)(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"what is stored is not a {kind.__name__} of this version: {error}") from error
    return record


@cache
def resource_text(resource: Resource) -> str:
    """`compute/cores`, `block-storage/gigabytes_ssd`. Raises ValueError where the text would be read differently."""
    text = str(resource)
    if resource_of(text) != resource:
        raise ValueError(f"{resource!r} has no unambiguous name")
    return text


@cache
def resource_of(text: str) -> Resource:
    """The inverse of `resource_text`. Raises ValueError where there is no such service."""
    service_text, _, key = text.partition("/")
    service = Service(service_text)
    name, separator, volume_type = key.partition("_")
    known = CATALOGUE[service].get(name)
    if separator and known is not None and known.per_volume_type:
        return Resource(service=service, name=name, volume_type=VolumeTypeName(volume_type))
    return Resource(service=service, name=key)


def address_text(address: Address) -> str:
    """The address as people read it. Raises ValueError where the text would be read differently."""
    text = str(address)
    if Address.parse(text) != address:
        raise ValueError(f"{address!r} has no unambiguous text")
    return text


#: Types with a text of their own, usable as keys too: (to text, from text).
_TEXTS: Final[Mapping[type, tuple[Converter, Converter]]] = {
    Resource: (resource_text, resource_of),
    Address: (address_text, Address.parse),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    Decimal: (str, Decimal),
}


@cache
def _encoder(hint: Any, /) -> Converter:
    return _converter(hint, 0)


@cache
def _decoder(hint: Any) -> Converter:
    return _converter(hint, 1)


def _same(value: Any) -> Any:
    return value


def _converter(hint: Any, way: int) -> Converter:
    """`way` is 0 to JSON, 1 from it."""
    deeper = (_encoder, _decoder)[way]
    if isinstance(hint, NewType):
        return deeper(hint.__supertype__)
    if hint in _TEXTS:
        return _TEXTS[hint][way]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint if way else _enum_value
    if is_dataclass(hint):
        return (_record_encoder, _record_decoder)[way](hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _union(arguments, way)
    if origin is tuple:
        return _tuple(arguments, way)
    if origin is frozenset:
        return (_set_encoder, _set_decoder)[way](arguments[0])
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping(deeper(arguments[0]), deeper(arguments[1]))
    if hint in _PLAIN:
        return _same
    raise TypeError(f"the codec does not know {hint!r}")


def _enum_value(member: Enum) -> Any:
    return member.value


def _union(arguments: tuple[Any, ...], way: int) -> Converter:
    """An optional, or a choice of plain values; a choice of anything else would be a guess."""
    kinds = [each for each in arguments if each is not types.NoneType]
    if all(kind in _PLAIN for kind in kinds):
        return _same
    if len(kinds) != 1:
        raise TypeError(f"the codec cannot tell {arguments!r} apart")
    inner = (_encoder, _decoder)[way](kinds[0])
    return lambda value: None if value is None else inner(value)


def _tuple(arguments: tuple[Any, ...], way: int) -> Converter:
    deeper, collect = (_encoder, _decoder)[way], (list, tuple)[way]
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = deeper(arguments[0])
        if inner is _same:
            return collect
        return lambda values: collect(map(inner, values))
    inners = [deeper(each) for each in arguments]
    return lambda values: collect(inner(value) for inner, value in zip(inners, values, strict=True))


def _set_encoder(hint: Any) -> Converter:
    inner = _encoder(hint)
    return lambda values: [inner(value) for value in sorted(values)]


def _set_decoder(hint: Any) -> Converter:
    inner = _decoder(hint)
    return lambda values: frozenset(map(inner, values))


def _mapping(key: Converter, value: Converter) -> Converter:
    if key is _same and value is _same:
        return dict
    return lambda mapping: {key(name): value(each) for name, each in mapping.items()}


def _record_encoder(kind: Any) -> Converter:
    hints = get_type_hints(kind)
    inners = [(each.name, _encoder(hints[each.name])) for each in fields(kind)]
    return lambda record: {name: inner(getattr(record, name)) for name, inner in inners}


def _record_decoder(kind: Any) -> Converter:
    hints = get_type_hints(kind)
    inners = {each.name: _decoder(hints[each.name]) for each in fields(kind)}
    required = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}

    def convert(content: Mapping[str, Any]) -> Any:
        if missing := required - content.keys():
            raise KeyError(f"{kind.__name__} without {', '.join(sorted(missing))}")
        return kind(**{name: inners[name](value) for name, value in content.items()})

    return convert
