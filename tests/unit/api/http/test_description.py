"""The API's description: whole, in order, and with examples that are what they say."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from api.http.app import create_app
from api.http.problems import KINDS

DESCRIPTION = create_app().openapi()
SCHEMAS = DESCRIPTION["components"]["schemas"]
METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every method of every path."""
    for path, item in DESCRIPTION["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method} {path}", item[method]


def references(part: Any) -> Iterator[str]:
    """Every reference in a part of the description."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_it_is_of_the_version_that_it_says() -> None:
    """3.1, whose schemas are JSON Schema's own."""
    assert DESCRIPTION["openapi"] == "3.1.0"
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere() -> None:
    """To a part of the description."""
    parts = {name for each in DESCRIPTION["components"].values() for name in each}
    assert {each.rpartition("/")[2] for each in references(DESCRIPTION)} <= parts


def test_every_operation_has_a_name_of_its_own() -> None:
    """Generated clients call their functions so."""
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "examples" in schema])
def test_examples_are_what_they_say(name: str) -> None:
    """Each by its own schema."""
    for example in SCHEMAS[name]["examples"]:
        jsonschema.validate(example, {**SCHEMAS[name], "components": DESCRIPTION["components"]})


def test_every_model_that_is_answered_has_an_example() -> None:
    """A page's items have theirs."""
    answered = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, operation in operations()
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        if "$ref" in content["schema"]
    }
    lacking = {each for each in answered if "examples" not in SCHEMAS[each]}
    assert all(each.startswith("Page_") for each in lacking)
    for page in lacking:
        item = SCHEMAS[page]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
        assert "examples" in SCHEMAS[item]


@pytest.mark.parametrize(("name", "operation"), list(operations()))
def test_every_operation_says_what_may_go_wrong(name: str, operation: dict[str, Any]) -> None:
    """As problems; with 401 and 403 wherever somebody has to be logged in; every answer has its id."""
    answers = operation["responses"]
    for status, answer in answers.items():
        assert "X-Request-Id" in answer["headers"], name
        assert int(status) < 400 or "application/problem+json" in answer["content"], name
    assert ({"401", "403"} <= set(answers)) == ("security" in operation)
    assert "x-permission" in operation or name in {"get /livez", "get /readyz"}


def test_problems_are_told_apart() -> None:
    """By type and name, each with a title and what to do."""
    assert len({each.type for each in KINDS}) == len(KINDS)
    assert all(each.title and each.remedy and 400 <= each.status < 600 for each in KINDS)
