"""Quotas and envelopes by service and resource, for all that the services enforce."""

from typing import Any

import pytest

from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Resource, Service, definition


@pytest.mark.parametrize("service", list(Service))
def test_every_resource_of_the_catalogue_can_be_in_a_quota(manifests: Any, service: Service) -> None:
    """What a service enforces, a manifest can say."""
    quota = ", ".join(f"{name}: 7" for name in CATALOGUE[service])
    text = manifests.files["tenant.yaml"].split("      quota:\n")[0] + f"      quota:\n        {service}: {{{quota}}}\n"
    (project,) = manifests.add("tenant.yaml", text).city().tenants["market-regulation"].projects
    assert project.limits == {Resource(service=service, name=name): 7 for name in CATALOGUE[service]}


def test_every_typed_resource_can_be_in_a_quota_by_type(manifests: Any) -> None:
    """Cinder limits volumes, snapshots and gigabytes of each type."""
    changed = manifests.edit(
        "tenant.yaml", "types: {ssd: {gigabytes: 5TiB}}", "types: {ssd: {gigabytes: 1, volumes: 2, snapshots: 3}}"
    )
    (project,) = changed.city().tenants["market-regulation"].projects
    typed = {each.key: limit for each, limit in project.limits.items() if each.volume_type == VolumeTypeName("ssd")}
    assert typed == {"gigabytes_ssd": 1, "volumes_ssd": 2, "snapshots_ssd": 3}


@pytest.mark.parametrize(("written", "expected"), [("0", 0), ("unlimited", -1), ("12", 12)])
def test_nothing_zero_and_unlimited_are_three_things(manifests: Any, written: str, expected: int) -> None:
    """Absent is unmanaged; 0 is a limit; unlimited is -1."""
    port = Resource(service=Service.NETWORK, name="port")
    (project,) = (
        manifests.edit("tenant.yaml", "port: 200", f"port: {written}").city().tenants["market-regulation"].projects
    )
    assert project.limits[port] == expected
    (project,) = (
        manifests.edit("tenant.yaml", "network: {port: 200}", "network: {}")
        .city()
        .tenants["market-regulation"]
        .projects
    )
    assert port not in project.limits


@pytest.mark.parametrize(
    "resource", [each for service in Service for each in CATALOGUE[service].values() if not each.additive]
)
def test_envelope_over_what_does_not_add_up_is_refused(manifests: Any, resource: Any) -> None:
    """The number of keys on one server is no share of anything."""
    changed = manifests.edit("root.yaml", "{compute: {cores: 1000}}", f"{{{resource.service}: {{{resource.name}: 1}}}}")
    problem = changed.problem()
    assert problem.location == changed.place("root.yaml", resource.name)
    assert (problem.path, problem.message) == (
        f"spec.envelope.city.{resource.service}.{resource.name}",
        "cannot stand here",
    )
    assert (
        problem.remedy
        == "leave it out: limits of this kind do not add up, so that an envelope over them has no meaning"
    )


@pytest.mark.parametrize(
    "resource", [each for service in Service for each in CATALOGUE[service].values() if each.additive]
)
def test_envelope_over_what_adds_up_is_read(manifests: Any, resource: Any) -> None:
    """Whatever is a share of something can be bounded."""
    changed = manifests.edit(
        "root.yaml", "{compute: {cores: 1000}}", f"{{{resource.service}: {{{resource.name}: 999999999}}}}"
    )
    bounded = Resource(service=resource.service, name=resource.name)
    assert changed.city().tenants["shenzhen"].envelopes["city"] == {bounded: 999999999}
    assert definition(bounded).additive


@pytest.mark.parametrize(
    ("old", "new", "at", "path", "message", "remedy"),
    [
        (
            "cores: 160",
            "vcpus: 160, cores: 1",
            "vcpus",
            "compute.vcpus",
            "is not a key here",
            'it is called "cores" here',
        ),
        (
            "ram: 640GiB",
            "memory: 640GiB, ram: 1",
            "memory",
            "compute.memory",
            "is not a key here",
            'it is called "ram" here',
        ),
        (
            "port: 200",
            "floating_ips: 4",
            "floating_ips",
            "network.floating_ips",
            "is not a key here",
            'it is called "floatingip" here',
        ),
        ("port: 200", "ports: 4", "ports", "network.ports", "is not a key here", 'did you mean "port"?'),
        (
            "network: {port: 200}",
            "neutron: {port: 200}",
            "neutron",
            "neutron",
            "is not a key here",
            'it is called "network" here',
        ),
        (
            "ram: 640GiB",
            "ram: 640GB",
            "640GB",
            "compute.ram",
            '"640GB" is not a limit',
            "write 640GiB: sizes are binary here",
        ),
        (
            "cores: 160",
            "cores: 160GiB",
            "160GiB",
            "compute.cores",
            '"160GiB" has a unit where a count is meant',
            "write a whole number",
        ),
        (
            "cores: 160",
            'cores: "160"',
            '"160"',
            "compute.cores",
            '"160" is text where a number is meant',
            "write 160, without quotes",
        ),
        ("cores: 160", "cores: ", "cores: ,", "compute.cores", "has no value", "give it a limit, or leave the key out"),
        ("cores: 160", "cores: [160]", "cores: [160]", "compute.cores", "a list stands where a limit is meant", ""),
        (
            "types: {ssd: {gigabytes: 5TiB}}",
            "types: {ssd: {gigabytes: 5TiB}, ' a': {}}",
            "' a'",
            'block-storage.types[" a"]',
            '" a" is not allowed as a name',
            "the name of a volume type, as Cinder has it",
        ),
        (
            "types: {ssd: {gigabytes: 5TiB}}",
            "types: {ssd: {gigabytes: 5TiB, backups: 1}}",
            "backups",
            "block-storage.types.ssd.backups",
            "is not a key here",
            "one of: volumes, snapshots, gigabytes",
        ),
    ],
)
def test_what_is_wrong_with_a_quota_is_told(  # noqa: PLR0913, PLR0917 - the columns of a table
    manifests: Any, old: str, new: str, at: str, path: str, message: str, remedy: str
) -> None:
    """Every mistake is told at its own place, with its path and what would be right."""
    problem = (changed := manifests.edit("tenant.yaml", old, new)).problem()
    assert problem.location == changed.place("tenant.yaml", at)
    assert (problem.path, problem.message, problem.remedy) == (f"spec.projects[0].quota.{path}", message, remedy)
