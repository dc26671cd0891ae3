"""The file that a manifest names is there, is text, and is small enough for Nova."""

import base64
from typing import Any

import pytest

from tenants.user_data import LONGEST, beside

AT = "files/web.sh"
PATH = "error: spec.servers[0].userData: "


def test_text_of_the_file_stands_in_the_city(city: Any) -> None:
    """To the letter."""
    script = "#!/bin/sh\r\necho 商事登记\n"
    servers = city.attach("apps/files/web.sh", script.encode()).city().applications["registration"].servers
    assert (servers[0].user_data.file, servers[0].user_data.text) == ("files/web.sh", script)
    assert servers[1].user_data is None


def test_what_was_looked_up_comes_back(city: Any) -> None:
    """For the record, with nothing else that may lie there."""
    validation = city.attach("apps/files/other.sh", b"x").validation()
    assert validation.attached == {"apps/files/web.sh": b"#!/bin/sh\n"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x" * (LONGEST + 1), f"is too large (user data has {LONGEST} bytes at most: let it fetch the rest)"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "begins with a byte order mark (save it as UTF-8 without one)"),
        ("商事登记".encode("gb18030"), "is not UTF-8 text (save it as UTF-8)"),
        (b"MZ\0", "is not text: it holds a zero byte (name a script or a cloud-config file)"),
        (b" \n", "is empty (leave userData out)"),
    ],
)
def test_file_that_no_server_can_be_given_is_refused(city: Any, check: Any, content: bytes, text: str) -> None:
    """Where the manifest names it."""
    check(city.attach("apps/files/web.sh", content), AT, f'{PATH}the file "apps/files/web.sh" {text}')


def test_largest_file_is_what_nova_takes(city: Any) -> None:
    """65535 characters of Base64, and no byte more."""
    assert city.attach("apps/files/web.sh", b"x" * LONGEST).problems() == []
    assert len(base64.b64encode(b"x" * LONGEST)) <= 65535 < len(base64.b64encode(b"x" * (LONGEST + 1)))


def test_file_that_is_not_there_is_refused(change: Any, check: Any) -> None:
    """With the name that was looked for."""
    said = (
        f'{PATH}there is no file "apps/files/wed.sh" '
        "(name a file beside this manifest or below; links that lead out of the folder are not followed)"
    )
    check(change("files/web.sh", "files/wed.sh"), "files/wed.sh", said)


def test_file_of_a_server_that_goes_is_not_looked_up(change: Any) -> None:
    """It may be gone already."""
    gone = change("spec:\n", "spec:\n  state: absent\n").edit("apps/registration.yaml", "web.sh", "gone.sh")
    assert (gone.problems(), gone.validation().attached) == ([], {})


@pytest.mark.parametrize(
    "path", ["../web.sh", "/etc/passwd", "files/../../x", "files//x", ".", "..", "a/.", "files/", "a\\\\b"]
)
def test_path_that_leads_out_of_the_folder_is_refused(change: Any, path: str) -> None:
    """And what is no path at all; nothing is looked up by it."""
    changed = change("userData: files/web.sh", f'userData: "{path}"')
    problem = changed.problem()
    assert problem.path == "spec.servers[0].userData"
    assert problem.remedy.startswith("name a file beside this manifest or in a folder below it")
    assert changed.validation().attached == {}


@pytest.mark.parametrize("path", ["web.sh", ".hidden", "..odd", "...", "a b/网页.sh", "files/.d/x"])
def test_path_below_the_folder_is_right(change: Any, path: str) -> None:
    """Hidden and Chinese names too."""
    assert change("files/web.sh", path).attach(f"apps/{path}", b"#!/bin/sh\n").problems() == []


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        ("a.yaml", "files/x"),
        ("m/a.yaml", "m/files/x"),
        ("../m/a.yaml", "../m/files/x"),
        ("<stdin>", "files/x"),
        ("/m/a.yaml", "/m/files/x"),
    ],
)
def test_files_stand_beside_their_manifest(manifest: str, name: str) -> None:
    """As somebody would type it; what comes from standard input is of the working directory."""
    assert beside(manifest, "files/x") == name
