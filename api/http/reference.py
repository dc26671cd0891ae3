"""The reference of the HTTP API, made from its description: `openapi.json` for programs, `api.md` for people."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from api.http.app import create_app
from api.http.events import EXAMPLE
from api.http.problems import KINDS
from api.http.resources.happenings import EXAMPLE as MOVED

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_CONVENTIONS: Final = f"""\
## Conventions

- **Lists** come in pages: `limit` items at most, and `next` to be given as `cursor` for the page that follows. A page begins \
behind the last item of the one before, so what is added meanwhile neither repeats nor hides anything.
- **Single resources** have an `ETag`; with `If-None-Match` the answer is 304 where nothing changed.
- **Consent** to a plan, and the start of a wave, name what they are for: `If-Match` with the plan's `ETag`, which is its fingerprint.
- **Every POST** takes an `Idempotency-Key`. The same request under the same key is answered as the first time, for 24 hours, with \
`Idempotency-Replayed: true`; another request under it is refused. An answer of 500 and above is not kept. While the first \
is still being worked on, the answer is 409 `in-progress`.
- **Operations** are followed as server-sent events: `step` with each step that moves, `operation` where the operation itself \
does. An event's id says all that was told, so a client that comes back with `Last-Event-ID`, to any server, is told \
exactly what it has missed; once all is told the answer is 204.

```
{EXAMPLE.strip()}
```

- **Waves under way and migrations** are followed alike: `started`, `state`, `step`, `asked` and others say what happened, by whom, and to \
which migration; ids are numbers. Begin at the `lastEvent` of what you read. Between them comes `progress`, which has no id: how far each migration is that is \
otherwise than when it was last told, with bytes, rate, and seconds left.

```
{MOVED.strip()}
```

- **Messages** are in Chinese where `Accept-Language` likes that better than English (`Content-Language` says which); types, names, \
numbers and paths are the same in both. A repeated answer is in the language of the first.
- **What somebody may not see is not there**: 404, as for what nobody has.
- **Times** are in UTC (RFC 3339), amounts in the unit beside them, -1 is unlimited.
"""


@cache
def pages() -> Mapping[str, str]:
    """Every page's text, by file name."""
    description = create_app().openapi()
    return {
        "openapi.json": json.dumps(description, ensure_ascii=False, indent=1) + "\n",
        "api.md": "\n".join(_page(description)).rstrip() + "\n",
    }


def _page(description: Mapping[str, Any]) -> Iterator[str]:
    yield from ("# HTTP API", "", description["info"]["description"].strip(), "")
    yield from ("[openapi.json](openapi.json) describes all of it for programs (OpenAPI 3.1).", "", _CONVENTIONS)
    for tag in description["tags"]:
        yield from (f"## {tag['name'].capitalize()}", "", tag["description"], "")
        for path, item in description["paths"].items():
            for method in _METHODS:
                if method in item and tag["name"] in item[method]["tags"]:
                    yield from _operation(method.upper(), path, item[method])
    yield from _problems()


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### {method} {path}", "", operation["description"], "")
    permission = operation.get("x-permission")
    yield from (f"Permission: `{permission}`." if permission else "For everybody.", "")
    parameters = [each for each in operation.get("parameters", ()) if each["in"] != "path"]
    if parameters:
        yield from ("| parameter | in | meaning |", "| --- | --- | --- |")
        yield from (f"| `{each['name']}` | {each['in']} | {each.get('description', '')} |" for each in parameters)
        yield ""
    body = operation.get("requestBody")
    if body:
        kinds = " or ".join(f"`{kind}`" for kind in body["content"])
        yield from (f"Body: {kinds}. {body.get('description', '')}".strip(), "")
    told = ", ".join(f"{status} {_what(answer)}" for status, answer in operation["responses"].items())
    yield from (f"Answers: {told}.", "")


def _what(answer: Mapping[str, Any]) -> str:
    """What an answer holds: its model, or the names of its problems."""
    content = answer.get("content", {})
    problems = content.get("application/problem+json", {}).get("examples", {})
    names = [f"`{name}`" for name in problems]
    reference = content.get("application/json", {}).get("schema", {}).get("$ref")
    model = [f"`{reference.rpartition('/')[2]}`"] if reference else []
    return " or ".join([*model, *names]) or "without a body" if not content or model or names else "`text/event-stream`"


def _problems() -> Iterator[str]:
    yield from ("## Problems", "", "`type` stays as it is for ever; titles and details may be put better.", "")
    yield from ("| type | status | title | what to do |", "| --- | --- | --- | --- |")
    yield from (f"| `{each.type}` | {each.status} | {each.title} | {each.remedy} |" for each in KINDS)
