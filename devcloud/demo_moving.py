"""The demo's last act: an application moves from the municipal cloud to a district's, byte for byte, and leaves proof of it."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any, Final

import openstack

from devcloud.disks import volume_file, write
from devcloud.handle import Devcloud
from devcloud.stage import DemoFailed, Stage, title

_MANIFESTS: Final = Path("devcloud/manifests/moving")
_WAVE: Final = "notices-to-baoan"
_APPLICATION: Final = "notices"
_TENANT: Final = "development-reform"
_SERVER: Final = "notices"
_VOLUME: Final = "notices-data"
_SOURCE: Final = "city"
#: The devcloud's name of the cloud that manifests call baoan.
_TARGET: Final = "district"
_DOMAIN: Final = "government"
_PROJECTS: Final = {_SOURCE: "development-reform-social-credit", _TARGET: "development-reform-social-credit-baoan"}
#: So many bytes, somewhere in its volume, are what the application has of its own.
_WRITTEN: Final = 8 * 1024**2
_AT: Final = 512 * 1024**2
_BLOCK: Final = 1024**2


def move(run: Stage, devcloud: Devcloud, city: Path) -> None:
    """Move it, and show what proves that it arrived. Raises DemoFailed where it did not."""
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(devcloud.clouds_yaml)
    title("A small application, and a wave that takes it from the municipal cloud to a district's")
    run.run("cp", "-r", *(_MANIFESTS / each for each in ("applications", "waves")), city)
    run.run("cat", city / "waves" / "notices.yaml")
    run.tenantry("apply", city, "--yes", "--tenant", _TENANT)
    before = _write(devcloud)
    title("What would move, what takes the place of what, what stays behind")
    run.tenantry("migrate", "plan", _WAVE)
    title("Move it")
    run.tenantry("migrate", "start", _WAVE, "--yes")
    _must_have_arrived(devcloud, before)
    title("The evidence")
    run.tenantry("migrate", "show", _WAVE, _APPLICATION)
    run.tenantry("migrate", "signoff", _WAVE, "--comment", "业务验收通过")


def _write(devcloud: Devcloud) -> str:
    """Fill a part of the volume, as the application in its guest would; gives the hash of the whole."""
    file = volume_file(devcloud, _SOURCE, _found(_SOURCE, "volume")["id"])
    write(file, _AT, secrets.token_bytes(_WRITTEN))
    digest = _sha256(file)
    print(f"Its volume of 1 GiB has 8 MiB of its own by now. SHA-256 of the whole: {digest}", flush=True)
    return digest


def _must_have_arrived(devcloud: Devcloud, before: str) -> None:
    title("The proof: the bytes of the target's volume, and what became of the source")
    after = _sha256(volume_file(devcloud, _TARGET, _found(_TARGET, "volume")["id"]))
    print(f"SHA-256 of the target's volume: {after}", flush=True)
    servers = {cloud: _found(cloud, "server") for cloud in (_SOURCE, _TARGET)}
    for cloud, server in servers.items():
        print(f"Server {_SERVER} in {cloud}: {server['status']}{', locked' if server['is_locked'] else ''}", flush=True)
    states = [(each["status"], bool(each["is_locked"])) for each in servers.values()]
    if after != before or states != [("SHUTOFF", True), ("ACTIVE", False)]:
        raise DemoFailed("the application did not arrive as it left")


def _found(cloud: str, what: str) -> Any:
    """The application's server or volume in a cloud, by the cloud's own API."""
    connection: Any
    with openstack.connect(cloud=cloud) as connection:
        domain = connection.get_domain(name_or_id=_DOMAIN)
        project = connection.get_project(_PROJECTS[cloud], domain_id=domain["id"])
        asked = {"all_projects": True, "project_id": project["id"]}
        is_volume = what == "volume"
        listed = connection.block_storage.volumes(**asked) if is_volume else connection.compute.servers(**asked)
        name = _VOLUME if is_volume else _SERVER
        found = [each for each in listed if each.name == name]
    if len(found) != 1:
        raise DemoFailed(f"{cloud} has {len(found)} {what}s called {name} in {_PROJECTS[cloud]}, not one")
    return found[0]


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
