"""Look where an application's servers can be asked: three listings of one project, side by side."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Read
from provisioner.errors import CloudError
from provisioner.inventory import list_holdings
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.port import PORTS
from provisioner.kinds.server_properties import SERVERS
from provisioner.probing.sight import Sight, sight_of
from tenants.names import DomainName

_READS: Final = tuple(Read(collection=each) for each in (SERVERS, PORTS, FLOATING_IPS))


def look(cloud: Cloud, domain: DomainName, project: str) -> Sight:
    """The servers of the project of that Keystone name, with their addresses; why not, where one of the listings fails."""
    try:
        found = cloud.identity.project(domain, project)
    except CloudError as error:
        return Sight(obstacle=str(error))
    if found is None:
        return Sight()
    with ThreadPoolExecutor(max_workers=len(_READS), thread_name_prefix="look-at-servers") as pool:
        holdings = list_holdings(pool, cloud, {found.id: _READS})[found.id]
    for reason in holdings.unlisted.values():
        return Sight(obstacle=reason)
    return sight_of(*(holdings.items.get(each.collection.name, ()) for each in _READS))
