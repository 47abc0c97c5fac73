"""Pieces of lines with their places to a document: columns, tables, headings, code and paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from engine.knowledge.markdown import Section
from engine.knowledge.reading.columns import Piece, Row, is_table, rows_of
from engine.knowledge.reading.ooxml import markdown_table

__all__ = ["Piece", "sections_of"]

_LARGER = 1.12  # times the size of most text: a heading
_LONGEST_HEADING = 160  # characters
_BULLET = re.compile(r"(?:[•▪◦‣●○■□–—*·-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_SIGN = re.compile(r"[•▪◦‣●○■□·]\s*")
_ENDS = re.compile(r"[.!?:;。！？：；…][\"'”’)\]）」』]*\Z")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")
_WORD_CUT = re.compile(r"(\w+)-\Z")


@dataclass(slots=True)
class _Block:
    """A paragraph, heading, table or piece of code, as Markdown; ``level`` of a heading, 0 of everything else."""

    page: int
    level: int
    text: str
    kind: str = "text"


def sections_of(pages: list[list[Piece]], outline: dict[tuple[int, str], int]) -> tuple[str, tuple[Section, ...]]:
    """The title (empty when no heading tells it) and the sections of a document.

    Args:
        pages: for each page the pieces of its lines, in the order of the file.
        outline: (page from 0, heading in lower case without spaces) to its level from 1, where the file says so.
    """
    rows = [rows_of(pieces) for pieces in pages]
    furniture = _furniture(rows)
    body = _body_size(rows)
    levels = _levels(rows, body, outline)
    bold = sum(len(r.text) for page in rows for r in page if r.bold)
    total = sum(len(r.text) for page in rows for r in page) or 1
    words = _words(rows)
    blocks: list[_Block] = []
    for number, page in enumerate(rows):
        kept = [row for row in page if not (row.edge and _pattern(row.text) in furniture)]
        writer = _Writer(number, body, levels, outline, words, bold_tells=bold < 0.3 * total)
        for block in writer.blocks(kept):
            _append(blocks, block, words)
    return _title(blocks), tuple(_sections(blocks))


def _append(blocks: list[_Block], block: _Block, words: Counter[str]) -> None:
    """Add a block; a paragraph that goes on from the last page or column is joined with its beginning."""
    last = blocks[-1] if blocks else None
    goes_on = (
        last is not None and last.kind == block.kind == "text" and last.page != block.page
        and not _ENDS.search(last.text[-9:]) and not _BULLET.match(block.text) and len(last.text) > 60
        and (block.text[:1].islower() or (_WIDE.match(block.text) and _WIDE.match(last.text[-1:])))
    )  # fmt: skip
    if last is not None and goes_on:
        last.text = _joined([last.text, block.text], words)
    else:
        blocks.append(block)


def _sections(blocks: list[_Block]) -> Iterator[Section]:
    """Below each heading, and again for each page, so that a link leads to the page."""
    path: list[tuple[int, str]] = []
    page, held, bare = 0, list[_Block](), ""

    def made() -> Iterator[Section]:
        if held or bare:
            text = _stacked(held) + "\n" if held else bare
            yield Section(" > ".join(name for _, name in path), text, anchor=f"page={page + 1}")

    for block in blocks:
        if block.level:
            if held or (bare and block.level <= path[-1][0]):  # a heading with nothing below it is not lost
                yield from made()
            held, bare, page = [], block.text, block.page
            while path and path[-1][0] >= block.level:
                path.pop()
            path.append((block.level, block.text))
        else:
            if held and block.page != page:
                yield from made()
                held = []
            page = page if held else block.page
            held.append(block)
            bare = ""
    yield from made()


def _stacked(blocks: list[_Block]) -> str:
    """Blocks with blank lines between them, the points of a list without."""
    text = ""
    for above, block in zip([None, *blocks[:-1]], blocks, strict=True):
        if above is not None:
            text += "\n" if above.kind == block.kind == "item" else "\n\n"
        text += block.text
    return text


def _title(blocks: list[_Block]) -> str:
    """The first of the highest headings, where it stands on the first two pages."""
    headings = [block for block in blocks if block.level and block.page < 2]
    highest = min((block.level for block in headings), default=0)
    return next((block.text for block in headings if block.level == highest), "")


class _Writer:
    """The rows of one page to blocks."""

    def __init__(
        self, page: int, body: float, levels: dict[float, int], outline: dict[tuple[int, str], int],
        words: Counter[str], *, bold_tells: bool,
    ):  # fmt: skip
        self._page, self._body, self._levels, self._outline, self._words = page, body, levels, outline, words
        self._bold_tells = bold_tells

    def blocks(self, rows: list[Row]) -> Iterator[_Block]:
        """In reading order."""
        leading = _leading(rows)
        at = 0
        while at < len(rows):
            row = rows[at]
            end = at + 1
            if row.mono:
                while end < len(rows) and rows[end].mono and rows[end].column == row.column:
                    end += 1
                if end - at > 1 or len(row.text) > 20:
                    yield self._code(rows[at:end])
                    at = end
                    continue
                end = at + 1
            if (length := is_table(rows, at)) > 1:
                yield _Block(self._page, 0, markdown_table(_cells(rows[at : at + length])).rstrip(), "table")
                at += length
                continue
            level = self._level(rows, at, leading)
            while end < len(rows) and self._together(rows[end - 1], rows[end], level, leading) and not rows[end].mono:
                if is_table(rows, end) > 1 or (not level and self._level(rows, end, leading)):
                    break
                if level and self._level(rows, end, leading) != level:
                    break
                if not level and self._new_paragraph(rows, at, end):
                    break
                end += 1
            text = _joined([row.text for row in rows[at:end]], self._words)
            if level:
                yield _Block(self._page, level, " ".join(text.split()))
            else:
                kind = "item" if _BULLET.match(text) else "text"
                yield _Block(self._page, 0, _SIGN.sub("- ", text, count=1) if _SIGN.match(text) else text, kind)
            at = end

    def _level(self, rows: list[Row], at: int, leading: float) -> int:
        """The level of the heading that this row is, 0 when it is none."""
        row = rows[at]
        if not any(c.isalnum() for c in row.text) or len(row.text) > _LONGEST_HEADING or row.mono:
            return 0
        stated = self._outline.get((self._page, "".join(row.text.casefold().split())))
        if stated:
            return min(stated, 6)
        if row.size >= _LARGER * self._body:
            return self._levels.get(row.size, 0)
        if not self._bold_tells or not row.bold or len(row.cells) > 1 or row.size < 0.95 * self._body:
            return 0
        if len(row.text) > 100 or re.search(r"[.,;，；。]\Z", row.text) or _SIGN.match(row.text):
            return 0
        above = rows[at - 1] if at and rows[at - 1].column == row.column else None
        stands_out = above is None or above.bold or above.y - row.y > 1.15 * leading
        return min(6, len(set(self._levels.values())) + 1) if stands_out else 0

    def _together(self, above: Row, row: Row, level: int, leading: float) -> bool:
        """Whether ``row`` may continue the paragraph or heading that ``above`` is part of."""
        if above.column != row.column or abs(above.size - row.size) > 0.15 * self._body:
            return False
        allowed = 1.45 * max(leading, 1.0) if not level else 1.6 * row.size
        return 0 < above.y - row.y <= max(allowed, 1.35 * row.size)

    def _new_paragraph(self, rows: list[Row], at: int, end: int) -> bool:
        above, row = rows[end - 1], rows[end]
        if _BULLET.match(row.text) and not (
            row.text[0] in "-–—" and row.x0 <= rows[at].x0 and not _BULLET.match(rows[at].text)
        ):
            return True
        if _BULLET.match(rows[at].text):
            return row.x0 < rows[at].x0 - 1
        left, right = row.left, row.right
        if row.x0 > left + 0.9 * row.size and above.x0 <= left + 0.5 * row.size and end - at >= 1:
            return bool(_ENDS.search(above.text[-9:])) or above.x1 < right - 0.1 * (right - left)
        return bool(_ENDS.search(above.text[-9:])) and above.x1 < right - 0.15 * (right - left)

    def _code(self, rows: list[Row]) -> _Block:
        left = min(row.x0 for row in rows)
        wide = median(max(0.1, (row.x1 - row.x0) / max(1, len(row.text))) for row in rows)
        leading = min((above.y - row.y for above, row in pairwise(rows)), default=0.0)
        lines: list[str] = []
        for above, row in zip([None, *rows[:-1]], rows, strict=True):
            if above is not None and above.y - row.y > 1.7 * max(leading, row.size):
                lines.append("")
            lines.append(" " * round((row.x0 - left) / wide) + row.text)
        return _Block(self._page, 0, "```\n" + "\n".join(lines) + "\n```", "code")


def _cells(rows: list[Row]) -> list[list[str]]:
    """Rows of a table: pieces put into the columns that their places make."""
    spans: list[list[float]] = []
    for x0, x1 in sorted((cell.x0, cell.x1) for row in rows for cell in row.cells):
        if spans and x0 <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], x1)
        else:
            spans.append([x0, x1])
    table: list[list[str]] = []
    for row in rows:
        cells = [""] * len(spans)
        for cell in row.cells:
            at = next(i for i, (x0, x1) in enumerate(spans) if x0 <= cell.x0 <= x1)
            cells[at] = f"{cells[at]} {cell.text}".strip()
        if table and not cells[0] and len(row.cells) < len(spans):  # the cells above go on
            table[-1] = [" ".join(filter(None, pair)) for pair in zip(table[-1], cells, strict=True)]
        else:
            table.append(cells)
    return table


def _joined(lines: Iterable[str], words: Counter[str]) -> str:
    """Lines as one paragraph: no space between Chinese characters, no hyphen inside a word."""
    text = ""
    for line in lines:
        if not text:
            text = line
        elif (cut := _WORD_CUT.search(text[-80:])) and line[:1].islower():
            following = re.match(r"\w+", line)
            whole = cut.group(1) + (following.group() if following else "")
            hyphenated = f"{cut.group(1)}-{following.group() if following else ''}"
            keeps = words[hyphenated.casefold()] > words[whole.casefold()]
            text = text + line if keeps else text[:-1] + line
        elif _WIDE.match(text[-1]) and _WIDE.match(line):
            text += line
        else:
            text += " " + line
    return text


def _words(rows: list[list[Row]]) -> Counter[str]:
    """How often each word stands in the document, whole or with its hyphens."""
    return Counter(w for page in rows for r in page for w in re.findall(r"\w+(?:-\w+)*", r.text.casefold()))


def _body_size(rows: list[list[Row]]) -> float:
    sizes = Counter[float]()
    for page in rows:
        for row in page:
            sizes[row.size] += len(row.text)
    return max(sizes, key=lambda size: sizes[size], default=10.0)


def _levels(rows: list[list[Row]], body: float, outline: dict[tuple[int, str], int]) -> dict[float, int]:
    """Sizes of headings to their levels: as the outline has them, else the largest is the first."""
    sizes = {r.size for page in rows for r in page if r.size >= _LARGER * body and len(r.text) <= _LONGEST_HEADING}
    levels = {size: min(rank, 5) for rank, size in enumerate(sorted(sizes, reverse=True), 1)}
    stated: dict[float, Counter[int]] = {}
    for number, page in enumerate(rows):
        for row in page:
            if level := outline.get((number, "".join(row.text.casefold().split()))):
                stated.setdefault(row.size, Counter())[level] += 1
    return levels | {size: count.most_common(1)[0][0] for size, count in stated.items() if size in levels}


def _leading(rows: list[Row]) -> float:
    """The usual distance of two lines on this page, in points."""
    gaps = [above.y - row.y for above, row in pairwise(rows) if above.column == row.column and 0 < above.y - row.y < 40]
    return median(gaps) if gaps else 14.0


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold())


def _furniture(rows: list[list[Row]]) -> set[str]:
    """What stands at the top or bottom of page after page: running titles, page numbers."""
    if len(rows) < 3:
        return set()
    seen = Counter(pattern for page in rows for pattern in {_pattern(row.text) for row in page if row.edge})
    return {pattern for pattern, count in seen.items() if count >= max(3, 0.4 * len(rows))}
