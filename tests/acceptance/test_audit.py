"""`tenantry audit`: who did what, and that nobody can change the record unseen, not even the database's superuser."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from devcloud.fixture import Devcloud
from tests.acceptance.manifests import cloud, tenant, write
from tests.acceptance.records import server_stopped, superuser
from tests.acceptance.shell import ERROR, Shell

_TAMPERING = {
    "an altered detail": (
        ["UPDATE tenantry.audit SET detail = jsonb_set(detail, '{operations}', '7') WHERE seq = 2"],
        2,
        "altered",
    ),
    "another actor": (["UPDATE tenantry.audit SET actor = 'somebody@else' WHERE seq = 5"], 5, "altered"),
    "an altered digest": (["UPDATE tenantry.audit SET digest = repeat('0', 64) WHERE seq = 4"], 4, "altered"),
    "an entry removed": (["DELETE FROM tenantry.audit WHERE seq = 4"], 4, "removed"),
    "the last entry removed": (
        ["DELETE FROM tenantry.audit WHERE seq = (SELECT max(seq) FROM tenantry.audit)"],
        None,
        "removed",
    ),
    "two entries in each other's place": (
        [
            "UPDATE tenantry.audit SET seq = 1000 WHERE seq = 4",
            "UPDATE tenantry.audit SET seq = 4 WHERE seq = 5",
            "UPDATE tenantry.audit SET seq = 5 WHERE seq = 1000",
        ],
        4,
        "reordered",
    ),
    "an entry put in": (
        [
            """
            INSERT INTO tenantry.audit (seq, at, actor, action, subject, detail, previous, digest)
            SELECT seq + 1, now(), 'ops@city', 'plan.approved', 'forged', '{}', digest, repeat('a', 64)
            FROM tenantry.audit ORDER BY seq DESC LIMIT 1
            """
        ],
        None,
        "altered",
    ),
}


@pytest.fixture(scope="module")
def recorded(devcloud: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Records with an audit log of six entries: a plan, the consent to it, four operations."""
    shell = Shell(folder=tmp_path_factory.mktemp("recorded"), clouds_yaml=devcloud.clouds_yaml)
    tenants = [tenant(f"audited-{secrets.token_hex(3)}", display_name="市审计局") for _ in range(4)]
    shell("apply", write(shell.folder / "manifests", cloud(), *tenants), "--yes")
    server_stopped(shell)
    return shell


@pytest.fixture
def copied(recorded: Shell, tmp_path: Path) -> Shell:
    """A copy of the records, to be tampered with."""
    server_stopped(recorded)
    shutil.copytree(recorded.folder / "manifests", tmp_path / "manifests")
    # The server's data belongs to another user where tests run as root, and only `cp` keeps that.
    subprocess.run(["cp", "-a", recorded.state, tmp_path / "state"], check=True)
    return Shell(folder=tmp_path, clouds_yaml=recorded.clouds_yaml)


def test_an_untouched_log_is_whole(recorded: Shell) -> None:
    """Exit code 0, and the head to be kept elsewhere."""
    assert recorded("audit", "verify", "-o", "json").document["whole"] is True


def test_it_tells_who_did_what(recorded: Shell) -> None:
    """The plan, the consent and each operation stand there with the person's name."""
    entries = recorded("audit", "show", "-o", "json").document["entries"]
    actions = [each["action"] for each in entries]
    assert actions == ["plan.made", "plan.approved", *["operation.done"] * 4]
    assert [each["seq"] for each in entries] == [1, 2, 3, 4, 5, 6]
    assert all("@" in each["actor"] for each in entries)


def test_it_may_be_read_in_parts(recorded: Shell) -> None:
    """`--after` and `--limit` page through it."""
    entries = recorded("audit", "show", "--after", "2", "--limit", "3", "-o", "json").document["entries"]
    assert [each["seq"] for each in entries] == [3, 4, 5]


def test_the_newest_entries_are_shown_first_of_all(recorded: Shell) -> None:
    """With a word about the older ones, which `--all` has."""
    newest = recorded("audit", "show", "--limit", "2", "-o", "json")
    assert [each["seq"] for each in newest.document["entries"]] == [5, 6]
    assert "The newest 2 of 6 entries" in newest.err
    entries = recorded("audit", "show", "--limit", "2", "--all", "-o", "json").document["entries"]
    assert [each["seq"] for each in entries] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("how", _TAMPERING)
