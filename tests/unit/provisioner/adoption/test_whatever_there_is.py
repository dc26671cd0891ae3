"""Whatever a cloud holds: its import is valid, its plan is empty, and what it does not say was told."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.clouds.collections import Act, CollectionName, Item
from provisioner.errors import CloudError
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import PORTS
from provisioner.kinds.router import ROUTERS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.subnet import SUBNETS
from provisioner.kinds.volume import VOLUMES
from provisioner.observation import Observation, ProjectView

#: Few, so that they meet; some odd, as people are.
_names = st.sampled_from(
    [*"甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥", "web", "应用网", "web-1", "web-应用网"]
) | st.sampled_from(
    ["web", "应用网", "", " 空格 ", "a\nb", "default", "yes", "长" * 255, "a: b", "none", "\x01", "1.0"]
)
_projects = st.sampled_from(["老系统", "老系统-web"])
_cidrs = st.sampled_from(["10.20.0.0/24", "10.20.0.0/16", "192.168.7.0/24", "fd00:20::/64", "10.20.1.0/30"])
_pick = st.integers(0, 5)
_rules = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["ingress", "ingress", "egress"]),
        "ethertype": st.sampled_from(["IPv4", "IPv4", "IPv6"]),
        "protocol": st.sampled_from([None, "tcp", "udp", "icmp", "6", "vrrp", "0", "112"]),
        "remote_ip_prefix": st.sampled_from([None, "0.0.0.0/0", "10.0.0.0/8", "::/0"]),
        "port_range_min": st.sampled_from([None, 22, 1, 8]),
        "port_range_max": st.sampled_from([None, 22, 65535]),
    }
)
_states = st.sampled_from(["", "", "", "", "ERROR", "SHELVED_OFFLOADED", "SOFT_DELETED", "error", "deleting", "in-use"])
_makings = st.one_of(
    st.tuples(st.just("network"), _projects, _names),
    st.tuples(
        st.just("subnet"),
        _projects,
        _names,
        _pick,
        _cidrs,
    ),
    st.tuples(st.just("router"), _projects, _names, st.sampled_from([None, "internet-external", "extranet-external"])),
    st.tuples(st.just("interface"), _projects, _pick, _pick),
    st.tuples(st.just("group"), _projects, _names),
    st.tuples(st.just("rule"), _projects, _pick, _rules, st.none() | _pick),
    st.tuples(st.just("floating_ip"), _projects, st.sampled_from(["", "tenantry:web", "备用"]), _pick),
    st.tuples(
        st.just("server"), _projects, _names, st.lists(_pick, max_size=3), st.sampled_from(["", "web", "商事 登记"])
    ),
    st.tuples(st.just("booted"), _projects, _names, _names),
    st.tuples(st.just("volume"), _projects, _names, st.none() | _pick),
    st.tuples(st.just("server_group"), _projects, _names),
    st.tuples(st.just("port"), _projects, _names, _pick),
)


#: What most projects have, for more to be put upon.
_BASE = (
    ("network", "老系统", "应用网"),
    ("subnet", "老系统", "应用网-v4", 0, "10.20.0.0/24"),
    ("network", "老系统-web", "应用网"),
    ("subnet", "老系统-web", "应用网-v4", 0, "10.20.0.0/24"),
    ("router", "老系统", "出口", "extranet-external"),
    ("group", "老系统", "网站"),
)


class _Maker:
    """Makes things as drawn; what the cloud refuses is not there."""

    def __init__(self, old: Any) -> None:
        self.old = old
        self.made: dict[str, list[str]] = {}

    def make(self, what: str, project: str, *rest: Any) -> None:
        """Make one thing."""
        self.old.project(project)
        with suppress(CloudError, LookupError):
            getattr(self, what)(project, *rest)

    def _put(self, sort: str, project: str, collection: Any, **body: Any) -> str:
        said = {key: value for key, value in body.items() if value is not None}
        made = str(self.old.make(collection, project, **said))
        self.made.setdefault(f"{sort} {project}", []).append(made)
        return made

    def _of(self, sort: str, project: str, pick: int) -> str:
        """One of those that were made; LookupError where there is none."""
        made = self.made.get(f"{sort} {project}", [])
        return made[pick % max(len(made), 1)]

    def network(self, project: str, name: str) -> None:
        """A network."""
        self._put("network", project, NETWORKS, name=name, description="老网络")

    def subnet(self, project: str, name: str, pick: int, cidr: str) -> None:
        """A subnet, with the usual gateway, without, or without DHCP."""
        last = [{}, {"gateway_ip": None}, {"enable_dhcp": False}][pick % 3]
        network = self._of("network", project, pick)
        version = 6 if ":" in cidr else 4
        made = self.old.make(SUBNETS, project, name=name, network_id=network, cidr=cidr, ip_version=version, **last)
        self.made.setdefault(f"subnet {project}", []).append(str(made))

    def router(self, project: str, name: str, external: str | None) -> None:
        """A router."""
        gateway = {"network_id": self.old.external(external)} if external else None
        self._put("router", project, ROUTERS, name=name, external_gateway_info=gateway)

    def interface(self, project: str, router: int, subnet: int) -> None:
        """A router's interface."""
        act = Act(below="/add_router_interface", body={"subnet_id": self._of("subnet", project, subnet)}, method="PUT")
        self.old.cloud.resources.act(ROUTERS, self.old.project(project), self._of("router", project, router), act)

    def group(self, project: str, name: str) -> None:
        """A security group."""
        self._put("group", project, SECURITY_GROUPS, name=name)

    def rule(self, project: str, pick: int, rule: dict[str, Any], remote: int | None) -> None:
        """A security group's rule."""
        group = self._of("group", project, pick)
        other = (
            {} if remote is None else {"remote_ip_prefix": None, "remote_group_id": self._of("group", project, remote)}
        )
        body = {key: value for key, value in {**rule, **other}.items() if value is not None}
        self.old.rule(project, group, body)

    def floating_ip(self, project: str, description: str, pick: int) -> None:
        """A floating IP, leading to a port where there is one."""
        ports = self.made.get(f"port {project}", [])
        leads = ports[pick] if pick < len(ports) else None
        self._put(
            "floating_ip",
            project,
            FLOATING_IPS,
            floating_network_id=self.old.external(),
            description=description,
            port_id=leads,
        )

    def server(self, project: str, name: str, networks: list[int], application: str) -> None:
        """A server, with a port in each network as Nova makes them."""
        metadata = {"tenantry:application": application} if application else {}
        server = self._put(
            "server", project, SERVERS, name=name, flavorRef="f1", imageRef="i1", networks="none", metadata=metadata
        )
        for pick in networks:
            with suppress(CloudError, LookupError):
                network = self._of("network", project, pick)
                self._put("port", project, PORTS, network_id=network, device_id=server, device_owner="compute:internet")

    def booted(self, project: str, name: str, volume: str) -> None:
        """A server that boots from a volume."""
        made = self._put("volume", project, VOLUMES, name=volume, size=1, imageRef="i1")
        self.old.settle()
        disk = {"uuid": made, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
        self._put(
            "server", project, SERVERS, name=name, flavorRef="f1", networks="none", block_device_mapping_v2=[disk]
        )

    def volume(self, project: str, name: str, pick: int | None) -> None:
        """A volume, attached where there is a server."""
        made = self._put("volume", project, VOLUMES, name=name, size=2, volume_type="ssd")
        if pick is not None:
            self.old.settle()
            act = Act(below="/os-volume_attachments", body={"volumeAttachment": {"volumeId": made}})
            self.old.cloud.resources.act(SERVERS, self.old.project(project), self._of("server", project, pick), act)

    def server_group(self, project: str, name: str) -> None:
        """A server group."""
        self._put("server_group", project, SERVER_GROUPS, name=name, policies=["affinity"])

    def port(self, project: str, name: str, pick: int) -> None:
        """A port of nobody."""
        self._put("port", project, PORTS, network_id=self._of("network", project, pick), name=name)


def _troubled(seen: Observation, states: list[str]) -> Observation:
    """The same, with servers and volumes in these states, one after the other."""
    left = iter(states)

    def troubled(item: Item) -> Item:
        state = next(left, "")
        return {**item, "status": state} if state else item

    def of(view: ProjectView) -> ProjectView:
        changed = {each: tuple(map(troubled, view.items.get(each, ()))) for each in (SERVERS.name, VOLUMES.name)}
        return replace(view, items={**view.items, **changed})

    return replace(seen, projects={name: of(view) for name, view in seen.projects.items()})


def _all(value: Any) -> Iterator[str]:
    """All text of a document."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _all(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _all(each)
    else:
        yield str(value)


def _untold(seen: Observation, done: Any) -> list[tuple[str, str]]:
    """What the cloud holds that neither the documents name nor the list of what was left out."""
    untold = []
    for name, view in seen.projects.items():
        project = next((each for each in done.adoption.document["spec"]["projects"] if each["projectName"] == name), {})
        own = [each for each in done.adoption.applications if each["spec"]["project"] == project.get("name")]
        said = {*_all(project), *_all(own)}
        told = [each.what for each in done.adoption.left_out if each.what.partition(":")[0] == name]
        for collection, item in _items(view):
            word = str(item.get("name") or item.get("floating_ip_address") or item["id"])
            if word not in said and not any(word in each or str(item["id"]) in each for each in told):
                untold.append((collection, word))
    return untold


def _items(view: ProjectView) -> Iterator[tuple[CollectionName, Item]]:
    for collection in (NETWORKS, SUBNETS, ROUTERS, SECURITY_GROUPS, FLOATING_IPS, SERVERS, VOLUMES, SERVER_GROUPS):
        for item in view.items.get(collection.name, ()):
            born = collection is SECURITY_GROUPS and item["name"] == "default"
            if not born:
                yield collection.name, item


@pytest.fixture(scope="session")
def look(new_old: Callable[[], Any], build: Any) -> Callable[..., Observation]:
    """A cloud in which these were made, observed."""

    def seen(makings: list[Any]) -> Observation:
        old = new_old()
        maker = _Maker(old)
        for each in (*_BASE, *makings):
            maker.make(*each)
        found: Observation = old.observed(build)
        return found

    return seen


@settings(max_examples=150)
@given(st.lists(_makings, max_size=25), st.lists(_states, max_size=8))
def test_applying_an_import_changes_nothing(
    look: Callable[..., Observation], take: Callable[..., Any], makings: list[Any], states: list[str]
) -> None:
    """Valid, no action, no refusal, and nothing left out in silence."""
    seen = _troubled(look(makings), states)
    done = take(seen)
    assert [*done.plan.actions, *done.plan.refusals] == []
    assert _untold(seen, done) == []
