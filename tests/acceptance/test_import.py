"""`tenantry import`: a cloud that already runs comes under management, and nothing changes by it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.shell import CHANGES, ERROR, Shell
from tests.acceptance.site import Site
from tests.acceptance.traffic import writes

#: Names and descriptions that people chose before there were manifests.
_PROJECTS = {
    "市政府历史系统": "历史遗留系统：待迁移",
    "Legacy App (2019)": "line one\nline two\n",
    "legacy app 2019": "  leading and trailing  ",
    "yes": "no",
    "1.0": "0755",
    "项目: #1 'quoted' \"double\"": "- not: [a, list]",
    "null": "",
    "emoji 🏛": "政务 🏛 云",
}
_BY_HAND = {
    "compute": {"cores": -1, "instances": 0, "ram": 12345},
    "block-storage": {"gigabytes_ssd": 7, "volumes_ssd": -1, "volumes": 3, "gigabytes": -1},
    "network": {"network": -1, "port": 9, "floatingip": 0},
}
_MEMBERS = ("group:运维组:member", "user:老王: 管理员:reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A domain that was there before Tenantry."""

    domain: str
    #: Keystone's ids by name.
    projects: dict[str, str]


@pytest.fixture
def old(city: Cloud, name: str) -> Old:
    """Projects with quotas of every kind, set by hand, in a domain with members of its own."""
    domain = f"旧域-{name}"
    domain_id = city.admin.call("POST", "keystone", "/v3/domains", {"domain": {"name": domain}})["domain"]["id"]
    for kind, principal in (("group", "运维组"), ("user", "老王: 管理员")):
        city.admin.call("POST", "keystone", f"/v3/{kind}s", {kind: {"name": principal, "domain_id": domain_id}})
    made = {each: city.make_project(each, description, domain=domain) for each, description in _PROJECTS.items()}
    first = made["市政府历史系统"]
    for service, limits in _BY_HAND.items():
        city.set_limits(service, first, limits)
    for member in _MEMBERS:
        city.grant(first, member, domain=domain)
    return Old(domain=domain, projects=made)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the manifests are written to."""
    return tmp_path / "manifests"


@pytest.fixture
def imported(tenantry: Shell, old: Old, folder: Path) -> Path:
    """The folder that the domain's projects were imported into."""
    tenantry("import", "--cloud", "city", "--domain", old.domain, "--tenant", "legacy", "--into", folder)
    return folder


def test_applying_it_at_once_changes_nothing(tenantry: Shell, devcloud: Devcloud, imported: Path) -> None:
    """What was written is valid, its plan is empty, and applying it sends no write."""
    tenantry("validate", imported)
    mark = devcloud.mark()
    tenantry("plan", imported)
    tenantry("apply", imported, "--yes")
    assert writes(devcloud, mark) == []


def test_it_names_every_project_limit_and_member(imported: Path) -> None:
    """Keystone's names, by-hand limits of all services, unlimited ones, volume types, groups and users are there."""
    document = yaml.safe_load((imported / "legacy.yaml").read_text(encoding="utf-8"))
    projects = {each["projectName"]: each for each in document["spec"]["projects"]}
    first = projects["市政府历史系统"]
    assert projects.keys() == _PROJECTS.keys()
    assert {each: projects[each]["description"] for each in projects} == _PROJECTS
    assert first["quota"]["compute"]["cores"] == "unlimited"
    ssd = first["quota"]["block-storage"]["types"]["ssd"]
    assert (ssd["gigabytes"], ssd["volumes"]) == ("7GiB", "unlimited")
    assert first["members"] == [{"group": "运维组", "role": "member"}, {"user": "老王: 管理员", "role": "reader"}]


def test_imported_limits_are_managed_from_then_on(tenantry: Shell, city: Cloud, old: Old, imported: Path) -> None:
    """A change by hand is drift afterwards."""
    tenantry("apply", imported, "--yes")
    city.set_limits("compute", old.projects["yes"], {"cores": 3})
    found = tenantry("drift", "-o", "json", code=CHANGES).document["differences"]
    assert [(each["property"], each["actual"]) for each in found] == [("cores", 3)]


def test_a_disabled_project_is_left_out_and_told(tenantry: Shell, city: Cloud, old: Old, folder: Path) -> None:
    """A manifest would enable it, so it is reported in place of being bent."""
    path = f"/v3/projects/{old.projects['yes']}"
    city.admin.call("PATCH", "keystone", path, {"project": {"enabled": False}})
    said = tenantry("import", "--cloud", "city", "--domain", old.domain, "--tenant", "legacy", "--into", folder)
    written = yaml.safe_load((folder / "legacy.yaml").read_text(encoding="utf-8"))
    assert "yes: it is disabled" in said.err
    assert "yes" not in {each["projectName"] for each in written["spec"]["projects"]}


def test_single_projects_beside_manifests_that_exist(site: Site) -> None:
    """`--project` chooses, and `--manifests` gives the cloud and what is held already."""
    old = f"{site.name}-old"
    site.city.make_project(old, "老项目")
    site.apply()
    into = ["--manifests", str(site.folder), "--into", str(site.folder)]
    site.tenantry("import", "--cloud", "city", "--tenant", old, "--project", old, *into)
    assert sorted(each.name for each in site.folder.iterdir()) == ["manifests.yaml", f"{old}.yaml"]
    site.tenantry("plan", site.folder)


def test_files_that_exist_are_not_replaced(tenantry: Shell, old: Old, imported: Path) -> None:
    """A second import stops before it writes anything."""
    arguments = ["import", "--cloud", "city", "--domain", old.domain, "--tenant", "legacy", "--into", str(imported)]
    before = (imported / "legacy.yaml").read_bytes()
    assert "already there" in tenantry(*arguments, code=ERROR).err
    assert (imported / "legacy.yaml").read_bytes() == before


def test_it_changes_nothing_itself(tenantry: Shell, devcloud: Devcloud, old: Old, folder: Path) -> None:
    """Importing is reading."""
    mark = devcloud.mark()
    tenantry("import", "--cloud", "city", "--domain", old.domain, "--tenant", "legacy", "--into", folder)
    assert writes(devcloud, mark) == []
