"""The roles that come with Tenantry."""

import subprocess

import pytest

from provisioner.playing.ansible import PLAYBOOKS
from provisioner.playing.arguments import arguments_of
from provisioner.playing.reading import values_in

ROLES = PLAYBOOKS / "roles"


@pytest.mark.parametrize("name", sorted(each.name for each in ROLES.iterdir()))
def test_defaults_are_what_the_specification_says(name: str) -> None:
    """They stand in two files, and only one is read by people."""
    said = arguments_of(values_in(ROLES / name / "meta" / "argument_specs.yml"))
    assert said is not None
    defaults = {each.name: each.default for each in said.arguments if not each.required}
    assert defaults == values_in(ROLES / name / "defaults" / "main.yml")


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox sh"])
def test_what_runs_in_guests_is_shell_of_any_kind(shell: str) -> None:
    """As far as this machine has them; every one has `sh`."""
    for file in sorted((ROLES / "guest" / "files").iterdir()):
        try:
            subprocess.run([*shell.split(), "-n", file], check=True)
        except FileNotFoundError:
            pytest.skip(f"this machine has no {shell}")
