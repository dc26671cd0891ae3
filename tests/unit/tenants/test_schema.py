"""The JSON Schema and the validator say the same of every document, but for what no JSON Schema can say."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from tenants.kinds import KINDS
from tenants.schema import BEYOND, manifest_schema, manifest_schema_text
from tenants.validation import _read_file


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """`pattern` as JSON Schema has it (ECMA-262): its `$` is the very end, not the place before a last line feed."""
    if isinstance(instance, str) and re.search(re.sub(r"\$$", r"\\Z", pattern), instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
SCHEMA = _Validator(manifest_schema(), format_checker=FormatChecker(["date"]))

CLOUD = {
    "apiVersion": "tenantry/v1",
    "kind": "Cloud",
    "metadata": {"name": "city", "displayName": "市级政务云"},
    "spec": {
        "cloud": "municipal",
        "level": "municipal",
        "domain": "government",
        "zones": [
            {
                "name": "internet",
                "displayName": "互联网区",
                "availabilityZone": "internet",
                "externalNetwork": "public",
                "protectionLevels": [1, 2],
            },
            {"name": "extranet", "displayName": "政务外网", "availabilityZone": "extranet", "protectionLevels": [3]},
        ],
        "volumeTypes": ["standard", "ssd"],
        "overcommit": {"compute": {"cores": 4.5, "ram": 1}, "block-storage": {"gigabytes": 1}},
        "reserve": {"compute": {"cores": 64, "ram": "512GiB"}, "block-storage": {"gigabytes": "10TiB"}},
    },
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
TENANT = {
    "apiVersion": "tenantry/v1",
    "kind": "Tenant",
    "metadata": {"name": "market-regulation", "displayName": "市市场监督管理局"},
    "spec": {
        "parent": "shenzhen",
        "protectionLevel": 3,
        "contacts": [{"name": "王芳", "email": "wang.fang@example.com", "phone": "13800000000"}],
        "envelope": {
            "city": {
                "compute": {"cores": 800, "ram": "3TiB"},
                "block-storage": {"gigabytes": "unlimited", "types": {"ssd": {"gigabytes": 5}}},
            }
        },
        "projects": [
            {
                "name": "registration",
                "cloud": "city",
                "zone": "extranet",
                "projectName": "scjg",
                "description": "商事登记",
                "purpose": "商事登记",
                "protectionLevel": 3,
                "systems": [{"code": "SCJG-001", "name": "商事登记系统"}],
                "environment": "production",
                "validFrom": "2026-01-01",
                "validUntil": "2027-12-31",
                "state": "active",
                "allowBelowUsage": False,
                "quota": {
                    "compute": {"instances": 40, "cores": "unlimited", "ram": "640GiB", "metadata_items": 128},
                    "block-storage": {
                        "volumes": 80,
                        "gigabytes": "1.5TiB",
                        "per_volume_gigabytes": 0,
                        "types": {"ssd": {"snapshots": 3}},
                    },
                    "network": {"port": 200, "floatingip": 0},
                },
                "members": [
                    {"group": "ops", "role": "member"},
                    {"user": "li-wei", "role": "reader", "state": "absent"},
                ],
                "zoneException": "国家平台要求",
                "landingZone": {
                    "networks": [
                        {
                            "name": "应用网",
                            "description": "",
                            "mtu": 1450,
                            "subnets": [
                                {
                                    "name": "app-v4",
                                    "cidr": "10.20.0.0/24",
                                    "gateway": "10.20.0.1",
                                    "dhcp": True,
                                    "dns": ["10.0.0.53"],
                                    "allocationPools": [{"first": "10.20.0.10", "last": "10.20.0.200"}],
                                    "exception": "迁移",
                                },
                                {"name": "app-v6", "cidr": "fd00:20::/64", "gateway": "none"},
                            ],
                        }
                    ],
                    "routers": [{"name": "edge", "external": False, "subnets": ["app-v4"]}],
                    "securityGroups": [
                        {
                            "name": "web",
                            "exclusive": True,
                            "rules": [
                                {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "ports": 443},
                                {"protocol": 17, "ports": "8000-8100", "fromGroup": "web", "state": "absent"},
                                {"protocol": "icmp", "icmpType": 8, "icmpCode": 0, "from": "10.0.0.0/8"},
                                {"direction": "egress", "to": "::/0", "exception": "x"},
                            ],
                        }
                    ],
                    "floatingIPs": [{"name": "portal", "address": "203.0.113.7"}],
                    "keyPairs": [{"name": "ops", "publicKey": KEY, "user": "li-wei"}],
                    "grants": {"networks": [{"name": "shared"}], "volumeTypes": [{"name": "ssd", "state": "absent"}]},
                },
            }
        ],
    },
}

POLICY = {
    "apiVersion": "tenantry/v1",
    "kind": "Policy",
    "metadata": {"name": "city", "displayName": "全市审批规则"},
    "spec": {
        "reviews": [
            {
                "name": "small-growth",
                "below": "shenzhen",
                "when": 'limitsOnly && growth["compute/cores"] <= 0.1',
                "administrative": {"approvals": 0},
                "technical": {"approvals": 2, "among": ["chen.jing", "刘洋"]},
            }
        ],
        "escalateTo": ["何主任"],
        "drift": [{"name": "quotas", "below": "shenzhen", "when": 'kind == "quota"', "action": "correct"}],
        "endOfUse": {"notices": [30, 7], "restrict": True, "retire": True, "retireAfter": 30},
        "examples": [
            {
                "name": "一成",
                "facts": {
                    "tenant": "market-regulation",
                    "zones": ["extranet"],
                    "protectionLevel": 3,
                    "limitsOnly": True,
                    "added": {"compute/cores": 10},
                    "growth": {"compute/cores": 0.1},
                },
                "rule": "small-growth",
            }
        ],
    },
}

APPLICATION = {
    "apiVersion": "tenantry/v1",
    "kind": "Application",
    "metadata": {"name": "registration", "displayName": "商事登记"},
    "spec": {
        "owner": "market-regulation",
        "project": "registration",
        "protectionLevel": 3,
        "manage": "full",
        "state": "present",
        "dependsOn": ["social-credit"],
        "serverGroups": [{"name": "网站", "policy": "anti-affinity", "state": "present"}],
        "servers": [
            {
                "name": "网站",
                "replicas": 2,
                "surplus": "delete",
                "image": "guest",
                "flavor": "small",
                "availabilityZone": "extranet",
                "networks": [{"network": "app", "addresses": ["10.20.0.11", "fd00::11"], "securityGroups": ["web"]}],
                "keyPair": "ops",
                "userData": "files/web.sh",
                "metadata": {"role": "web", "empty": ""},
                "serverGroup": "网站",
                "disruption": "stop",
                "state": "present",
            },
            {"name": "db", "bootVolume": "root", "flavor": "a", "networks": [{"network": "n", "address": "10.0.0.1"}]},
        ],
        "volumes": [
            {"name": "data", "size": "1.5TiB", "type": "ssd", "server": "db", "state": "present"},
            {"name": "root", "size": 20, "image": "guest", "bootable": True},
        ],
        "floatingIPs": [{"name": "portal", "server": "网站-1", "network": "app"}],
        "probes": [
            {
                "name": "page",
                "server": "网站",
                "http": {"port": 80, "path": "/a?b=c", "status": 200, "text": "商事登记", "https": False},
                "timeout": 10,
            },
            {"name": "disk", "server": "db", "command": {"command": "df /data", "user": "root", "text": "data"}},
            {"name": "outside", "address": "portal.example.com", "tcp": {"port": 443}},
        ],
    },
}

WAVE = {
    "apiVersion": "tenantry/v1",
    "kind": "Wave",
    "metadata": {"name": "acceptance", "displayName": "统一受理迁移"},
    "spec": {
        "owner": "government-services",
        "mode": "cross-cloud",
        "source": {"cloud": "city", "host": "compute-07"},
        "target": {"cloud": "baoan", "project": "recovery", "availabilityZone": "extranet", "host": "compute-11"},
        "applications": [
            {
                "name": "unified-acceptance",
                "project": "recovery",
                "servers": ["网站"],
                "playbooks": [{"phase": "quiesce", "playbook": "quiesce-kingbase", "timeout": "1h30m"}],
                "imports": [
                    {
                        "server": "网站",
                        "disks": [
                            {"volume": "root", "file": "a/web.vmdk", "format": "vmdk", "sha256": "0a" * 32},
                            {"volume": "data", "image": "数据"},
                        ],
                    }
                ],
                "downtime": "30m",
            }
        ],
        "mappings": {
            "networks": {"web": "前端"},
            "subnets": {"web-v4": "x"},
            "flavors": {"large": "l1.large"},
            "volumeTypes": {"ssd": "standard"},
            "securityGroups": {"web": "front"},
            "keyPairs": {"ops": "ops-baoan"},
            "keepAddresses": False,
        },
        "window": {"start": "2027-03-06T22:00", "end": "2027-03-07 06:00:00", "timeZone": "Asia/Shanghai"},
        "limits": {"applications": 4, "perSourceHost": 1, "perTargetHost": 2, "perLink": 4, "bandwidth": "200MiB"},
        "verification": "disk",
        "playbooks": [
            {"phase": "verify", "variables": {"services": ["nginx"], "port": 443, "strict": True, "title": "受理"}}
        ],
        "probes": True,
        "retention": "14d",
        "signOff": ["chen.jing", "刘洋"],
        "mayPause": False,
    },
}


def refusals(document: Any) -> list[str]:
    """What the per-document stage of validation says of a document."""
    return [str(each) for each in _read_file("a.yaml", as_yaml(document).encode()).problems]


def as_yaml(value: Any) -> str:
    """JSON that YAML reads the same: with escapes that both have."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_yaml(each) for each in value) + "]"
    if isinstance(value, str):
        return (
            '"'
            + "".join(each if 32 <= ord(each) < 127 and each not in '"\\' else f"\\U{ord(each):08X}" for each in value)
            + '"'
        )
    return json.dumps(value)


texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.text(st.sampled_from(list("aZ0-9.@ \n市\u3000\u200b\x00")), max_size=5),
    st.sampled_from(
        [
            "a" * 63,
            "a" * 64,
            "a" * 65,
            "a" * 255,
            "a" * 256,
            "a\n",
            "unlimited",
            "Unlimited",
            "1GiB",
            "1GB",
            "01GiB",
            "0.5TiB",
            "1 TiB",
            "-1",
            "160",
            "1e3",
            "2027-12-31",
            "2027-02-29",
            "2027-2-3",
            "20271231",
            "no",
            "true",
            "1_000",
            "active",
            "absent",
            "testing",
            "municipal",
            "Cloud",
            "Tenant",
            "tenantry/v1",
            "tenantry/v2",
            "x@y",
            "x@y@z",
            "x @y",
            "0GiB",
            "0.0TiB",
            "0.5GiB",
            "2147483648GiB",
            "../x",
            "a/..b",
            "a/./b",
            ".a/b",
            "/a",
            "portal.example.com",
            "10.20.0.1",
            "10.20.0.300",
            "10.20.0.5/24",
            "10.20.0.0/33",
            "fd00::/8",
            "::1",
            "443",
            "80-90",
            "90-80",
            "1-65536",
            "tcp",
            "icmpv6",
            "none",
            "IPv6",
            "egress",
            f"{KEY} x",
            KEY[:-4],
            "30m",
            "1d2h3m4s",
            "0m",
            "99999d",
            "2027-03-06T22:00",
            "2027-02-30T22:00+08:00",
            "2027-03-28T02:30",
            "Europe/Berlin",
            "Asia/Peking",
            "200MiB",
            "0MiB",
            "{{ x }}",
            "ansible_connection",
        ]
    ),
)
numbers = st.one_of(
    st.integers(-2, 6),
    st.sampled_from([10**3, 2**31, 2**63 - 1, 2**63, 10**40]),
    st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda each: not each.is_integer()),
    st.sampled_from([0.01, 0.009, 1000, 999.5]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
KEYS = sorted({key for part in manifest_schema()["$defs"].values() for key in part.get("properties", {})})


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all parts of a document."""
    yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*way, key))


def at(value: Any, way: tuple[Any, ...]) -> Any:
    """The part at the end of a way."""
    for step in way:
        value = value[step]
    return value


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A right document with up to three parts replaced, removed, renamed or added."""
    document = json.loads(json.dumps(draw(st.sampled_from([CLOUD, TENANT, APPLICATION, POLICY, WAVE]))))
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from(list(places(document))[1:] or [()]))
        if not way:
            break
        parent = at(document, way[:-1])
        act = draw(st.sampled_from(["replace", "remove", "add", "borrow"]))
        if act == "remove":
            del parent[way[-1]]
        elif act == "add" and isinstance(parent, dict):
            parent[draw(st.one_of(st.sampled_from(KEYS), texts))] = draw(values)
        elif act == "borrow":
            parent[way[-1]] = json.loads(json.dumps(at(document, draw(st.sampled_from(list(places(document)))))))
        else:
            parent[way[-1]] = draw(values)
    return document


