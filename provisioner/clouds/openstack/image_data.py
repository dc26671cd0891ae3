"""The bytes of Glance's images, as streams; implements `ImageData` (image API reference v2, "Image data").

What Glance 32 does, as its sources have it: a download knows ranges and answers 206 with `Content-Range`; one that begins at or
behind the end is refused with 416; an image without data answers 204. An upload has to be whole: there is no range of an upload,
and an image that has data takes no other. Where an upload breaks, Glance makes the image queued again as soon as it notices.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import requests

from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.openstack.calls import Call, request_id_of
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.translation import lost
from provisioner.errors import CloudRefused, CloudUnavailable

#: Bytes read at a time: hashing and sending cost the least from about here on.
_PIECE: Final = 1024 * 1024
_NO_CONTENT: Final = 204
_PARTIAL: Final = 206
_BEHIND_THE_END: Final = 416
_OCTETS: Final = "application/octet-stream"
_FIRST_BYTE: Final = re.compile(r"bytes (\d+)-")


class OpenStackImageData:
    """Image data through keystoneauth's adapters. Each call is one request, which takes no place among the others."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def read(
        self, image: ItemId, project: ProjectId | None, *, offset: int = 0, length: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        """One request, repeated where the connection breaks before the answer begins."""
        if length == 0:
            yield iter(())
            return
        call = Call(
            service="image", method="GET", path=_path(image), project=project, accept=frozenset({_BEHIND_THE_END})
        )
        # A compressed answer would have other bytes and other offsets.
        headers = {"Accept": _OCTETS, "Accept-Encoding": "identity"}
        if offset or length is not None:
            headers["Range"] = f"bytes={offset}-{'' if length is None else offset + length - 1}"
        with self._connection.download(call, headers) as response:
            if response.status_code == _NO_CONTENT:
                raise CloudRefused(
                    f"{self._connection.name}: {call}: the image has no data yet", request_id=request_id_of(response)
                )
            if response.status_code == _BEHIND_THE_END:
                yield iter(())
                return
            begins = self._first_byte(call, response)
            if begins > offset:
                raise CloudUnavailable(
                    f"{self._connection.name}: {call}: the answer begins at byte {begins}, not {offset}"
                )
            yield _cut(self._pieces(call, response), offset - begins, length)

    def write(self, image: ItemId, project: ProjectId | None, pieces: Iterable[bytes], *, size: int | None) -> Receipt:
        """One request, sent once."""
        call = Call(service="image", method="PUT", path=_path(image), project=project)
        headers = {"Content-Type": _OCTETS}
        if size is not None:
            headers["x-openstack-image-size"] = str(size)
        body = _Chunked(pieces, size) if not size else _Sized(pieces, size)
        try:
            return self._connection.upload(call, headers, body).receipt
        except Exception as error:
            # The libraries take an OSError of the pieces for one of the connection.
            if body.failure is not None and error is not body.failure:
                raise body.failure from None
            raise

    def _first_byte(self, call: Call, response: requests.Response) -> int:
        """Where the answer begins. A service that knows no ranges gives the whole."""
        if response.status_code != _PARTIAL:
            return 0
        found = _FIRST_BYTE.match(response.headers.get("Content-Range", ""))
        if found is None:
            raise CloudUnavailable(f"{self._connection.name}: {call}: the answer does not say which bytes it has")
        return int(found.group(1))

    def _pieces(self, call: Call, response: requests.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_content(_PIECE)
        except requests.RequestException as error:
            raise lost(self._connection.name, call, error) from error


class _Chunked:
    """A body of unknown length; it remembers what its pieces raised."""

    def __init__(self, pieces: Iterable[bytes], size: int | None) -> None:
        self._pieces = pieces
        self._size = size
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        given = 0
        try:
            for piece in self._pieces:
                given += len(piece)
                if self._size is not None and given > self._size:
                    break
                if piece:
                    yield piece
            if self._size not in {None, given}:
                raise CloudRefused(f"there are not {self._size} bytes to be uploaded, as was said")  # noqa: TRY301 - for both
        except Exception as error:
            self.failure = error
            raise


class _Sized(_Chunked):
    """A body of known length, which `requests` tells in `Content-Length`. An empty one is sent in chunks, of which it has none."""

    def __init__(self, pieces: Iterable[bytes], size: int) -> None:
        super().__init__(pieces, size)
        self._length = size

    def __len__(self) -> int:
        return self._length


def _cut(pieces: Iterator[bytes], skipped: int, length: int | None) -> Iterator[bytes]:
    """The pieces without so many bytes at the beginning, and no more than so many bytes of the rest."""
    left = length
    for piece in pieces:
        wanted = piece[skipped:] if skipped else piece
        skipped = max(0, skipped - len(piece))
        if left is not None:
            wanted = wanted[:left]
            left -= len(wanted)
        if wanted:
            yield wanted
        if left == 0:
            return


def _path(image: ItemId) -> str:
    return f"/images/{quote(image, safe='')}/file"
