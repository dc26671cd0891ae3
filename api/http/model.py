"""What all models of the edge have in common: names in camel case, nothing unexpected, JSON as bytes, prose in one's language."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

from api.language.spoken import say

#: A value of a property: OpenStack's are plain.
Value = str | int | bool | None
#: A message for people: English inside, written in the language of whoever asks.
Prose = Annotated[str, PlainSerializer(say, return_type=str, when_used="json")]
JSON: Final = "application/json"
#: What texts look like: PostgreSQL keeps no NUL in them.
TEXT: Final = r"^[^\x00]*$"


class Model(BaseModel):
    """An object of the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


def answer(model: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The model as the answer's body. It is checked already: FastAPI need not do so again."""
    body = model.model_dump_json(by_alias=True)
    return Response(body, status_code=status, headers=dict(headers or {}), media_type=JSON)


def example(**content: Any) -> ConfigDict:
    """A model's example, for the API's description."""
    return ConfigDict(json_schema_extra={"examples": [content]})
