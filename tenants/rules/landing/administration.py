"""The ports by which systems are administered: data for the rule that they are not open to the world.

Whoever reaches one of them needs no more than a password, or not even that, to take the system over or its data away.
"""

from dataclasses import dataclass
from typing import Final

_TCP: Final = frozenset({"tcp"})
_UDP: Final = frozenset({"udp"})
_BOTH: Final = _TCP | _UDP


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationPorts:
    """Ports that should be reached from known addresses only."""

    first: int
    last: int
    #: What listens there.
    name: str
    #: Why the world must not reach it.
    reason: str
    protocols: frozenset[str] = _TCP

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.name} ({ports})"


_LOGIN: Final = "passwords are guessed here all day long"
_PLAIN: Final = "passwords cross the network in the clear"
_HOST: Final = "whoever reaches it commands the host, often without a password"
_STORE: Final = "data is taken away or held to ransom"
_OPEN_STORE: Final = "it asks for no password unless somebody made it to, and data is taken away"
_SHARE: Final = "files are read and worms come in"


def _ports(
    name: str, reason: str, first: int, last: int | None = None, *, protocols: frozenset[str] = _TCP
) -> AdministrationPorts:
    return AdministrationPorts(
        first=first, last=first if last is None else last, name=name, reason=reason, protocols=protocols
    )


ADMINISTRATION: Final = (
    _ports("SSH", _LOGIN, 22),
    _ports("Telnet", _PLAIN, 23),
    _ports("portmapper", _HOST, 111, protocols=_BOTH),
    _ports("Windows RPC", _HOST, 135),
    _ports("NetBIOS", _SHARE, 137, 139, protocols=_BOTH),
    _ports("SNMP", _PLAIN, 161, protocols=_UDP),
    _ports("SMB", _SHARE, 445),
    _ports("rexec, rlogin and rsh", _PLAIN, 512, 514),
    _ports("IPMI", _HOST, 623, protocols=_UDP),
    _ports("rsync", _SHARE, 873),
    _ports("SQL Server", _STORE, 1433, 1434, protocols=_BOTH),
    _ports("Oracle", _STORE, 1521),
    _ports("NFS", _SHARE, 2049, protocols=_BOTH),
    _ports("ZooKeeper", _OPEN_STORE, 2181),
    _ports("Docker", _HOST, 2375, 2376),
    _ports("etcd", _OPEN_STORE, 2379, 2380),
    _ports("OceanBase", _STORE, 2881, 2883),
    _ports("MySQL", _STORE, 3306),
    _ports("RDP", _LOGIN, 3389, protocols=_BOTH),
    _ports("达梦数据库", _STORE, 5236),
    _ports("南大通用数据库", _STORE, 5258),
    _ports("PostgreSQL", _STORE, 5432),
    _ports("VNC", _LOGIN, 5900, 5999),
    _ports("WinRM", _LOGIN, 5985, 5986),
    _ports("Redis", _OPEN_STORE, 6379),
    _ports("Kubernetes", _HOST, 6443),
    _ports("Elasticsearch", _OPEN_STORE, 9200),
    _ports("Elasticsearch transport", _OPEN_STORE, 9300),
    _ports("kubelet", _HOST, 10250),
    _ports("Memcached", _OPEN_STORE, 11211, protocols=_BOTH),
    _ports("MongoDB", _OPEN_STORE, 27017, 27019),
    _ports("DB2", _STORE, 50000),
    _ports("人大金仓数据库", _STORE, 54321),
)
