"""Where boxes go: layer below layer, few crossings, every line clear of every box. Pure.

The classic way for layered drawings (Sugiyama, Tagawa and Toda, 1981): longest paths give the layers, lines that span
several get a place in each, barycentres give the order. Boxes have very different sizes here, which graph libraries'
layered layouts know nothing of, so the placing would be ours in any case, and it is most of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Final

Node = str
Point = tuple[float, float]

#: Pixels between neighbours, and between layers.
GAP: Final = 28.0
LAYER_GAP: Final = 64.0
#: The width of a line's place in a layer that it only passes.
_PASSAGE: Final = 10.0
_SWEEPS: Final = 12
#: Pixels between lines that meet at one side of a box, at most.
_SPREAD: Final = 22.0
#: How much the place of a node counts that nothing leads to, beside those of others.
_LIGHT: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a box, in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Where a node's middle should be, and how much that counts."""

    middle: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A line's way: straight down through layers, curved between them."""

    #: Each a way down through one layer, from its top end to its bottom end.
    runs: Sequence[tuple[Point, Point]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything is."""

    #: The upper left corner of each box.
    corners: Mapping[Node, Point]
    routes: Mapping[tuple[Node, Node], Route]
    size: Size


def lay_out(
    sizes: Mapping[Node, Size], links: Iterable[tuple[Node, Node]], ranks: Mapping[Node, int] | None = None
) -> Layout:
    """Place boxes so that links lead down; `ranks` gives the layers where they are fixed beforehand."""
    forward = _without_cycles(sizes, dict.fromkeys(links))
    layer_of = _compact({node: ranks[node] for node in sizes} if ranks else _longest_paths(sizes, forward))
    return _Drawing(sizes, forward, layer_of).layout()


def _without_cycles(nodes: Iterable[Node], links: Iterable[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    """The links, those left out that would close a circle: validated manifests have none, merged records may."""
    below: dict[Node, set[Node]] = {node: set() for node in nodes}
    kept: list[tuple[Node, Node]] = []
    for source, target in links:
        if source != target and source not in _reached(target, below):
            below[source].add(target)
            kept.append((source, target))
    return kept


def _reached(start: Node, below: Mapping[Node, set[Node]]) -> set[Node]:
    found, edge = {start}, [start]
    while edge:
        edge = [each for node in edge for each in below[node] if each not in found]
        found.update(edge)
    return found


def _longest_paths(nodes: Iterable[Node], links: Sequence[tuple[Node, Node]]) -> dict[Node, int]:
    """The layer of each node, as near as it can be to what it leads to."""
    depth = dict.fromkeys(nodes, 0)
    above: dict[Node, list[Node]] = {node: [] for node in depth}
    below: dict[Node, list[Node]] = {node: [] for node in depth}
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    order = TopologicalSorter(above).static_order()
    for node in order:
        depth[node] = max((depth[each] + 1 for each in above[node]), default=0)
    for node in depth:
        if below[node] and not above[node]:
            depth[node] = min(depth[each] for each in below[node]) - 1
    return depth


def _compact(ranks: Mapping[Node, int]) -> dict[Node, int]:
    """The same layers without empty ones."""
    order = {rank: number for number, rank in enumerate(sorted(set(ranks.values())))}
    return {node: order[rank] for node, rank in ranks.items()}


class _Drawing:
    """One layout in the making."""

    def __init__(
        self, sizes: Mapping[Node, Size], links: Sequence[tuple[Node, Node]], layer_of: Mapping[Node, int]
    ) -> None:
        self.sizes = dict(sizes)
        self._boxes = tuple(sizes)
        count = max(layer_of.values(), default=-1) + 1
        self.layers: list[list[Node]] = [[] for _ in range(count)]
        for node in sizes:
            self.layers[layer_of[node]].append(node)
        #: Each link as the nodes and passages that it goes through.
        self.ways = {link: self._way(link, layer_of) for link in links}
        self.steps = list(dict.fromkeys(step for way in self.ways.values() for step in pairwise(way)))
        self.above = self._neighbours(down=False)
        self.below = self._neighbours(down=True)
        self._order()
        self.x = self._columns()

    def _way(self, link: tuple[Node, Node], layer_of: Mapping[Node, int]) -> list[Node]:
        source, target = link
        passages = [f"{source}>{target}@{layer}" for layer in range(layer_of[source] + 1, layer_of[target])]
        for layer, passage in enumerate(passages, layer_of[source] + 1):
            self.layers[layer].append(passage)
            self.sizes[passage] = Size(width=_PASSAGE, height=0)
        return [source, *passages, target]

    def _neighbours(self, *, down: bool) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {node: [] for node in self.sizes}
        for upper, lower in self.steps:
            found[upper if down else lower].append(lower if down else upper)
        return found

    def _order(self) -> None:
        """By the barycentres of neighbours above, then below, and so on; the order with the fewest crossings stays."""
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            neighbours = self.above if down else self.below
            for index in range(len(self.layers)) if down else reversed(range(len(self.layers))):
                self._sort(index, neighbours)
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _sort(self, index: int, neighbours: Mapping[Node, Sequence[Node]]) -> None:
        place = {node: number for layer in self.layers for number, node in enumerate(layer)}

        def barycentre(node: Node) -> float:
            near = neighbours[node]
            return sum(place[each] for each in near) / len(near) if near else place[node]

        self.layers[index].sort(key=barycentre)

    def _crossings(self) -> int:
        place = {node: number for layer in self.layers for number, node in enumerate(layer)}
        count = 0
        for layer in self.layers:
            ends = [(place[node], place[below]) for node in layer for below in self.below[node]]
            count += sum(a < c and b > d for i, (a, b) in enumerate(ends) for c, d in ends[i + 1 :])
        return count

    def _columns(self) -> dict[Node, float]:
        """The middle of each node: near the middle of its neighbours, its layer's order kept."""
        x = {}
        for layer in self.layers:
            x.update(self._spaced(layer, dict.fromkeys(layer, _Wish(middle=0.0, weight=1.0))))
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            for layer in self.layers if down else reversed(self.layers):
                x.update(self._spaced(layer, self._wishes(layer, x, down=down)))
        left = min((x[node] - self.sizes[node].width / 2 for node in x), default=0.0)
        return {node: middle - left for node, middle in x.items()}

    def _wishes(self, layer: Sequence[Node], x: Mapping[Node, float], *, down: bool) -> dict[Node, _Wish]:
        """Below what leads to it, above what it leads to; what nothing leads to, beside its neighbour to the left."""
        wished: dict[Node, _Wish] = {}
        before = 0.0
        for node in layer:
            near = (self.above if down else self.below)[node] or self.above[node] or self.below[node]
            before = sum(x[each] for each in near) / len(near) if near else before
            wished[node] = _Wish(middle=before, weight=1.0 if near else _LIGHT)
        return wished

    def _spaced(self, layer: Sequence[Node], wished: Mapping[Node, _Wish]) -> dict[Node, float]:
        """As near to what is wished as the widths allow: least squares, by pooling neighbours that are too near."""
        offsets = [0.0]
        for left, right in pairwise(layer):
            offsets.append(offsets[-1] + (self.sizes[left].width + self.sizes[right].width) / 2 + GAP)
        #: Of each run of nodes that touch: the weighted sum of their wishes, the weights, how many they are.
        pools: list[tuple[float, float, int]] = []
        for node, offset in zip(layer, offsets, strict=False):
            weight = wished[node].weight
            total, count = (wished[node].middle - offset) * weight, 1
            while pools and pools[-1][0] / pools[-1][1] > total / weight:
                before = pools.pop()
                total, weight, count = total + before[0], weight + before[1], count + before[2]
            pools.append((total, weight, count))
        bases = [total / weight for total, weight, count in pools for _ in range(count)]
        return {node: base + offset for node, base, offset in zip(layer, bases, offsets, strict=False)}

    def layout(self) -> Layout:
        """Rows as high as their highest box; boxes stand in the middle of their row's height."""
        tops: list[float] = []
        heights = [max((self.sizes[node].height for node in layer), default=0.0) for layer in self.layers]
        y = 0.0
        for height in heights:
            tops.append(y)
            y += height + LAYER_GAP
        row = {node: index for index, layer in enumerate(self.layers) for node in layer}
        corners = {
            node: (
                self.x[node] - self.sizes[node].width / 2,
                tops[row[node]] + (heights[row[node]] - self.sizes[node].height) / 2,
            )
            for node in self._boxes
        }
        ends = {index: (tops[index], tops[index] + heights[index]) for index in range(len(self.layers))}
        routes = {link: self._route(way, row, corners, ends) for link, way in self.ways.items()}
        width = max((self.x[node] + self.sizes[node].width / 2 for node in self.sizes), default=0.0)
        return Layout(corners=corners, routes=routes, size=Size(width=width, height=max(y - LAYER_GAP, 0.0)))

    def _route(
        self,
        way: Sequence[Node],
        row: Mapping[Node, int],
        corners: Mapping[Node, Point],
        ends: Mapping[int, tuple[float, float]],
    ) -> Route:
        runs: list[tuple[Point, Point]] = []
        for index, node in enumerate(way):
            top, bottom = ends[row[node]]
            if index == 0:
                x = self._meeting(node, way[1], self.below)
                runs.append(((x, corners[node][1] + self.sizes[node].height), (x, bottom)))
            elif index == len(way) - 1:
                x = self._meeting(node, way[-2], self.above)
                runs.append(((x, top), (x, corners[node][1])))
            else:
                runs.append(((self.x[node], top), (self.x[node], bottom)))
        return Route(runs=runs)

    def _meeting(self, node: Node, other: Node, neighbours: Mapping[Node, Sequence[Node]]) -> float:
        """Where a line meets a box: beside the others, in the order of where they lead."""
        near = sorted(neighbours[node], key=lambda each: self.x[each])
        step = min(_SPREAD, self.sizes[node].width * 0.7 / len(near))
        return self.x[node] + (near.index(other) - (len(near) - 1) / 2) * step
