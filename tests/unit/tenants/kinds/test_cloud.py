"""The kind Cloud: what its manifests say, and what they may not say."""

from decimal import Decimal
from typing import Any

import pytest

from tenants.names import CloudName, DomainName, VolumeTypeName, ZoneName
from tenants.resources import Limit, Resource, Service
from tenants.spec import CloudSpec, Level, ZoneSpec

CORES = Resource(service=Service.COMPUTE, name="cores")
RAM = Resource(service=Service.COMPUTE, name="ram")


def test_cloud_is_read_whole(manifests: Any) -> None:
    """Every part of a manifest becomes what it means; ratios stay decimal and exact."""
    assert manifests.city().clouds == {
        CloudName("city"): CloudSpec(
            name=CloudName("city"),
            display_name="市级政务云",
            clouds_yaml="municipal-cloud",
            level=Level.MUNICIPAL,
            domain=DomainName("government"),
            zones={
                ZoneName("internet"): ZoneSpec(
                    name=ZoneName("internet"),
                    display_name="互联网区",
                    availability_zone="az-internet",
                    external_network="public",
                    protection_levels=frozenset({1, 2}),
                ),
                ZoneName("extranet"): ZoneSpec(
                    name=ZoneName("extranet"),
                    display_name="政务外网区",
                    availability_zone="az-extranet",
                    external_network=None,
                    protection_levels=frozenset({2, 3}),
                ),
            },
            volume_types=frozenset({VolumeTypeName("standard"), VolumeTypeName("ssd")}),
            overcommit={CORES: Decimal("4.0"), RAM: Decimal(1)},
            reserve={CORES: Limit(64), RAM: Limit(512 * 1024)},
        )
    }


def test_zones_keep_their_order(manifests: Any) -> None:
    """The city lists its zones as it wants them shown."""
    assert list(manifests.city().clouds["city"].zones) == ["internet", "extranet"]


def test_clouds_yaml_key_is_the_name_unless_told(manifests: Any) -> None:
    """Most clouds are called the same in both places."""
    assert manifests.edit("cloud.yaml", "  cloud: municipal-cloud\n", "").city().clouds["city"].clouds_yaml == "city"


@pytest.mark.parametrize(
    ("old", "new", "at", "path", "message", "remedy"),
    [
        (
            "level: municipal",
            "level: city",
            "city\n  domain",
            "spec.level",
            '"city" is not one of municipal, district',
            "one of: municipal, district",
        ),
        ("  domain: government\n", "", "spec:", "spec.domain", "is missing", "add it, such as domain: government"),
        (
            "protectionLevels: [1, 2]",
            "protectionLevels: []",
            "protectionLevels: []",
            "spec.zones[0].protectionLevels",
            "is an empty list",
            "name at least one",
        ),
        (
            "protectionLevels: [1, 2]",
            "protectionLevels: [1, 1]",
            "1]",
            "spec.zones[0].protectionLevels[1]",
            '"1" stands here a second time; the first is on line 15',
            "leave one of them",
        ),
        (
            "protectionLevels: [1, 2]",
            "protectionLevels: [1, 5]",
            "5]",
            "spec.zones[0].protectionLevels[1]",
            "5 is not from 1 to 4",
            "write a whole number from 1 to 4",
        ),
        (
            "- name: internet",
            "- name: extranet",
            "extranet\n      displayName: 政",
            "spec.zones[1].name",
            '"extranet" stands here a second time; the first is on line 11',
            "give each a name of its own",
        ),
        (
            "[standard, ssd]",
            "[ssd, standard, ssd]",
            "ssd]",
            "spec.volumeTypes[2]",
            '"ssd" stands here a second time; the first is on line 20',
            "leave one of them",
        ),
        (
            "cores: 4.0",
            "cores: 0",
            "0, ram: 1}",
            "spec.overcommit.compute.cores",
            "0 is not from 0.01 to 1000",
            "write a number from 0.01 to 1000",
        ),
        (
            "cores: 4.0",
            "cores: 1001",
            "1001",
            "spec.overcommit.compute.cores",
            "1001 is not from 0.01 to 1000",
            "write a number from 0.01 to 1000",
        ),
        (
            "cores: 4.0",
            "cores: .5",
            ".5",
            "spec.overcommit.compute.cores",
            '".5" is not a number',
            "write a number from 0.01 to 1000",
        ),
        (
            "cores: 4.0",
            'cores: "4"',
            '"4"',
            "spec.overcommit.compute.cores",
            '"4" is not a number',
            "write a number from 0.01 to 1000",
        ),
        (
            "cores: 4.0",
            "instances: 2",
            "instances",
            "spec.overcommit.compute.instances",
            "cannot stand here",
            "leave it out: only compute/cores, compute/ram, block-storage/gigabytes are known as a cloud's capacity",
        ),
        (
            "cores: 64",
            "cores: unlimited",
            "unlimited",
            "spec.reserve.compute.cores",
            "unlimited has no meaning here",
            "write an amount",
        ),
        (
            "compute: {cores: 64, ram: 512GiB}",
            "network: {port: 1}",
            "network: {port: 1}",
            "spec.reserve.network",
            "is not a key here",
            "one of: compute, block-storage",
        ),
        (
            "compute: {cores: 4.0, ram: 1}",
            "nova: {cores: 4.0}",
            "nova",
            "spec.overcommit.nova",
            "is not a key here",
            'it is called "compute" here',
        ),
    ],
)
def test_what_is_wrong_with_a_cloud_is_told(  # noqa: PLR0913, PLR0917 - the columns of a table
    manifests: Any, old: str, new: str, at: str, path: str, message: str, remedy: str
) -> None:
    """Every mistake is told at its own place, with its path and what would be right."""
    changed = manifests.edit("cloud.yaml", old, new)
    found = {(each.location, each.path, each.message, each.remedy) for each in changed.validation().problems}
    assert (changed.place("cloud.yaml", at), path, message, remedy) in found


