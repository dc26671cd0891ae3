"""Addresses that go along within one network: the source's port gives way, and is made again as it was on the way back."""

from typing import Any

import pytest

from provisioner.clouds.collections import Act, ItemId
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.router import ROUTERS
from provisioner.migration.bindings import BoundAddress, BoundInterface
from provisioner.migration.collections import PORTS
from provisioner.migration.script import StepKind
from provisioner.moving.deeds.catalogue import DEEDS
from tenants.wave import Mode
from tests.migrations import Journey, OnlyResources, bindings_of, wave_of

_OPTIONS = [{"opt_name": "mtu", "opt_value": "1400", "ip_version": 4}]
_PAIRS = [{"ip_address": "10.30.0.200", "mac_address": "fa:16:3e:00:00:01"}]


class Shared:
    """A server on a network that the target's project uses as well, reached from outside, with a further address that moves."""

    def __init__(self, estate: Any) -> None:
        self.estate = estate
        estate.server("web")
        self.before = self.port()
        estate.cloud.alter(
            PORTS, ItemId(str(self.before["id"])), allowed_address_pairs=_PAIRS, extra_dhcp_opts=_OPTIONS
        )
        self._reach(str(self.before["id"]))
        self.before = self.port()
        self.journey = self._journey()

    def port(self) -> Any:
        """The source's only one."""
        ports = self.estate.cloud.items(PORTS, self.estate.place.project_id)
        (found,) = (each for each in ports if each["name"] == "web-应用网")
        return found

    @property
    def leads_to(self) -> Any:
        """Where the floating IP leads."""
        (found,) = self.estate.cloud.items(FLOATING_IPS, self.estate.place.project_id)
        return found["port_id"]

    def lead(self, port: str | None) -> None:
        """Have it lead elsewhere."""
        (found,) = self.estate.cloud.items(FLOATING_IPS, self.estate.place.project_id)
        self.estate.cloud.alter(FLOATING_IPS, found["id"], port_id=port)

    def _reach(self, port: str) -> None:
        cloud, own = self.estate.cloud, {"project_id": self.estate.place.project_id}
        external = next(each.id for each in cloud.offers().networks if each.external)
        router = self.estate.make(ROUTERS, name="r", external_gateway_info={"network_id": external}, **own)
        inside = Act(method="PUT", below="/add_router_interface", body={"subnet_id": self.estate.subnet})
        cloud.resources.act(ROUTERS, self.estate.place.project_id, ItemId(str(router["id"])), inside)
        self.estate.make(FLOATING_IPS, floating_network_id=external, port_id=port, **own)

    def _journey(self) -> Journey:
        workload = self.estate.inspect("web").workload
        (interface,) = workload.machines[0].interfaces
        bound = BoundInterface(
            network_id=interface.network_id,
            network=interface.network,
            addresses=tuple(
                BoundAddress(subnet_id=each.subnet_id, address=each.address) for each in interface.addresses
            ),
            mac=interface.mac,
            takes_over=True,
        )
        cloud = OnlyResources(self.estate.cloud.resources)
        return Journey(
            workload=workload,
            bindings=bindings_of(workload, interfaces={interface.subject: bound}),
            wave=wave_of(workload, Mode.CROSS_PROJECT),
            deeds=DEEDS,
            source=cloud,
            target=cloud,
        )


@pytest.fixture
def shared(estate: Any) -> Shared:
    """Before anything moves."""
    return Shared(estate)


def test_the_source_is_on_the_way_back_as_it_was(shared: Shared) -> None:
    """Address, MAC, groups, further addresses, its server, and the floating IP that Neutron took off with the port."""
    assert shared.journey.forward(StepKind.FREE_ADDRESS).failure is None
    assert shared.leads_to is None
    assert shared.journey.backward(StepKind.FREE_ADDRESS).failure is None
    restored, same = (
        shared.port(),
        (
            "mac_address",
            "fixed_ips",
            "security_groups",
            "allowed_address_pairs",
            "extra_dhcp_opts",
            "device_id",
            "name",
        ),
    )
    assert restored["id"] != shared.before["id"]
    assert {each: restored[each] for each in same} == {each: shared.before[each] for each in same}
    assert shared.leads_to == restored["id"]


def test_a_floating_ip_that_was_led_elsewhere_meanwhile_stays_there(shared: Shared) -> None:
    """Somebody needed it."""
    assert shared.journey.forward(StepKind.FREE_ADDRESS).failure is None
    shared.lead("p-of-another")
    assert shared.journey.backward(StepKind.FREE_ADDRESS).failure is None
    assert shared.leads_to == "p-of-another"


def test_a_way_back_that_was_broken_off_goes_on(shared: Shared) -> None:
    """Once more, nothing is made twice."""
    assert shared.journey.forward(StepKind.FREE_ADDRESS).failure is None
    assert shared.journey.backward(StepKind.FREE_ADDRESS).failure is None
    shared.lead(None)
    assert shared.journey.backward(StepKind.FREE_ADDRESS).failure is None
    assert shared.leads_to == shared.port()["id"]
