"""`tenantry image inspect`: neither a cloud nor a database, and no tool."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.language.spoken import Language, say, speaking
from provisioner.disk_images.errors import ImageRefused
from tests.disk_images import Qcow2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An image that can be imported, one that cannot, and nothing else."""
    (tmp_path / "市局.qcow2").write_bytes(Qcow2().image())
    (tmp_path / "overlay.qcow2").write_bytes(Qcow2(backing=b"/etc/passwd").image())
    return tmp_path


def inspected(folder: Path, *arguments: str) -> Result:
    """The command on files of the folder."""
    files = [str(folder / each) if not each.startswith("-") else each for each in arguments]
    return CliRunner().invoke(app, ["image", "inspect", *files])


def test_what_can_be_imported_is_told_with_its_sizes(folder: Path) -> None:
    """And the command ends well."""
    result = inspected(folder, "市局.qcow2")
    assert result.exit_code == 0
    assert "qcow2, disk of 1 GiB" in result.output


def test_one_that_cannot_makes_it_fail(folder: Path) -> None:
    """Each file is told all the same, those that are missing too."""
    result = inspected(folder, "overlay.qcow2", "missing.qcow2", "市局.qcow2")
    assert result.exit_code == 1
    assert result.output.count("cannot be imported") == 2
    assert "/etc/passwd" in result.output
    assert "disk of 1 GiB" in result.output


def test_the_document_has_it_for_programs(folder: Path) -> None:
    """With the hash that a manifest can name."""
    result = inspected(folder, "市局.qcow2", "--hash", "--output=json")
    (image,) = json.loads(result.output)["images"]
    assert (image["accepted"], image["format"], image["virtualSize"]) == (True, "qcow2", 2**30)
    assert len(image["sha256"]) == 64


def test_several_reasons_are_told_in_chinese() -> None:
    """Each of them, though one message has them all."""
    reasons = ["its header is damaged: convert it anew, or fetch it again", "its disk has no size: fetch it again"]
    with speaking(Language.CHINESE):
        told = say(str(ImageRefused("财政/web.qcow2", reasons)))
    assert "文件头坏了" in told
    assert "大小是零" in told
