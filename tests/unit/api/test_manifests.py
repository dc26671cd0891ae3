"""Manifest files from disk and standard input."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.manifests import read_manifests
from provisioner.errors import InputError


def _standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is called by what it is."""
    _standard_input(monkeypatch, b"kind: Tenant\n")
    assert read_manifests([Path("-")]) == {"<stdin>": b"kind: Tenant\n"}


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_pipe_is_an_error(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """What was to write the manifests may have failed, and nothing must not pass for everything in order."""
    _standard_input(monkeypatch, content)
    with pytest.raises(InputError, match="nothing came in"):
        read_manifests([Path("-")])


def test_a_folder_is_searched_through_in_order(tmp_path: Path) -> None:
    """Folders below it too; hidden ones, and files of other kinds, not."""
    for name in ("b.yaml", "a/c.yml", ".git/d.yaml", "readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert read_manifests([tmp_path]) == {
        str(tmp_path / "a/c.yml"): b"a/c.yml",
        str(tmp_path / "b.yaml"): b"b.yaml",
    }


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    """Once by itself, once in its folder, once through a link."""
    (tmp_path / "a.yaml").write_bytes(b"a")
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    assert list(read_manifests([tmp_path, tmp_path / "a.yaml"]).values()) == [b"a"]


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_what_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    """A missing path, and a folder without a manifest, each by its name."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=name):
        read_manifests([tmp_path / name])
