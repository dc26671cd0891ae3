"""The playbooks of migrations in Debian guests, whose services are systemd's. As slow as Debian boots: `make test-full`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcloud import guestseed
from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight
from devcloud.records import CloudOptions, Hypervisor
from tests.acceptance.guests import phases
from tests.acceptance.guests.phases import Phases
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite

pytestmark = [pytest.mark.timeout(900), *(() if os.environ.get("TENANTRY_TEST_DEBIAN") else (pytest.mark.full,))]

#: The writer as a unit, in place of the process that was started at the boot.
_UNIT = """\
cat > /etc/systemd/system/writer.service <<'EOF'
[Service]
ExecStart=/usr/sbin/writer
[Install]
WantedBy=multi-user.target
EOF
pkill -x writer; rm /etc/rc.local; systemctl daemon-reload && systemctl enable --now writer
"""


@pytest.fixture(scope="module")
def guests() -> Iterator[Devcloud]:
    """A cloud `city` that has the Debian image."""
    attached = os.environ.get("TENANTRY_TEST_GUESTS")
    if attached:
        yield Devcloud.attach(Path(attached))
        return
    problems = preflight.problems(debian=True)
    if problems:
        pytest.skip(f"Debian guests cannot run here: {'; '.join(map(str, problems))}")
    with running(("city",), options=CloudOptions(hypervisor=Hypervisor.QEMU, debian=True)) as clouds:
        yield clouds


@pytest.fixture(scope="module")
def played(guests: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> Phases:
    """The application on two Debian servers, with its writer as a unit of systemd's."""
    site = ReferenceSite.made_in(tmp_path_factory.mktemp("debian"), guests, guestseed.DEBIAN)
    for name in ADDRESSES:
        site.run(name, _UNIT)
    return Phases(site=site, service="writer")


@pytest.mark.parametrize("case", phases.CASES)
def test_in_debian(played: Phases, case: phases.Case) -> None:
    """Each case as it says; in their order, for a rollback undoes what quiesce did."""
    case(played)
