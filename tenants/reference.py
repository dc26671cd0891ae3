"""The manual of the manifest language, written from its schema so that the two cannot differ.

`python -c "from tenants.reference import manual; print(manual(), end='')"` prints docs/reference/manifest.md.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from tenants.facts import DRIFT_FACTS, REVIEW_FACTS, Fact
from tenants.kinds import KINDS
from tenants.kinds.kind import IDENTIFIER_TEXT
from tenants.language.composites import flow
from tenants.language.document import MAXIMUM_DEPTH, MAXIMUM_NODES
from tenants.language.source import MAXIMUM_BYTES
from tenants.names import IDENTIFIER_RULE
from tenants.rules import RULES
from tenants.schema import BEYOND, manifest_schema

_PREFIX: Final = "#/$defs/"
_OPENING: Final = f"""\
# Manifest reference

<!-- Written by tenants.reference from the shapes that validation reads by; a test holds it to them. -->

A manifest is a YAML document. A file may hold several, separated by `---`; files may be named and arranged in folders as
one likes, with the ending `.yaml` or `.yml`. `tenantry validate` checks all of them together, and `tenantry schema` prints
the JSON Schema of what follows, for editors.

Keys that are not listed are refused. A key that is left out is not the same as a key with a value: what a manifest does
not name, Tenantry does not touch.

## Values

- **Identifiers** are {IDENTIFIER_RULE}.
- **Text** is one line in any script, without spaces around it. Text that looks like a number needs quotes: `"13800000000"`.
  `no`, `on` and `12:30:00` are text.
- **Dates** are written year-month-day: `2027-12-31`.
- **Sizes** have a binary unit (`KiB`, `MiB`, `GiB`, `TiB`, `PiB`, `EiB`; 1 TiB is 1024 GiB) and must be a whole number of
  the API's own unit, which is also what a bare number means. Decimal units (`GB`) are refused, because services count in
  binary ones.
- `unlimited` is a limit like any other; `0` is one too; leaving the key out leaves the limit as the cloud has it.
- **Addresses** are IPv4 or IPv6 without a prefix length, **networks** have one and no bits behind it: `10.20.0.0/24`. Those of
  IPv6 that begin or end with a colon need quotes in some places: `"fd00:20::"`.
- Anchors and aliases may repeat a value; tags, merge keys and duplicate keys are refused.
- A file holds {MAXIMUM_BYTES // 1024**2} MiB, {MAXIMUM_NODES:,} values, and values {MAXIMUM_DEPTH} deep in one another, at most.
"""


def manual() -> str:
    """The manual as Markdown."""
    definitions: dict[str, Any] = manifest_schema()["$defs"]
    order: dict[str, None] = {}
    for kind in KINDS:
        order.update(dict.fromkeys(_reachable(kind, definitions)))
    records = [name for name in order if "properties" in definitions[name]]
    forms = [name for name in order if "anyOf" in definitions[name]]
    sections = [_section(name, definitions[name]) for name in records]
    return "\n".join([_OPENING, *sections, _facts(), _forms(forms, definitions), _rules()])


def _reachable(name: str, definitions: dict[str, Any]) -> Iterator[str]:
    """A definition and all that it refers to, nearest first."""
    waiting, seen = [name], {name}
    while waiting:
        current = waiting.pop(0)
        yield current
        for each in _references(definitions[current]):
            if each not in seen:
                seen.add(each)
                waiting.append(each)


def _references(part: Any) -> Iterator[str]:
    """The names of the definitions that a part of the schema refers to."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value.removeprefix(_PREFIX)
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _section(name: str, record: dict[str, Any]) -> str:
    """One record: what it is, and a table of its keys."""
    level = "##" if name in KINDS else "###"
    title = f"Kind {name}" if name in KINDS else name
    lines = [
        f"{level} {title}",
        "",
        record["description"],
        "",
        "| key | value | needed | what it is for |",
        "|---|---|---|---|",
    ]
    for key, value in record["properties"].items():
        needed = "yes" if key in record.get("required", ()) else _default(value)
        lines.append(f"| `{key}` | {_type(value)} | {needed} | {value['description']}{_example(value)} |")
    if "oneOf" in record:
        choices = " and ".join(f"`{each['required'][0]}`" for each in record["oneOf"])
        lines += ["", f"Exactly one of {choices} must be given."]
    return "\n".join([*lines, ""])


def _default(value: dict[str, Any]) -> str:
    """What holds where a key is absent."""
    default = value.get("default")
    return f"`{json.dumps(default).strip(chr(34))}`" if default not in (None, []) else ""


def _example(value: dict[str, Any]) -> str:
    examples = value.get("examples", [])
    return f" Example: `{flow(examples[0])}`" if examples else ""


def _type(value: dict[str, Any]) -> str:
    """What may stand as a value, in a word or two."""
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if "$ref" in value:
        name = value["$ref"].removeprefix(_PREFIX)
        return "text" if name == "Line" else f"[{name}](#{name.lower()})"
    if value["type"] == "array":
        return f"list of {_type(value['items'])}"
    if value["type"] == "object":
        return f"by name: {_type(value['additionalProperties'])}"
    return _simple_type(value)


def _simple_type(value: dict[str, Any]) -> str:
    if value["type"] == "string":
        identifier = value.get("pattern") == IDENTIFIER_TEXT.schema({})["pattern"]
        return "date" if value.get("format") == "date" else "identifier" if identifier else "text"
    if "minimum" in value:
        return f"number, {value['minimum']:g} to {value['maximum']:g}"
    return "`true` or `false`"


def _facts() -> str:
    """What a policy's conditions may speak of."""
    return "\n".join(
        [
            "## Conditions of a policy",
            "",
            "A condition is an expression of the Common Expression Language ([CEL](https://cel.dev)) that is true or false. It may",
            "speak of the facts below. Whole and decimal numbers are not compared with each other: `addedCores > 256`, but",
            '`use["compute/cores"] >= 0.8`. Facts by resource have every resource by its name in `service/resource`; one that no',
            'request speaks of is 0, and one that there is not has no answer: ask `"x/y" in added` first. Lists are asked with `in`,',
            "`all` and `exists`: `grows.all(r, growth[r] <= 0.1 && use[r] >= 0.8)`.",
            "",
            *_fact_table("Facts of a request", REVIEW_FACTS),
            *_fact_table("Facts of drift", DRIFT_FACTS),
        ]
    )


def _fact_table(title: str, facts: tuple[Fact, ...]) -> list[str]:
    rows = [f"| `{each.name}` | {each.type} | {each.description} |" for each in facts]
    return [f"### {title}", "", "| fact | what it is | what it says |", "|---|---|---|", *rows, ""]


def _forms(names: list[str], definitions: dict[str, Any]) -> str:
    """Values that have a form of their own: what may be written."""
    lines = ["## Quantities, addresses and other forms", ""]
    for name in names:
        lines += [f"### {name}", "", definitions[name]["description"], ""]
    return "\n".join(lines)


def _rules() -> str:
    """What validation checks beyond the schema."""
    lines = ["## Rules beyond the schema", "", "Validation checks what the schema cannot say. In one document:", ""]
    lines += [f"- {each}" for each in BEYOND]
    lines += ["", "And in all documents together:", ""]
    lines += [f"- {(each.__doc__ or '').strip()}" for each in RULES]
    return "\n".join([*lines, ""])
