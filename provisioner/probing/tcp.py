"""Ask whether a port takes connections."""

from provisioner.probing.connecting import Deadline, connect, explained
from provisioner.probing.readings import Finding, passed
from tenants.application import TcpProbe


def ask_tcp(address: str, probe: TcpProbe, *, seconds: int) -> Finding:
    """Connect to the port and hang up."""
    deadline = Deadline.after(seconds)
    try:
        connect(address, probe.port, deadline).close()
    except (OSError, UnicodeError) as error:
        return explained(error, address, deadline)
    return passed(f"port {probe.port} takes connections")
