"""The order of changes within a project: what is needed is made before what needs it, and deleted after it. Data only.

Kinds of one rank are made side by side. Between neighbours there is room for kinds to come.
"""

from typing import Final

PROJECT: Final = 0
QUOTA: Final = 10
MEMBERS: Final = 20

#: Needs nothing but the project: grants, key pairs, networks, security groups, server groups.
GROUND: Final = 30
#: Needs networks of the ground.
SUBNETS: Final = 32
#: Needs security groups of the ground.
SECURITY_GROUP_RULES: Final = 32
ROUTERS: Final = 34
PORTS: Final = 40
VOLUMES: Final = 40
SERVERS: Final = 50
#: Leads to a server's port.
FLOATING_IPS: Final = 52

DELETE_FLOATING_IPS: Final = 60
DELETE_SERVERS: Final = 62
DELETE_PORTS: Final = 64
DELETE_VOLUMES: Final = 64
DELETE_ROUTERS: Final = 66
DELETE_SUBNETS: Final = 68
#: What nothing is left to need.
DELETE_GROUND: Final = 70

DISABLE_PROJECT: Final = 90
