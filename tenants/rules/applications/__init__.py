"""Rules about applications, one module per subject: where they live, what they depend on, and what they are made of."""

from tenants.rules.applications import (
    dependencies,
    floating_ips,
    interfaces,
    names,
    placement,
    probes,
    quotas,
    servers,
    user_data,
    volumes,
)

RULES = (
    *placement.RULES,
    *dependencies.RULES,
    *names.RULES,
    *servers.RULES,
    *interfaces.RULES,
    *user_data.RULES,
    *volumes.RULES,
    *floating_ips.RULES,
    *probes.RULES,
    *quotas.RULES,
)
