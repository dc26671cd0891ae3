"""Kinds on a real OpenStack: a project of its own for each test, whose manifest is applied as often as the test likes."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openstack
import pytest

from devcloud.fixture import Devcloud
from provisioner.apply import Scene, execute
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.observation import Observation
from provisioner.observe import observe, wanted_for
from provisioner.operation import Evidence, Failure, Operation, OperationId, OperationState, PlanId, Step, StepState
from provisioner.plan import Section
from provisioner.planning import plan_section
from provisioner.tier import Kept
from tenants.language.emission import emit
from tenants.names import CloudName
from tenants.spec import City
from tenants.validation import validate

_PATIENCE = 240
_CITY = CloudName("city")
_ZONE = {
    "name": "extranet",
    "displayName": "政务外网",
    "availabilityZone": "extranet",
    "externalNetwork": "extranet-external",
    "protectionLevels": [1, 2, 3],
}
_CLOUD_SPEC = {"level": "municipal", "domain": "government", "zones": [_ZONE], "volumeTypes": ["standard", "ssd"]}
_CLOUD = {
    "apiVersion": "tenantry/v1",
    "kind": "Cloud",
    "metadata": {"name": "city", "displayName": "市级政务云"},
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder the time that real clouds need."""
    for item in items:
        if not item.path.is_relative_to(__file__.rpartition("/")[0]):
            continue
        # openstacksdk, by which tests look behind the product's back, warns of what its next release takes away.
        item.add_marker(pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"))
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PATIENCE))


@pytest.fixture
def city_cloud(devcloud: Devcloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenStackCloud]:
    """The city cloud by the adapter."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    with connect(_CITY, "city") as cloud:
        yield cloud


class Site:
    """One tenant with one project, on the real cloud; its manifest says what the test says."""

    def __init__(self, cloud: OpenStackCloud, name: str) -> None:
        self.cloud = cloud
        self.tenant = name
        #: The project's name in Keystone.
        self.project = f"{name}-a"
        self.steps: dict[int, Step] = {}
        self._kept: dict[str, Kept] = {}
        self._meddling: list[Callable[[], object]] = []

    def manifest(
        self,
        *,
        landing_zone: Mapping[str, Any] | None = None,
        applications: tuple[Mapping[str, Any], ...] = (),
        volume_types: tuple[str, ...] = (),
        **project: Any,
    ) -> City:
        """The city of this manifest. Applications are their specs with a `name`, owner and project left out.

        `volume_types` are the cloud's beside those that it always has.
        """
        offered = {"volumeTypes": [*_CLOUD_SPEC["volumeTypes"], *volume_types]}
        cloud = {**_CLOUD, "spec": {**_CLOUD_SPEC, **offered}}
        fields = {"name": "a", "cloud": "city", "zone": "extranet", "purpose": "试验", **project}
        if landing_zone is not None:
            fields["landingZone"] = landing_zone
        tenant = {
            "apiVersion": "tenantry/v1",
            "kind": "Tenant",
            "metadata": {"name": self.tenant, "displayName": "试验局"},
            "spec": {"protectionLevel": 2, "projects": [fields]},
        }
        apps = [
            {
                "apiVersion": "tenantry/v1",
                "kind": "Application",
                "metadata": {"name": each["name"], "displayName": "试验应用"},
                "spec": {"owner": self.tenant, "project": "a", **{k: v for k, v in each.items() if k != "name"}},
            }
            for each in applications
        ]
        validation = validate([("city.yaml", emit([cloud, tenant, *apps]).encode())])
        assert validation.city, validation.problems
        return validation.city

    def look(self, city: City) -> Observation:
        """The cloud as it is now."""
        spec = city.clouds[_CITY]
        return observe(self.cloud, wanted_for(spec, city.tenants[self.tenant].projects), now=lambda: datetime.now(UTC))

    def plan(self, city: City) -> Section:
        """What is to be done."""
        return plan_section(city.tenants[self.tenant], self.look(city))

    def apply(self, city: City) -> OperationState:
        """Plan and carry out; the steps with their fates are in `steps`."""
        seen = self.look(city)
        section = plan_section(city.tenants[self.tenant], seen)
        assert not section.refusals, section.refusals
        self._kept = {}
        self.steps = {i: Step(position=i, action=action) for i, action in enumerate(section.actions)}
        operation = Operation(
            id=OperationId("op"),
            plan_id=PlanId("plan"),
            tenant=section.tenant,
            cloud=_CITY,
            fingerprint=section.fingerprint,
            state=OperationState.QUEUED,
            created_at=datetime.now(UTC),
            steps=tuple(self.steps.values()),
        )
        scene = Scene(
            tenant=city.tenants[self.tenant],
            cloud_spec=city.clouds[_CITY],
            cloud=self.cloud,
            planned_from=seen,
            now=lambda: datetime.now(UTC),
        )
        return execute(operation, scene, self, self)

    def before_writing(self, meddle: Callable[[], object]) -> None:
        """Have somebody else act between the next operation's look and its first write."""
        self._meddling.append(meddle)

    @property
    def failures(self) -> dict[str, Failure]:
        """Of the steps that failed, by kind and key."""
        return {
            f"{step.action.change.address.kind}/{step.action.change.address.key}": step.failure
            for step in self.steps.values()
            if step.failure
        }

    # The journal and the checkpoints

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent."""
        while self._meddling:
            self._meddling.pop()()
        step = self.steps[position]
        self.steps[position] = replace(step, state=StepState.STARTED, attempts=step.attempts + 1)
        return self.steps[position].attempts

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the proof."""
        self.steps[position] = replace(self.steps[position], state=StepState.DONE, evidence=evidence)

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note the failure."""
        self.steps[position] = replace(self.steps[position], state=StepState.FAILED, failure=failure)

    def set_state(self, operation: OperationId, state: OperationState, failure: Failure | None = None) -> None:
        """Nothing is kept of it: `execute` returns it."""

    def once(self, name: str, act: Callable[[], Kept]) -> Kept:
        """Run it, or give what it gave."""
        if name not in self._kept:
            self._kept[name] = act()
        return self._kept[name]

    def stopping(self) -> bool:
        """Never."""
        return False

    def pause(self, seconds: float) -> None:
        """A short one: the devcloud is quick."""
        time.sleep(min(seconds, 1.0))


@pytest.fixture
def sdk(devcloud: Devcloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[openstack.connection.Connection]:
    """The city cloud by openstacksdk as administrator: to look behind the product's back, and to meddle."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    with openstack.connect(cloud="city") as connection:
        yield connection


