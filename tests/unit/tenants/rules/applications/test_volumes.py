"""Volumes are of a type that the cloud has, attached to servers that stay, and booted by one."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "case",
    [
        (
            "type: ssd",
            "type: sdd",
            "sdd",
            'volumes[1].type: the cloud "city" offers no volume type "sdd" (did you mean "ssd"?)',
        ),
        (
            "server: db}\n  floatingIPs",
            "server: bd}\n  floatingIPs",
            "bd",
            'volumes[1].server: this application has no server "bd" (one of: db, web, web-1, web-2)',
        ),
        (
            "server: db}\n  floatingIPs",
            "server: web-3}\n  floatingIPs",
            "web-3",
            'volumes[1].server: this application has no server "web-3" (did you mean "web-2"?)',
        ),
        (
            "bootVolume: root",
            "bootVolume: boot",
            "boot\n",
            'servers[1].bootVolume: this application has no volume "boot" (did you mean "root"?)',
        ),
        (
            "{name: root, size: 20GiB, image: guest}",
            "{name: root, size: 20GiB, image: guest, state: absent}",
            "root\n",
            'servers[1].bootVolume: the volume "root" is to be taken away (take the server away as well, or let the volume stay)',
        ),
        (
            "{name: root, size: 20GiB, image: guest}",
            "{name: root, size: 20GiB}",
            "{name: root",
            (
                'volumes[0]: the server "db" boots from it, and nothing is on it '
                "(name an image, or write bootable: true if a system is on it already)"
            ),
        ),
        (
            "{name: root, size: 20GiB, image: guest}",
            "{name: root, size: 20GiB, image: guest, server: db}",
            "db}\n    - {name: data",
            'volumes[0].server: the server "db" boots from it, which attaches it (leave server out)',
        ),
        (
            "      image: guest",
            "      bootVolume: root",
            "root\n      flavor: small\n      networks: [{network: app, address: ",
            'servers[1].bootVolume: the server "web" boots from "root" already (give each server a volume of its own)',
        ),
    ],
)
def test_volume_that_cannot_be_used_so_is_refused(refuse: Any, case: tuple[str, str, str, str]) -> None:
    """At the word that is wrong, with what would be right."""
    refuse(*case)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: ssd, ", ""),
        ("server: db}\n  floatingIPs", "server: web}\n  floatingIPs"),
        ("server: db}\n  floatingIPs", "server: web-2}\n  floatingIPs"),
        (", server: db}\n  floatingIPs", "}\n  floatingIPs"),
        ("{name: root, size: 20GiB, image: guest}", "{name: root, size: 20GiB, bootable: true}"),
    ],
)
def test_volume_that_can_be_used_so_is_right(change: Any, old: str, new: str) -> None:
    """The default type; beside every member, or one; attached nowhere; a system that is on it already."""
    assert change(old, new).problems() == []


def test_volume_of_a_server_that_goes_is_refused(change: Any, check: Any) -> None:
    """What is attached to nothing says so itself."""
    gone = change("bootVolume: root", "bootVolume: root\n      state: absent")
    gone = gone.edit("apps/registration.yaml", "    - {name: disk, server: db, command: {command: df /data}}\n", "")
    said = (
        'error: spec.volumes[1].server: the server "db" is to be taken away '
        "(leave server out, and the volume stays, attached to nothing; or let the server stay)"
    )
    check(gone, "db}", said)


def test_volumes_beside_members_that_go_keep_their_numbers(manifests: Any) -> None:
    """Without their server they would be one volume without a number: a new one, beside those with the data."""
    text = (
        "apiVersion: tenantry/v1\nkind: Application\nmetadata: {name: files, displayName: 文件}\n"
        "spec:\n  owner: market-regulation\n  project: registration\n"
        "  servers: [{name: web, replicas: 3, image: guest, flavor: small, state: absent}]\n"
        "  volumes: [{name: data, size: 1GiB, server: web}]\n"
    )
    told = (
        "(describe each of data-1 to data-3 without server, and it stays, attached to nothing; or let the servers stay)"
    )
    assert any(str(each).endswith(told) for each in manifests.add("files.yaml", text).problems())


def test_volumes_of_an_application_that_goes_may_stay(change: Any) -> None:
    """That is what `absent` means for an application: servers go, data stays."""
    assert change("spec:\n", "spec:\n  state: absent\n").problems() == []


def test_boot_volume_of_an_observed_application_may_say_nothing(change: Any) -> None:
    """What is on it is plain from its running."""
    changed = change("{name: root, size: 20GiB, image: guest}", "{name: root, size: 20GiB}")
    assert changed.edit("apps/registration.yaml", "spec:\n", "spec:\n  manage: observe\n").problems() == []
