"""Names for migrations and for what they make on clouds, so that a made object is found again by them and by nothing else."""

import re
from typing import Final, NewType

#: One start of a wave, with all its migrations.
RunId = NewType("RunId", str)
#: The migration of one application (or, when a host is drained, of one server).
MigrationId = NewType("MigrationId", str)
#: What a step is about, within its migration: a server's name, `web-1#0` for its first disk, `web-1@1` for its second
#: interface, or empty for the migration as a whole.
Subject = NewType("Subject", str)

#: The metadata item or property that everything bears that a migration makes.
MARK: Final = "tenantry-migration"
#: Beside it: what it is of, and of which subject.
MARK_ROLE: Final = "tenantry-role"
MARK_SUBJECT: Final = "tenantry-subject"
#: What a disk bears once its content is proven to be the source's: its SHA-256, or the image store's hash.
MARK_COMPLETE: Final = "tenantry-complete"
#: Nova's tags are at most 60 characters, without slash and comma (compute API reference, "Server tags").
_TAG: Final = "tenantry-migration:"
_TAGGED: Final = re.compile(re.escape(_TAG) + r"([0-9a-z]+)")
#: In a lock's reason, between the tag and what the server was locked for before.
LOCKED_BEFORE: Final = ", locked before: "
_WHOLE: Final = Subject("")

#: The subject of a step that is about the whole migration.
EVERYTHING: Final = _WHOLE


def tag(migration: MigrationId) -> str:
    """The tag of servers, and the beginning of descriptions of what has neither metadata nor properties."""
    return f"{_TAG}{migration}"


def tagged(text: str) -> MigrationId | None:
    """The migration that a tag or description names, or None."""
    found = _TAGGED.match(text)
    return MigrationId(found.group(1)) if found else None


def made_name(migration: MigrationId, role: str, subject: Subject) -> str:
    """The name of something that only serves the migration: a snapshot, a clone, an image."""
    return f"tenantry-{migration}-{role}-{subject}"


def marks(migration: MigrationId, role: str, subject: Subject) -> dict[str, str]:
    """The metadata of what a migration makes."""
    return {MARK: migration, MARK_ROLE: role, MARK_SUBJECT: subject}
