"""`tenantry import` of what projects hold: networks, groups, servers, volumes and addresses, made by hand."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openstack
import pytest
import yaml

from devcloud.fixture import Devcloud
from tests.acceptance.old_project import OldProject
from tests.acceptance.shell import CHANGES, Ended, Shell
from tests.acceptance.traffic import writes

pytestmark = [
    # The old project is made once, for the first of these tests.
    pytest.mark.timeout(600),
    # openstacksdk, by which it is made, warns of what its next release takes away.
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def old(devcloud: Devcloud) -> Iterator[OldProject]:
    """A project full of things."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
        with openstack.connect(cloud="city") as cloud:
            project = OldProject(cloud, f"老项目-{secrets.token_hex(4)}")
            project.furnish()
            yield project
            project.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the manifests are written to."""
    return tmp_path / "manifests"


@pytest.fixture
def imported(tenantry: Shell, old: OldProject, folder: Path) -> Ended:
    """The import of that project, with what it said."""
    return _import(tenantry, old, folder)


def _import(tenantry: Shell, old: OldProject, folder: Path, *options: str) -> Ended:
    chosen = ("--cloud", "city", "--domain", "government", "--tenant", "legacy", "--project", old.name)
    return tenantry("import", *chosen, "--into", folder, *options)


def _read(folder: Path, name: str) -> Any:
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))["spec"]


def test_applying_it_at_once_sends_no_write(tenantry: Shell, devcloud: Devcloud, imported: Ended, folder: Path) -> None:
    """It is valid, its plan has nothing to do, and applying it only reads."""
    tenantry("validate", folder)
    mark = devcloud.mark()
    tenantry("plan", folder)
    tenantry("apply", folder, "--yes")
    assert writes(devcloud, mark) == []


def test_importing_sends_no_write(tenantry: Shell, devcloud: Devcloud, old: OldProject, folder: Path) -> None:
    """It is reading."""
    mark = devcloud.mark()
    _import(tenantry, old, folder)
    assert writes(devcloud, mark) == []


def test_the_landing_zone(imported: Ended, folder: Path) -> None:
    """In the zone that the router leads out of, with reasons where something is as it should not be."""
    (project,) = _read(folder, "legacy.yaml")["projects"]
    zone = project["landingZone"]
    subnets = {each["name"]: each for network in zone["networks"] for each in network["subnets"]}
    groups = {each["name"]: each["rules"] for each in zone["securityGroups"]}
    assert project["zone"] == "internet"
    assert zone["routers"] == [{"name": "出口", "subnets": ["应用网-v4"]}]
    assert (subnets["应用网-v4"]["dns"], subnets["data"]["gateway"]) == (["10.0.0.53"], "none")
    assert any("Found so at import" in each.get("exception", "") for each in subnets.values())
    assert any(rule.get("ports") == 22 and "Found so at import" in rule["exception"] for rule in groups["网站"])
    assert {"protocol": "tcp", "fromGroup": "网站", "ports": "5432-5440"} in groups["数据库"]
    assert len(zone["floatingIPs"]) == 2


def test_the_applications(imported: Ended, folder: Path) -> None:
    """Servers with ports that Nova made and that somebody made, with volumes, a group and a floating IP."""
    named = [_read(folder, each.name) for each in sorted(folder.glob("application-*.yaml"))]
    servers = {server["name"]: server for each in named for server in each["servers"]}
    volumes = {volume["name"]: volume for each in named for volume in each["volumes"]}
    uses = [(each["server"], each["network"]) for one in named for each in one.get("floatingIPs", ())]
    assert [each["network"] for each in servers["老系统-db"]["networks"]] == ["应用网", "data"]
    assert servers["老系统-db"]["networks"][0] == {
        "network": "应用网",
        "address": "192.168.7.50",
        "securityGroups": ["数据库"],
    }
    assert (servers["老系统-web"]["serverGroup"], servers["老系统-web"]["metadata"]) == ("分开", {"role": "web"})
    assert (servers["卷启动"]["bootVolume"], volumes["系统盘"]["bootable"]) == ("系统盘", True)
    assert (volumes["数据盘"]["server"], volumes["数据盘"]["type"]) == ("老系统-db", "ssd")
    assert uses == [("老系统-web", "应用网")]
    assert len(named) == 2


def test_what_is_left_out_is_told(imported: Ended, old: OldProject) -> None:
    """With the reason; what was taken is counted."""
    assert f"{old.name}: port vip: it is not a server's" in imported.err
    assert "it shares its name with another of the project" in imported.err
    assert "it has no name; give it one, and import again" in imported.err
    assert (
        "2 networks, 2 subnets, 1 router, 2 security groups, 2 floating IPs, 2 applications, 3 servers" in imported.out
    )


def test_limits_and_members_alone(tenantry: Shell, old: OldProject, folder: Path) -> None:
    """`--no-inventory` asks no service what projects hold."""
    _import(tenantry, old, folder, "--no-inventory")
    (project,) = _read(folder, "legacy.yaml")["projects"]
    assert "landingZone" not in project
    assert sorted(each.name for each in folder.iterdir()) == ["cloud-city.yaml", "legacy.yaml"]


def test_what_was_imported_is_managed_from_then_on(tenantry: Shell, imported: Ended, folder: Path) -> None:
    """A larger volume in the manifest is a change to the volume that is there."""
    path = next(each for each in folder.glob("application-*.yaml") if "数据盘" in each.read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("size: 2GiB", "size: 3GiB"), encoding="utf-8")
    (section,) = tenantry("plan", folder, "-o", "json", code=CHANGES).document["sections"]
    assert [(each["verb"], each["after"]) for each in section["actions"]] == [("update", {"size": 3})]