def test_tampering_is_found_and_named(copied: Shell, how: str) -> None:
    """Exit code 1, with the entry's number and what was done to it."""
    statements, seq, kind = _TAMPERING[how]
    with superuser(copied) as connection:
        for statement in statements:
            connection.execute(text(statement))
    found = copied("audit", "verify", "-o", "json", code=ERROR).document["findings"]
    last = len(copied("audit", "show", "-o", "json").document["entries"]) + (kind == "removed")
    assert (seq or last, kind) in [(each["seq"], each["kind"]) for each in found]


def test_people_read_what_was_found(copied: Shell) -> None:
    """The table says it in words."""
    with superuser(copied) as connection:
        connection.execute(text("DELETE FROM tenantry.audit WHERE seq = 4"))
    said = copied("audit", "verify", code=ERROR).out
    assert ("entry 4 is missing" in said, "tampered with" in said) == (True, True)


def test_a_kept_head_shows_a_log_written_anew(recorded: Shell, copied: Shell) -> None:
    """A log that fits in itself, but is not the one whose head was noted elsewhere, is found out."""
    other = recorded("audit", "verify", "-o", "json").document["head"]
    recorded("audit", "verify", "--head", f"{other['count']}:{other['digest']}")
    said = copied("audit", "verify", "--head", f"{other['count']}:{'0' * 64}", code=ERROR).out
    assert "are not those noted" in said


@pytest.mark.parametrize(
    "change", ["UPDATE tenantry.audit SET actor = 'nobody' WHERE seq = 1", "DELETE FROM tenantry.audit WHERE seq = 1"]
)
def test_the_database_itself_refuses_changes(copied: Shell, change: str) -> None:
    """Whoever does not switch its guards off cannot alter an entry."""
    with superuser(copied) as connection:
        connection.execute(text("SET session_replication_role TO DEFAULT"))
        with pytest.raises(DBAPIError, match="audit"):
            connection.execute(text(change))
        connection.rollback()


def test_a_log_is_exported_and_verified_without_its_database(recorded: Shell, tmp_path: Path) -> None:
    """One entry a line; a part of it too, and nothing else is needed."""
    whole, part = tmp_path / "audit.jsonl", tmp_path / "part.jsonl"
    recorded("audit", "export", "-o", whole)
    recorded("audit", "export", "--from", "3", "--until", "2200-01-01", "-o", part)
    assert [json.loads(line)["seq"] for line in whole.read_text("utf-8").splitlines()] == [1, 2, 3, 4, 5, 6]
    assert recorded("audit", "export", "--from", "3").out == part.read_text("utf-8")
    elsewhere = Shell(folder=tmp_path, clouds_yaml=tmp_path / "none")
    assert elsewhere("audit", "verify", "--file", whole, "-o", "json").document["whole"] is True
    assert elsewhere("audit", "verify", "--file", part, "-o", "json").document["from"] == 3
    assert not elsewhere.state.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [*lines[:3], *lines[4:]], "entry 4 is missing"),
        (
            lambda lines: [*lines[:3], lines[3].replace("operation.done", "operation.gone"), *lines[4:]],
            "entry 4 is not",
        ),
        (lambda lines: lines[:4], "entries 5 to 6 are missing, anchored at"),
    ],
)
def test_a_file_that_was_tampered_with(
    recorded: Shell, tmp_path: Path, change: Callable[[list[str]], list[str]], said: str
) -> None:
    """The first broken entry, what is missing, and whether it ends where an anchor says."""
    file, anchors = tmp_path / "audit.jsonl", tmp_path / "anchors.jsonl"
    recorded("audit", "anchor", anchors)
    lines = recorded("audit", "export").out.splitlines(keepends=True)
    file.write_text("".join(change(lines)), encoding="utf-8")
    assert said in recorded("audit", "verify", "--file", file, "--anchor", anchors, code=ERROR).out


def test_an_anchor_vouches_for_the_log(recorded: Shell, tmp_path: Path) -> None:
    """For the one in the database, and for the exported one."""
    anchors = tmp_path / "anchors.jsonl"
    recorded("audit", "anchor", anchors)
    recorded("audit", "anchor", anchors)
    assert [json.loads(line)["seq"] for line in anchors.read_text().splitlines()] == [6, 6]
    said = recorded("audit", "verify", "--anchor", anchors).out
    assert "It agrees with the anchors up to its end" in said
