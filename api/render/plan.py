"""A plan, shown as Terraform shows one: every object that changes, every property before and after, and why."""

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from provisioner.plan import Plan


def print_plan(console: Console, plan: Plan, names: Names, *, summary: bool = False) -> None:
    """The whole plan by tenant and cloud; with `summary`, one line for each tenant and cloud in its place.

    Refusals and destructive actions are shown whole in either form. The last line counts, and names the fingerprint.
    """
    raise NotImplementedError


def as_document(plan: Plan, names: Names) -> Document:
    """The plan with its numbers and fingerprints."""
    raise NotImplementedError
