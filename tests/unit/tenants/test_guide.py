"""The guide for departments and the reference say what is so."""

import re
from pathlib import Path

import pytest

from api.language.spoken import Language, say, speaking
from tenants.reference import manual
from tenants.validation import validate

ROOT = Path(__file__).parents[3]
GUIDES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("departments.md", "departments.zh.md")}
CITY = tuple(
    (str(path.relative_to(ROOT)), path.read_bytes()) for path in (ROOT / "tenants/examples/shenzhen").rglob("*.yaml")
)
#: The manifest of each guide, the part that goes below its last project, and the application in that project.
EXAMPLES = {
    name: re.findall(r"```yaml\n((?:apiVersion|      landingZone).*?)```", text, re.DOTALL)
    for name, text in GUIDES.items()
}
WHOLE = {name: f"{tenant}{zone}---\n{application}" for name, (tenant, zone, application) in EXAMPLES.items()}
SCRIPTS = {"files/ports-web.sh": b"#!/bin/sh\n"}
#: Guide, what is written, and what is said of it: the rows of each guide's last table.
MISTAKES = [
    (name, *row)
    for name, text in GUIDES.items()
    for row in re.findall(r"^\| `([^`]+)` \| (.+) \|$", text[text.rindex("\n## ") :], re.MULTILINE)
]


#: The wave of each guide, and the project that it goes to.
WAVES = {name: re.findall(r"```yaml\n(#[^\n]*\napiVersion.*?)```", text, re.DOTALL) for name, text in GUIDES.items()}
TARGET = "    - {name: fishing-ports-baoan, cloud: baoan, zone: extranet, purpose: 渔港监管, quota: {compute: {cores: 64}}}\n"
#: How each guide's readers are told what is wrong, and what would be right.
SPOKEN = {"departments.md": (Language.ENGLISH, "{} ({})"), "departments.zh.md": (Language.CHINESE, "{}（{}）")}


def problems(guide: str, text: str) -> list[str]:
    """What validation says of the guide's manifest among the example city's, in the guide's language."""
    language, form = SPOKEN[guide]
    with speaking(language):
        return [
            form.format(say(each.message), say(each.remedy))
            for each in validate([*CITY, ("ocean.yaml", text.encode())], SCRIPTS.get).problems
            if each.location.file == "ocean.yaml"
        ]


@pytest.mark.parametrize("guide", GUIDES)
def test_guides_manifest_is_right(guide: str) -> None:
    """What people copy from a guide is valid, with and without what goes into it, and nothing about it is doubtful."""
    manifest, landing_zone, _ = EXAMPLES[guide]
    assert problems(guide, manifest) == []
    assert problems(guide, manifest + landing_zone) == []
    assert problems(guide, WHOLE[guide]) == []


@pytest.mark.parametrize("guide", GUIDES)
def test_guides_wave_is_right(guide: str) -> None:
    """Once there is the project that it goes to."""
    tenant, landing_zone, application = EXAMPLES[guide]
    (wave,) = WAVES[guide]
    ocean = f"{tenant}{landing_zone}{TARGET}---\n{application}".encode()
    found = validate([*CITY, ("ocean.yaml", ocean), ("wave.yaml", wave.encode())], SCRIPTS.get).problems
    assert [str(each) for each in found if each.location.file == "wave.yaml"] == []


def test_guides_show_mistakes() -> None:
    """The tables of mistakes were found."""
    assert {guide for guide, _, _ in MISTAKES} == set(GUIDES)
    assert len(MISTAKES) > 25


@pytest.mark.parametrize(("guide", "written", "said"), MISTAKES)
def test_guides_mistakes_are_told_so(guide: str, written: str, said: str) -> None:
    """Each row of the table is true: this in the manifest's line gives that answer."""
    key = re.split("[:：]", written)[0]
    known = {"floating_ips": "floatingip"}.get(key, key)
    changed, count = re.subn(rf"\b{known}: [^,}}\n]+", written, WHOLE[guide], count=1)
    assert count == 1, key
    assert said in problems(guide, changed)


def test_reference_is_what_the_shapes_say() -> None:
    """`python -c "from tenants.reference import manual; print(manual(), end='')"` makes the page anew."""
    assert (ROOT / "docs/reference/manifest.md").read_text(encoding="utf-8") == manual()
