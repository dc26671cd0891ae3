"""Manifests in a request's body, as the files that validation takes: YAML or JSON, one, several, or named files.

Lines and columns of problems are those of the body, whatever its form.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from api.http.problems import MALFORMED, REFUSED, UNSUPPORTED, HttpProblem, of_parameter
from provisioner.proposal import Manifests
from tenants.validation import Validation, validate

YAML_TYPES: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
JSON_TYPE: Final = "application/json"
#: The key under which a JSON object holds files by name, in place of a manifest.
FILES: Final = "files"
_SUFFIXES: Final = (".yaml", ".yml", ".json")
#: How a file begins that is YAML and no manifest, but what servers run at first start (cloud-init's user-data formats).
_CLOUD_CONFIG: Final = "#cloud-config"
#: Two escapes that are one character together: JSON writes what is beyond 16 bits so, and YAML does not.
_PAIR: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def described(*, required: bool = True, **members: Mapping[str, Any]) -> dict[str, Any]:
    """How the API's description tells of a body of manifests; `members` may stand beside `files` in JSON."""
    named = {"type": "object", "additionalProperties": {"type": "string"}}
    whole = {
        "type": "object",
        "required": [FILES],
        "properties": {FILES: named, **members},
        "additionalProperties": False,
    }
    forms = [{"type": "object", "required": ["kind"]}, {"type": "array", "items": {"type": "object"}}, whole]
    example = "apiVersion: tenantry/v1\nkind: Tenant\nmetadata: {name: market-regulation}\n"
    content = {
        "application/yaml": {"schema": {"type": "string"}, "example": example},
        JSON_TYPE: {"schema": {"oneOf": forms}, "example": {FILES: {"market-regulation.yaml": example}}},
    }
    told = (
        "Manifests, as `tenantry plan` takes them: YAML; or JSON, one or a list of them; or JSON "
        "with `files`, for manifests together with files that they name."
    )
    return {"requestBody": {"required": required, "description": told, "content": content}}


async def raw_body(request: Request) -> bytes:
    """The body as it came."""
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


def files_of(body: bytes, content_type: str, *, beside: Collection[str] = ()) -> Mapping[str, str]:
    """The files that a body holds, by name; `beside` are the members that JSON may have beside `files`.

    Raises HttpProblem for a type or a form that is not understood.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media in YAML_TYPES:
        return {"manifests.yaml": body.decode("utf-8-sig", errors="replace")}
    if media != JSON_TYPE:
        raise HttpProblem(UNSUPPORTED, f"{media or 'no type'}: send application/yaml or application/json")
    text = body.decode("utf-8-sig", errors="replace")
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise HttpProblem(MALFORMED, "the body is nested too deeply") from error
    except ValueError as error:
        raise HttpProblem(MALFORMED, f"the body is not JSON: {error}") from error
    if isinstance(document, dict) and FILES in document and "kind" not in document:
        _must_be_known(document, {FILES, *beside})
        return _named(document[FILES])
    text = _as_yaml(text)
    if isinstance(document, list):
        return {f"manifests[{number}].json": each for number, each in enumerate(_items(text))}
    return {"manifests.json": text}


def check(files: Mapping[str, str]) -> tuple[Validation, Manifests | None]:
    """What validation makes of the files; the manifests where they are all in order."""
    manifests, _ = divided(files)

    def lookup(name: str) -> bytes | None:
        found = files.get(name)
        return None if found is None else found.encode()

    validation = validate(((name, text.encode()) for name, text in manifests.items()), lookup)
    if validation.city is None:
        return validation, None
    if not (validation.city.clouds or validation.city.tenants):
        raise HttpProblem(REFUSED, "there is no manifest in the body")
    attached = {name: content.decode() for name, content in validation.attached.items()}
    return validation, Manifests(city=validation.city, sources=validation.sources, files=manifests, attached=attached)


def divided(files: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The manifests among files, and the others, which manifests may name."""
    manifests = {name: text for name, text in files.items() if _is_manifest(name, text)}
    return manifests, {name: text for name, text in files.items() if name not in manifests}


def _is_manifest(name: str, text: str) -> bool:
    return name.endswith(_SUFFIXES) and not text.startswith(_CLOUD_CONFIG)


def _must_be_known(document: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises HttpProblem for a member that means nothing: left out in silence, a `draft` misspelt would be submitted."""
    for name in document:
        if name not in known:
            raise of_parameter("body", name, f"no member of this ({', '.join(sorted(known))} are)")


def _named(files: Any) -> Mapping[str, str]:
    good = isinstance(files, dict) and all(isinstance(text, str) for text in files.values())
    if not good:
        raise HttpProblem(MALFORMED, f"{FILES}: an object with a text for each file's name is meant")
    if not any(_is_manifest(name, text) for name, text in files.items()):
        raise HttpProblem(MALFORMED, f"{FILES}: no manifest among them; their names end in .yaml, .yml or .json")
    if not all(_is_unicode(each) for pair in files.items() for each in pair):
        raise HttpProblem(MALFORMED, f"{FILES}: half of a character (a lone surrogate) stands in a name or a text")
    return dict(files)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _as_yaml(text: str) -> str:
    """JSON as YAML reads it, with every place where it was: tabs between values, and characters in two halves."""
    text = text.replace("\t", " ")  # within strings JSON has none
    return _PAIR.sub(lambda found: json.loads(f'"{found[0]}"'), text)


def _items(text: str) -> Iterator[str]:
    """Each item of a JSON list, behind as many lines and columns as come before it."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        while text[at] in " \n\r,":
            at += 1
        if text[at] == "]":
            return
        _, end = decoder.raw_decode(text, at)
        before = text[:at]
        yield "\n" * before.count("\n") + " " * (at - before.rfind("\n") - 1) + text[at:end]
        at = end
