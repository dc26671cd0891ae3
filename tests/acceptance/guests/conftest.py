"""The reference application, asked for by manifests and applied by Tenantry, on real guests."""

import secrets
import subprocess

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite
from tests.acceptance.shell import Shell


@pytest.fixture(scope="module")
def reference_site(guests: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> ReferenceSite:
    """The application, running: its writers have written their first lines."""
    folder = tmp_path_factory.mktemp("reference")
    key = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    shell = Shell(folder=folder, clouds_yaml=guests.clouds_yaml, environment={"TENANTRY_SSH_KEY_FILE": str(key)})
    name = f"t{secrets.token_hex(4)}"
    made = ReferenceSite(name=name, tenantry=shell, guests=guests, city=Cloud.of(guests, "city"), key=key)
    made.ask()
    made.apply()
    for each in ADDRESSES:
        made.goes_on(each, after=0)
    return made
