"""What every shape can do: one description of a value from which its reader, its JSON Schema and its manual are made.

A shape reads a node into a value and always gives one: where the node is wrong the report says so, and a stand-in takes
the value's place that no right manifest can hold (an empty name, a level 0), so that one mistake hides no other.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tenants.language.nodes import Node
from tenants.language.report import Report

T = TypeVar("T")
#: A JSON Schema, or a part of one.
Schema = dict[str, Any]


class Shape(ABC, Generic[T]):
    """What a value may be."""

    @property
    @abstractmethod
    def blank(self) -> T:
        """The stand-in for a value that is wrong or missing."""

    @abstractmethod
    def read(self, node: Node, report: Report) -> T:
        """The value of a node, or the stand-in after reporting why there is none."""

    @abstractmethod
    def schema(self, definitions: Schema) -> Schema:
        """The shape as JSON Schema (draft 2020-12). Named parts are put into `definitions` and referred to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a record."""

    key: str
    shape: Shape[Any]
    #: What it is for, in one sentence or two: becomes the editor's help and the manual's.
    description: str
    #: What the record's builder calls it; the key itself unless told.
    attribute: str = ""
    required: bool = False
    #: The value where the key is absent.
    default: Any = None
    #: The default in the manifest's terms, for the schema, where it is a value and not a rule.
    shown_default: Any = None
    #: As it would stand in a manifest (in JSON's types).
    example: Any = None

    @property
    def argument(self) -> str:
        """The builder's name of it."""
        return self.attribute or self.key
