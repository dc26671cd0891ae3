"""Reaches real guests from this machine: sockets that are opened within a network of a cloud.

Guests' addresses are their projects' own, so they mean something within their network alone: the namespace of its
gateway (:mod:`devcloud.services.fabric`). A socket belongs to the namespace it was opened in, wherever it is used later.
"""

import os
import selectors
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from devcloud.errors import DevcloudError
from devcloud.guests import namespaces
from devcloud.guests.cell import NETWORKS, namespace_of
from devcloud.handle import Devcloud
from devcloud.records import NOVA

_CHUNK: Final = 65536


def namespace_file(devcloud: Devcloud, cloud: str, network_id: str) -> Path:
    """Return the file of a network's namespace, as ``nsenter --net=FILE`` takes it.

    Raises:
        DevcloudError: no guest of the cloud has been in that network, or the cloud's guests are not real.
    """
    for record in devcloud.told().processes:
        if (record.cloud, record.service) == (cloud, NOVA):
            # Within the cell, whose mounts its first process shows: the only child of Nova's process.
            children = Path(f"/proc/{record.pid}/task/{record.pid}/children").read_text(encoding="ascii").split()
            for child in children:
                file = Path(f"/proc/{child}/root{NETWORKS}") / namespace_of(network_id)
                if file.exists():
                    return file
    raise DevcloudError(f"{cloud}: no real guest has been in the network {network_id}")


def open_socket(namespace: Path, address: str, port: int, *, timeout_s: float = 10.0) -> socket.socket:
    """Return a TCP connection to a guest.

    Args:
        namespace: its network's namespace; see :func:`namespace_file`.
        address: the guest's IPv4 address there.
        port: the port.
        timeout_s: how long to try, and how long each later reading may wait, seconds.

    Raises:
        OSError: nobody answers, or this process may not enter the namespace (it must be root's).
    """
    # A thread of its own, because it stays in the namespace for good.
    with ThreadPoolExecutor(max_workers=1) as aside:
        opened = aside.submit(_open_within, namespace).result()
    opened.settimeout(timeout_s)
    try:
        opened.connect((address, port))
    except OSError:
        opened.close()
        raise
    return opened


def _open_within(namespace: Path) -> socket.socket:
    namespaces.enter_network(namespace)
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def join_terminal(connection: socket.socket) -> None:
    """Pass standard input to a connection and its answers to standard output, until it ends: ssh's ``ProxyCommand``."""
    connection.settimeout(None)
    source, target = sys.stdin.fileno(), sys.stdout.fileno()
    with selectors.DefaultSelector() as waiting:
        waiting.register(source, selectors.EVENT_READ)
        waiting.register(connection, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                data = os.read(source, _CHUNK) if key.fd == source else connection.recv(_CHUNK)
                if key.fd == source:
                    connection.sendall(data)
                    if not data:
                        waiting.unregister(source)
                        connection.shutdown(socket.SHUT_WR)
                elif data:
                    _write_all(target, data)
                else:
                    return


def ssh_options(devcloud: Devcloud, cloud: str, network_id: str) -> Sequence[str]:
    """Return the options that let ``ssh`` reach guests of a network by their addresses."""
    command = f"{sys.executable} -m devcloud connect --state {devcloud.state.root} {cloud} {network_id} %h %p"
    return ("-o", f"ProxyCommand={command}", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
