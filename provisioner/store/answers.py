"""Answers kept by the key that whoever asks has chosen, so that asking twice does nothing twice.

A key is claimed before the work and answered after it. Whoever is at work renews the claim; one that is not renewed (its
process died) is free again within seconds. Keys are forgotten a day after they were last renewed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from provisioner.operation import Actor
from provisioner.store.ids import new_id
from provisioner.store.schema_service import answers as table

#: How long an answer is kept.
KEPT: Final = timedelta(days=1)
#: How long a claim stands that is neither answered nor renewed.
SILENCE: Final = timedelta(seconds=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What somebody asked, under a key of their own choice."""

    actor: Actor
    key: str
    #: SHA-256 over all that makes it the same request, in hexadecimal.
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, as it was given the first time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The key is ours: do the work, then `keep` its answer or `release` the key."""

    key: Key
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The key was used before."""

    #: Whether it was for the same request.
    same: bool
    #: None while somebody is at work on it.
    answer: Answer | None


def claim(connection: Connection, key: Key, *, at: datetime) -> Claim | Taken:
    """Claim a key, or learn how it was used. In a transaction of its own, committed before the work begins."""
    connection.execute(delete(table).where(table.c.claimed_at < at - KEPT))
    abandoned = table.c.status.is_(None) & (table.c.claimed_at < at - SILENCE)
    connection.execute(delete(table).where(_is(key), abandoned))
    mine = new_id(at)
    row = {"actor": key.actor, "key": key.key, "asked": key.asked, "claim": mine, "claimed_at": at}
    made = connection.execute(insert(table).values(row).on_conflict_do_nothing().returning(table.c.claim)).one_or_none()
    if made is not None:
        return Claim(key=key, claim=mine)
    found = connection.execute(select(table).where(_is(key))).one_or_none()
    if found is None:  # released between the two statements
        return Taken(same=True, answer=None)
    answer = None if found.status is None else Answer(status=found.status, headers=found.headers, body=found.body)
    return Taken(same=found.asked == key.asked, answer=answer)


def renew(connection: Connection, claimed: Iterable[Claim], *, at: datetime) -> None:
    """Say that these are being worked on; nothing where a claim was lost, or is answered."""
    mine = table.c.claim.in_(sorted(each.claim for each in claimed))
    connection.execute(update(table).where(mine, table.c.status.is_(None)).values(claimed_at=at))


def keep(connection: Connection, claimed: Claim, answer: Answer) -> None:
    """Keep the answer for whoever asks again; nothing where the claim was lost meanwhile."""
    change = update(table).where(_is(claimed.key), table.c.claim == claimed.claim)
    connection.execute(change.values(status=answer.status, headers=dict(answer.headers), body=answer.body))


def release(connection: Connection, claimed: Claim) -> None:
    """Let the key be used anew: there was no answer worth keeping."""
    connection.execute(delete(table).where(_is(claimed.key), table.c.claim == claimed.claim))


def _is(key: Key) -> ColumnElement[bool]:
    return (table.c.actor == key.actor) & (table.c.key == key.key)
