"""The Chinese catalogue beside the code: every message has its template, every template its message, and no value is lost."""

import errno
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core._pydantic_core import list_all_errors

from api.language.catalogue import TABLES, Catalogue, Entry, Said, catalogue, entries_of
from api.language.templates import PLAIN, SAID, Template

FOLDER = Path(catalogue.__wrapped__.__code__.co_filename).parent / "zh"
DOCUMENTS = {each.name: tomllib.loads(each.read_text(encoding="utf-8")) for each in sorted(FOLDER.glob("*.toml"))}
CHINESE = catalogue("zh")
CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
LETTERS = re.compile("[A-Za-z]")
#: What follows a value with nothing in between begins like this.
TAIL = ", or none"


_READS_ALL_CODE = pytest.mark.timeout(60)


def table(name: str) -> dict[str, str]:
    """One table of all files."""
    return {english: other for each in DOCUMENTS.values() for english, other in each.get(name, {}).items()}


def shapes(name: str) -> dict[str, str]:
    """The templates of a table by their shape."""
    return {Template.parse(english).shape: english for english in table(name)}


@_READS_ALL_CODE
def test_every_message_has_its_chinese(made: Mapping[str, str]) -> None:
    """Whoever adds a message adds it here, to one of the files in `api/language/zh`; what is no message, to the exceptions."""
    words = {word for each in CHINESE.words.values() for word in each}
    known = shapes("messages").keys() | words
    assert {text: place for text, place in made.items() if text not in known} == {}


@_READS_ALL_CODE
def test_every_template_has_its_message(made: Mapping[str, str]) -> None:
    """What the code says no longer, or in other words, is taken out."""
    assert [english for shape, english in shapes("messages").items() if shape not in made] == []


@_READS_ALL_CODE
def test_what_is_composed_is_made_of_what_the_code_says(sources: str) -> None:
    """Each word of such a template is in the code."""
    literals = {part.strip(" .:,") for english in table("composed") for part in Template.parse(english).literals}
    assert [each for each in literals if each not in sources] == []


def test_parameters_have_the_words_of_their_library() -> None:
    """Each template of ours is one of pydantic's, with its plurals."""
    theirs = {
        template.replace("{expected_plural}", plural)
        for each in list_all_errors()
        for template in (each["message_template_python"], each.get("message_template_json") or "")
        for plural in ("", "s")
    }
    known = {re.sub(r"\{\w+\}", "{}", each) for each in theirs}
    assert [english for shape, english in shapes("pydantic").items() if shape not in known] == []


def test_files_and_connections_have_the_words_of_the_system() -> None:
    """As it writes its errors."""
    assert table("system").keys() <= {os.strerror(number) for number in errno.errorcode}


@pytest.mark.parametrize("name", TABLES)
def test_no_value_is_lost_or_made_up(name: str) -> None:
    """Both sides of an entry have the same slots, and the Chinese one names no kinds."""
    wrong = []
    for entry in entries_of([table(name)]):
        ours, theirs = entry.english.slots, entry.other.slots
        if {each.name for each in ours} != {each.name for each in theirs} or any(each.kind for each in theirs):
            wrong.append(entry.english.shape)
    assert wrong == []


@pytest.mark.parametrize("name", TABLES)
def test_slots_are_of_kinds_that_there_are(name: str) -> None:
    """Values, messages, or one of the lists of words."""
    kinds = {each.kind for entry in entries_of([table(name)]) for each in entry.english.slots}
    assert kinds <= {"", SAID, *PLAIN, *CHINESE.words}


def test_no_message_is_translated_twice() -> None:
    """Neither in two files nor under two names of its values."""
    every = [Template.parse(english).shape for each in DOCUMENTS.values() for english in each.get("messages", {})]
    assert [shape for shape, times in Counter(every).items() if times > 1] == []


def test_what_is_chinese_is_chinese() -> None:
    """No English text stands on both sides."""
    same = [
        english
        for name in TABLES
        for english, other in table(name).items()
        if not CJK.search(other)
        and any(map(LETTERS.search, Template.parse(other).literals))
        and "openstack" not in english
    ]
    assert same == []


def _values(entry: Entry) -> st.SearchStrategy[dict[str, str]]:
    texts = {
        "": st.text("abcXYZ019-", min_size=1, max_size=12),
        "free": st.text("abcXYZ019- :;", min_size=1, max_size=12),
        "token": st.text("abcXYZ019-/.", min_size=1, max_size=12),
        "number": st.integers(0, 10**6).map(str),
    }

    def value(number: int) -> st.SearchStrategy[str]:
        kind = entry.english.slots[number].kind
        if kind == SAID:
            return st.just(TAIL) if _follows_a_value(entry, number) else st.sampled_from(["server", "volume"])
        return texts[kind] if kind in texts else st.sampled_from(sorted(CHINESE.words[kind]))

    return st.fixed_dictionaries({slot.name: value(number) for number, slot in enumerate(entry.english.slots)})


def _follows_a_value(entry: Entry, number: int) -> bool:
    slot = entry.english.slots[number]
    before = entry.english.parts[entry.english.parts.index(slot) - 1]
    return entry.english.parts.index(slot) > 0 and not isinstance(before, str)


def _plainly(entry: Entry) -> dict[str, str]:
    """Values that nothing else can be made of."""
    return {
        slot.name: (TAIL if _follows_a_value(entry, number) else "server")
        if slot.kind == SAID
        else f"{number}"
        if slot.kind in {"", *PLAIN}
        else min(CHINESE.words[slot.kind])
        for number, slot in enumerate(entry.english.slots)
    }


@pytest.mark.timeout(30)
def test_each_template_is_told_from_all_others() -> None:
    """What it makes is not taken for another's."""
    wrong = []
    for entry in CHINESE.entries:
        values = _plainly(entry)
        here = {slot.name: slot.kind for slot in entry.english.slots}
        told = {
            name: CHINESE.say(text).text if here[name] == SAID else CHINESE.words.get(here[name], {}).get(text, text)
            for name, text in values.items()
        }
        if CHINESE.say(entry.english.fill(values)) != Said(text=entry.other.fill(told), whole=True):
            wrong.append(entry.english.shape)
    assert wrong == []


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A message made from some template, with its values."""
    entry = draw(st.sampled_from(CHINESE.entries))
    values = draw(_values(entry))
    kept = [values[slot.name] for slot in entry.english.slots if not slot.kind or slot.kind in PLAIN]
    return entry.english.fill(values), kept


@given(messages())
def test_a_message_keeps_its_values(made: tuple[str, list[str]]) -> None:
    """Whatever it is made with; and it is Chinese."""
    message, values = made
    said = CHINESE.say(message)
    assert CJK.search(said.text) or "openstack" in message
    assert [each for each in values if each not in said.text] == []


@given(st.text())
def test_any_text_can_be_said(text: str) -> None:
    """Where nothing fits it stays as it is."""
    said = CHINESE.say(text)
    assert said.text == text or said.whole or CJK.search(said.text)


@pytest.mark.parametrize(
    "text",
    [
        "there is not enough left: " + "a: " * 3000,
        "; ".join(["the subnet x"] * 2000),
        " of the " * 2000,
        ", or " * 4000,
    ],
)
def test_what_is_written_to_take_long_is_left_as_it_is(text: str, steps: Iterator[int]) -> None:
    """Names with the words of templates in them cost a bounded number of looks."""
    CHINESE.say(text)
    assert next(steps) < 2_000_000


SAYINGS = {
    'the cloud "city" has no zone "extranets"': "云平台“city”没有网络区“extranets”",
    'did you mean "extranet"?': "是不是“extranet”？",
    "there is no tenant market-regulations": "没有租户 market-regulations",
    "there is no security group web x": "没有安全组 web x",
    "2 addresses for 3 servers": "3 台云主机对应 2 个地址",
    "a list stands where a whole number is meant": "这里应当是整数，写的是列表",
    "one of: a, b and 3 more": "可以是：a, b，另有 3 个",
    "write one such as 10.20.0.1 or fd00:20::1, or none": "写成 10.20.0.1 或 fd00:20::1 这样，或者 none",
    "is 3, but the landing zone asks for 5, with the default one": "是 3，而落地区要 5 个（含默认的一个）",
    "confirm is not possible for a request in administrative review; what can be done: approve, withdraw": (
        "申请单处于“行政审批”，不能确认；可以做的：批准、撤回"
    ),
    "flavor from database to 2xlarge stops the server for a while": "规格从 database 改为 2xlarge，云主机要停机一会儿",
    "opens administration ports to the world: SSH (22): passwords are guessed here all day long": (
        "向所有人开放了管理端口：SSH (22)：这里整天有人猜密码"
    ),
    "there is not enough left: compute/cores: 40 more asked for, and at most 12 would fit: of the 480 that market may hold in "
    "city, 400 are held and 68 reserved for other requests; network/port: 3 more asked for, and at most 1 would fit: of the 4 "
    "that cloud city may give out, 3 are held and 0 reserved for other requests": (
        "剩余数量不够：compute/cores：申请增加 40，最多可以申请 12：market 在 city 的额度是 480，已占用 400，其他申请单预留 68；"
        "network/port：申请增加 3，最多可以申请 1：云平台 city 可提供 4，已占用 3，其他申请单预留 0"
    ),
    "city: POST /servers: HTTP 409: no room (request req-1); it may have taken effect all the same": (
        "city：POST /servers：HTTP 409：no room（请求 req-1）；但也可能已经生效"
    ),
    "limit: Input should be less than or equal to 500": "limit：应当小于或等于 500",
    "1 error in 2 files.": "2 个文件中有 1 个错误。",
}


@pytest.mark.parametrize("message", SAYINGS)
def test_messages_read_well(message: str, chinese: Catalogue) -> None:
    """Those that many people see, and those with messages in them."""
    assert chinese.say(message).text == SAYINGS[message]
