"""Manifest files from disk and standard input."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.manifests import finder, read_manifests
from provisioner.errors import InputError
from tenants.user_data import LONGEST


def _standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes, *, typed: bool = False) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: typed))


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is called by what it is."""
    _standard_input(monkeypatch, b"kind: Tenant\n")
    assert read_manifests([Path("-")]) == {"<stdin>": b"kind: Tenant\n"}


@pytest.mark.parametrize(("typed", "said"), [(True, "Reading manifests from standard input"), (False, "")])
def test_whoever_sits_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, typed: bool, said: str
) -> None:
    """A command that waits for somebody to type says so; a pipe needs no telling."""
    _standard_input(monkeypatch, b"kind: Tenant\n", typed=typed)
    read_manifests([Path("-")])
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert bool(told) == typed


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Manifests with a script beside them, and a secret of the operator's elsewhere."""
    (tmp_path / "manifests/files").mkdir(parents=True)
    (tmp_path / "manifests/a.yaml").write_bytes(b"a")
    (tmp_path / "manifests/files/web.sh").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "secret").write_bytes(b"s")
    return tmp_path / "manifests"


@pytest.mark.parametrize("given", [".", "a.yaml", "files/../a.yaml"])
def test_what_a_manifest_names_is_found_in_its_folder(folder: Path, given: str) -> None:
    """Whether the folder was given or a file in it."""
    assert finder([folder / given])(str(folder / "files/web.sh")) == b"#!/bin/sh\n"


def test_what_standard_input_names_is_found_in_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where whoever writes the pipe is."""
    monkeypatch.chdir(folder)
    assert finder([Path("-")])("files/web.sh") == b"#!/bin/sh\n"


@pytest.mark.parametrize("link", ["out", "circle", "whole/secret", "files", "missing", "长" * 255])
def test_what_is_not_a_file_of_the_folder_is_not_found(folder: Path, link: str) -> None:
    """A manifest must not bring the operator's own files into a server, by whatever links."""
    (folder / "out").symlink_to(folder.parent / "secret")
    (folder / "circle").symlink_to("circle")
    (folder / "whole").symlink_to(folder.parent)
    assert finder([folder])(str(folder / link)) is None


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    """Departments may share a script."""
    (folder / "shared.sh").symlink_to("files/web.sh")
    assert finder([folder])(str(folder / "shared.sh")) == b"#!/bin/sh\n"


def test_a_large_file_is_read_as_far_as_is_enough_to_refuse_it(folder: Path) -> None:
    """One byte more than Nova takes."""
    (folder / "large").write_bytes(b"x" * (LONGEST + 10))
    assert len(finder([folder])(str(folder / "large")) or b"") == LONGEST + 1


def test_cloud_config_in_a_folder_is_no_manifest(folder: Path) -> None:
    """It is YAML for servers; named outright, it is read as whatever was meant."""
    config = folder / "web.yaml"
    config.write_bytes(b"#cloud-config\npackages: [nginx]\n")
    assert list(read_manifests([folder])) == [str(folder / "a.yaml")]
    assert list(read_manifests([config])) == [str(config)]
