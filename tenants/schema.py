"""The manifest language as JSON Schema, so that editors complete and check it while it is written.

Made from the same shapes that validation reads by. JSON Schema cannot say everything that validation checks; what is
beyond it stands in `BEYOND`, and a test holds both to agree on the rest.
"""

import json
from typing import Any, Final

from tenants.kinds import KINDS
from tenants.kinds.kind import API_VERSION

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER: Final = "urn:tenantry:manifest:v1"

#: What validation checks of one document and JSON Schema cannot say. Whatever concerns several documents is beyond it
#: too: names, the tree of tenants, references, envelopes.
BEYOND: Final = (
    "what YAML itself may hold: no duplicate keys, tags, merge keys or invisible characters, and bounds on size and depth",
    "how numbers are spelt: 160, not 160.0, 1.6e2, 0x10 or 010",
    "sizes that are no whole number of the API's unit, such as 1.3TiB, or above 2^63-1 of them (2^31-1 GiB of a volume)",
    "days that the calendar does not have, for editors that do not know the format date",
    (
        "names that stand twice in one list: zones of a cloud, projects of a tenant, systems of a project, "
        "servers of an application, rules and examples of a policy, applications of a wave"
    ),
    "texts that have the form of an address, a network or a public key and are none, such as 10.20.0.300 or 10.20.0.5/24",
    "ranges of ports that end before they begin",
    "what the conditions of a policy say: facts that there are, compared with what they can be compared with",
    "how long or short a duration may be, and which time zones there are",
    "times of a wave's window: with an offset or by a time zone, and shown exactly once by its clocks",
)


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of any manifest."""
    definitions: dict[str, Any] = {}
    branches = [
        {
            "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
            "then": kind.document.schema(definitions),
        }
        for kind in KINDS.values()
    ]
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "title": "Tenantry manifest",
        "description": "What a city's departments may ask for of its clouds.",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"apiVersion": {"const": API_VERSION}, "kind": {"enum": list(KINDS)}},
        "allOf": branches,
        "$defs": dict(sorted(definitions.items())),
    }


def manifest_schema_text() -> str:
    """The schema as a file's text, readable and in Chinese where it is Chinese."""
    return json.dumps(manifest_schema(), ensure_ascii=False, indent=2) + "\n"
