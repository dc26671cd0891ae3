"""Rules about waves, one module per subject: from where to where, what moves, what is imported, when, and in which order."""

from typing import Final

from tenants.rules.waves.imports import RULES as IMPORTS
from tenants.rules.waves.members import RULES as MEMBERS
from tenants.rules.waves.order import RULES as ORDER
from tenants.rules.waves.places import RULES as PLACES
from tenants.rules.waves.timing import RULES as TIMING

RULES: Final = (*PLACES, *MEMBERS, *IMPORTS, *TIMING, *ORDER)
