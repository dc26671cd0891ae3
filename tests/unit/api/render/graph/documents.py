"""A city with applications that depend on one another, one of them with parts of every kind."""

from tenants.spec import City
from tenants.validation import validate

CITY = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: city, displayName: 市政务云}
spec:
  level: municipal
  domain: government
  zones:
    - {name: extranet, displayName: 政务外网, availabilityZone: extranet, externalNetwork: outside, protectionLevels: [2, 3]}
  volumeTypes: [ssd]
---
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market, displayName: 市市场监督管理局}
spec:
  protectionLevel: 3
  projects:
    - name: registration
      cloud: city
      zone: extranet
      purpose: 商事登记
      landingZone:
        networks: [{name: app, subnets: [{name: app-v4, cidr: 10.20.0.0/24}]}]
        floatingIPs: [{name: portal, address: 203.0.113.7}]
        grants: {networks: [{name: shared}]}
"""
REGISTRATION = """\
  dependsOn: [credit]
  serverGroups: [{name: apart, policy: anti-affinity}]
  servers:
    - name: web
      replicas: 3
      image: guest
      flavor: small
      networks: [{network: app, addresses: [10.20.0.11, 10.20.0.12, 10.20.0.13]}, {network: shared}]
      serverGroup: apart
    - {name: db, bootVolume: root, flavor: large, networks: [{network: app}]}
    - {name: former, image: guest, flavor: small, state: absent}
  volumes:
    - {name: root, size: 20GiB, image: guest}
    - {name: logs, size: 2TiB, type: ssd, server: web}
    - {name: 历史档案, size: 1GiB}
    - {name: shared-files, size: 1GiB, server: web-1}
  floatingIPs: [{name: portal, server: web-2, network: app}]
"""
#: Its dependencies: supervision -> registration -> credit -> grid, and supervision -> grid; notices stands alone.
OTHERS = {
    "supervision": ("市场监管", "  dependsOn: [registration, grid]\n"),
    "credit": ("社会信用", "  dependsOn: [grid]\n"),
    "grid": ("织网工程", "  manage: observe\n"),
    "notices": ("公告", ""),
}


def application(name: str, shown: str, rest: str) -> str:
    """A manifest."""
    return (
        "---\napiVersion: tenantry/v1\nkind: Application\n"
        f"metadata: {{name: {name}, displayName: {shown}}}\nspec:\n  owner: market\n  project: registration\n{rest}"
    )


def city_of(*documents: str) -> City:
    """The city of these documents, which must be right."""
    validation = validate([("city.yaml", "".join([CITY, *documents]).encode())])
    assert validation.city is not None, validation.problems
    return validation.city
