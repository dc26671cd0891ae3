"""The guide for departments and the reference say what is so."""

import re
from pathlib import Path

import pytest

from tenants.reference import manual
from tenants.validation import validate

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/departments.md").read_text(encoding="utf-8")
CITY = tuple(
    (str(path.relative_to(ROOT)), path.read_bytes()) for path in (ROOT / "tenants/examples/shenzhen").rglob("*.yaml")
)
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
MISTAKES = re.findall(r"^\| `([^`]+)` \| (.+) \|$", GUIDE[GUIDE.index("## Common errors") :], re.MULTILINE)


def problems(text: str) -> list[str]:
    """What validation says of the guide's manifest among the example city's."""
    return [
        f"{each.message} ({each.remedy})"
        for each in validate([*CITY, ("ocean.yaml", text.encode())]).problems
        if each.location.file == "ocean.yaml"
    ]


def test_guides_manifest_is_right() -> None:
    """What people copy from the guide is valid, and nothing about it is doubtful."""
    assert problems(EXAMPLE) == []


def test_guide_shows_mistakes() -> None:
    """The table of mistakes was found."""
    assert len(MISTAKES) > 10


@pytest.mark.parametrize(("written", "said"), MISTAKES)
def test_guides_mistakes_are_told_so(written: str, said: str) -> None:
    """Each row of the table is true: this in the manifest's line gives that answer."""
    key = re.split("[:：]", written)[0]
    known = {"floating_ips": "floatingip"}.get(key, key)
    changed, count = re.subn(rf"\b{known}: [^,}}\n]+", written, EXAMPLE, count=1)
    assert count == 1, key
    assert said in problems(changed)


def test_reference_is_what_the_shapes_say() -> None:
    """`python -c "from tenants.reference import manual; print(manual(), end='')"` makes the page anew."""
    assert (ROOT / "docs/reference/manifest.md").read_text(encoding="utf-8") == manual()
