"""Answers in the language of whoever asks: only what is said to people differs, and no cache mixes the two up."""

from typing import Any

import jsonschema
import pytest

from tests.integration.http.conftest import CITY, YAML, Client

CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}
WRONG = CITY.replace("cores: 4}", "cores: 4个}")


def both(client: Client, method: str, path: str, **more: Any) -> tuple[Any, Any]:
    """The answer in English and in Chinese."""
    headers = more.pop("headers", {})
    english, chinese = (client(method, path, headers={**headers, **each}, **more) for each in ({}, CHINESE))
    return english, chinese


def test_a_problem_is_in_the_language_of_whoever_asks(operator: Client) -> None:
    """Title and detail; its type, its status and the name in it are the same."""
    english, chinese = both(operator, "GET", "/v1/tenants/markets")
    assert english.json()["detail"] == "there is no tenant markets"
    assert (chinese.json()["title"], chinese.json()["detail"]) == ("没有这个内容，或者您无权查看", "没有租户 markets")
    assert (chinese.status_code, chinese.json()["type"]) == (english.status_code, english.json()["type"])


def test_an_answer_says_its_language(operator: Client) -> None:
    """And that another is there, also beside what it depends on otherwise."""
    english, chinese = both(operator, "GET", "/v1/me")
    assert [each.headers["content-language"] for each in (english, chinese)] == ["en", "zh-CN"]
    assert english.headers["vary"] == "Accept-Language"


def test_what_is_wrong_with_manifests_is_told_in_chinese(operator: Client) -> None:
    """Message and remedy of each; places and paths as ever."""
    english, chinese = both(operator, "POST", "/v1/plans", content=WRONG, headers=YAML)
    fault, other = (
        next(each for each in answer.json()["problems"] if each["severity"] == "error") for answer in (chinese, english)
    )
    assert (fault["message"], fault["remedy"]) == ("“4个”不是上限", "写整数，或者 unlimited")
    assert {**fault, "message": "", "remedy": ""} == {**other, "message": "", "remedy": ""}


@pytest.mark.parametrize(
    ("query", "said"),
    [("limit=many", "limit：应当是整数"), ("limit=0", "limit：应当大于或等于 1")],
)
def test_parameters_are_told_of_in_chinese(operator: Client, query: str, said: str) -> None:
    """What the library says of them, and what we say."""
    answer = operator.get(f"/v1/tenants?{query}", headers=CHINESE)
    assert (answer.status_code, answer.json()["detail"][: len(said)]) == (422, said)


def test_nobody_is_refused_in_another_language(nobody: Client) -> None:
    """Before it is known who asks."""
    answer = nobody.get("/v1/me", headers=CHINESE)
    assert (answer.status_code, answer.json()["title"], answer.json()["detail"]) == (401, "没有登录", "没有发送令牌")


def test_a_plan_is_explained_in_chinese(operator: Client, plan: dict[str, Any]) -> None:
    """Its reasons; its content and fingerprint are the same."""
    english, chinese = (each.json() for each in both(operator, "GET", f"/v1/plans/{plan['id']}"))
    reasons = {action["reason"] for section in chinese["sections"] for action in section["actions"]}
    assert "市市场监督管理局 要它，而 Keystone 里没有这个项目" in reasons
    for document in (english, chinese):
        for section in document["sections"]:
            for action in section["actions"]:
                action["reason"] = ""
    assert english == chinese


def test_each_language_has_a_tag_of_its_own(operator: Client, plan: dict[str, Any]) -> None:
    """What a cache has in one language does not count in the other."""
    path = f"/v1/plans/{plan['id']}"
    english, chinese = both(operator, "GET", path)
    known = {"if-none-match": english.headers["etag"]}
    assert operator.get(path, headers=known).status_code == 304
    assert operator.get(path, headers={**known, **CHINESE}).content == chinese.content
    again = operator.get(path, headers={"if-none-match": chinese.headers["etag"], **CHINESE})
    assert (again.status_code, again.headers["vary"]) == (304, "Authorization, Accept-Language")


def test_a_plan_that_was_read_in_chinese_is_consented_to(operator: Client, plan: dict[str, Any]) -> None:
    """By the tag of that answer."""
    path = f"/v1/plans/{plan['id']}"
    tag = operator.get(path, headers=CHINESE).headers["etag"]
    assert operator.post(f"{path}/apply", headers={"if-match": tag}).status_code == 202


def test_a_repetition_is_answered_word_for_word(operator: Client) -> None:
    """In the language of the first time, and it says so."""
    key = {**YAML, "idempotency-key": "k-1"}
    first = operator.post("/v1/plans", content=WRONG, headers={**key, **CHINESE})
    again = operator.post("/v1/plans", content=WRONG, headers=key)
    assert (again.content, again.headers["content-language"]) == (first.content, "zh-CN")


def test_chinese_answers_are_as_they_are_described(operator: Client, plan: dict[str, Any]) -> None:
    """By the same schemas."""
    described = operator.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/Plan", "components": described["components"]}
    jsonschema.validate(operator.get(f"/v1/plans/{plan['id']}", headers=CHINESE).json(), schema)
