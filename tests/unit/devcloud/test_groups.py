"""The devcloud has the groups that the example city names."""

from pathlib import Path

import yaml

from tenants.validation import validate

ROOT = Path(__file__).parents[3]


def test_devcloud_seeds_every_group_of_the_example() -> None:
    """The groups of data/seed.yaml and groups.yaml are all that the manifests name, so that the demo can apply them."""
    files = ((str(path), path.read_bytes()) for path in (ROOT / "tenants/examples/shenzhen").rglob("*.yaml"))
    city = validate(files, lambda name: Path(name).read_bytes()).city
    assert city is not None
    members = [each for tenant in city.tenants.values() for project in tenant.projects for each in project.members]
    named = {each.name for each in members if each.kind == "group"}
    seeded = yaml.safe_load((ROOT / "devcloud/data/seed.yaml").read_text(encoding="utf-8"))["groups"]
    further = yaml.safe_load((ROOT / "devcloud/groups.yaml").read_text(encoding="utf-8"))
    assert named <= {each["name"] for each in (*seeded, *further)}
