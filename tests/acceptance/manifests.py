"""Manifests for the tests, as plain documents, and the numbers that clouds must show once they are applied."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

Document = dict[str, Any]

DISPLAY_NAME: Final = "市市场监督管理局"
PURPOSE: Final = "商事登记与信用公示"

#: A quota with every service, both kinds of unit and a volume type.
QUOTA: Final[Document] = {
    "compute": {"instances": 3, "cores": 6, "ram": "8GiB"},
    "block-storage": {"volumes": 5, "gigabytes": 40, "types": {"ssd": {"gigabytes": 10, "volumes": 2}}},
    "network": {"network": 3, "port": 20},
}
#: The same in the units of the APIs.
ENFORCED: Final = {
    "compute": {"instances": 3, "cores": 6, "ram": 8192},
    "block-storage": {"volumes": 5, "gigabytes": 40, "gigabytes_ssd": 10, "volumes_ssd": 2},
    "network": {"network": 3, "port": 20},
}
MEMBERS: Final = [{"group": "market-regulation-ops", "role": "member"}, {"user": "zhao-lei", "role": "reader"}]
MEMBERS_HELD: Final = {"group:market-regulation-ops:member", "user:zhao-lei:reader"}


def cloud(name: str = "city", **spec: Any) -> Document:
    """A cloud of the devcloud."""
    zones = [
        {
            "name": zone,
            "displayName": shown,
            "availabilityZone": zone,
            "externalNetwork": f"{zone}-external",
            "protectionLevels": [1, 2, 3],
        }
        for zone, shown in (("internet", "互联网区"), ("extranet", "政务外网"))
    ]
    level = "municipal" if name == "city" else "district"
    written = {"level": level, "domain": "government", "zones": zones, "volumeTypes": ["standard", "ssd"], **spec}
    return _document("Cloud", name, "市政务云" if name == "city" else "区政务云", written)


def tenant(name: str, *projects: Document, display_name: str = DISPLAY_NAME, **spec: Any) -> Document:
    """A tenant with these projects, or with one ordinary project."""
    written = {"protectionLevel": 3, "projects": list(projects) or [project()], **spec}
    return _document("Tenant", name, display_name, written)


def project(name: str = "registration", **fields: Any) -> Document:
    """A project in the city's extranet, with the quota and the members that all services and kinds are in."""
    return {
        "name": name,
        "cloud": "city",
        "zone": "extranet",
        "purpose": PURPOSE,
        "quota": QUOTA,
        "members": MEMBERS,
        **fields,
    }


def application(name: str, display_name: str = "商事登记", **spec: Any) -> Document:
    """An application."""
    return _document("Application", name, display_name, spec)


def write(folder: Path, *documents: Document) -> Path:
    """Write the documents into one file of a folder, in place of what was there; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False)
    (folder / "manifests.yaml").write_text(text, encoding="utf-8")
    return folder


def differences(expected: Mapping[str, Mapping[str, int]], enforced: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where a cloud enforces something else than expected, in words; nothing where all is as it should be."""
    return [
        f"{service} {name}: {enforced[service].get(name)}, not {limit}"
        for service, limits in expected.items()
        for name, limit in limits.items()
        if enforced[service].get(name) != limit
    ]


def _document(kind: str, name: str, display_name: str, spec: Document) -> Document:
    metadata = {"name": name, "displayName": display_name}
    return {"apiVersion": "tenantry/v1", "kind": kind, "metadata": metadata, "spec": spec}
