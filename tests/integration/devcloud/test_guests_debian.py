"""A Debian guest does what the small one does, and takes Ansible's ordinary modules.

Its image takes a minute to build and each boot half a minute, so these run in `make test-full`, or where
`TENANTRY_TEST_DEBIAN` is set. They are skipped, with the reason, where this machine cannot run them.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcloud import guestseed
from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight
from devcloud.records import CloudOptions, Hypervisor
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite, await_that

pytestmark = [pytest.mark.timeout(900), *(() if os.environ.get("TENANTRY_TEST_DEBIAN") else (pytest.mark.full,))]

_ANSIBLE = Path(sys.executable).with_name("ansible")


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
def site(guests: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> ReferenceSite:
    """The reference application on two Debian servers, which have written their first lines."""
    return ReferenceSite.made_in(tmp_path_factory.mktemp("debian"), guests, guestseed.DEBIAN)


def test_it_is_debian_with_its_name_and_all_its_services(site: ReferenceSite) -> None:
    """The server's name is the guest's, and no unit failed."""
    await_that(lambda: "starting" not in site.run("web-1", "systemctl is-system-running || true"))
    assert "ID=debian" in site.run("web-1", "cat /etc/os-release").splitlines()
    assert site.run("web-1", "hostname").startswith("web-1")
    assert site.run("web-1", "systemctl --failed --plain --no-legend") == ""


def test_servers_of_one_image_are_not_twins(site: ReferenceSite) -> None:
    """Each made its SSH host key and its machine id when it first booted."""
    command = "cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub"
    one, other = (site.run(name, command).split() for name in ADDRESSES)
    assert len(one) == len(other) == 4
    assert one[0] != other[0]
    assert one[2] != other[2]


def test_ansible_takes_it_as_any_debian(site: ReferenceSite) -> None:
    """A module that needs Python in the guest gathers its facts, and one that changes something changes it."""
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    login = (
        "-i",
        f"{ADDRESSES['web-1']},",
        "-u",
        "root",
        "--private-key",
        str(site.key),
        f"--ssh-common-args={options}",
    )
    facts = site.within(str(_ANSIBLE), "all", *login, "-m", "ansible.builtin.setup", "-a", "gather_subset=min")
    assert '"ansible_distribution": "Debian"' in facts
    assert '"ansible_service_mgr": "systemd"' in facts
    made = ("-m", "ansible.builtin.copy", "-a", "content=by-ansible dest=/root/file mode=0600")
    assert "CHANGED" in site.within(str(_ANSIBLE), "all", *login, *made)
    assert site.run("web-1", "cat /root/file") == "by-ansible"


def test_a_live_migration_loses_no_line(site: ReferenceSite) -> None:
    """It goes on on the other compute, and its probes pass there."""
    before, line = site.host("web-1"), site.line("web-1")
    site.act("web-1", **{"os-migrateLive": {"host": None, "block_migration": "auto"}})
    await_that(lambda: site.is_settled("web-1") and site.host("web-1") != before)
    site.goes_on("web-1", line)
    assert site.written("web-1").fault is None
    assert {each["result"] for each in site.probe()["probes"]} == {"passed"}


def test_a_stop_presses_the_power_button_and_the_next_boot_goes_on(site: ReferenceSite) -> None:
    """It shuts itself down in order; started, it is itself again and its writer takes the next number."""
    keys, line = site.run("web-2", "cat /etc/ssh/*.pub"), site.line("web-2")
    site.act("web-2", **{"os-stop": None})
    await_that(lambda: site.is_settled("web-2", "SHUTOFF"))
    instances = site.guests.state.root / "clouds/city/scratch/nova/instances"
    console = instances / site.server("web-2")["id"] / "console.log"
    assert "Power down" in console.read_text(encoding="utf-8", errors="replace")
    site.act("web-2", **{"os-start": None})
    site.goes_on("web-2", line)
    assert site.written("web-2").fault is None
    assert site.run("web-2", "cat /etc/ssh/*.pub") == keys