def beyond_schema(problems: list[str]) -> bool:
    """Whether all that the validator says concerns what JSON Schema cannot say."""
    return all(any(part in each for part in _BEYOND) for each in problems)


#: A part of each message about what JSON Schema cannot say.
_BEYOND = (
    "stands here a second time",
    "is no whole number of",
    "than any service",
    "is not an address",
    "is an IPv6 address",
    "is not a network",
    "is an address inside a network",
    "ends before it begins",
    "or not the whole of one",
    ".when: ",
    "is too long here",
    "is too short here",
    "is not a time zone",
    "is not on a day of the calendar",
    "nothing says of which place",
    "has an offset, and so needs no",
    "they are put forward then",
    "they are put back then",
)


@given(mutated())
def test_mutated_documents_are_judged_alike(document: Any) -> None:
    """What an editor marks, validation refuses; what it does not, validation takes, but for the rules beyond it."""
    problems = refusals(document)
    if SCHEMA.is_valid(document):
        assert problems == [] or beyond_schema(problems)
    else:
        assert problems != []


@given(values)
def test_arbitrary_documents_are_judged_alike(document: Any) -> None:
    """Nor do they differ on what is no manifest at all; nothing is not a document."""
    assume(document is not None)
    assert SCHEMA.is_valid(document) == (refusals(document) == [])


