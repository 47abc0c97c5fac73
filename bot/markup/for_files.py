"""A document as a Markdown file: read again, it is the same document."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from bot.markup.hosts import is_link, rewrite_hosts, without_dots
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

#: What means something within a line, and at its beginning.
_INSIDE = re.compile(r"[\\`*_\[\]<>~|&]|!(?=\[)")
_START = re.compile(r"^(\s*)(?:([-+=#])|(\d{1,9})([.)]))")
_RUNS = re.compile(r"`+")


def markdown(doc: Document, bare: Collection[str] = ()) -> str:
    """CommonMark with tables; a link only where the tree has one.

    Viewers make links of bare hosts and mail addresses too: all but those in ``bare`` are written so that they do not.
    """
    return "\n\n".join(_block(_without_hosts(block, frozenset(bare))) for block in doc.blocks)


def _without_hosts(block: Block, bare: frozenset[str]) -> Block:
    def kept(nodes: tuple[Inline, ...]) -> tuple[Inline, ...]:
        return tuple(_harmless(node, lambda host: host if host in bare else without_dots(host)) for node in nodes)

    if isinstance(block, Paragraph | Heading):
        return replace(block, children=kept(block.children))
    if isinstance(block, Quote):
        return replace(block, blocks=tuple(_without_hosts(b, bare) for b in block.blocks))
    if isinstance(block, List):
        return replace(block, items=tuple(tuple(_without_hosts(b, bare) for b in item) for item in block.items))
    if isinstance(block, Table):
        return replace(block, rows=tuple(tuple(map(kept, row)) for row in block.rows))
    return block


def _harmless(node: Inline, how: Callable[[str], str]) -> Inline:
    if isinstance(node, Text):
        return Text(rewrite_hosts(node.text, how))
    if isinstance(node, Link):
        own = (Text(node.url),)  # a label names no other host than its own
        inner = tuple(_harmless(n, lambda host: host if host in node.url else how(host)) for n in node.children)
        return node if node.children == own else replace(node, children=inner)
    if isinstance(node, Strong | Emphasis | Strike):
        return replace(node, children=tuple(_harmless(n, how) for n in node.children))
    return node


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _lines(block.children)
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_spans(block.children)}".rstrip()
    if isinstance(block, Fence):
        fence = "`" * max(3, 1 + _longest(block.code))
        return f"{fence}{block.language}\n{block.code}\n{fence}"
    if isinstance(block, Rule):
        return "***"
    if isinstance(block, Quote):
        inner = "\n\n".join(map(_block, block.blocks))
        return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
    if isinstance(block, Table):
        return _table(block)
    return _list(block)


def _list(block: List) -> str:
    items = []
    for n, item in enumerate(block.items, block.start):
        mark = f"{n}. " if block.ordered else "- "
        inner = "\n\n".join(map(_block, item)).split("\n")
        items.append("\n".join([mark + inner[0], *((" " * len(mark) + line).rstrip() for line in inner[1:])]))
    return "\n".join(items)


def _table(block: Table) -> str:
    if not block.rows:
        return ""
    rows = ["| " + " | ".join(_spans(cell) for cell in row) + " |" for row in block.rows]
    dashes = {"left": "---", "center": ":---:", "right": "---:"}
    width = len(block.rows[0])
    between = [dashes.get(block.align[n] if n < len(block.align) else "left", "---") for n in range(width)]
    return "\n".join([rows[0], "| " + " | ".join(between) + " |", *rows[1:]])


def _lines(nodes: Iterable[Inline]) -> str:
    """A paragraph: none of its lines begins like a list, a heading or a quote."""
    return "\n".join(_START.sub(_escaped, line) for line in _spans(nodes, end="\\\n").split("\n"))


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}"


def _spans(nodes: Iterable[Inline], *, end: str = "<br>") -> str:
    return "".join(_span(node, end) for node in nodes)


def _span(node: Inline, end: str) -> str:
    if isinstance(node, Text):
        return _INSIDE.sub(r"\\\g<0>", node.text)
    if isinstance(node, Strong):
        return f"**{_spans(node.children, end=end)}**"
    if isinstance(node, Emphasis):
        return f"*{_spans(node.children, end=end)}*"
    if isinstance(node, Strike):
        return f"~~{_spans(node.children, end=end)}~~"
    if isinstance(node, Code):
        ticks = "`" * (1 + _longest(node.text))
        pad = " " if node.text.startswith(("`", " ")) or node.text.endswith(("`", " ")) else ""
        return f"{ticks}{pad}{node.text}{pad}{ticks}"
    if isinstance(node, LineBreak):
        return end
    if isinstance(node, Link):
        if node.children == (Text(node.url),):
            return f"<{node.url}>"
        label = _spans(node.children, end=end)
        return f"[{label}](<{node.url}>)" if is_link(node.url) else label
    if isinstance(node, Marker):
        return f"\\[{node.number}\\]"
    return f"@{node.id}"


def _longest(text: str) -> int:
    return max((len(run) for run in _RUNS.findall(text)), default=0)
