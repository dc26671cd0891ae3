"""`tenantry status`: what was asked, what the clouds enforce, what is used."""

from typing import Any

import yaml

from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import DISPLAY_NAME, ENFORCED, project, tenant
from tests.acceptance.shell import ERROR, Shell
from tests.acceptance.site import Site


def test_it_holds_the_numbers_of_the_clouds(settled: Any, city: Cloud) -> None:
    """Asked and enforced are what the manifests and the clouds' own APIs say, in the APIs' units."""
    shown = settled.shell("status", "--tenant", settled.market, "-o", "json").document
    rows = {each["resource"]: each for each in shown["allocations"] if each["tenant"] == settled.market}
    enforced = city.limits(city.project(f"{settled.market}-registration")["id"])
    for service, limits in ENFORCED.items():
        for name, limit in limits.items():
            row = rows[f"{service}/{name}"]
            assert (row["asked"], row["enforced"]) == (limit, enforced[service][name])
    assert {each["state"] for each in rows.values()} == {"matches", "unmanaged"}


def test_yaml_and_json_hold_the_same(settled: Any) -> None:
    """In Chinese in both."""
    shown = yaml.safe_load(settled.shell("status", "--recorded", "-o", "yaml").out)
    assert shown == settled.shell("status", "--recorded", "-o", "json").document
    assert DISPLAY_NAME in {each["displayName"] for each in shown["allocations"]}


def test_only_the_chosen_tenant_is_shown(settled: Any) -> None:
    """`--tenant` narrows it down."""
    shown = settled.shell("status", "--tenant", settled.transport, "-o", "json").document
    assert {(each["tenant"], each["cloud"]) for each in shown["allocations"]} == {
        (settled.transport, "city"),
        (settled.transport, "district"),
    }


def test_use_is_what_the_cloud_counts(site: Site) -> None:
    """A volume shows as used, beside its envelope with what is left of it."""
    asked = project(quota={"block-storage": {"gigabytes": 9}}, members=[{"user": "li-wei", "role": "member"}])
    site.ask_all(tenant(site.name, asked, envelope={"city": {"block-storage": {"gigabytes": 25}}}))
    site.apply()
    assert site.engineer.store(4).ok
    shown = site.tenantry("status", "-o", "json").document
    row = next(each for each in shown["allocations"] if each["resource"] == "block-storage/gigabytes")
    assert (row["asked"], row["enforced"], row["used"] + row["reserved"]) == (9, 9, 4)
    assert [(each["allocated"], each["envelope"], each["left"]) for each in shown["envelopes"]] == [(9, 25, 16)]


def test_before_anything_was_applied_it_says_so(tenantry: Shell) -> None:
    """There is nothing to compare with, and the message says how to begin."""
    assert "nothing was applied yet" in tenantry("status", code=ERROR).err
