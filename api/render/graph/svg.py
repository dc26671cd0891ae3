"""A diagram as SVG, to be put on a page or a wall: no script, no font of its own, no reference to anything outside."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from api.render.graph import blocks
from api.render.graph.blocks import PAD, SMALL, SMALL_STEP, STACK, TITLE, TITLE_STEP, Block, Sheet, place
from api.render.graph.diagram import ApplicationBox, Diagram, Part, PartBox, Standing
from api.render.graph.layers import Point, Route, Size
from api.render.graph.palette import LEVELS, PARTS, UNKNOWN_LEVEL, Colours
from api.render.graph.text import width

_FONTS: Final = (
    "'Noto Sans', 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', sans-serif"
)
_BORDER: Final = 36.0
_HEADING: Final = 24.0
_HEAD_HEIGHT: Final = 78.0
_LEGEND_HEIGHT: Final = 64.0
_INK: Final = "#1f2937"
_FAINT: Final = "#5b6575"
_PAPER: Final = "#fbfcfe"
_LINE: Final = "#64708a"
#: Pixels that a line is straight before it ends.
_STUB: Final = 12.0
_PARTS: Final = tuple(Part)


def svg(diagram: Diagram) -> str:
    """The text of the file."""
    sheet = place(diagram)
    legend = _Legend.of(diagram)
    wide = max(sheet.size.width, legend.width, width(diagram.title, _HEADING), width(diagram.subtitle, SMALL + 1))
    whole = Size(width=wide + _BORDER * 2, height=_HEAD_HEIGHT + sheet.size.height + _LEGEND_HEIGHT + _BORDER * 1.5)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": _number(whole.width),
            "height": _number(whole.height),
            "viewBox": f"0 0 {_number(whole.width)} {_number(whole.height)}",
            "font-family": _FONTS,
            "role": "img",
        },
    )
    ET.SubElement(root, "title").text = f"{diagram.title} · {diagram.subtitle}"
    _arrowhead(root)
    _rectangle(root, (0, 0), whole, fill=_PAPER)
    _text(root, (_BORDER, _BORDER + 16), diagram.title, size=_HEADING, fill=_INK, weight="600")
    _text(root, (_BORDER, _BORDER + 40), diagram.subtitle, size=SMALL + 1, fill=_FAINT)
    _sheet(root, sheet, ((wide - sheet.size.width) / 2 + _BORDER, _HEAD_HEIGHT + _BORDER / 2))
    legend.draw(root, (_BORDER, whole.height - _BORDER - 8))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _sheet(root: ET.Element, sheet: Sheet, corner: Point) -> None:
    group = _group(root, corner)
    for _, route in sheet.routes:
        _line(group, route, colour=_LINE, wide=1.8, arrow=True)
    for block in sheet.blocks:
        _application(group, block)


def _application(root: ET.Element, block: Block) -> None:
    each = block.application
    group = _group(root, block.corner)
    colours = _level(each.protection_level)
    style = {} if each.standing is Standing.MANAGED else {"stroke-dasharray": "6 5"}
    _rectangle(group, (0, 0), block.size, fill="#ffffff", stroke=colours.stroke, round=10, **style)
    ET.SubElement(group, "title").text = " · ".join([each.title, *each.lines])
    y = PAD + TITLE
    _text(group, (PAD, y), block.title, size=TITLE, fill=_INK, weight="600")
    _chip(group, (block.size.width - PAD, PAD), each, colours)
    for number, line in enumerate(block.lines, 1):
        _text(group, (PAD, y + 4 + SMALL_STEP * number), line, size=SMALL, fill=_FAINT)
    kinds = {part.id: part.part for part in each.parts}
    for link, route in block.routes:
        kind = kinds[link.target] if kinds[link.target] is Part.VOLUME else kinds[link.source]
        _line(group, route, colour=PARTS[kind].stroke, wide=1.5, arrow=kind is Part.FLOATING_IP)
    for part in each.parts:
        _part(group, part, block.parts[part.id])


def _chip(root: ET.Element, corner: Point, each: ApplicationBox, colours: Colours) -> None:
    """The protection level, at the upper right."""
    if each.protection_level is None:
        return
    words = f"level {each.protection_level}"
    size = Size(width=width(words, SMALL - 1) + 14, height=19)
    x = corner[0] - size.width
    _rectangle(root, (x, corner[1] - 1), size, fill=colours.fill, round=9.5)
    _text(root, (x + size.width / 2, corner[1] + 12.5), words, size=SMALL - 1, fill=colours.text, anchor="middle")


def _part(root: ET.Element, part: PartBox, corner: Point) -> None:
    colours, size = PARTS[part.part], blocks.part_size(part)
    group = _group(root, corner)
    ET.SubElement(group, "title").text = " · ".join([f"{part.part} {part.title}", *part.lines])
    behind = 2 if part.count > 1 else 0
    box = Size(width=size.width - STACK * behind, height=size.height - STACK * behind)
    for number in range(behind, -1, -1):
        _shape(group, part.part, (STACK * number, STACK * (behind - number)), box)
    top = STACK * behind + PAD + (blocks.COVER if part.part is Part.VOLUME else 0)
    middle = box.width / 2
    _text(
        group,
        (middle, top + TITLE - 2),
        blocks.part_title(part),
        size=TITLE - 1,
        fill=colours.text,
        weight="600",
        anchor="middle",
    )
    for number, line in enumerate(blocks.part_lines(part)):
        y = top + TITLE_STEP + SMALL_STEP * number + SMALL - 3
        _text(group, (middle, y), line, size=SMALL, fill=colours.text, anchor="middle")


def _shape(root: ET.Element, part: Part, corner: Point, size: Size) -> None:
    """What shows without colours what it is: a disk is a cylinder, a network a bar with round ends, an address a tag."""
    colours = PARTS[part]
    x, y = corner
    if part is Part.VOLUME:
        _cylinder(root, corner, size, colours)
    elif part is Part.FLOATING_IP:
        notch = 12
        points = [
            (x + notch, y),
            (x + size.width - notch, y),
            (x + size.width, y + size.height / 2),
            (x + size.width - notch, y + size.height),
            (x + notch, y + size.height),
            (x, y + size.height / 2),
        ]
        path = "M" + " L".join(_pair(each) for each in points) + " Z"
        _path(root, path, fill=colours.fill, stroke=colours.stroke)
    else:
        corners = size.height / 2 if part is Part.NETWORK else 6
        _rectangle(root, corner, size, fill=colours.fill, stroke=colours.stroke, round=corners)


def _cylinder(root: ET.Element, corner: Point, size: Size, colours: Colours) -> None:
    x, y = corner
    radius, half = size.width / 2, blocks.COVER / 2
    arc = f"A{_number(radius)} {_number(half)} 0 0 "
    left, right = x, x + size.width
    body = (
        f"M{_pair((left, y + half))} {arc}1 {_pair((right, y + half))} V{_number(y + size.height - half)} "
        f"{arc}1 {_pair((left, y + size.height - half))} Z"
    )
    _path(root, body, fill=colours.fill, stroke=colours.stroke)
    _path(root, f"M{_pair((left, y + half))} {arc}0 {_pair((right, y + half))}", fill="none", stroke=colours.stroke)


class _Legend:
    """What the colours and shapes of this drawing mean."""

    def __init__(self, parts: Sequence[Part], levels: Sequence[int], *, faint: bool, links: bool) -> None:
        self._entries: list[tuple[str, object]] = [(part.value, part) for part in parts]
        self._entries += [(f"protection level {level}", level) for level in levels]
        self._entries += [("depends on", "arrow")] if links else []
        self._entries += [("only described, absent or unknown", "dashed")] if faint else []

    @classmethod
    def of(cls, diagram: Diagram) -> "_Legend":
        """Of what the diagram has, and of nothing else."""
        there = {part.part for each in diagram.applications for part in each.parts}
        levels = {each.protection_level for each in diagram.applications if each.protection_level is not None}
        faint = any(each.standing is not Standing.MANAGED for each in diagram.applications)
        return cls([each for each in _PARTS if each in there], sorted(levels), faint=faint, links=bool(diagram.links))

    @property
    def width(self) -> float:
        """All of it on one line."""
        return sum(self._advance(words) for words, _ in self._entries)

    def draw(self, root: ET.Element, corner: Point) -> None:
        """Its entries side by side."""
        group = _group(root, corner)
        x = 0.0
        for words, sample in self._entries:
            self._sample(group, x, sample)
            _text(group, (x + 36, 9), words, size=SMALL, fill=_FAINT)
            x += self._advance(words)

    @staticmethod
    def _advance(words: str) -> float:
        return 36 + width(words, SMALL) + 22

    @staticmethod
    def _sample(group: ET.Element, x: float, sample: object) -> None:
        size = Size(width=28, height=18)
        if isinstance(sample, Part):
            _shape(group, sample, (x, -4), size)
        elif isinstance(sample, int):
            _rectangle(group, (x, -4), size, fill=_level(sample).fill, stroke=_level(sample).stroke, round=9)
        elif sample == "arrow":
            route = Route(runs=[((x, 5), (x, 5)), ((x + 28, 5), (x + 28, 5))])
            _path(group, f"M{_pair(route.runs[0][0])} H{_number(x + 26)}", stroke=_LINE, **_drawn(1.8, arrow=True))
        else:
            dashed = {"stroke-dasharray": "6 5"}
            _rectangle(group, (x, -4), size, fill="#ffffff", stroke=_LINE, round=4, **dashed)


def _level(level: int | None) -> Colours:
    return LEVELS.get(level or 0, UNKNOWN_LEVEL)


def _line(root: ET.Element, route: Route, *, colour: str, wide: float, arrow: bool) -> None:
    """Straight through layers, curved between them."""
    (start, bottom), *_ = route.runs
    path = [f"M{_pair(start)} L{_pair(bottom)}"]
    last = len(route.runs) - 2
    for number, ((_, (ax, ay)), ((bx, by), (_, end))) in enumerate(pairwise(route.runs)):
        # A line comes in straight, so that its arrow points at what it leads to.
        into = by - _STUB if number == last else by
        half = (ay + into) / 2
        path.append(f"C{_pair((ax, half))} {_pair((bx, half))} {_pair((bx, into))} L{_pair((bx, end))}")
    _path(root, " ".join(path), stroke=colour, **_drawn(wide, arrow=arrow))


def _drawn(wide: float, *, arrow: bool) -> dict[str, str]:
    end = {"marker-end": "url(#arrow)"} if arrow else {}
    return {"stroke-width": _number(wide), **end}


def _arrowhead(root: ET.Element) -> None:
    marker = ET.SubElement(
        ET.SubElement(root, "defs"),
        "marker",
        {
            "id": "arrow",
            "viewBox": "0 0 10 10",
            "refX": "9.5",
            "refY": "5",
            "markerWidth": "9",
            "markerHeight": "9",
            "markerUnits": "userSpaceOnUse",
            "orient": "auto-start-reverse",
        },
    )
    ET.SubElement(marker, "path", {"d": "M0 0 L10 5 L0 10 Z", "fill": _LINE})


def _group(root: ET.Element, corner: Point) -> ET.Element:
    return ET.SubElement(root, "g", {"transform": f"translate({_pair(corner)})"})


def _rectangle(root: ET.Element, corner: Point, size: Size, **style: object) -> None:
    radius = {"rx": _number(float(str(style.pop("round"))))} if "round" in style else {}
    stroke = {"stroke-width": "1.4"} if "stroke" in style else {}
    place_ = {"x": _number(corner[0]), "y": _number(corner[1])}
    extent = {"width": _number(size.width), "height": _number(size.height)}
    ET.SubElement(root, "rect", {**place_, **extent, **radius, **stroke, **{k: str(v) for k, v in style.items()}})


def _path(root: ET.Element, path: str, *, fill: str = "none", **style: str) -> None:
    ET.SubElement(root, "path", {"d": path, "fill": fill, "stroke-width": "1.4", **style})


def _text(root: ET.Element, at: Point, words: str, *, size: float, fill: str, **style: str) -> None:
    names = {"weight": "font-weight", "anchor": "text-anchor"}
    said = {names[name]: value for name, value in style.items()}
    place_ = {"x": _number(at[0]), "y": _number(at[1]), "font-size": _number(size), "fill": fill}
    ET.SubElement(root, "text", {**place_, **said}).text = words


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