@pytest.mark.parametrize("document", [CLOUD, TENANT, APPLICATION, POLICY, WAVE])
def test_right_documents_are_right_to_both(document: Any) -> None:
    """The test would mean little if nothing were right."""
    assert refusals(document) == []
    SCHEMA.validate(document)


def change(document: Any, way: str, value: Any) -> Any:
    """A copy with one part replaced."""
    copy = json.loads(json.dumps(document))
    *before, last = [int(step) if step.isdigit() else step for step in way.split("/")]
    at(copy, tuple(before))[last] = value
    return copy


TENANT_QUOTA = "spec/projects/0/quota"
LANDING_ZONE = "spec/projects/0/landingZone"
SUBNET = f"{LANDING_ZONE}/networks/0/subnets/0"


@pytest.mark.parametrize(
    ("rule", "text", "document"),
    [
        (0, as_yaml(TENANT).replace('"kind": "Tenant"', '"kind": "Tenant", "kind": "Tenant"'), TENANT),
        (0, as_yaml(TENANT).replace('"kind": "Tenant"', '"kind": !!str "Tenant"'), TENANT),
        (
            1,
            as_yaml(change(TENANT, f"{TENANT_QUOTA}/compute/instances", 160.0)),
            change(TENANT, f"{TENANT_QUOTA}/compute/instances", 160.0),
        ),
        (1, as_yaml(TENANT).replace('"instances": 40', '"instances": 0x28'), TENANT),
        (1, as_yaml(TENANT).replace('"instances": 40', '"instances": 040'), TENANT),
        (
            2,
            as_yaml(change(TENANT, f"{TENANT_QUOTA}/compute/ram", "1.3KiB")),
            change(TENANT, f"{TENANT_QUOTA}/compute/ram", "1.3KiB"),
        ),
        (
            2,
            as_yaml(change(TENANT, f"{TENANT_QUOTA}/compute/ram", "9999999EiB")),
            change(TENANT, f"{TENANT_QUOTA}/compute/ram", "9999999999EiB"),
        ),
        (4, as_yaml(change(CLOUD, "spec/zones/1/name", "internet")), change(CLOUD, "spec/zones/1/name", "internet")),
        (
            4,
            as_yaml(change(TENANT, "spec/projects/0/systems", [{"code": "a", "name": "b"}] * 2)),
            change(TENANT, "spec/projects/0/systems", [{"code": "a", "name": "b"}] * 2),
        ),
        *(
            (rule, as_yaml(wrong), wrong)
            for rule, wrong in (
                (5, change(TENANT, f"{SUBNET}/cidr", "10.20.0.5/24")),
                (5, change(TENANT, f"{SUBNET}/gateway", "10.20.0.300")),
                (5, change(TENANT, f"{LANDING_ZONE}/floatingIPs/0/address", "10.20.0.300")),
                (5, change(TENANT, f"{LANDING_ZONE}/keyPairs/0/publicKey", KEY[:-4])),
                (6, change(TENANT, f"{LANDING_ZONE}/securityGroups/0/rules/0/ports", "90-80")),
                (7, change(POLICY, "spec/reviews/0/when", "addedCores > 1.0")),
                (8, change(WAVE, "spec/retention", "3651d")),
                (8, change(WAVE, "spec/window/timeZone", "Asia/Peking")),
                (9, change(WAVE, "spec/window", {"start": "2027-03-06T22:00", "end": "2027-03-07T06:00"})),
                (9, change(WAVE, "spec/window/start", "2027-03-06T22:00+08:00")),
                (
                    9,
                    change(
                        change(WAVE, "spec/window/timeZone", "Europe/Berlin"), "spec/window/start", "2027-03-28T02:30"
                    ),
                ),
            )
        ),
    ],
)
def test_rules_beyond_the_schema_are_named(rule: int, text: str, document: Any) -> None:
    """Each entry of the list is what it says: right to the schema, wrong to the validator."""
    assert _read_file("a.yaml", text.encode()).problems != (), BEYOND[rule]
    SCHEMA.validate(document)


