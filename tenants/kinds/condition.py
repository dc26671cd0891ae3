"""The shape of a condition: an expression that is checked where it stands, with its mistakes at their own place."""

from dataclasses import dataclass

from tenants.expressions import LONGEST, faults
from tenants.facts import Fact
from tenants.language.nodes import Node, Scalar, dotted
from tenants.language.report import Report
from tenants.language.scalars import PARAGRAPHS, Text
from tenants.language.shape import Schema, Shape

_TEXT = Text(pattern=PARAGRAPHS, rule="an expression", longest=LONGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Shape[str]):
    """An expression of the Common Expression Language that is true or false."""

    #: What it may speak of.
    facts: tuple[Fact, ...]

    @property
    def blank(self) -> str:
        """No expression: what is wrong is passed over by the rules."""
        return ""

    def read(self, node: Node, report: Report) -> str:
        """The expression as it was written."""
        text = _TEXT.read(node, report)
        found = faults(text, self.facts) if text else ()
        for each in found:
            place = node.within(each.line, each.column) if isinstance(node, Scalar) else node.place
            report.add(place, dotted(node.steps()), each.message, each.remedy)
        return "" if found else text

    def schema(self, definitions: Schema) -> Schema:
        """A string; what is in it, only validation checks."""
        return _TEXT.schema(definitions)
