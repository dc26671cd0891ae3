"""Streams of bytes: uploads are sent once, downloads are those bytes that were asked for, whatever the service makes of ranges."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.collections import ItemId
from provisioner.clouds.openstack.calls import Call
from provisioner.clouds.openstack.connection import Connection, open_connection
from provisioner.clouds.openstack.image_data import OpenStackImageData, _cut
from provisioner.clouds.openstack.transport import TransportSettings
from provisioner.errors import CloudError, CloudRefused, CloudUnavailable
from tenants.names import CloudName

_IMAGE = ItemId("i")
_FILE = "/image/v2/images/i/file"
_CONTENT = bytes(range(100))
_NOT_LATIN = _CONTENT.decode()


@pytest.fixture
def data(stage: Any, connection: Connection) -> OpenStackImageData:
    """The image data of the cloud on the stage."""
    stage.endpoints["image"] = "http://cloud.test/image/v2"
    return OpenStackImageData(connection)


def _read(data: OpenStackImageData, **which: Any) -> bytes:
    with data.read(_IMAGE, None, **which) as pieces:
        return b"".join(pieces)


# Uploads


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_refused_upload_is_not_repeated(stage: Any, data: OpenStackImageData, naps: list[float], status: int) -> None:
    """Whatever would be repeated otherwise: nobody has its first bytes any more."""
    stage.answer("PUT", _FILE, status=status)
    with pytest.raises(CloudUnavailable):
        data.write(_IMAGE, None, iter([_CONTENT]), size=100)
    assert (stage.paths(), naps) == ([f"PUT {_FILE}"], [])


def test_a_broken_upload_is_not_repeated(stage: Any, data: OpenStackImageData, naps: list[float]) -> None:
    """The connection was reset."""
    stage.fail("PUT", _FILE, requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer")))
    with pytest.raises(CloudUnavailable, match="reset"):
        data.write(_IMAGE, None, iter([_CONTENT]), size=100)
    assert (stage.paths(), naps) == ([f"PUT {_FILE}"], [])


def test_an_upload_whose_token_is_refused_is_not_repeated(stage: Any, data: OpenStackImageData) -> None:
    """The next one has another token."""
    stage.answer("PUT", _FILE, status=401)
    stage.answer("PUT", _FILE, status=204)
    with pytest.raises(CloudUnavailable, match="token"):
        data.write(_IMAGE, None, iter([_CONTENT]), size=100)
    data.write(_IMAGE, None, iter([_CONTENT]), size=100)
    assert [each.method for each in stage.seen] == ["POST", "PUT", "POST", "PUT"]


def test_an_upload_is_not_redirected(stage: Any, data: OpenStackImageData) -> None:
    """Its body could not follow."""
    stage.answer("PUT", _FILE, status=307, headers={"Location": "http://elsewhere.test/"})
    with pytest.raises(CloudRefused, match="307"):
        data.write(_IMAGE, None, iter([_CONTENT]), size=100)
    assert stage.paths() == [f"PUT {_FILE}"]


def test_an_upload_tells_its_size(stage: Any, data: OpenStackImageData) -> None:
    """To HTTP and to Glance."""
    stage.answer("PUT", _FILE, status=204)
    data.write(_IMAGE, None, (_CONTENT[at : at + 7] for at in range(0, 100, 7)), size=100)
    headers = stage.seen[-1].headers
    assert (headers["Content-Length"], headers["x-openstack-image-size"]) == ("100", "100")
    assert (stage.seen[-1].body, headers["Content-Type"]) == (_CONTENT, "application/octet-stream")


@pytest.mark.parametrize("size", [None, 0])
def test_an_upload_without_a_length_goes_in_chunks(stage: Any, data: OpenStackImageData, size: int | None) -> None:
    """One whose size nobody knows, and an empty one."""
    stage.answer("PUT", _FILE, status=204)
    data.write(_IMAGE, None, iter([]), size=size)
    headers = stage.seen[-1].headers
    assert headers["Transfer-Encoding"] == "chunked"
    assert headers.get("x-openstack-image-size") == (None if size is None else "0")


def test_uploads_wait_for_the_other_side_as_long_as_readers_do(stage: Any, data: OpenStackImageData) -> None:
    """Not only as long as for a connection, which is what urllib3 waits while it sends."""
    stage.answer("PUT", _FILE, status=204)
    data.write(_IMAGE, None, iter([]), size=0)
    assert stage.seen[-1].timeout == (60.0, 60.0)


def test_an_upload_takes_no_place_among_requests(stage: Any, settings: TransportSettings) -> None:
    """Its pieces may come from the same cloud, of which one request at a time may be asked."""
    stage.endpoints["image"] = "http://cloud.test/image/v2"
    narrow = open_connection(CloudName("city"), "city-yaml", replace(settings, concurrency=1))
    stage.answer("PUT", _FILE, status=204)
    stage.answer("GET", "/servers", {"servers": []})

    def pieces() -> Iterator[bytes]:
        narrow.send(Call(service="compute", method="GET", path="/servers"))
        yield b"a"

    OpenStackImageData(narrow).write(_IMAGE, None, pieces(), size=1)
    assert stage.paths() == ["GET /compute/v2.1/servers", f"PUT {_FILE}"]


def test_uploads_are_counted(stage: Any, data: OpenStackImageData, connection: Connection) -> None:
    """As any request: here with that for the token."""
    stage.answer("PUT", _FILE, status=204, headers={"x-openstack-request-id": "req-1"})
    assert data.write(_IMAGE, None, iter([b"a"]), size=1).request_ids == ("req-1",)
    assert connection.requests_sent == 2


# Downloads


def test_the_whole_is_asked_for_without_a_range(stage: Any, data: OpenStackImageData) -> None:
    """And never compressed."""
    stage.answer("GET", _FILE, text=_NOT_LATIN)
    assert _read(data) == _CONTENT
    headers = stage.seen[-1].headers
    assert ("Range" in headers, headers["Accept-Encoding"]) == (False, "identity")


@pytest.mark.parametrize(
    ("which", "asked"),
    [({"offset": 5}, "bytes=5-"), ({"length": 5}, "bytes=0-4"), ({"offset": 5, "length": 5}, "bytes=5-9")],
)
def test_a_range_is_asked_for(stage: Any, data: OpenStackImageData, which: dict[str, int], asked: str) -> None:
    """By its first and last byte."""
    begin, end = which.get("offset", 0), which.get("offset", 0) + which.get("length", 100)
    headers = {"Content-Range": f"bytes {begin}-{end}/100"}
    stage.answer("GET", _FILE, status=206, headers=headers, text=_NOT_LATIN[begin:end])
    assert _read(data, **which) == _CONTENT[begin:end]
    assert stage.seen[-1].headers["Range"] == asked


def test_a_service_without_ranges_is_read_up_to_the_offset(stage: Any, data: OpenStackImageData) -> None:
    """It answers with the whole."""
    stage.answer("GET", _FILE, text=_NOT_LATIN)
    assert _read(data, offset=90, length=5) == _CONTENT[90:95]


@pytest.mark.parametrize("headers", [{}, {"Content-Range": "bytes 7-9/100"}], ids=["unknown", "too late"])
def test_another_range_is_not_taken(stage: Any, data: OpenStackImageData, headers: dict[str, str]) -> None:
    """It would be other bytes."""
    stage.answer("GET", _FILE, status=206, headers=headers, text=_NOT_LATIN[7:10])
    with pytest.raises(CloudUnavailable):
        _read(data, offset=5)


def test_nothing_is_asked_for_no_bytes(stage: Any, data: OpenStackImageData) -> None:
    """An empty range cannot be said."""
    assert _read(data, offset=5, length=0) == b""
    assert stage.seen == []


@pytest.mark.parametrize(("status", "error"), [(204, CloudRefused), (404, CloudRefused), (403, CloudRefused)])
def test_what_cannot_be_read_is_refused(
    stage: Any, data: OpenStackImageData, status: int, error: type[CloudError]
) -> None:
    """No data, no image, no right."""
    stage.answer("GET", _FILE, status=status)
    with pytest.raises(error):
        _read(data)


def test_a_download_that_did_not_begin_is_repeated(stage: Any, data: OpenStackImageData, naps: list[float]) -> None:
    """As any reading."""
    stage.answer("GET", _FILE, status=503)
    stage.answer("GET", _FILE, text=_NOT_LATIN)
    assert _read(data) == _CONTENT
    assert len(naps) == 1


def test_a_download_that_breaks_off_is_not_repeated(
    stage: Any, data: OpenStackImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads knows how far it came."""

    def breaking(_response: requests.Response, _size: int) -> Iterator[bytes]:
        yield _CONTENT[:10]
        raise requests.exceptions.ChunkedEncodingError(ConnectionResetError(104, "Connection reset by peer"))

    monkeypatch.setattr(requests.Response, "iter_content", breaking)
    stage.answer("GET", _FILE, text=_NOT_LATIN)
    with data.read(_IMAGE, None) as pieces:
        assert next(pieces) == _CONTENT[:10]
        with pytest.raises(CloudUnavailable, match="broke off: Connection reset"):
            next(pieces)
    assert stage.paths() == [f"GET {_FILE}"]


@given(st.lists(st.binary(min_size=1, max_size=10)), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_a_cut_is_those_bytes(pieces: list[bytes], skipped: int, length: int | None) -> None:
    """However the pieces come."""
    end = None if length is None else skipped + length
    assert b"".join(_cut(iter(pieces), skipped, length)) == b"".join(pieces)[skipped:end]