def test_days_are_beyond_a_schema_that_does_not_check_formats() -> None:
    """By default JSON Schema only notes that something is a date."""
    document = change(TENANT, "spec/projects/0/validUntil", "2027-02-30")
    assert not SCHEMA.is_valid(document)
    assert Draft202012Validator(manifest_schema()).is_valid(document)
    assert refusals(document) != []


def test_schema_is_one() -> None:
    """It follows its own dialect, and every reference leads somewhere."""
    schema = manifest_schema()
    Draft202012Validator.check_schema(schema)
    references = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)))
    assert references == set(schema["$defs"])
    assert set(KINDS) <= references


def test_schema_helps_editors() -> None:
    """Every key says what it is for, and every example and default is right."""
    schema = manifest_schema()
    for name, part in schema["$defs"].items():
        assert part["description"], name
        for key, value in part.get("properties", {}).items():
            assert value["description"], (name, key)
            shape = Draft202012Validator({**value, "$defs": schema["$defs"]}, format_checker=FormatChecker(["date"]))
            for example in [*value.get("examples", []), *([value["default"]] if "default" in value else [])]:
                shape.validate(example)


def test_schema_text_is_readable_json() -> None:
    """Chinese stays Chinese, and the file ends as files do."""
    text = manifest_schema_text()
    assert json.loads(text) == manifest_schema()
    assert "市市场监督管理局" in text
    assert text.endswith("}\n")