def test_zones_must_be_there(manifests: Any) -> None:
    """A cloud without zones can hold no project."""
    text = manifests.files["cloud.yaml"]
    begin, end = text.index("    - name: internet"), text.index("  volumeTypes")
    changed = manifests.add("cloud.yaml", f"{text[:begin].rstrip()} []\n{text[end:]}")
    assert "cloud.yaml:10:3: error: spec.zones: is an empty list (name at least one)" in changed.problems()


@pytest.mark.parametrize("ratio", ["0.01", "1000", "1.5", "16", "1e1"])
def test_ratios_are_exact(manifests: Any, ratio: str) -> None:
    """A ratio is what was written, not the nearest binary fraction."""
    spec = manifests.edit("cloud.yaml", "cores: 4.0", f"cores: {ratio}").city().clouds["city"]
    assert spec.overcommit[CORES] == Decimal(ratio)


def test_one_zone_and_no_volume_types_are_enough(manifests: Any) -> None:
    """A cloud may be that small."""
    text = (
        manifests.files["cloud.yaml"]
        .replace("[standard, ssd]", "[]")
        .replace("name: city\n", "name: small\n")
        .replace("municipal-cloud", "small")
    )
    begin, end = text.index("    - name: extranet"), text.index("  volumeTypes")
    assert manifests.add("small.yaml", text[:begin] + text[end:]).problems() == []


@pytest.mark.parametrize(("zeros", "right"), [(38, True), (39, False)])
def test_ratios_have_so_many_digits(manifests: Any, zeros: int, right: bool) -> None:  # noqa: FBT001
    """Forty characters; exact numbers of any length would only cost time."""
    changed = manifests.edit("cloud.yaml", "cores: 4.0", f"cores: 1.{'0' * zeros}")
    assert (changed.problems() == []) is right


@pytest.mark.parametrize(("length", "right"), [(64, True), (65, False)])
def test_domain_is_as_long_as_keystone_keeps_it(manifests: Any, length: int, right: bool) -> None:  # noqa: FBT001
    """Longer ones cannot exist."""
    changed = manifests.edit("cloud.yaml", "domain: government", f"domain: {'域' * length}")
    assert (changed.problems() == []) is right
