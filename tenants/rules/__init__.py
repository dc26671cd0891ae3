"""What manifests must agree on with one another, beyond the shape of each: every rule there is, one module per subject.

Rules look at all manifests of a run, right or wrong, and say what they find; validation calls them. A rule passes over
stand-ins (empty names, level 0), whose mistakes are reported already.
"""

from collections.abc import Callable, Iterator
from typing import Final

from tenants.problems import Problem
from tenants.rules import allocation, applications, clouds, hierarchy, landing, policy, prices, projects, waves
from tenants.rules.manifests import Manifests

Rule = Callable[[Manifests], Iterator[Problem]]

RULES: Final[tuple[Rule, ...]] = (
    *clouds.RULES,
    *hierarchy.RULES,
    *projects.RULES,
    *landing.RULES,
    *allocation.RULES,
    *applications.RULES,
    *policy.RULES,
    *prices.RULES,
    *waves.RULES,
)
