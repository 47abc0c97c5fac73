"""The tree laid out as a flow of pieces, which is what chat platforms and terminals show, and cut into messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.markup.characters import boundary, columns, good_cut
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
    Person,
    Quote,
    Rule,
    Strike,
    Strong,
    Table,
    Text,
)


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


def _runs(nodes: Iterable[Inline], style: Run = Run("")) -> Iterator[Run]:  # noqa: B008 - frozen
    for node in nodes:
        if isinstance(node, Text):
            yield replace(style, text=node.text)
        elif isinstance(node, Strong):
            yield from _runs(node.children, replace(style, bold=True))
        elif isinstance(node, Emphasis):
            yield from _runs(node.children, replace(style, italic=True))
        elif isinstance(node, Strike):
            yield from _runs(node.children, replace(style, strike=True))
        elif isinstance(node, Code):
            yield replace(style, text=node.text, code=True)
        elif isinstance(node, Link):
            yield replace(
                style, text="".join(run.text for run in _runs(node.children)).replace("\n", " "), url=node.url
            )
        elif isinstance(node, Marker):
            yield replace(style, text=f"[{node.number}]", url=node.url, marker=True)
        elif isinstance(node, LineBreak):
            yield replace(style, text="\n")
        else:
            yield replace(style, text=f"@{node.id}", person=node.id)


def _joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Neighbours of the same style as one run, none of them empty."""
    out: list[Run] = []
    for run in runs:
        if out and not run.whole and replace(out[-1], text="") == replace(run, text=""):
            out[-1] = replace(run, text=out[-1].text + run.text)
        elif run.text:
            out.append(run)
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
    heading stays with what follows it.
    """
    messages: list[list[Piece]] = []
    message: list[Piece] = []
    used = 0

    def close() -> None:
        nonlocal message, used
        carried = [message.pop()] if len(message) > 1 and message[-1].kind == "heading" else []
        if message:
            messages.append(message)
        message, used = carried, sum(map(cost, carried))

    for whole in pieces:
        rest: Piece | None = whole
        while rest is not None:
            price = cost(rest)
            if used + price <= limit:
                message.append(rest)
                used += price
                break
            room = limit - used
            if message and (room < limit // 2 or price <= limit // 2):
                head, tail = None, rest
            else:
                head, tail = _cut(rest, room, cost)
            if head is not None:
                message.append(head)
                rest = tail
                used = limit
            elif not message or all(piece.kind == "heading" for piece in message):
                head, tail = _cut(rest, room, cost, must=True)
                message += [head] if head else []
                rest = tail
                used = limit
            close()
    close()
    return messages


def _cut(
    piece: Piece, room: int, cost: Callable[[Piece], int], *, must: bool = False
) -> tuple[Piece | None, Piece | None]:
    """The largest good start of a piece that costs at most ``room``, and what is left of it."""
    low, high = 0, min(len(piece.text), max(room, 1))
    while low < high:  # the most characters that fit
        middle = (low + high + 1) // 2
        if cost(_split(piece, middle)[0]) <= room:
            low = middle
        else:
            high = middle - 1
    if low == 0 and not must:
        return None, piece
    at = _place(piece, max(low, 1))
    while at > 1 and cost(_split(piece, at)[0]) > room:
        at = boundary(piece.text, at - 1)
    head, tail = _split(piece, at)
    return head, tail if tail.text.strip() or tail.kind == "code" and tail.text else None


def _place(piece: Piece, most: int) -> int:
    """Where to cut a piece at or before ``most`` characters."""
    text = piece.text
    if piece.kind == "code":
        line = text.rfind("\n", 0, most + 1) + 1
        return line or boundary(text, most)
    at = good_cut(text, most)
    start = 0
    for run in piece.runs:
        end = start + len(run.text)
        if start < at < end and run.whole and start > 0:
            return good_cut(text, start) if good_cut(text, start) > most // 2 else start
        start = end
    return at


def _split(piece: Piece, at: int) -> tuple[Piece, Piece]:
    """A piece cut after ``at`` characters; what is left is no new item and no heading."""
    if piece.kind == "code":
        head, tail = piece.code[:at], piece.code[at:]
        return replace(piece, code=head.removesuffix("\n") if tail else head), replace(piece, code=tail)
    before: list[Run] = []
    after: list[Run] = []
    start = 0
    for run in piece.runs:
        here = min(max(at - start, 0), len(run.text))
        before += [replace(run, text=run.text[:here])] if here else []
        after += [replace(run, text=run.text[here:])] if here < len(run.text) else []
        start += len(run.text)
    if before and after:
        before[-1] = replace(before[-1], text=before[-1].text.rstrip())
        after[0] = replace(after[0], text=after[0].text.lstrip())
    kind = piece.kind if piece.kind == "quote" else "paragraph"
    left = tuple(run for run in before if run.text), tuple(run for run in after if run.text)
    return replace(piece, runs=left[0]), Piece(kind, left[1])
