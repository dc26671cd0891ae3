"""How large boxes are, and where a diagram's applications and their parts stand. Pure; `svg` draws what is placed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.render.graph.diagram import ApplicationBox, Diagram, Link, NodeId, Part, PartBox
from api.render.graph.layers import GAP, Layout, Point, Route, Size, lay_out
from api.render.graph.text import fitted, width

TITLE: Final = 15.0
SMALL: Final = 12.0
#: Pixels from one line of text to the next.
TITLE_STEP: Final = 22.0
SMALL_STEP: Final = 18.0
PAD: Final = 14.0
#: The widest that text may be before it is cut off.
WIDEST: Final = 300.0
_NARROWEST: Final = 120.0
#: How far the boxes behind stand out that show that there are several.
STACK: Final = 5.0
#: The height of a cylinder's cover.
COVER: Final = 12.0
#: The room that an application's chip with its protection level takes beside the title.
CHIP: Final = 66.0
#: Inside an application, from its edge to its parts.
MARGIN: Final = 24.0
#: Drawings of many unconnected applications are about so wide.
_SHEET: Final = 1500.0
_RANKS: Final = {Part.FLOATING_IP: 0, Part.NETWORK: 1, Part.SERVER: 2, Part.VOLUME: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An application with the layout of its parts, if it is drawn in full."""

    application: ApplicationBox
    title: str
    lines: Sequence[str]
    size: Size
    #: The upper left corner.
    corner: Point
    #: From its own upper left corner.
    parts: Mapping[NodeId, Point]
    routes: Sequence[tuple[Link, Route]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole drawing, placed."""

    blocks: Sequence[Block]
    routes: Sequence[tuple[Link, Route]]
    size: Size


def part_title(part: PartBox) -> str:
    """Its name, with how many there are."""
    times = f" ×{part.count}" if part.count > 1 else ""
    return fitted(part.title, TITLE, WIDEST - width(times, TITLE)) + times


def part_lines(part: PartBox) -> Sequence[str]:
    """What is written below the title."""
    return [fitted(each, SMALL, WIDEST) for each in part.lines]


def part_size(part: PartBox) -> Size:
    """A part's box, all of its shape included."""
    texts = [width(part_title(part), TITLE), *(width(each, SMALL) for each in part_lines(part))]
    stack = STACK * 2 if part.count > 1 else 0.0
    cover = COVER if part.part is Part.VOLUME else 0.0
    side = PAD * 2 if part.part is Part.NETWORK else PAD
    return Size(
        width=max(*texts, _NARROWEST) + side * 2 + stack,
        height=PAD * 2 + TITLE_STEP + SMALL_STEP * len(part.lines) - 6 + stack + cover,
    )


def place(diagram: Diagram) -> Sheet:
    """Every application in its place: those that are connected as layers, all such groups side by side and below."""
    blocks = {each.id: _block(each) for each in diagram.applications}
    placed: list[Block] = []
    routes: list[tuple[Link, Route]] = []
    x = y = row = widest = 0.0
    for group in _groups(diagram):
        links = [(each.source, each.target) for each in diagram.links if each.source in group]
        layout = lay_out({name: blocks[name].size for name in group}, links)
        if x and x + layout.size.width > _SHEET:
            x, y, row = 0.0, y + row + GAP * 2, 0.0
        placed += [_moved(blocks[name], layout.corners[name], (x, y)) for name in group]
        routes += [
            (Link(source=NodeId(source), target=NodeId(target)), _shifted(route, (x, y)))
            for (source, target), route in layout.routes.items()
        ]
        widest, row = max(widest, x + layout.size.width), max(row, layout.size.height)
        x += layout.size.width + GAP * 2
    return Sheet(blocks=placed, routes=routes, size=Size(width=widest, height=y + row))


def _groups(diagram: Diagram) -> Sequence[Sequence[NodeId]]:
    """The applications that hang together, the largest groups first."""
    group_of: dict[NodeId, list[NodeId]] = {each.id: [each.id] for each in diagram.applications}
    for link in diagram.links:
        one, other = group_of[link.source], group_of[link.target]
        if one is not other:
            one.extend(other)
            group_of.update(dict.fromkeys(other, one))
    order = {each.id: number for number, each in enumerate(diagram.applications)}
    distinct = {id(group): group for group in group_of.values()}.values()
    return sorted((sorted(group, key=order.__getitem__) for group in distinct), key=lambda group: -len(group))


def _block(each: ApplicationBox) -> Block:
    title = fitted(each.title, TITLE, WIDEST)
    lines = [fitted(line, SMALL, WIDEST) for line in each.lines]
    text = max([width(title, TITLE) + CHIP, *(width(line, SMALL) for line in lines), _NARROWEST])
    head = PAD + TITLE_STEP + SMALL_STEP * len(lines) + PAD - 2
    if not each.parts:
        return _of(each, title, lines, Size(width=text + PAD * 2, height=head))
    inner = _inside(each)
    size = Size(
        width=max(text + PAD * 2, inner.size.width + MARGIN * 2), height=head + inner.size.height + MARGIN + PAD
    )
    left = (size.width - inner.size.width) / 2
    corners = {NodeId(node): (x + left, y + head + PAD) for node, (x, y) in inner.corners.items()}
    routes = [
        (Link(source=NodeId(source), target=NodeId(target)), _shifted(route, (left, head + PAD)))
        for (source, target), route in inner.routes.items()
    ]
    return Block(application=each, title=title, lines=lines, size=size, corner=(0, 0), parts=corners, routes=routes)


def _inside(each: ApplicationBox) -> Layout:
    sizes: dict[str, Size] = {part.id: part_size(part) for part in each.parts}
    ranks: dict[str, int] = {part.id: _RANKS[part.part] for part in each.parts}
    return lay_out(sizes, [(link.source, link.target) for link in each.links], ranks)


def _of(each: ApplicationBox, title: str, lines: Sequence[str], size: Size) -> Block:
    return Block(application=each, title=title, lines=lines, size=size, corner=(0, 0), parts={}, routes=())


def _moved(block: Block, corner: Point, by: Point) -> Block:
    return replace(block, corner=(corner[0] + by[0], corner[1] + by[1]))


def _shifted(route: Route, by: Point) -> Route:
    x, y = by
    return Route(runs=[((ax + x, ay + y), (bx + x, by_ + y)) for (ax, ay), (bx, by_) in route.runs])
