"""One file's text to the texts of its documents, so that each can be kept, and put in another's place, by itself."""

from collections.abc import Iterator

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import DocumentStartEvent


def divide(text: str) -> Iterator[str]:
    """The documents of a file, each as it is written, in their order; what stands before the first is left out.

    A text that cannot be read to its end is divided as far as it can; validation tells what is wrong with it.
    """
    lines = text.split("\n")
    begins = list(_begins(text))
    for first, following in zip(
        begins, [*begins[1:], len(lines)], strict=False
    ):  # a text without documents has lines all the same
        yield "\n".join(lines[first:following]).rstrip() + "\n"


def _begins(text: str) -> Iterator[int]:
    """The line that each document begins on, counted from 0."""
    parser = CParser(text)
    try:
        while (event := parser.get_event()) is not None:
            if isinstance(event, DocumentStartEvent) and event.start_mark is not None:
                yield event.start_mark.line
    except YAMLError:
        return
    finally:
        parser.dispose()
