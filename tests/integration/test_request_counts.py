"""How many requests a pass sends, kind by kind: every one more is a cost for every cloud, every time."""

import os
import re
import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud
from devcloud.handle import Mark
from devcloud.records import CloudOptions

_COMPUTES = CloudOptions().computes
_DEPARTMENTS = 5
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_CLOUD = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: city, displayName: 市级政务云}
spec:
  level: municipal
  domain: government
  zones:
    - {name: extranet, displayName: 政务外网, availabilityZone: extranet, protectionLevels: [2]}
  volumeTypes: [standard, ssd]
"""
_TENANT = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: %s, displayName: 市审计局}
spec:
  protectionLevel: 2
  projects:
    - name: audit
      cloud: city
      zone: extranet
      purpose: 审计
      quota:
        compute: {cores: 16, ram: 64GiB}
        block-storage: {gigabytes: 2TiB, types: {ssd: {gigabytes: 1TiB}, standard: {gigabytes: 1TiB}}}
        network: {port: 100}
      members:
        - {group: finance-ops, role: member}
        - {group: cloud-auditors, role: reader}
"""

#: What a pass must know of a cloud, each once.
_FACTS = Counter(
    {
        "keystone POST /v3/auth/tokens": 1,
        "keystone GET /v3/domains?name=government": 1,
        "keystone GET /v3/projects?domain_id=*&limit=1000": 1,
        "keystone GET /v3/role_assignments": 1,
        "keystone GET /v3/roles": 1,
        "keystone GET /v3/groups?domain_id=*&limit=1000": 1,
        "keystone GET /v3/registered_limits?service_id=*": 1,
        "nova GET /v2.1/": 1,
        "nova GET /v2.1/os-quota-class-sets/default": 1,
        "nova GET /v2.1/os-availability-zone": 1,
        "cinder GET /v3/": 1,
        "cinder GET /v3/os-quota-class-sets/default": 1,
        "cinder GET /v3/types?is_public=None&limit=1000": 1,
        "cinder GET /v3/scheduler-stats/get_pools?detail=True": 1,
        "neutron GET /v2.0/extensions": 1,
        "neutron GET /v2.0/quotas/*/default": 1,
        "neutron GET /v2.0/networks?router%3Aexternal=True&fields=name&limit=1000": 1,
        "placement GET /resource_providers": 1,
        "placement GET /resource_providers/*/inventories": _COMPUTES,
        "placement GET /resource_providers/*/usages": _COMPUTES,
    }
)
#: What each new department takes: writes, and reading back.
_EACH_NEW = {
    "keystone POST /v3/projects": 1,
    "nova PUT /v2.1/os-quota-sets/*": 1,
    "nova GET /v2.1/os-quota-sets/*": 1,
    "cinder PUT /v3/os-quota-sets/*": 1,
    "cinder GET /v3/os-quota-sets/*": 1,
    "neutron PUT /v2.0/quotas/*": 1,
    "neutron GET /v2.0/quotas/*": 1,
    "keystone PUT /v3/projects/*/groups/*/roles/*": 2,
    "keystone GET /v3/role_assignments?scope.project.id=*": 1,
}
#: What each department takes that is as it should be.
_EACH_UNCHANGED = {
    "nova GET /v2.1/os-quota-sets/*/detail": 1,
    "cinder GET /v3/os-quota-sets/*?usage=True": 1,
    "neutron GET /v2.0/quotas/*/details": 1,
}


@pytest.fixture(scope="module")
def passes(devcloud: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> tuple[Counter[str], Counter[str]]:
    """What `tenantry apply` asked of the cloud for new departments, and what it asked when run again."""
    manifests, records = tmp_path_factory.mktemp("manifests"), tmp_path_factory.mktemp("records")
    (manifests / "cloud.yaml").write_text(_CLOUD, encoding="utf-8")
    for number in range(_DEPARTMENTS):
        name = f"counted-{secrets.token_hex(4)}"
        (manifests / f"{number}.yaml").write_text(_TENANT % name, encoding="utf-8")
    return _applied(devcloud, manifests, records), _applied(devcloud, manifests, records)


def _applied(devcloud: Devcloud, manifests: Path, records: Path) -> Counter[str]:
    environment = {"OS_CLIENT_CONFIG_FILE": str(devcloud.clouds_yaml), "TENANTRY_STATE_DIR": str(records)}
    mark = devcloud.mark()
    tenantry = Path(sys.executable).with_name("tenantry")
    subprocess.run([tenantry, "apply", manifests, "--yes"], env=os.environ | environment, check=True)
    return _asked(devcloud, mark)


def _asked(devcloud: Devcloud, mark: Mark) -> Counter[str]:
    return Counter(
        f"{each.service} {each.method} {_ID.sub('*', each.path)}"
        for each in devcloud.requests(since=mark, cloud="city")
        if each.user_agent.startswith("tenantry/")
    )


def _times(each: dict[str, int], number: int) -> Counter[str]:
    return Counter({kind: number * count for kind, count in each.items()})


def test_new_departments_take_these_requests_and_no_others(passes: tuple[Counter[str], Counter[str]]) -> None:
    """Facts once, then for each department one write per service and role, and one reading per service."""
    assert passes[0] == _FACTS + _times(_EACH_NEW, _DEPARTMENTS)


def test_an_unchanged_city_takes_these_requests_and_no_others(passes: tuple[Counter[str], Counter[str]]) -> None:
    """Facts once, then one reading per service and department."""
    assert passes[1] == _FACTS + _times(_EACH_UNCHANGED, _DEPARTMENTS)


def test_an_unchanged_city_is_not_written_to(passes: tuple[Counter[str], Counter[str]]) -> None:
    """The second pass changes nothing; to authenticate is a POST, too."""
    writes = [kind for kind in passes[1] if " GET " not in kind]
    assert writes == ["keystone POST /v3/auth/tokens"]
