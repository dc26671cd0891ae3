"""What a wave's manifest becomes, and what departments cannot write into it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenants.kinds.waves.wave import WAVE
from tenants.language.document import read
from tenants.language.report import Report
from tenants.wave import (
    DiskFormat,
    DiskImport,
    Mappings,
    Mode,
    PlaybookPhase,
    PlaybookUse,
    SourcePlace,
    TargetPlace,
    Verification,
    WaveLimits,
    WaveSpec,
    WindowSpec,
)

HEAD = "apiVersion: tenantry/v1\nkind: Wave\nmetadata: {name: spring, displayName: 春季迁移}\nspec:\n"
LEAST = "  owner: a\n  mode: live\n  source: {cloud: city}\n  target: {cloud: city}\n  applications: [{name: b}]\n"


def spec(text: str) -> tuple[WaveSpec, list[str]]:
    """The record of a document by itself, and what is wrong with it."""
    report = Report("wave.yaml")
    (root,) = read((HEAD + text).encode(), report).whole
    return WAVE.document.read(root, report), [
        f"{each.path}: {each.message} ({each.remedy})" for each in report.problems
    ]


def test_least_wave_has_defaults() -> None:
    """Everything that is left out is as the record says."""
    wave, problems = spec(LEAST)
    assert problems == []
    assert (wave.mode, wave.source, wave.target) == (Mode.LIVE, SourcePlace(cloud="city"), TargetPlace(cloud="city"))
    assert (wave.mappings, wave.limits, wave.window, wave.probes) == (Mappings(), WaveLimits(), None, True)
    assert (wave.verification, wave.retention, wave.may_pause) == (Verification.DISK, timedelta(days=14), False)


def test_whole_wave_is_read() -> None:
    """Durations in seconds, bandwidth in bytes, local times as instants."""
    wave, problems = spec(
        """\
  owner: a
  mode: import
  target: {cloud: city, project: p, availabilityZone: az, host: compute-1}
  applications:
    - name: b
      project: q
      servers: [网站]
      downtime: 1h30m
      playbooks: [{phase: verify, variables: {n: 3, on: true, s: "3", l: [a, b]}, timeout: 2m}]
      imports: [{server: 网站, disks: [{volume: v, file: a/b.raw, format: raw, sha256: "%s"}]}]
  mappings: {volumeTypes: {ssd: fast}, keepAddresses: false}
  window: {start: 2027-03-06T22:00, end: 2027-03-07T06:00, timeZone: Asia/Shanghai}
  limits: {perLink: 2, bandwidth: 200MiB}
  retention: 7d
  signOff: [刘洋]
"""
        % ("0" * 64)
    )
    (member,) = wave.members
    assert problems == []
    assert wave.window == WindowSpec(
        start=datetime(2027, 3, 6, 14, tzinfo=UTC), end=datetime(2027, 3, 6, 22, tzinfo=UTC)
    )
    assert (wave.limits.per_link, wave.limits.bandwidth, wave.mappings.keep_addresses) == (2, 200 * 1024**2, False)
    assert (member.downtime, member.project, member.servers, wave.retention) == (
        5400,
        "q",
        ("网站",),
        timedelta(days=7),
    )
    assert member.playbooks == (
        PlaybookUse(phase=PlaybookPhase.VERIFY, variables={"n": 3, "on": True, "s": "3", "l": ("a", "b")}, timeout=120),
    )
    assert member.imports[0].disks == (DiskImport(volume="v", file="a/b.raw", format=DiskFormat.RAW, sha256="0" * 64),)


@pytest.mark.parametrize(
    "variables",
    [
        "ansible_connection: local",
        "ansible_ssh_common_args: -o ProxyCommand=id",
        "hostvars: x",
        "a-b: x",
        'x: \'{{ lookup("pipe", "id") }}\'',
        "x: '{% raw %}'",
        "x: [a, '{# b #}']",
        "x: {y: z}",
        "x: [[y]]",
        "x: 1.5",
        "x: null",
    ],
)
def test_variables_can_neither_steer_ansible_nor_nest(variables: str) -> None:
    """A template or a setting of Ansible's own would be carried out on Tenantry's machine."""
    _, problems = spec(f"{LEAST}  playbooks: [{{phase: verify, variables: {{{variables}}}}}]\n")
    assert len(problems) == 1
    assert problems[0].startswith("spec.playbooks[0].variables")


def test_braces_of_other_languages_are_text() -> None:
    """JSON and shell have them too."""
    wave, problems = spec(f"{LEAST}  playbooks: [{{phase: verify, variables: {{x: '{{\"a\": 1}} ${{HOME}}'}}}}]\n")
    assert (problems, wave.playbooks[0].variables) == ([], {"x": '{"a": 1} ${HOME}'})


@pytest.mark.parametrize("playbook", ["../evil", "a/b", "/etc/x", "verify.yml", "Verify", '"- hosts: all"'])
def test_playbooks_are_names(playbook: str) -> None:
    """Of the operators' folder, and never a way out of it or a text."""
    _, problems = spec(f"{LEAST}  playbooks: [{{phase: verify, playbook: {playbook}}}]\n")
    assert len(problems) == 1


@pytest.mark.parametrize("file", ["../a.raw", "/a.raw", "a/../b.raw", "a//b", "a\\b", "./a"])
def test_files_of_images_stay_in_their_folder(file: str) -> None:
    """Nothing else of the operators' machine can be named."""
    imports = f"[{{server: s, disks: [{{volume: v, file: '{file}'}}]}}]"
    _, problems = spec(LEAST.replace("{name: b}", f"{{name: b, imports: {imports}}}"))
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            "{start: 2027-03-06T22:00, end: 2027-03-07T06:00+08:00}",
            (
                "spec.window.start: is a local time, and nothing says of which place "
                "(add timeZone: Asia/Shanghai beside it, or write it as 2027-03-06T22:00+08:00)"
            ),
        ),
        (
            "{start: 2027-03-06T22:00Z, end: 2027-03-07T06:00, timeZone: Asia/Shanghai}",
            "spec.window.start: has an offset, and so needs no timeZone (leave one of them out)",
        ),
        (
            "{start: 2027-03-28T02:30, end: 2027-03-28T06:00, timeZone: Europe/Berlin}",
            (
                "spec.window.start: the clocks of Europe/Berlin never show 2027-03-28T02:30: they are put forward then "
                "(write a time that there is, such as 2027-03-28T03:30+02:00, without timeZone)"
            ),
        ),
    ],
)
def test_times_that_mean_no_instant_are_told(window: str, said: str) -> None:
    """At the time that is meant."""
    assert spec(f"{LEAST}  window: {window}\n")[1] == [said]


def test_times_with_offsets_need_no_zone() -> None:
    """They are whole by themselves."""
    wave, problems = spec(f"{LEAST}  window: {{start: 2027-03-06T22:00+08:00, end: 2027-03-07T06:00+08:00}}\n")
    assert problems == []
    assert wave.window is not None
    assert wave.window.end - wave.window.start == timedelta(hours=8)


@pytest.mark.parametrize("bandwidth", ["200", "200Mbit", "200MB", "0MiB", "1.5MiB", "200MiB/s"])
def test_bandwidths_are_bytes_with_a_binary_unit(bandwidth: str) -> None:
    """Nobody guesses whether bits were meant."""
    assert len(spec(f"{LEAST}  limits: {{bandwidth: {bandwidth}}}\n")[1]) == 1


def test_city_has_its_waves(manifests: Any) -> None:
    """None where none is described."""
    assert manifests.city().waves == {}
