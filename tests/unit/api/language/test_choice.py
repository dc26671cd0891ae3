"""Which language somebody gets who asks for several, or for none that there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.language.choice import Wish, accepted, of_environment, of_wish
from api.language.spoken import Language


@pytest.mark.parametrize(
    "header",
    [
        *("zh", "zh-CN", "ZH-cn", "zh-Hans", "zh-Hans-CN", "zh-TW", "zh-CN,zh;q=0.9,en;q=0.8", "en;q=0.5, zh"),
        *(
            "fr, zh;q=0.1",
            "zh;q=0.7, en;q=0.3",
            "zh, en",
            "en;q=0, *",
            "*;q=0.1, en;q=0",
            "zh-CN ; q=0.8",
            "zh;Q=1.000",
        ),
    ],
)
def test_who_likes_chinese_best_gets_it(header: str) -> None:
    """By name, by region or script, by weight, or because nothing else is left."""
    assert accepted(header) is Language.CHINESE


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "en", "en-GB", "*", "fr", "fr-FR, de;q=0.5", "en, zh", "en-US,en;q=0.9,zh-CN;q=0.8", "zh;q=0"),
        *("zh;q=0, *", "zh;q=0.3, *;q=0.5", "zhx", "zh;q=2", "zh;q=", "zh_CN", ";;,,", "中文"),
    ],
)
def test_everybody_else_gets_english(header: str | None) -> None:
    """Also where Chinese is refused, or what is written is no range."""
    assert accepted(header) is Language.ENGLISH


@given(st.text())
def test_any_header_has_an_answer(header: str) -> None:
    """Whatever somebody sends."""
    assert accepted(header) in Language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, Language.ENGLISH),
        ({"LANG": "C.UTF-8"}, Language.ENGLISH),
        ({"LANG": "zh_CN.UTF-8"}, Language.CHINESE),
        ({"LANG": "zh"}, Language.CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Language.ENGLISH),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, Language.CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, Language.CHINESE),
        ({"LANG": "zha_CN"}, Language.ENGLISH),
    ],
)
def test_a_terminal_says_its_language(environment: dict[str, str], language: Language) -> None:
    """`LC_ALL` before `LC_MESSAGES` before `LANG`; an empty one says nothing (POSIX, 8.2)."""
    assert of_environment(environment) is language


@pytest.mark.parametrize(
    ("encoding", "language"),
    [("utf-8", Language.CHINESE), ("gbk", Language.CHINESE), ("ascii", Language.ENGLISH), ("x", Language.ENGLISH)],
)
def test_a_terminal_without_chinese_characters_is_spoken_to_in_english(encoding: str, language: Language) -> None:
    """Rather than in escapes."""
    assert of_wish(Wish.CHINESE, {}, encoding=encoding) is language


@pytest.mark.parametrize(
    ("wish", "language"),
    [(Wish.AUTO, Language.CHINESE), (Wish.ENGLISH, Language.ENGLISH), (Wish.CHINESE, Language.CHINESE)],
)
def test_the_setting_counts_for_more_than_the_terminal(wish: Wish, language: Language) -> None:
    """Unless it leaves it to the terminal."""
    assert of_wish(wish, {"LANG": "zh_CN.UTF-8"}) is language
