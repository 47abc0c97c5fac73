"""The tree laid out as a flow of pieces, which is what chat platforms and terminals show, and cut into messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Literal

from bot.markup.characters import boundary, columns, good_cut
from bot.markup.hosts import is_link, label, without_addresses
from bot.markup.tree import (
    Block,
    Code,
    Document,
    Emphasis,
    Fence,
    Heading,
    Inline,
    LineBreak,
    Link,
    List,
    Marker,
    Paragraph,
    Quote,
    Rule,
    Strike,
    Strong,
    Table,
    Text,
)

_STYLE = attrgetter("bold", "italic", "strike", "code", "url", "person", "marker")
_BEFORE_SLASHES = re.compile(r":(?=//|\\\\)")


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style.  With ``url`` it is a link, with ``person`` a mention; ``whole`` runs are not cut in two."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    url: str = ""
    person: str = ""
    marker: bool = False

    @property
    def whole(self) -> bool:
        """Whether it should stay in one message."""
        return bool(self.url or self.person or self.marker or self.code)

    def saying(self, text: str) -> Run:
        """Other text in the same style."""
        return Run(text, self.bold, self.italic, self.strike)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the flow.

    ``indent`` is the depth of a list item, ``number`` its number in an ordered list (``None``: a bullet); ``code`` and
    ``language`` belong to pieces of kind ``code``, ``level`` to headings.
    """

    kind: Literal["paragraph", "heading", "item", "quote", "code", "rule"]
    runs: tuple[Run, ...] = ()
    indent: int = 0
    number: int | None = None
    level: int = 0
    code: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        """What it says."""
        return self.code if self.kind == "code" else "".join(run.text for run in self.runs)


def flow(doc: Document) -> list[Piece]:
    """The pieces of a document, in order."""
    return list(_blocks(doc.blocks))


def _blocks(blocks: Iterable[Block], depth: int = 0, *, quoted: bool = False) -> Iterator[Piece]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield Piece("quote" if quoted else "paragraph", _joined(_runs(block.children)))
        elif isinstance(block, Heading):
            runs = _joined(_runs(block.children, Run("", bold=quoted)))
            yield Piece("quote", runs) if quoted else Piece("heading", runs, level=block.level)
        elif isinstance(block, Fence):
            yield Piece("code", code=block.code, language=block.language)
        elif isinstance(block, Table):
            yield Piece("code", code=table_text(block))
        elif isinstance(block, Rule):
            yield Piece("rule")
        elif isinstance(block, Quote):
            yield from _blocks(block.blocks, depth, quoted=True)
        else:
            yield from _items(block, depth, quoted=quoted)


def _items(block: List, depth: int, *, quoted: bool) -> Iterator[Piece]:
    for n, item in enumerate(block.items):
        number = block.start + n if block.ordered else None
        lead = 0
        runs: list[Run] = []
        for part in item:  # the paragraphs at its start are the item itself; what follows stands below it
            if not isinstance(part, Paragraph):
                break
            runs += [*([Run("\n")] if runs else []), *_runs(part.children)]
            lead += 1
        if quoted:
            runs = [Run("  " * depth + (f"{number}. " if block.ordered else "• ")), *runs]
            yield Piece("quote", _joined(runs))
        else:
            yield Piece("item", _joined(runs), indent=depth, number=number)
        yield from _blocks(item[lead:], depth + 1, quoted=quoted)


def _runs(nodes: Iterable[Inline], style: Run = Run("")) -> Iterator[Run]:
    for node in nodes:
        if isinstance(node, Text):
            yield style.saying(node.text)
        elif isinstance(node, Strong):
            yield from _runs(node.children, replace(style, bold=True))
        elif isinstance(node, Emphasis):
            yield from _runs(node.children, replace(style, italic=True))
        elif isinstance(node, Strike):
            yield from _runs(node.children, replace(style, strike=True))
        elif isinstance(node, Code):
            yield replace(style, text=node.text, code=True)
        elif isinstance(node, Link):
            text = inline_text(node.children).replace("\n", " ")
            yield replace(style, text=label(text, node.url), url=node.url) if is_link(node.url) else style.saying(text)
        elif isinstance(node, Marker):
            yield replace(style, text=f"[{node.number}]", url=node.url if is_link(node.url) else "", marker=True)
        elif isinstance(node, LineBreak):
            yield style.saying("\n")
        else:
            yield replace(style, text=f"@{node.id}", person=node.id)


