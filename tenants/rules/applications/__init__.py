"""Rules about applications, one module per subject: where they live, what they depend on, and what they are made of."""

from typing import Final

from tenants.rules.applications.dependencies import RULES as DEPENDENCIES
from tenants.rules.applications.floating_ips import RULES as FLOATING_IPS
from tenants.rules.applications.interfaces import RULES as INTERFACES
from tenants.rules.applications.names import RULES as NAMES
from tenants.rules.applications.placement import RULES as PLACEMENT
from tenants.rules.applications.probes import RULES as PROBES
from tenants.rules.applications.quotas import RULES as QUOTAS
from tenants.rules.applications.room import RULES as ROOM
from tenants.rules.applications.servers import RULES as SERVERS
from tenants.rules.applications.user_data import RULES as USER_DATA
from tenants.rules.applications.volumes import RULES as VOLUMES

RULES: Final = (
    *PLACEMENT,
    *DEPENDENCIES,
    *NAMES,
    *SERVERS,
    *INTERFACES,
    *ROOM,
    *USER_DATA,
    *VOLUMES,
    *FLOATING_IPS,
    *PROBES,
    *QUOTAS,
)
