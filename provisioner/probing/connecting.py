"""Connect to a port within a time, and say in words why that did not work; shared by `tcp` and `http`."""

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import RemoteDisconnected
from time import monotonic
from typing import Final, Self

from provisioner.probing.readings import Finding, failed, unknown

#: Never zero, which sockets would take for no waiting at all.
_LEAST: Final = 0.001
#: What resolvers say of names that are not, or have no address.
_NAMELESS: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_CLOSED: Final = "the connection was closed before an answer came"
_REASONS: Final[Mapping[type[Exception], str]] = {
    ConnectionRefusedError: "the connection was refused: nothing listens on the port, or a firewall rejects it",
    ConnectionResetError: _CLOSED,
    ConnectionAbortedError: _CLOSED,
    BrokenPipeError: _CLOSED,
    RemoteDisconnected: _CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment by which something must have ended."""

    #: Seconds that were given.
    seconds: int
    _ends: float

    @classmethod
    def after(cls, seconds: int) -> Self:
        """The moment so many seconds from now."""
        return cls(seconds=seconds, _ends=monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until then. Raises TimeoutError where it is past."""
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError
        return max(left, _LEAST)


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first of the host's addresses that takes one.

    The system's resolver keeps to a time of its own. Raises OSError, or UnicodeError for what can be no host's name.
    """
    last: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.left)
            connection.connect(address)
        except OSError as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


def explained(error: OSError | UnicodeError, host: str, deadline: Deadline) -> Finding:
    """Why no connection came about, as a finding."""
    match error:
        case TimeoutError():
            return failed(f"no answer within {deadline.seconds} s")
        case UnicodeError():
            return unknown(f'"{host}" cannot be the name of a host')
        case socket.gaierror():
            return _unresolved(error, host)
        case OSError(errno=errno.ENETUNREACH):
            return unknown("no route leads there from this machine: run the probe where the network can be reached")
        case _:
            return failed(_REASONS.get(type(error)) or f"the connection failed: {error.strerror or error}")


def _unresolved(error: socket.gaierror, host: str) -> Finding:
    if error.errno in _NAMELESS:
        return failed(f'no address is known for the name "{host}"')
    return unknown(f'the name "{host}" cannot be looked up from here now: {error.strerror}')
