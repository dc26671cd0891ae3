"""The work that is measured: departments with one project each, as manifests and as what OpenStack is to be told.

Every department is the same but for its name, so that a request of one costs as much as that of another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: What every project may hold, by service and by the service's own names, in its own units.
QUOTA: Final[Mapping[str, Mapping[str, int]]] = {
    "compute": {"instances": 10, "cores": 40, "ram": 163840},
    "block-storage": {
        "volumes": 20,
        "snapshots": 20,
        "gigabytes": 4096,
        "gigabytes_ssd": 1024,
        "gigabytes_standard": 3072,
    },
    "network": {"network": 3, "subnet": 6, "port": 200, "floatingip": 4},
}
#: The groups that have a role in every project: Keystone's names for both.
MEMBERS: Final = (("market-regulation-ops", "member"), ("cloud-auditors", "reader"))

_CLOUD: Final = """\
apiVersion: tenantry/v1
kind: Cloud
metadata:
  name: {cloud}
  displayName: {cloud} 政务云
spec:
  level: municipal
  domain: government
  zones:
    - name: extranet
      displayName: 政务外网
      availabilityZone: extranet
      externalNetwork: extranet-external
      protectionLevels: [1, 2, 3]
  volumeTypes: [standard, ssd]
"""
_TENANT: Final = """\
apiVersion: tenantry/v1
kind: Tenant
metadata:
  name: {name}
  displayName: 市第{number}局
spec:
  protectionLevel: 3
  contacts:
    - name: 王芳
      email: wang.fang@example.gov.cn
      phone: 0755-88001234
  envelope:
    {cloud}:
      compute: {{instances: 20, cores: 80, ram: 320GiB}}
      block-storage: {{volumes: 40, gigabytes: 8TiB}}
  projects:
    - name: main
      cloud: {cloud}
      zone: extranet
      purpose: 政务服务
      environment: production
      validUntil: 2030-12-31
      systems:
        - code: ZW-{number:05}
          name: 政务服务系统
      quota:
        compute:
          instances: 10
          cores: {cores}
          ram: 160GiB
        block-storage:
          volumes: 20
          snapshots: 20
          gigabytes: 4TiB
          types:
            ssd: {{gigabytes: 1TiB}}
            standard: {{gigabytes: 3TiB}}
        network:
          network: 3
          subnet: 6
          port: 200
          floatingip: 4
      members:
        - {{group: market-regulation-ops, role: member}}
        - {{group: cloud-auditors, role: reader}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department, and its one project."""

    #: The tenant's name in its manifest.
    name: str
    number: int
    cloud: str

    @property
    def project(self) -> str:
        """The project's name in Keystone."""
        return f"{self.name}-main"

    @property
    def description(self) -> str:
        """The project's description in Keystone."""
        return f"市第{self.number}局:政务服务"

    def manifest(self, *, cores: int | None = None) -> str:
        """The manifest; with another number of processors where one is given."""
        wanted = QUOTA["compute"]["cores"] if cores is None else cores
        return _TENANT.format(name=self.name, number=self.number, cloud=self.cloud, cores=wanted)


def departments(count: int, *, prefix: str, clouds: tuple[str, ...] = ("city",)) -> tuple[Department, ...]:
    """As many departments, spread over the clouds."""
    return tuple(
        Department(name=f"{prefix}-{number:04}", number=number, cloud=clouds[number % len(clouds)])
        for number in range(count)
    )


def write_manifests(folder: Path, listed: Iterable[Department]) -> None:
    """A file for each department, and one for each of their clouds."""
    folder.mkdir(parents=True, exist_ok=True)
    for department in listed:
        (folder / f"{department.name}.yaml").write_text(department.manifest(), encoding="utf-8")
        (folder / f"cloud-{department.cloud}.yaml").write_text(_CLOUD.format(cloud=department.cloud), encoding="utf-8")
