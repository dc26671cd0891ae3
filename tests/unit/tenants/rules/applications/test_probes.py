"""Probes know where to ask."""

from typing import Any

import pytest

PAGE = "{name: page, server: web, http: {port: 80}}"
EITHER = "(give exactly one of them)"


@pytest.mark.parametrize(
    "case",
    [
        (
            "{name: page, http: {port: 80}}",
            "{name: page",
            f'probes[0]: gives neither of "server" and "address" {EITHER}',
        ),
        (
            "{name: page, server: web, address: a.example, http: {port: 80}}",
            "{name: page",
            f'probes[0]: gives both of "server" and "address" {EITHER}',
        ),
        (
            "{name: page, address: a.example, command: {command: df}}",
            "a.example",
            "probes[0].address: a command runs in a server (write server, or probe the address by tcp or http)",
        ),
        (
            "{name: page, server: web-1, http: {port: 80}}",
            "web-1, http",
            'probes[0].server: this application has no server "web-1" (did you mean "web"?)',
        ),
        (
            "{name: page, server: web}",
            "{name: page",
            'probes[0]: gives none of "tcp" and "http" and "command" (give exactly one of them)',
        ),
        (
            "{name: page, server: web, http: {port: 80}, tcp: {port: 80}}",
            "{name: page",
            'probes[0]: gives more than one of "tcp" and "http" and "command" (give exactly one of them)',
        ),
    ],
)
def test_probe_that_cannot_be_run_is_refused(refuse: Any, case: tuple[str, str, str]) -> None:
    """At the probe or its wrong word."""
    refuse(PAGE, *case)


@pytest.mark.parametrize(
    "new",
    [
        "{name: page, server: db, tcp: {port: 22}, timeout: 300}",
        "{name: page, server: db, command: {command: df, user: root, text: data}}",
        "{name: page, address: 192.0.2.1, http: {port: 443, https: true, path: /健康?full=1, status: 401, text: 请登录}}",
        '{name: page, address: "fd00::1", tcp: {port: 1}}',
    ],
)
def test_probe_that_can_be_run_is_right(change: Any, new: str) -> None:
    """By any of the three ways, of a server or an address."""
    assert change(PAGE, new).problems() == []


def test_probe_of_a_server_that_goes_is_refused(change: Any, check: Any) -> None:
    """It would fail for good."""
    gone = change("bootVolume: root", "bootVolume: root\n      state: absent")
    gone = gone.edit("apps/registration.yaml", ", server: db}\n  floatingIPs", "}\n  floatingIPs")
    said = 'error: spec.probes[1].server: the server "db" is to be taken away (leave the probe out, or let the server stay)'
    check(gone, "db, command", said)


def test_probe_of_a_server_without_a_network_is_refused(change: Any, check: Any) -> None:
    """There is no way to it."""
    said = 'error: spec.probes[1].server: the server "db" is in no network, and cannot be asked (give it networks)'
    check(change('[{network: app, address: "fd00:20::11"}]', "[]"), "db, command", said)