def _joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Neighbours of the same style as one run, none of them empty, and no address put together by joining them."""
    out: list[Run] = []
    for _, group in groupby((run for run in runs if run.text), key=_STYLE):
        first, *others = group
        out += [first, *others] if first.whole else [replace(first, text=first.text + "".join(r.text for r in others))]
    follows = ""
    for n in range(len(out) - 1, -1, -1):
        if not out[n].whole and (":" in out[n].text):
            text = without_addresses(out[n].text)
            colons = [m.start() for m in _BEFORE_SLASHES.finditer(text + follows) if m.start() < len(text)]
            for place in reversed(colons):
                text = f"{text[:place]}[:]{text[place + 1 :]}"
            out[n] = replace(out[n], text=text)
        follows = (out[n].text + follows)[:2]
    return tuple(out)


def inline_text(nodes: Iterable[Inline]) -> str:
    """What inline nodes say, without styles."""
    return "".join(run.text for run in _runs(nodes))


def table_text(table: Table) -> str:
    """A table as aligned lines, for a monospaced block; wide characters count twice."""
    rows = [[inline_text(cell).replace("\n", " ") for cell in row] for row in table.rows]
    count = max(map(len, rows), default=0)
    rows = [row + [""] * (count - len(row)) for row in rows]
    widths = [max(columns(row[n]) for row in rows) for n in range(count)]
    lines = []
    for row in rows:
        cells = []
        for n, (cell, width) in enumerate(zip(row, widths, strict=True)):
            free = width - columns(cell)
            how = table.align[n] if n < len(table.align) else "left"
            left = {"right": free, "center": free // 2}.get(how, 0)
            cells.append(" " * left + cell + " " * (free - left))
        lines.append(" | ".join(cells).rstrip())
    return "\n".join([*lines[:1], "-+-".join("-" * width for width in widths), *lines[1:]])


# -- cutting ----------------------------------------------------------------------------------------


def pack(pieces: Iterable[Piece], limit: int, cost: Callable[[Piece], int]) -> list[list[Piece]]:
    """Pieces gathered into messages of at most ``limit``, as ``cost`` counts them; long ones are cut at a good place.

    What fits into a message of its own is not cut, unless the message before it would stay more than half empty.  A
    short heading stays with what follows it.
    """
    messages: list[list[Piece]] = []
    message: list[Piece] = []
    used = 0
    for piece in pieces:
        rest: Piece | None = piece
        while rest is not None:
            price = cost(rest) if len(_opening(rest, limit)) <= limit else limit + 1
            if used + price <= limit:
                message.append(rest)
                used += price
                break
            if not message or limit - used >= limit // 2:
                head, rest = _cut(rest, limit - used, cost)
                message.append(head)
            carried = []
            if len(message) > 1 and message[-1].kind == "heading" and cost(message[-1]) <= limit // 4:
                carried = [message.pop()]
            messages.append(message)
            message, used = carried, sum(map(cost, carried))
    return [*messages, message] if message else messages


def _cut(piece: Piece, room: int, cost: Callable[[Piece], int]) -> tuple[Piece, Piece | None]:
    """The largest good start of a piece that costs at most ``room`` (one character at least), and what is left."""
    text = _opening(piece, room)
    most = max(1, min(len(text), room))
    while most > 1:
        at = _place(piece, text, most)
        price = cost(_start(piece, at))
        if price <= room:
            break
        most = max(1, min(most - 1, at * room // price))
    at = _place(piece, text, most)
    return _start(piece, at), _rest(piece, at)


def _opening(piece: Piece, count: int) -> str:
    """The text of a piece, or its start when that is longer than ``count`` characters."""
    if piece.kind == "code":
        return piece.code
    texts = []
    for run in piece.runs:
        if count < 0:
            break
        texts.append(run.text)
        count -= len(run.text)
    return "".join(texts)


def _place(piece: Piece, text: str, most: int) -> int:
    """Where to cut a piece at or before ``most`` characters."""
    if piece.kind == "code":
        return text.rfind("\n", 0, most) + 1 or boundary(text, most)
    at = good_cut(text, most)
    start = 0
    for run in piece.runs:
        end = start + len(run.text)
        if end >= at:
            return start if run.whole and start and at < end else at
        start = end
    return at


def _start(piece: Piece, at: int) -> Piece:
    """The first ``at`` characters of a piece."""
    if piece.kind == "code":
        return replace(piece, code=piece.code[:at].removesuffix("\n"))
    runs: list[Run] = []
    for run in piece.runs:
        if at <= 0:
            break
        runs.append(run if len(run.text) <= at else replace(run, text=run.text[:at]))
        at -= len(run.text)
    if runs:
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return replace(piece, runs=tuple(run for run in runs if run.text))


def _rest(piece: Piece, at: int) -> Piece | None:
    """What follows the first ``at`` characters: no new item and no heading; nothing where only space is left."""
    if piece.kind == "code":
        return replace(piece, code=piece.code[at:]) if piece.code[at:] else None
    for n, run in enumerate(piece.runs):
        if at < len(run.text):
            first = replace(run, text=run.text[at:].lstrip())
            rest = ((first,) if first.text else ()) + piece.runs[n + 1 :]
            return Piece("quote" if piece.kind == "quote" else "paragraph", rest) if rest else None
        at -= len(run.text)
    return None
