"""A project with a landing zone and an application that uses all of it, with nothing wrong."""

from collections.abc import Callable
from typing import Any

import pytest

TENANT = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market-regulation, displayName: 市市场监督管理局}
spec:
  parent: shenzhen
  protectionLevel: 3
  envelope: {city: {compute: {cores: 800, ram: 3TiB}}}
  projects:
    - name: registration
      cloud: city
      zone: extranet
      purpose: 商事登记
      quota:
        compute: {instances: 10, cores: 160, ram: 640GiB, server_groups: 1}
        block-storage: {volumes: 4, gigabytes: 1TiB, per_volume_gigabytes: 500GiB, types: {ssd: {gigabytes: 200GiB}}}
        network: {port: 6, floatingip: 1}
      landingZone:
        networks:
          - name: app
            subnets: [{name: app-v4, cidr: 10.20.0.0/24}, {name: app-v6, cidr: "fd00:20::/64", gateway: "fd00:20::ffff"}]
          - {name: old, state: absent}
        securityGroups: [{name: web}, {name: former, state: absent}]
        floatingIPs: [{name: portal}, {name: given-up, state: absent}]
        keyPairs:
          - {name: ops, publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhEhG0ynkdDzcBVM8ZTr2l3XJvaZv8dnFLFNyPSDtzu ops}
        grants: {networks: [{name: shared}]}
    - {name: second, cloud: city, zone: internet, protectionLevel: 2, purpose: 其他, quota: {compute: {cores: 1, ram: 1GiB}}}
"""
APPLICATION = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: registration, displayName: 商事登记}
spec:
  owner: market-regulation
  project: registration
  protectionLevel: 3
  serverGroups: [{name: web-apart}]
  servers:
    - name: web
      replicas: 2
      image: guest
      flavor: small
      networks: [{network: app, addresses: [10.20.0.11, 10.20.0.12], securityGroups: [web, default]}, {network: shared}]
      keyPair: ops
      userData: files/web.sh
      serverGroup: web-apart
    - name: db
      bootVolume: root
      flavor: small
      networks: [{network: app, address: "fd00:20::11"}]
  volumes:
    - {name: root, size: 20GiB, image: guest}
    - {name: data, size: 100GiB, type: ssd, server: db}
  floatingIPs: [{name: portal, server: web-1, network: app}]
  probes:
    - {name: page, server: web, http: {port: 80}}
    - {name: disk, server: db, command: {command: df /data}}
    - {name: outside, address: portal.example.com, tcp: {port: 443}}
"""
OTHER = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: credit, displayName: 社会信用}
spec:
  owner: market-regulation
  project: registration
"""

#: Problems of the application: a change in it, a part of it where the problem stands, and the problem in words.
Check = Callable[[Any, str, str], None]


@pytest.fixture
def city(manifests: Any) -> Any:
    """All right, from the cloud to the file that a server runs."""
    cloud = manifests.files["cloud.yaml"].replace(
        "availabilityZone: az-extranet", "availabilityZone: az-extranet\n      externalNetwork: government"
    )
    whole = manifests.add("cloud.yaml", cloud).add("tenant.yaml", TENANT).add("apps/registration.yaml", APPLICATION)
    return whole.attach("apps/files/web.sh", b"#!/bin/sh\n")


@pytest.fixture
def change(city: Any) -> Callable[[str, str], Any]:
    """Changes one place of the application."""
    return lambda old, new: city.edit("apps/registration.yaml", old, new)


@pytest.fixture
def other(city: Any) -> Callable[[str], Any]:
    """Adds another application to the project, with more lines below its spec."""
    return lambda more: city.add("apps/credit.yaml", OTHER + more)


@pytest.fixture
def check() -> Check:
    """The one problem stands at the fragment of the application, and reads so behind its path."""

    def judge(changed: Any, at: str, text: str) -> None:
        problem = changed.problem()
        assert problem.location == changed.place("apps/registration.yaml", at)
        assert str(problem) == f"{problem.location}: {text}"

    return judge


@pytest.fixture
def refuse(change: Callable[[str, str], Any], check: Check) -> Callable[[str, str, str, str], None]:
    """One place of the application changed is an error at a fragment, told so behind `spec.`."""
    return lambda old, new, at, text: check(change(old, new), at, f"error: spec.{text}")
