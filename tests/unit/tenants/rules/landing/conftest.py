"""A department whose project has a landing zone, for tests to break in one place each."""

from collections.abc import Callable
from typing import Any

import pytest

_LAST = "        - {group: market-regulation-ops, role: member}\n"
_SECOND = """\
    - name: {name}
      cloud: {cloud}
      zone: internet
      protectionLevel: 2
      purpose: 其他
      quota: {{compute: {{cores: 1, ram: 1GiB}}, block-storage: {{gigabytes: 1, types: {{ssd: {{gigabytes: 1}}}}}}}}
      landingZone: {zone}
"""


@pytest.fixture
def landing(manifests: Any) -> Callable[..., Any]:
    """The city with a landing zone (on one line) in the first project and, if wanted, in a second one."""

    def build(first: str, second: str = "", *, cloud: str = "city") -> Any:
        changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: internet\n      protectionLevel: 2")
        changed = changed.edit("tenant.yaml", _LAST, f"{_LAST}      landingZone: {first}\n")
        if not second:
            return changed
        text = changed.files["tenant.yaml"] + _SECOND.format(name="second", cloud=cloud, zone=second)
        return changed.add("tenant.yaml", text)

    return build


@pytest.fixture
def district(landing: Callable[..., Any], manifests: Any) -> Callable[..., Any]:
    """The same with the second project in a cloud of a district."""

    def build(first: str, second: str) -> Any:
        changed = landing(first, second, cloud="futian")
        cloud = manifests.files["cloud.yaml"].replace("name: city\n", "name: futian\n")
        root = "    city: {compute: {cores: 1000}}\n"
        changed = changed.edit("root.yaml", root, f"{root}    futian: {{compute: {{cores: 100}}}}\n")
        return changed.add("futian.yaml", cloud.replace("municipal-cloud", "futian-cloud"))

    return build


@pytest.fixture
def told() -> Callable[[Any], list[str]]:
    """What is said of a landing zone, each with its path from there on."""

    def tell(changed: Any) -> list[str]:
        start = "landingZone."
        return [
            f"{each.severity}: {each.path.partition(start)[2] or each.path}: {each.message} ({each.remedy})"
            for each in changed.validation().problems
        ]

    return tell
