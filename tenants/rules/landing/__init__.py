"""Rules about landing zones: one module per subject. Those of retired projects are passed over: nothing applies them."""

from typing import Final

from tenants.rules.landing.demand import RULES as DEMAND
from tenants.rules.landing.exposure import RULES as EXPOSURE
from tenants.rules.landing.keys import RULES as KEYS
from tenants.rules.landing.overlaps import RULES as OVERLAPS
from tenants.rules.landing.references import RULES as REFERENCES
from tenants.rules.landing.security import RULES as SECURITY
from tenants.rules.landing.subnets import RULES as SUBNETS

RULES: Final = (*SUBNETS, *OVERLAPS, *REFERENCES, *SECURITY, *EXPOSURE, *KEYS, *DEMAND)
