"""A project as a department left it: made by hand over years, in the cloud's own tools, without a thought of Tenantry."""

import time
from collections.abc import Callable
from typing import Any, Final

import openstack

_PATIENCE_S: Final = 180
_OPEN_SSH: Final = {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "0.0.0.0/0"}
_PING: Final = {"protocol": "icmp", "port_range_min": 8, "port_range_max": 0, "remote_ip_prefix": "10.0.0.0/8"}


class OldProject:
    """One such project of the tenants' domain. Names are as their makers chose them."""

    def __init__(self, cloud: openstack.connection.Connection, name: str) -> None:
        self.name = name
        domain = cloud.identity.find_domain("government")
        self._cloud = cloud
        self._project = cloud.identity.create_project(name=name, domain_id=domain.id, description="历史系统")
        # Nova and Cinder believe the token whose a new thing is.
        role = cloud.identity.find_role("admin")
        cloud.identity.assign_project_role_to_user(self._project, cloud.identity.get_user(cloud.current_user_id), role)
        self._mine = cloud.connect_as_project(self._project)
        self._image = cloud.image.find_image("guest").id
        self._flavor = cloud.compute.find_flavor("tiny").id

    def furnish(self) -> None:
        """All that a manifest can say, and much that it cannot."""
        self._networks()
        self._groups()
        self._servers()
        self._disks()
        self._addresses()

    def _networks(self) -> None:
        neutron = self._mine.network
        self.app = neutron.create_network(name="应用网", description="老网络")
        subnet = neutron.create_subnet(
            network_id=self.app.id, name="应用网-v4", cidr="192.168.7.0/24", ip_version=4, dns_nameservers=["10.0.0.53"]
        )
        self.data = neutron.create_network(name="data")
        neutron.create_subnet(
            network_id=self.data.id,
            name="data",
            cidr="192.168.7.128/25",
            ip_version=4,
            gateway_ip=None,
            is_dhcp_enabled=False,
            allocation_pools=[{"start": "192.168.7.130", "end": "192.168.7.199"}],
        )
        self.outside = neutron.find_network("internet-external")
        router = neutron.create_router(name="出口", external_gateway_info={"network_id": self.outside.id})
        neutron.add_interface_to_router(router, subnet_id=subnet.id)
        neutron.create_port(network_id=self.app.id, name="vip")

    def _groups(self) -> None:
        neutron = self._mine.network
        self.web = neutron.create_security_group(name="网站", description="对外网站")
        self.database = neutron.create_security_group(name="数据库")
        rules: tuple[dict[str, Any], ...] = (
            {"security_group_id": self.web.id, **_OPEN_SSH},
            {"security_group_id": self.web.id, **_PING},
            {
                "security_group_id": self.database.id,
                "protocol": "tcp",
                "port_range_min": 5432,
                "port_range_max": 5440,
                "remote_group_id": self.web.id,
            },
        )
        for rule in rules:
            neutron.create_security_group_rule(direction="ingress", ethertype="IPv4", **rule)

    def _servers(self) -> None:
        group = self._mine.compute.create_server_group(name="分开", policies=["soft-anti-affinity"])
        port = self._mine.network.create_port(
            network_id=self.app.id,
            name="手工端口",
            security_groups=[self.database.id],
            fixed_ips=[{"ip_address": "192.168.7.50"}],
        )
        self.front = self._boot(
            "老系统-web",
            networks=[{"uuid": self.app.id}],
            security_groups=[{"name": self.web.name}],
            metadata={"role": "web"},
            scheduler_hints={"group": group.id},
        )
        self.back = self._boot(
            "老系统-db",
            networks=[{"port": port.id}, {"uuid": self.data.id}],
            metadata={"tenantry:application": "登记数据库"},
        )
        for _ in range(2):
            self._boot("重名", networks="none")

    def _boot(self, name: str, **body: Any) -> Any:
        image = {} if "block_device_mapping" in body else {"image_id": self._image}
        made = self._mine.compute.create_server(
            name=name, flavor_id=self._flavor, availability_zone="internet", **image, **body
        )
        return self._mine.compute.wait_for_server(made, wait=_PATIENCE_S)

    def _disks(self) -> None:
        cinder = self._mine.block_storage
        root = cinder.create_volume(name="系统盘", size=1, image_id=self._image)
        data = cinder.create_volume(name="数据盘", size=2, volume_type="ssd")
        others = (cinder.create_volume(name="备用盘", size=1), cinder.create_volume(size=1))
        for each in (root, data, *others):
            cinder.wait_for_status(each, "available", wait=_PATIENCE_S)
        disk = {"uuid": root.id, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
        self._boot("卷启动", networks="none", block_device_mapping=[{**disk, "delete_on_termination": False}])
        self._mine.compute.create_volume_attachment(self.back, volume_id=data.id)
        cinder.wait_for_status(data, "in-use", wait=_PATIENCE_S)

    def _addresses(self) -> None:
        neutron = self._mine.network
        leading = neutron.create_ip(floating_network_id=self.outside.id)
        (port,) = neutron.ports(device_id=self.front.id)
        neutron.update_ip(leading, port_id=port.id)
        neutron.create_ip(floating_network_id=self.outside.id, description="备用地址")

    def clear(self) -> None:
        """Take away what fills hypervisors and pools, and what of Neutron goes with it."""
        for server in list(self._mine.compute.servers()):
            self._mine.compute.delete_server(server, force=True)
        _until(lambda: not list(self._mine.compute.servers()))
        for volume in list(self._mine.block_storage.volumes()):
            self._mine.block_storage.delete_volume(volume, force=True)
        for address in list(self._mine.network.ips(project_id=self._project.id)):
            self._mine.network.delete_ip(address)


def _until(done: Callable[[], bool]) -> None:
    """Wait for something. Raises TimeoutError where it takes too long."""
    for _ in range(_PATIENCE_S):
        if done():
            return
        time.sleep(1)
    raise TimeoutError
