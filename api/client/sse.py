"""Server-sent events out of a stream's bytes (WHATWG HTML, 9.2.6), however these are cut into pieces. Pure."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

#: Characters of one event: a stream that never ends a line must not fill the memory.
_LARGEST: Final = 4 * 1024 * 1024
_BOM: Final = "\ufeff"


class Flood(ValueError):
    """An event is too large to be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event."""

    #: The last id that was sent: what to come back with.
    id: str
    name: str
    data: str


@dataclass(slots=True)
class Parser:
    """Reads one stream from its beginning to its end."""

    #: Milliseconds after which to come back when the stream breaks, as the server last said.
    retry: int | None = None
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")(errors="replace")
    )
    _text: str = ""
    _begun: bool = False
    _after_return: bool = False
    _id: str = ""
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _size: int = 0

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that end in these bytes. Raises Flood where one grows too large."""
        self._text += self._taken(self._decoder.decode(chunk))
        *lines, self._text = self._text.split("\n")
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event
        if len(self._text) + self._size > _LARGEST:
            raise Flood(f"an event of more than {_LARGEST} characters")

    def _taken(self, text: str) -> str:
        """The text with every line's end a line feed, though a carriage return and its line feed come in two pieces."""
        if not text:
            return ""
        if not self._begun:
            self._begun = True
            text = text.removeprefix(_BOM)
        if self._after_return:
            text = text.removeprefix("\n")
        self._after_return = text.endswith("\r") if text else False
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._end()
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
            self._size += len(value) + 1
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self.retry = int(value)

    def _end(self) -> ServerEvent | None:
        data, name = self._data, self._name
        self._data, self._name, self._size = [], "", 0
        return ServerEvent(id=self._id, name=name or "message", data="\n".join(data)) if data else None
