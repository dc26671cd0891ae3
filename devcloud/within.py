"""Runs a command where real guests can be reached: in a network of a cloud, with the clouds' APIs at their usual addresses.

A command in a network's namespace (:mod:`devcloud.services.fabric`) reaches its guests as a machine of that network does,
and nothing else: not even 127.0.0.1 is this machine's. So whatever connects there to the port of an API is passed on to
the API. Tenantry's probes and playbooks run in this way, as they do on a machine that a real cloud's networks are routed to.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from devcloud.errors import DevcloudError
from devcloud.guests import namespaces
from devcloud.handle import Devcloud
from devcloud.reach import namespace_file

_LOCALHOST: Final = "127.0.0.1"
_CHUNK: Final = 65536


def run(devcloud: Devcloud, cloud: str, network_id: str, command: Sequence[str]) -> int:
    """Run a command in a network and return its exit status.

    Raises:
        DevcloudError: no guest has been in that network, or this process may not enter it (it must be root's).
    """
    namespace = namespace_file(devcloud, cloud, network_id)
    ports = [ports.public for services in devcloud.told().endpoints.values() for ports in services.values()]
    try:
        with ThreadPoolExecutor(
            max_workers=1
        ) as aside:  # a thread of its own, because it stays in the namespace for good
            listening = aside.submit(_listen, namespace, ports).result()
        return asyncio.run(_run(namespace, listening, command))
    except OSError as error:
        raise DevcloudError(f"{cloud}: the network {network_id} cannot be entered: {error}") from error


def _listen(namespace: Path, ports: Sequence[int]) -> list[socket.socket]:
    namespaces.enter_network(namespace)
    return [socket.create_server((_LOCALHOST, port)) for port in ports]


async def _run(namespace: Path, listening: Sequence[socket.socket], command: Sequence[str]) -> int:
    for each in listening:
        await asyncio.start_server(partial(_pass_on, each.getsockname()[1]), sock=each)
    entering = ("nsenter", f"--net={namespace}", "--", *command)
    running = await asyncio.create_subprocess_exec(*entering)
    try:
        return await running.wait()
    except asyncio.CancelledError:  # Ctrl-C: the terminal told the command too, which ends in its own way
        return await running.wait()


async def _pass_on(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Join a connection of the network with one to the API, until both sides have ended."""
    try:
        there, back = await asyncio.open_connection(_LOCALHOST, port)
    except OSError:  # as refused as it would be here
        writer.transport.abort()
        return
    await asyncio.gather(_copy(reader, back), _copy(there, writer))
    for each in (writer, back):
        each.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
        target.write_eof()
