"""Shapes of values with parts: records of known keys, lists, and mappings whose keys are names."""

from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tenants.language.nodes import Mapping, Node, Scalar, Sequence, child
from tenants.language.report import Report, choose, shown
from tenants.language.scalars import Text, compiled
from tenants.language.shape import Field, Schema, Shape

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Shape[T]):
    """A mapping with known keys, each with a shape of its own."""

    #: Its name in the schema's `$defs` and in the manual.
    name: str
    description: str
    fields: tuple[Field, ...]
    #: Makes the value from one keyword argument per field.
    build: Callable[..., T]
    #: Keys of which exactly one must be given.
    one_of: tuple[str, ...] = ()
    #: Keys that people may well try, with what to do instead.
    refused: MappingOf[str, str] = field(default_factory=dict)
    #: What people call a key elsewhere, and its name here.
    synonyms: MappingOf[str, str] = field(default_factory=dict)
    _by_key: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {each.key: each for each in self.fields})

    @property
    def blank(self) -> T:
        """A record of the fields' defaults and stand-ins."""
        return self.build(**self._completed({}))

    def read(self, node: Node, report: Report) -> T:
        """The record, with stand-ins for what is wrong."""
        arguments: dict[str, Any] = {}
        if not isinstance(node, Mapping):
            keys = ", ".join(self._by_key)
            report.at(node, f"{node.noun} stands where a mapping is meant", f"give it keys, of: {keys}")
            return self.blank
        for key, value in node.values.items():
            known = self._by_key.get(key)
            if known is None:
                report.at_key(node, key, *self._unknown(key))
            else:
                arguments[known.argument] = known.shape.read(value, report)
        self._check_presence(node, report)
        return self.build(**self._completed(arguments))

    def _completed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for each in self.fields:
            if each.argument not in arguments:
                arguments[each.argument] = each.shape.blank if each.required else each.default
        return arguments

    def _unknown(self, key: str) -> tuple[str, str]:
        """What is wrong with a key that is not ours, and what would be right."""
        if key in self.refused:
            return "cannot stand here", self.refused[key]
        if key in self.synonyms:
            return "is not a key here", f'it is called "{self.synonyms[key]}" here'
        return "is not a key here", choose(key, self._by_key)

    def _check_presence(self, node: Mapping, report: Report) -> None:
        for each in self.fields:
            if each.required and each.key not in node.values:
                example = f", such as {each.key}: {flow(each.example)}" if each.example is not None else ""
                report.at_key(node, each.key, "is missing", f"add it{example}")
        given = [key for key in self.one_of if key in node.values]
        if self.one_of and len(given) != 1:
            names = " and ".join(f'"{key}"' for key in self.one_of)
            two = len(self.one_of) == 2  # noqa: PLR2004 - of two there are both and neither
            count = ("both" if two else "more than one") if given else ("neither" if two else "none")
            report.at(node, f"gives {count} of {names}", "give exactly one of them")

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the record's definition, which is put among the others."""
        if self.name not in definitions:
            definitions[self.name] = {}
            definitions[self.name] = self._definition(definitions)
        return {"$ref": f"#/$defs/{self.name}"}

    def _definition(self, definitions: Schema) -> Schema:
        whole: Schema = {
            "title": self.name,
            "description": self.description,
            "type": "object",
            "properties": {each.key: _property(each, definitions) for each in self.fields},
            "additionalProperties": False,
        }
        required = [each.key for each in self.fields if each.required]
        if required:
            whole["required"] = required
        if self.one_of:
            whole["oneOf"] = [{"required": [key]} for key in self.one_of]
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Shape[tuple[T, ...]]):
    """A list of values of one shape."""

    item: Shape[T]
    fewest: int = 0
    #: Whether no value may stand twice.
    unique: bool = False
    #: The key of the items, which are records, by which they are told apart.
    identity: str = ""

    @property
    def blank(self) -> tuple[T, ...]:
        """The empty list."""
        return ()

    def read(self, node: Node, report: Report) -> tuple[T, ...]:
        """The items, with stand-ins for wrong ones."""
        if not isinstance(node, Sequence):
            report.at(node, f"{node.noun} stands where a list is meant", "begin each item with a dash: - …")
            return self.blank
        if len(node.items) < self.fewest:
            report.at(node, "is an empty list", "name at least one")
        items = tuple(self.item.read(each, report) for each in node.items)
        if self.unique or self.identity:
            self._check_difference(node, report)
        return items

    def _check_difference(self, node: Sequence, report: Report) -> None:
        """Say where a value, or what records are told apart by, stands a second time."""
        remedy = f"give each a {self.identity} of its own" if self.identity else "leave one of them"
        lines: dict[str, int] = {}
        for item in node.items:
            named = child(item, self.identity) if self.identity else item
            if not isinstance(named, Scalar) or named.is_null:
                continue
            if named.text in lines:
                first = lines[named.text]
                report.at(named, f"{shown(named.text)} stands here a second time; the first is on line {first}", remedy)
            else:
                lines[named.text] = named.line

    def schema(self, definitions: Schema) -> Schema:
        """An array."""
        whole: Schema = {"type": "array", "items": self.item.schema(definitions)}
        if self.fewest:
            whole["minItems"] = self.fewest
        if self.unique:
            whole["uniqueItems"] = True
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedMap(Shape[dict[str, T]]):
    """A mapping whose keys are names that somebody chose."""

    #: What a key may be.
    key: Text
    value: Shape[T]

    @property
    def blank(self) -> dict[str, T]:
        """No names."""
        return {}

    def read(self, node: Node, report: Report) -> dict[str, T]:
        """Values by name; wrong names are left out."""
        if not isinstance(node, Mapping):
            report.at(node, f"{node.noun} stands where a mapping is meant", "give it names as keys")
            return self.blank
        found: dict[str, T] = {}
        for key, value in node.values.items():
            read = self.value.read(value, report)
            if len(key) > self.key.longest or compiled(self.key.pattern).fullmatch(key) is None:
                report.at_key(node, key, f"{shown(key)} is not allowed as a name", self.key.rule)
            else:
                found[key] = read
        return found

    def schema(self, definitions: Schema) -> Schema:
        """An object whose names follow the key's pattern."""
        names = self.key.schema(definitions)
        return {"type": "object", "propertyNames": names, "additionalProperties": self.value.schema(definitions)}


def _property(each: Field, definitions: Schema) -> Schema:
    """A field's own schema with what an editor shows beside it."""
    whole = {**each.shape.schema(definitions), "description": each.description}
    if each.shown_default is not None:
        whole["default"] = each.shown_default
    if each.example is not None:
        whole["examples"] = [each.example]
    return whole


def flow(example: Any) -> str:
    """A value on one line, as it would stand in a manifest."""
    if isinstance(example, dict):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in example.items()) + "}"
    if isinstance(example, list):
        return "[" + ", ".join(flow(value) for value in example) + "]"
    return str(example)
