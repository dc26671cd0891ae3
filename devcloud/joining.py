"""Joins a network of one cloud with one of another, as a carrier stretches a network between two places.

A guest that is moved from cloud to cloud with its address is then found where it was, from either side: what an
organisation has whose networks reach both clouds. The gateways of the two must have different addresses.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from devcloud.errors import DevcloudError
from devcloud.guests.cell import FABRIC, bridge_of
from devcloud.handle import Devcloud
from devcloud.reach import namespace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network that a real guest has been in."""

    cloud: str
    #: Neutron's id.
    id: str


def join(devcloud: Devcloud, one: Network, other: Network) -> None:
    """Let frames pass between two networks, until either cloud ends.

    Raises:
        DevcloudError: no guest has been in one of them, they are joined already, or this process is not root's.
    """
    here, there = (_fabric(devcloud, each) for each in (one, other))
    near, far = (f"to-{each.id[:11]}" for each in (other, one))
    _ip(here, "link", "add", near, "type", "veth", "peer", "name", far, "netns", str(there))
    _ip(here, "link", "set", near, "master", bridge_of(one.id), "up")
    _ip(there, "link", "set", far, "master", bridge_of(other.id), "up")


def _fabric(devcloud: Devcloud, network: Network) -> Path:
    """The namespace of a cloud's bridges, which lies beside those of its networks' gateways."""
    return namespace_file(devcloud, network.cloud, network.id).with_name(FABRIC)


def _ip(namespace: Path, *words: str) -> None:
    command = ("nsenter", f"--net={namespace}", "--", "ip", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevcloudError(f"{' '.join(words)}: {done.stderr.strip()}")
