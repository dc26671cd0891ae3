"""Where text is put: lines and tables on a terminal, a file or a pipe, in whatever encoding and width that has.

Names and messages come from manifests and clouds, so nothing in them is taken for markup or a terminal's command.
Widths count as terminals count them: a Chinese character takes two columns. On a terminal long text is wrapped below
itself; anywhere else each line is written whole, for `grep` and for logs.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

#: Text, or text and a style of `rich`.
Part = str | tuple[str, str]
_Span = tuple[str, str]
_Item = TypeVar("_Item")

#: No column of a table is made narrower than this to fit a terminal.
_NARROWEST: Final = 10
#: So many of ten cells of a flexible column fit before an expendable one beside it is given room; the least expendable
#: one is worth some folding.
_MOST_OF_TEN: Final = 9
_MANY_OF_TEN: Final = 7
#: Wider than anything that is written.
_ENDLESS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    title: str
    #: Whether its cells stand at its right edge, as numbers do.
    right: bool = False
    #: Whether its cells may be wrapped where a terminal is narrow.
    flexible: bool = False
    #: Terminal columns between it and the next.
    gap: int = 2
    #: Columns that have one are left out where a terminal is narrow, the greatest first; 0 is never left out.
    expendable: int = 0


Row = Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of a table under lines of their own; the groups of a table share its columns' widths."""

    #: Each a line; empty where the table has one group.
    heading: Sequence[Sequence[Part]] = ()
    rows: Sequence[Row] = ()


class Page:
    """One console to write on."""

    def __init__(self, console: Console) -> None:
        """Write on this console, at its width where it is a terminal."""
        self._console = console
        #: Whether somebody watches.
        self.interactive = console.is_terminal
        self.width = console.width if self.interactive else _ENDLESS
        self._encoding = console.encoding

    def legible(self, text: str) -> str:
        """The text as this console can show it, on one line."""
        return legible(text, self._encoding)

    def line(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """One line; where it is too long for a terminal, it goes on below, `hang` columns further in."""
        spans = [self._span(part) for part in parts]
        if sum(cell_len(text) for text, _ in spans) <= self.width - indent:
            self._write([(" " * indent, ""), *spans])
            return
        whole = Text.assemble(*spans)
        for number, piece in enumerate(self._wrapped(whole, self.width - indent - hang)):
            self._print(Text(" " * (indent + (hang if number else 0))) + piece)

    def gap(self) -> None:
        """An empty line."""
        self._write([])

    def table(self, columns: Sequence[Column], groups: Iterable[Group], *, indent: int = 0) -> None:
        """A header line, unless no column has a title, and the groups, an empty line before each that has a heading.

        Headings stand at the left edge, everything else is indented.
        """
        laid_out = [(group, [[self._span(cell) for cell in row] for row in group.rows]) for group in groups]
        titles: list[_Span] = [(column.title, "dim") for column in columns]
        every_row = [titles, *(row for _, rows in laid_out for row in rows)]
        lengths = [sorted(cell_len(row[index][0]) for row in every_row) for index in range(len(columns))]
        kept = _kept(lengths, columns, self.width - indent)
        if len(kept) < len(columns):
            columns, lengths, titles = _picked(columns, kept), _picked(lengths, kept), _picked(titles, kept)
            laid_out = [(group, [_picked(row, kept) for row in rows]) for group, rows in laid_out]
        room = self.width - indent - sum(column.gap for column in columns[:-1])
        widths = _fitted([each[-1] for each in lengths], columns, room)
        if any(column.title for column in columns):
            self._row(titles, columns, widths, indent)
        for group, rows in laid_out:
            if group.heading:
                self.gap()
            for parts in group.heading:
                self.line(*parts)
            for row in rows:
                self._row(row, columns, widths, indent)

    def _row(self, cells: Sequence[_Span], columns: Sequence[Column], widths: Sequence[int], indent: int) -> None:
        folded = [self._folded(text, width) for (text, _), width in zip(cells, widths, strict=True)]
        for number in range(max(len(lines) for lines in folded)):
            spans: list[_Span] = [(" " * indent, "")]
            for lines, (_, style), column, width in zip(folded, cells, columns, widths, strict=True):
                text = lines[number] if number < len(lines) else ""
                space = " " * (width - cell_len(text))
                before, after = (space, "") if column.right else ("", space)
                spans += [(before, ""), (text, style), (after + " " * column.gap, "")]
            self._write(spans)

    def _folded(self, text: str, width: int) -> Sequence[str]:
        """The lines that a cell takes in a column."""
        return [text] if cell_len(text) <= width else [line.plain for line in self._wrapped(Text(text), width)]

    def _wrapped(self, text: Text, width: int) -> Iterable[Text]:
        return text.wrap(self._console, max(width, _NARROWEST), overflow="fold")

    def _write(self, spans: Sequence[_Span]) -> None:
        if self.interactive:
            self._print(Text.assemble(*spans))
        else:
            # Nothing is styled or wrapped here, and plans of a whole city have tens of thousands of lines.
            self._console.file.write("".join(text for text, _ in spans).rstrip() + "\n")

    def _print(self, text: Text) -> None:
        text.rstrip()
        self._console.print(text, soft_wrap=True, markup=False, emoji=False, highlight=False)

    def _span(self, part: Part) -> _Span:
        text, style = (part, "") if isinstance(part, str) else part
        return self.legible(text), style


def legible(text: str, encoding: str) -> str:
    """The text on one line, with escapes for whatever the encoding lacks and whatever would steer a terminal."""
    visible = text if text.isprintable() else "".join(map(_visible, text))
    return visible.encode(encoding, "backslashreplace").decode(encoding)


def width_of(text: str) -> int:
    """Columns that a terminal gives to a text."""
    return cell_len(text)


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """`1 tenant`, `3 tenants`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _visible(character: str) -> str:
    # Unicode's wide and unbreakable spaces do not count as printable, yet Chinese text uses them.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _picked(items: Sequence[_Item], indexes: Sequence[int]) -> list[_Item]:
    return [items[index] for index in indexes]


def _kept(lengths: Sequence[Sequence[int]], columns: Sequence[Column], available: int) -> Sequence[int]:
    """The columns that are shown: of the expendable ones as many as leave the others room. `lengths` are sorted."""
    kept = list(range(len(columns)))
    for least in sorted(
        (index for index in kept if columns[index].expendable), key=lambda index: -columns[index].expendable
    ):
        tenths = _MOST_OF_TEN if columns[least].expendable > 1 else _MANY_OF_TEN
        needed = [_roomy(lengths[index], columns[index], tenths) + columns[index].gap for index in kept]
        if len(kept) == 1 or sum(needed) - columns[kept[-1]].gap <= available:
            break
        kept.remove(least)
    return kept


def _roomy(lengths: Sequence[int], column: Column, tenths: int) -> int:
    """A width for a column at which so many of ten cells are not folded."""
    return lengths[len(lengths) * tenths // 10] if column.flexible else lengths[-1]


def _fitted(natural: Sequence[int], columns: Sequence[Column], available: int) -> list[int]:
    """Widths that sum up to what is available, taken from the widest flexible columns first."""
    widths = list(natural)
    flexible = [index for index, column in enumerate(columns) if column.flexible]
    while sum(widths) > available:
        widest = max(flexible, key=lambda index: widths[index], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths
