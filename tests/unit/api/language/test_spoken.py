"""The language of whoever is served."""

import threading
from collections.abc import Iterator

import pytest

from api.language.spoken import Language, current, say, speak, speaking

NO_ZONE = 'the cloud "city" has no zone "x"'


@pytest.fixture
def command() -> Iterator[None]:
    """A process that speaks Chinese until the test ends."""
    speak(Language.CHINESE)
    yield
    speak(Language.ENGLISH)


def test_english_is_as_it_was_made() -> None:
    """Unless somebody else is served."""
    assert (current(), say(NO_ZONE)) == (Language.ENGLISH, NO_ZONE)


def test_each_is_served_in_their_language() -> None:
    """Until they have their answer."""
    with speaking(Language.CHINESE):
        assert say(NO_ZONE) == "云平台“city”没有网络区“x”"
    assert say(NO_ZONE) == NO_ZONE


@pytest.mark.usefixtures("command")
def test_a_command_has_one_language_in_all_threads() -> None:
    """Progress is shown by another."""
    found: list[Language] = []
    thread = threading.Thread(target=lambda: found.append(current()))
    thread.start()
    thread.join()
    assert found == [Language.CHINESE]


@pytest.mark.usefixtures("command")
def test_who_is_served_counts_for_more_than_the_process() -> None:
    """A service that was started in Chinese answers in English whoever wants that."""
    with speaking(Language.ENGLISH):
        assert say(NO_ZONE) == NO_ZONE
