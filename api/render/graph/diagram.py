"""What is drawn: applications, the parts of those that are drawn in full, and what leads to what. Pure records.

Made by `chosen` from manifests; `mermaid` and `svg` write it. Texts are as the manifests have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

#: Unique in a diagram; letters, digits and underscores only, so that every notation takes it.
NodeId = NewType("NodeId", str)


class Part(StrEnum):
    """What a part of an application is."""

    FLOATING_IP = "floating IP"
    NETWORK = "network"
    SERVER = "server"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBox:
    """One part of an application, or numbered ones that are alike."""

    id: NodeId
    part: Part
    title: str
    #: What else is worth knowing, a line each.
    lines: Sequence[str] = ()
    #: How many there are.
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line from one box to another: what uses to what is used."""

    source: NodeId
    target: NodeId


class Standing(StrEnum):
    """How an application stands to the manifests."""

    MANAGED = "managed"
    #: `manage: observe`.
    OBSERVED = "only described"
    #: `state: absent`.
    ABSENT = "to be taken away"
    #: Something depends on it, and none of the manifests at hand is of it.
    UNKNOWN = "not described here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationBox:
    """An application, with its parts where it is drawn in full."""

    id: NodeId
    title: str
    lines: Sequence[str]
    standing: Standing
    #: 1 to 4; None where it is not known.
    protection_level: int | None
    parts: Sequence[PartBox] = ()
    #: Between its parts.
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """A drawing."""

    title: str
    subtitle: str
    applications: Sequence[ApplicationBox]
    #: From applications to those that they depend on.
    links: Sequence[Link]
