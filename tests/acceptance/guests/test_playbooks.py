"""The playbooks of migrations in real guests that have nothing but busybox and dropbear."""

import pytest

from tests.acceptance.guests import phases
from tests.acceptance.guests.phases import Phases
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite

pytestmark = pytest.mark.timeout(900)

#: The writer as a service of the kind that busybox systems have.
_SCRIPT = """\
mkdir -p /etc/init.d && cat > /etc/init.d/S50writer <<'EOF' && chmod 755 /etc/init.d/S50writer
#!/bin/sh
case $1 in
    start) /etc/rc.local ;;
    stop) killall writer ;;
    status) pidof writer > /dev/null || exit 3 ;;
esac
EOF
"""


@pytest.fixture(scope="module")
def played(reference_site: ReferenceSite) -> Phases:
    """The application with its writer as a service."""
    for name in ADDRESSES:
        reference_site.run(name, _SCRIPT)
    return Phases(site=reference_site, service="writer")


@pytest.mark.parametrize("case", phases.CASES)
def test_in_the_small_guest(played: Phases, case: phases.Case) -> None:
    """Each case as it says; in their order, for a rollback undoes what quiesce did."""
    case(played)
