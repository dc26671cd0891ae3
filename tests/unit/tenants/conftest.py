"""A small city in three files that has nothing wrong with it, for tests to break in one place each."""

from dataclasses import dataclass, field, replace

import pytest

from tenants.problems import Location, Problem, Severity
from tenants.spec import City
from tenants.validation import Validation, validate

CLOUD = """\
apiVersion: tenantry/v1
kind: Cloud
metadata:
  name: city
  displayName: 市级政务云
spec:
  cloud: municipal-cloud
  level: municipal
  domain: government
  zones:
    - name: internet
      displayName: 互联网区
      availabilityZone: az-internet
      externalNetwork: public
      protectionLevels: [1, 2]
    - name: extranet
      displayName: 政务外网区
      availabilityZone: az-extranet
      protectionLevels: [2, 3]
  volumeTypes: [standard, ssd]
  overcommit:
    compute: {cores: 4.0, ram: 1}
  reserve:
    compute: {cores: 64, ram: 512GiB}
"""
ROOT = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: shenzhen, displayName: 深圳市}
spec:
  protectionLevel: 3
  envelope:
    city: {compute: {cores: 1000}}
"""
TENANT = """\
apiVersion: tenantry/v1
kind: Tenant
metadata:
  name: market-regulation
  displayName: 市市场监督管理局
spec:
  parent: shenzhen
  protectionLevel: 3
  contacts:
    - {name: 王芳, email: wang.fang@example.com, phone: "13800000000"}
  envelope:
    city:
      compute: {cores: 800, ram: 3TiB}
      block-storage: {gigabytes: 100TiB, types: {ssd: {gigabytes: 10TiB}}}
  projects:
    - name: registration
      cloud: city
      zone: extranet
      purpose: 商事登记
      systems:
        - {code: SCJG-001, name: 商事登记系统}
      validFrom: 2026-01-01
      validUntil: 2027-12-31
      quota:
        compute: {instances: 40, cores: 160, ram: 640GiB}
        block-storage: {volumes: 80, gigabytes: 20TiB, types: {ssd: {gigabytes: 5TiB}}}
        network: {port: 200}
      members:
        - {group: market-regulation-ops, role: member}
"""


@dataclass(frozen=True, kw_only=True)
class Manifests:
    """Manifest files by name, to be changed and validated."""

    files: dict[str, str] = field(default_factory=dict)
    #: What the files may name, by the name that it is looked up by.
    attached: dict[str, bytes] = field(default_factory=dict)

    def edit(self, file: str, old: str, new: str) -> "Manifests":
        """The same with one place of one file changed."""
        assert self.files[file].count(old) == 1, f"{old!r} stands {self.files[file].count(old)} times in {file}"
        return self.add(file, self.files[file].replace(old, new))

    def add(self, file: str, text: str) -> "Manifests":
        """The same with another file, or another content of one."""
        return replace(self, files={**self.files, file: text})

    def attach(self, name: str, content: bytes) -> "Manifests":
        """The same with a file that they may name."""
        return replace(self, attached={**self.attached, name: content})

    def validation(self) -> Validation:
        """What validation says to all of them."""
        return validate(((name, text.encode()) for name, text in self.files.items()), self.attached.get)

    def city(self) -> City:
        """What they say, which must have no errors."""
        city = self.validation().city
        assert city is not None, "\n".join(str(each) for each in self.validation().problems)
        return city

    def problems(self) -> list[str]:
        """Every problem as text."""
        return [str(each) for each in self.validation().problems]

    def problem(self) -> Problem:
        """The one problem that they have; an error leaves no city, a warning does."""
        validation = self.validation()
        assert len(validation.problems) == 1, self.problems()
        (problem,) = validation.problems
        assert (validation.city is None) == (problem.severity is Severity.ERROR)
        return problem

    def place(self, file: str, fragment: str) -> Location:
        """Where a fragment that stands once begins, counted apart from the reader's own counting."""
        text = self.files[file]
        assert text.count(fragment) == 1, f"{fragment!r} stands {text.count(fragment)} times in {file}"
        before = text[: text.index(fragment)]
        return Location(file=file, line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


@pytest.fixture(scope="session")
def manifests() -> Manifests:
    """A cloud, the root of the tenants and one department, all right."""
    return Manifests(files={"cloud.yaml": CLOUD, "root.yaml": ROOT, "tenant.yaml": TENANT})
