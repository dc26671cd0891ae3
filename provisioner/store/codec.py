"""Records to JSON and back, driven by their type hints, so that a new field needs no code here.

A dataclass becomes an object with all its fields; tuples and sets become arrays (sets sorted, so that the same value is
always the same text); enums, times and decimals become their text. `Resource` and `Address` become the strings that
people read, as values and as keys. Decoding is strict: a key that the record does not have is an error, for what is
dropped silently is lost. A field that the JSON does not have takes its default, so that records may grow.
"""

import json
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from provisioner.audit import keepable
from provisioner.errors import StoreError
from provisioner.objects import Address
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Resource, Service

#: What `json` reads and writes.
Json = Any
Record = TypeVar("Record")
#: A zero byte, as JSON writes it, or half a surrogate pair.
_SUSPICIOUS: Final = re.compile(r"\\u0000|[\ud800-\udfff]")
_Converter = Callable[[Any], Any]


def encode(kind: type[Record], value: Record, /) -> Json:
    """The JSON of a record, in plain dicts and lists. Raises ValueError for a value that would not come back equal."""
    hint: Any = kind
    return _codec(hint).encode(value)


def decode(kind: type[Record], content: Json, /) -> Record:
    """The record that `encode` was given. Raises StoreError where the content is not of that kind."""
    hint: Any = kind
    try:
        record: Record = _codec(hint).decode(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"what is stored is not a {kind.__name__} of this version: {error}") from error
    return record


def text_of(content: Json) -> str:
    """JSON as text that PostgreSQL can keep; see `keepable` for what it cannot. Raises ValueError for NaN."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if _SUSPICIOUS.search(text):
        text = json.dumps(_keepable(content), ensure_ascii=False, separators=(",", ":"))
    return text


def _keepable(content: Json) -> Json:
    if isinstance(content, str):
        return keepable(content)
    if isinstance(content, Mapping):
        return {keepable(name): _keepable(value) for name, value in content.items()}
    return [_keepable(each) for each in content] if isinstance(content, list | tuple) else content


@cache
def resource_text(resource: Resource) -> str:
    """`compute/cores`, `block-storage/gigabytes_ssd`. Raises ValueError where the text would be read differently."""
    text = str(resource)
    if resource_of(text) != resource:
        raise ValueError(f"{resource!r} has no unambiguous name")
    return text


@cache
def resource_of(text: str) -> Resource:
    """The inverse of `resource_text`. Raises ValueError where there is no such service.

    The names that Cinder limits for each volume type have no underscore, so the first one ends them.
    """
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


@dataclass(frozen=True, slots=True)
class _Codec:
    encode: _Converter
    decode: _Converter


def _same(value: Any) -> Any:
    return value


_AS_IT_IS: Final = _Codec(_same, _same)
_PLAIN: Final = (str, int, bool, types.NoneType)
#: Types with a text of their own, usable as keys too.
_TEXTS: Final[Mapping[Any, _Codec]] = {
    Resource: _Codec(resource_text, resource_of),
    Address: _Codec(address_text, Address.parse),
    datetime: _Codec(datetime.isoformat, datetime.fromisoformat),
    date: _Codec(date.isoformat, date.fromisoformat),
    timedelta: _Codec(timedelta.total_seconds, lambda seconds: timedelta(seconds=seconds)),
    Decimal: _Codec(str, Decimal),
    float: _Codec(float, float),
}


@cache
def _codec(hint: Any, /) -> _Codec:
    """The codec of a type, by the first rule that knows it. Raises TypeError where none does."""
    for rule in (_simple, _enum, _record, _union, _tuple, _set, _mapping):
        if (found := rule(hint)) is not None:
            return found
    raise TypeError(f"the codec does not know {hint!r}")


def _simple(hint: Any) -> _Codec | None:
    if isinstance(hint, NewType):
        return _codec(hint.__supertype__)
    return _AS_IT_IS if hint in _PLAIN or hint is Any else _TEXTS.get(hint)


def _enum(hint: Any) -> _Codec | None:
    if not (isinstance(hint, type) and issubclass(hint, Enum)):
        return None
    return _Codec(lambda member: member.value, hint)


def _union(hint: Any) -> _Codec | None:
    """A choice of plain values and at most one sort of tuple, or something optional; any other choice would be a guess."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return None
    kinds = [each for each in get_args(hint) if each not in _PLAIN]
    if not kinds:
        return _AS_IT_IS
    inner = _codec(kinds[0])
    if len(kinds) == 1 and get_origin(kinds[0]) is tuple:
        # Among plain values an array can be nothing else.
        return _Codec(
            lambda value: inner.encode(value) if isinstance(value, tuple) else value,
            lambda value: inner.decode(value) if isinstance(value, list) else value,
        )
    if len(kinds) > 1 or set(get_args(hint)) != {kinds[0], types.NoneType}:
        raise TypeError(f"the codec cannot tell the kinds of {hint!r} apart")
    return _Codec(
        lambda value: None if value is None else inner.encode(value),
        lambda value: None if value is None else inner.decode(value),
    )


def _tuple(hint: Any) -> _Codec | None:
    if get_origin(hint) is not tuple:
        return None
    arguments = get_args(hint)
    if arguments[-1] is Ellipsis:
        inner = _codec(arguments[0])
        return _Codec(lambda values: list(map(inner.encode, values)), lambda values: tuple(map(inner.decode, values)))
    inners = [_codec(each) for each in arguments]
    return _Codec(
        lambda values: [inner.encode(value) for inner, value in zip(inners, values, strict=True)],
        lambda values: tuple(inner.decode(value) for inner, value in zip(inners, values, strict=True)),
    )


def _set(hint: Any) -> _Codec | None:
    if get_origin(hint) is not frozenset:
        return None
    inner = _codec(get_args(hint)[0])
    return _Codec(
        lambda values: list(map(inner.encode, sorted(values))), lambda values: frozenset(map(inner.decode, values))
    )


def _mapping(hint: Any) -> _Codec | None:
    if get_origin(hint) is not Mapping:
        return None
    key, value = (_codec(each) for each in get_args(hint))
    if key is _AS_IT_IS and value is _AS_IT_IS:
        return _Codec(dict, dict)
    return _Codec(
        lambda mapping: {key.encode(name): value.encode(each) for name, each in mapping.items()},
        lambda mapping: {key.decode(name): value.decode(each) for name, each in mapping.items()},
    )


def _record(hint: Any) -> _Codec | None:
    if not is_dataclass(hint):
        return None
    record: Any = hint
    hints = get_type_hints(record)
    codecs = {each.name: _codec(hints[each.name]) for each in fields(record)}
    encoders = [(name, codec.encode) for name, codec in codecs.items()]
    decoders = {name: codec.decode for name, codec in codecs.items()}
    required = {each.name for each in fields(record) if each.default is MISSING and each.default_factory is MISSING}

    def decode_record(content: Mapping[str, Any]) -> Any:
        if missing := required - content.keys():
            raise KeyError(f"{record.__name__} lacks {', '.join(sorted(missing))}")
        return record(**{name: decoders[name](value) for name, value in content.items()})

    return _Codec(lambda value: {name: encoder(getattr(value, name)) for name, encoder in encoders}, decode_record)
