"""Pieces of lines to rows in reading order: columns of text after each other, cells of a table beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

_FEWEST = 6  # lines on each side of a gutter between two columns
_WIDEST_PAGE = 4  # columns


@dataclass(frozen=True, slots=True)
class Piece:
    """Text without a wide gap in it: its left and right end, its base line (larger is higher), its size in points."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool = False
    mono: bool = False


@dataclass(slots=True)
class Row:
    """Pieces on one base line of a column.

    ``left`` and ``right`` are the column's ends; ``edge``: it is among the first or last of its page.
    """

    cells: list[Piece]
    column: int
    left: float = 0.0
    right: float = 0.0
    edge: bool = False

    @property
    def text(self) -> str:
        """The pieces with spaces between them; code keeps its gaps."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def x0(self) -> float:
        """Its left end."""
        return self.cells[0].x0

    @property
    def x1(self) -> float:
        """Its right end."""
        return self.cells[-1].x1

    @property
    def y(self) -> float:
        """Its base line."""
        return self.cells[0].y

    @property
    def size(self) -> float:
        """The size of the longest piece, in points."""
        return max(self.cells, key=lambda cell: len(cell.text)).size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(cell.bold for cell in self.cells)

    @property
    def mono(self) -> bool:
        """Whether all of it is set in a fixed width."""
        return all(cell.mono for cell in self.cells)


def rows_of(pieces: list[Piece]) -> list[Row]:
    """The rows of a page in reading order."""
    found: list[Row] = []
    for number, region in enumerate(_regions(pieces, 1)):
        rows = _lines(region, number)
        left, right = min(p.x0 for p in region), max(p.x1 for p in region)
        for row in rows:
            row.left, row.right = left, right
        found += rows
    if found:
        top, bottom = max(row.y for row in found), min(row.y for row in found)
        for row in found:
            row.edge = row.y >= top - 2.5 * row.size or row.y <= bottom + 2.5 * row.size
    return found


def is_table(rows: list[Row], at: int) -> int:
    """How many rows from ``at`` on make a table; 0 or 1: none begins there.

    Rows with two cells or more, whose cells stand below each other; a row with one cell may continue a cell above.
    """
    if len(rows[at].cells) < 2 or rows[at].mono:
        return 0
    end, several = at, 0
    spans: list[tuple[float, float]] = []
    while end < len(rows) and rows[end].column == rows[at].column and not rows[end].mono:
        row = rows[end]
        merged = _merged([*spans, *((cell.x0, cell.x1) for cell in row.cells)])
        if len(row.cells) >= 2:
            if spans and len(merged) < max(2, len(spans) - 1):
                break
            several += 1
        elif (
            end == at
            or len(merged) < len(spans)
            or rows[end - 1].y - row.y > 1.5 * row.size
            or row.x0 <= spans[0][0] + 2
        ):
            break
        if end > at and rows[end - 1].y - row.y > 4 * row.size:
            break
        spans = merged
        end += 1
    return end - at if several >= 3 or (several == 2 and len(spans) >= 3) else 0


def _merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Intervals that overlap made one, from the left."""
    found: list[tuple[float, float]] = []
    for x0, x1 in sorted(spans):
        if found and x0 <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found


def _regions(pieces: list[Piece], columns: int) -> list[list[Piece]]:
    """Parts of the page to be read one after the other: what spans the page, then its columns from the left."""
    gutter = _gutter(pieces) if columns < _WIDEST_PAGE else None
    if gutter is None:
        return [pieces] if pieces else []
    across = sorted((p for p in pieces if p.x0 < gutter < p.x1), key=lambda p: -p.y)
    aside = [p for p in pieces if not p.x0 < gutter < p.x1]
    found: list[list[Piece]] = []
    bands = _bands(across)
    edges = [band[0].y for band in bands]
    for number in range(len(bands) + 1):
        above = edges[number - 1] if number else float("inf")
        below = edges[number] if number < len(edges) else float("-inf")
        between = [p for p in aside if below < p.y <= above]
        for side in ([p for p in between if p.x1 <= gutter], [p for p in between if p.x0 >= gutter]):
            found += _regions(side, columns + 1)
        if number < len(bands):
            found.append(bands[number])
    return found


def _bands(across: list[Piece]) -> list[list[Piece]]:
    """Pieces that span the page, those of neighbouring lines together."""
    bands: list[list[Piece]] = []
    for piece in across:
        if bands and bands[-1][-1].y - piece.y < 2 * max(piece.size, bands[-1][-1].size):
            bands[-1].append(piece)
        else:
            bands.append([piece])
    return bands


def _gutter(pieces: list[Piece]) -> float | None:
    """The middle of the empty strip between two columns of running text, None where there is one column."""
    if len(pieces) < 2 * _FEWEST:
        return None
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    width = right - left
    best: tuple[float, float] | None = None
    for candidate in sorted({p.x0 for p in pieces if left + 0.15 * width < p.x0 < left + 0.85 * width}):
        x = candidate - 2.0
        before, after = [p for p in pieces if p.x1 <= x], [p for p in pieces if p.x0 >= x]
        crossing = len(pieces) - len(before) - len(after)
        if min(len(before), len(after)) < _FEWEST or crossing > 0.2 * len(pieces):
            continue
        inside = (max(p.x1 for p in before), min(p.x0 for p in after))
        if not (_is_prose(before, inside[0] - left) and _is_prose(after, right - inside[1])):
            continue
        if best is None or crossing < best[0]:
            best = (crossing, (inside[0] + inside[1]) / 2 if inside[0] < inside[1] else x)
    return best[1] if best else None


def _is_prose(pieces: list[Piece], width: float) -> bool:
    """Whether most lines fill their column, as running text does and cells of a table do not."""
    full = sum(p.x1 - p.x0 > 0.7 * width for p in pieces)
    return full >= 0.5 * len(pieces) and median(len(p.text) for p in pieces) >= 8


def _lines(pieces: list[Piece], column: int) -> list[Row]:
    """Pieces of one base line together, from the top; within a line from the left."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda p: -p.y):
        if rows and rows[-1].cells[0].y - piece.y < 0.45 * min(piece.size, rows[-1].cells[0].size):
            rows[-1].cells.append(piece)
        else:
            rows.append(Row([piece], column))
    for row in rows:
        row.cells.sort(key=lambda p: p.x0)
    return rows
