"""A diagram as a Mermaid flowchart, which GitLab, Gitea and many editors draw inside Markdown.

Syntax: https://mermaid.js.org/syntax/flowchart.html. Every text stands in double quotes, and whatever Mermaid would take
for syntax inside them as an entity, so that names may hold anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from api.render.graph.diagram import ApplicationBox, Diagram, Part, PartBox, Standing
from api.render.graph.palette import LEVELS, PARTS, UNKNOWN_LEVEL, Colours

#: What stands around a label, by which people tell shapes apart.
_SHAPES: Final[Mapping[Part, tuple[str, str]]] = {
    Part.FLOATING_IP: (">", "]"),
    Part.NETWORK: ("([", "])"),
    Part.SERVER: ("[", "]"),
    Part.VOLUME: ("[(", ")]"),
}
_CLASSES: Final[Mapping[Part, str]] = {
    Part.FLOATING_IP: "address",
    Part.NETWORK: "network",
    Part.SERVER: "server",
    Part.VOLUME: "volume",
}
#: `#` begins an entity, `<` a tag, a back-tick Markdown and `%%` a comment; a quote would end the text.
_ESCAPES: Final = {ord(each): f"#{ord(each)};" for each in '#"`<>&%\\'}
_BREAK: Final = "<br/>"
_DASHED: Final = ",stroke-dasharray:5 4"


def mermaid(diagram: Diagram) -> str:
    """The text of the flowchart."""
    return "\n".join(_lines(diagram)) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    yield "---"
    yield f"title: {_quoted_title(f'{diagram.title} · {diagram.subtitle}')}"
    yield "---"
    yield "flowchart TB"
    for application in diagram.applications:
        yield from _application(application)
    for link in diagram.links:
        yield f"  {link.source} --> {link.target}"
    yield from _classes(diagram)


def _quoted_title(text: str) -> str:
    """As YAML, which the head of a flowchart is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _application(each: ApplicationBox) -> Iterator[str]:
    label = _label([each.title, *each.lines, *_level_line(each)])
    if not each.parts:
        yield f"  {each.id}[{label}]"
    else:
        yield f"  subgraph {each.id}[{label}]"
        yield from (f"    {_part(part)}" for part in each.parts)
        yield from (f"    {link.source} --- {link.target}" for link in each.links)
        yield "  end"
    yield f"  class {each.id} {_class_of(each)}"


def _level_line(each: ApplicationBox) -> list[str]:
    return [] if each.protection_level is None else [f"level {each.protection_level}"]


def _part(part: PartBox) -> str:
    before, after = _SHAPES[part.part]
    times = f" ×{part.count}" if part.count > 1 else ""
    return f"{part.id}{before}{_label([f'{part.title}{times}', *part.lines])}{after}:::{_CLASSES[part.part]}"


def _label(lines: Iterable[str]) -> str:
    return '"' + _BREAK.join(line.translate(_ESCAPES) for line in lines) + '"'


def _class_of(each: ApplicationBox) -> str:
    level = "levelUnknown" if each.protection_level is None else f"level{each.protection_level}"
    return level if each.standing is Standing.MANAGED else f"{level}Faint"


def _classes(diagram: Diagram) -> Iterator[str]:
    """The styles that the drawing uses, the same colours as in SVG."""
    used = {_class_of(each): each.protection_level for each in diagram.applications}
    for name, level in sorted(used.items()):
        colours = LEVELS.get(level or 0, UNKNOWN_LEVEL)
        yield f"  classDef {name} fill:#ffffff,stroke:{colours.stroke},color:#1f2937{_DASHED * name.endswith('Faint')}"
    parts = {part.part for each in diagram.applications for part in each.parts}
    for kind in (each for each in Part if each in parts):
        yield f"  classDef {_CLASSES[kind]} {_style(PARTS[kind])}"


def _style(colours: Colours) -> str:
    return f"fill:{colours.fill},stroke:{colours.stroke},color:{colours.text}"
