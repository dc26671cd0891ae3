"""Two clouds, a department with a project in each, and a wave from one to the other with nothing wrong."""

from collections.abc import Callable
from typing import Any

import pytest

DISTRICT = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: baoan, displayName: 宝安区政务云}
spec:
  cloud: district
  level: district
  domain: government
  zones:
    - {name: extranet, displayName: 政务外网区, availabilityZone: az-extranet, protectionLevels: [2, 3]}
    - {name: internet, displayName: 互联网区, availabilityZone: az-internet, protectionLevels: [1, 2]}
  volumeTypes: [standard, ssd]
"""
TENANT = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market-regulation, displayName: 市市场监督管理局}
spec:
  parent: shenzhen
  protectionLevel: 3
  envelope: {city: {compute: {cores: 800}}, baoan: {compute: {cores: 800}}}
  projects:
    - {name: registration, cloud: city, zone: extranet, purpose: 商事登记, quota: {compute: {cores: 20}}}
    - {name: elsewhere, cloud: city, zone: extranet, purpose: 商事登记, quota: {compute: {cores: 20}}}
    - {name: recovery, cloud: baoan, zone: extranet, purpose: 灾备, quota: {compute: {cores: 20}}}
    - {name: public, cloud: baoan, zone: internet, protectionLevel: 2, purpose: 公众, quota: {compute: {cores: 20}}}
"""
OFFICE = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: finance, displayName: 市财政局}
spec:
  parent: shenzhen
  protectionLevel: 3
  envelope: {city: {compute: {cores: 10}}}
  projects: [{name: budget, cloud: city, zone: extranet, purpose: 预算, quota: {compute: {cores: 1}}}]
---
apiVersion: tenantry/v1
kind: Application
metadata: {name: budget, displayName: 预算管理}
spec: {owner: finance, project: budget}
"""
APPLICATIONS = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: registration, displayName: 商事登记}
spec:
  owner: market-regulation
  project: registration
  servers:
    - {name: web, replicas: 2, image: guest, flavor: small}
    - {name: db, bootVolume: root, flavor: small}
  volumes:
    - {name: root, size: 20GiB, bootable: true}
    - {name: data, size: 100GiB, server: db}
---
apiVersion: tenantry/v1
kind: Application
metadata: {name: credit, displayName: 社会信用}
spec:
  owner: market-regulation
  project: registration
"""
WAVE = """\
apiVersion: tenantry/v1
kind: Wave
metadata: {name: spring, displayName: 春季迁移}
spec:
  owner: shenzhen
  mode: cross-cloud
  source: {cloud: city}
  target: {cloud: baoan, project: recovery}
  applications:
    - {name: registration}
    - {name: credit}
  window: {start: 2027-03-06T22:00, end: 2027-03-07T06:00, timeZone: Asia/Shanghai}
"""
IMPORT = """\
apiVersion: tenantry/v1
kind: Wave
metadata: {name: arrival, displayName: 镜像导入}
spec:
  owner: market-regulation
  mode: import
  target: {cloud: city}
  applications:
    - name: registration
      imports:
        - server: db
          disks:
            - {volume: root, file: old/root.vmdk}
            - {volume: data, image: old-data}
"""


@pytest.fixture(scope="session")
def city(manifests: Any) -> Any:
    """All right, without a wave."""
    envelope = manifests.files["root.yaml"] + "    baoan: {compute: {cores: 1000}}\n"
    whole = manifests.add("root.yaml", envelope).add("baoan.yaml", DISTRICT).add("tenant.yaml", TENANT)
    return whole.add("finance.yaml", OFFICE).add("applications.yaml", APPLICATIONS)


@pytest.fixture(scope="session")
def wave(city: Any) -> Any:
    """The same with two applications that go to another cloud."""
    return city.add("wave.yaml", WAVE)


@pytest.fixture(scope="session")
def arrival(city: Any) -> Any:
    """The same with a server that comes from disk images."""
    return city.add("wave.yaml", IMPORT)


@pytest.fixture
def told(wave: Any) -> Callable[..., list[str]]:
    """What is said of the wave, behind its severity, where one place of it reads otherwise."""

    def say(old: str, new: str, whole: Any = None) -> list[str]:
        changed = (whole or wave).edit("wave.yaml", old, new)
        assert {each.location.file for each in changed.validation().problems} <= {"wave.yaml"}
        return [each.split(": ", 1)[1] for each in changed.problems()]

    return say
