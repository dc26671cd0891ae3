"""What a kind of manifest is. A new kind is one module beside this one that makes a `Kind`, and one line in `KINDS`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Generic, Protocol, TypeVar

from tenants.language.composites import Record
from tenants.language.nodes import Node, Step, dotted, nearest
from tenants.language.scalars import Constant, Text
from tenants.language.shape import Field
from tenants.names import IDENTIFIER, IDENTIFIER_RULE
from tenants.problems import Location, Problem, Severity


class Named(Protocol):
    """What every kind's record has."""

    @property
    def name(self) -> str:
        """The name that other manifests use; empty where the document does not say."""


S = TypeVar("S", bound=Named)

API_VERSION: Final = "tenantry/v1"
IDENTIFIER_TEXT: Final = Text(pattern=IDENTIFIER.pattern, rule=IDENTIFIER_RULE, longest=63)

METADATA: Final = Record(
    name="Metadata",
    description="What the thing is called, by machines and by people.",
    fields=(
        Field(
            key="name",
            shape=IDENTIFIER_TEXT,
            description=f"The name that other manifests use: {IDENTIFIER_RULE}.",
            required=True,
            example="market-regulation",
        ),
        Field(
            key="displayName",
            attribute="display_name",
            shape=Text(),
            description="The name that people read, in any script.",
            required=True,
            example="市市场监督管理局",
        ),
    ),
    build=dict[str, Any],
)


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[S]):
    """A kind of manifest: its name, what its `spec` may hold, and the record made of it."""

    name: str
    #: What it is for, in one sentence.
    description: str
    #: The shape of its `spec`; its fields are the builder's arguments.
    spec: Record[dict[str, Any]]
    #: Makes the record from `name`, `display_name` and the fields of the spec.
    build: Callable[..., S]

    @cached_property
    def document(self) -> Record[S]:
        """The shape of a whole document of this kind."""
        return Record(
            name=self.name,
            description=self.description,
            fields=(
                Field(
                    key="apiVersion",
                    shape=Constant(value=API_VERSION),
                    description="The version of the manifest language.",
                    required=True,
                    example=API_VERSION,
                ),
                Field(key="kind", shape=Constant(value=self.name), description="The kind of manifest.", required=True),
                Field(key="metadata", shape=METADATA, description=METADATA.description, required=True),
                Field(key="spec", shape=self.spec, description=self.spec.description, required=True),
            ),
            build=self._build,
        )

    def _build(self, *, metadata: dict[str, Any], spec: dict[str, Any], **_: str) -> S:
        return self.build(**metadata, **spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Generic[S]):
    """One document as it was read, right or wrong: rules look at these, across documents."""

    kind: str
    #: Empty where the document does not say.
    name: str
    #: With stand-ins where the document is wrong.
    spec: S
    file: str
    root: Node

    def location(self, *steps: Step) -> Location:
        """Where a part stands; where it is absent, the innermost part around it that is there."""
        line, column = nearest(self.root, steps).place
        return Location(file=self.file, line=line, column=column)

    def error(self, steps: tuple[Step, ...], message: str, remedy: str = "") -> Problem:
        """An error at a part of the document."""
        return Problem(location=self.location(*steps), path=dotted(steps), message=message, remedy=remedy)

    def warning(self, steps: tuple[Step, ...], message: str, remedy: str = "") -> Problem:
        """A warning at a part of the document."""
        return replace(self.error(steps, message, remedy), severity=Severity.WARNING)