@pytest.fixture
def site(city_cloud: OpenStackCloud, sdk: openstack.connection.Connection) -> Iterator[Site]:
    """A project that nobody else has; all that is left in it afterwards is cleared away."""
    site = Site(city_cloud, f"trial-{secrets.token_hex(4)}")
    yield site
    _clear(sdk, site.project)


def _clear(sdk: openstack.connection.Connection, name: str) -> None:
    """Delete what the project holds, so that the clouds of one test run do not fill up."""
    found = sdk.identity.find_project(name, domain_id=sdk.identity.find_domain("government").id)
    if found is None:
        return
    for server in list(sdk.compute.servers(all_projects=True, project_id=found.id)):
        sdk.compute.delete_server(server, force=True)
        sdk.compute.wait_for_delete(server)
    for volume in list(sdk.block_storage.volumes(all_projects=True, project_id=found.id)):
        sdk.block_storage.delete_volume(volume, force=True)
    for address in list(sdk.network.ips(project_id=found.id)):
        sdk.network.delete_ip(address)
    for port in list(sdk.network.ports(project_id=found.id)):
        if port.device_owner == "network:router_interface":
            sdk.network.remove_interface_from_router(port.device_id, port_id=port.id)
        else:
            sdk.network.delete_port(port)
    for kind in ("router", "network", "security_group"):
        plural = {"router": "routers", "network": "networks", "security_group": "security_groups"}[kind]
        for each in list(getattr(sdk.network, plural)(project_id=found.id)):
            if each.name != "default":
                getattr(sdk.network, f"delete_{kind}")(each)
    sdk.identity.delete_project(found)
