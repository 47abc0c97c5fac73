"""A document as a web page, a terminal and plain text show it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby

from bot.markup.characters import boundary, columns
from bot.markup.flow import Piece, Run, flow
from bot.markup.hosts import is_link, without_hosts
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

_RESET, _BOLD, _DIM, _ITALIC, _UNDER, _STRIKE, _CODE = (f"\x1b[{n}m" for n in ("0", "1", "2", "3", "4", "9", "36"))


def html(doc: Document) -> str:
    """HTML with our tags only; links open outside the page and do not say where they come from."""
    return "\n".join(map(_block, doc.blocks))


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_spans(block.children)}</p>"
    if isinstance(block, Heading):
        level = min(block.level + 2, 6)  # the page has headings of its own
        return f"<h{level}>{_spans(block.children)}</h{level}>"
    if isinstance(block, Fence):
        kind = f' class="language-{escape(block.language)}"' if block.language else ""
        return f"<pre><code{kind}>{escape(block.code)}\n</code></pre>"
    if isinstance(block, Rule):
        return "<hr>"
    if isinstance(block, Quote):
        return "<blockquote>" + "\n".join(map(_block, block.blocks)) + "</blockquote>"
    if isinstance(block, Table):
        return _table(block)
    return _list(block)


def _list(block: List) -> str:
    tag = "ol" if block.ordered else "ul"
    start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
    items = []
    for item in block.items:
        tight = len(item) > 0 and isinstance(item[0], Paragraph)
        first = [_spans(item[0].children)] if tight and isinstance(item[0], Paragraph) else []
        items.append("<li>" + "\n".join([*first, *map(_block, item[len(first) :])]) + "</li>")
    return f"<{tag}{start}>" + "\n".join(items) + f"</{tag}>"


def _table(block: Table) -> str:
    def cells(row: tuple[tuple[Inline, ...], ...], tag: str) -> str:
        how = [block.align[n] if n < len(block.align) else "left" for n in range(len(row))]
        return "".join(f'<{tag} class="{escape(how[n])}">{_spans(cell)}</{tag}>' for n, cell in enumerate(row))

    head, *body = block.rows or ((),)
    rows = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in body)
    return f"<table><thead><tr>{cells(head, 'th')}</tr></thead><tbody>{rows}</tbody></table>"


def _spans(nodes: Iterable[Inline]) -> str:
    return "".join(map(_span, nodes))


def _span(node: Inline) -> str:
    if isinstance(node, Text):
        return escape(node.text)
    if isinstance(node, Strong):
        return f"<strong>{_spans(node.children)}</strong>"
    if isinstance(node, Emphasis):
        return f"<em>{_spans(node.children)}</em>"
    if isinstance(node, Strike):
        return f"<s>{_spans(node.children)}</s>"
    if isinstance(node, Code):
        return f"<code>{escape(node.text)}</code>"
    if isinstance(node, LineBreak):
        return "<br>"
    if isinstance(node, Link):
        return _anchor(node.url, _spans(node.children))
    if isinstance(node, Marker):
        mark = f"[{node.number}]"
        return _anchor(node.url, mark, ' class="source"')
    return f'<span class="person">@{escape(node.id)}</span>'


def _anchor(url: str, label: str, more: str = "") -> str:
    if not is_link(url):
        return f"<span{more}>{label}</span>" if more else label
    return f'<a href="{escape(url)}"{more} target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


def plain(doc: Document) -> str:
    """Text without any markup, for mail and logs: links as ``label (url)``, other addresses with bracketed dots."""
    pieces = flow(doc)
    return _joined(map(_plain_piece, pieces), pieces)


def _plain_piece(piece: Piece) -> str:
    if piece.kind == "code":
        return piece.code
    if piece.kind == "rule":
        return "---"
    out = _start(piece)
    for kept, runs in groupby(piece.runs, key=lambda run: bool(run.url or run.code)):
        text = "".join(_with_url(run) for run in runs)
        out += text if kept else without_hosts(text)
    return out


def _with_url(run: Run) -> str:
    return f"{run.text} ({run.url})" if run.url and not run.marker and run.text != run.url else run.text


def _start(piece: Piece) -> str:
    if piece.kind == "item":
        return "  " * piece.indent + ("• " if piece.number is None else f"{piece.number}. ")
    return "> " if piece.kind == "quote" else ""


def _joined(texts: Iterable[str], pieces: list[Piece]) -> str:
    out: list[str] = []
    before = ""
    for text, piece in zip(texts, pieces, strict=True):
        out += ["" if not out else "\n" if piece.kind == before in ("item", "quote") else "\n\n", text]
        before = piece.kind
    return "".join(out)


def terminal(doc: Document, *, width: int = 100, colour: bool = True) -> str:
    """Lines for a terminal, at most ``width`` columns but for code; escape sequences (``colour``) are ours alone."""
    pieces = flow(doc)
    return _joined((_terminal_piece(piece, max(width, 20), colour=colour) for piece in pieces), pieces)


def _terminal_piece(piece: Piece, width: int, *, colour: bool) -> str:
    if piece.kind == "code":
        lines = ["    " + line for line in piece.code.split("\n")]
        return "\n".join(f"{_CODE}{line}{_RESET}" if colour else line for line in lines)
    if piece.kind == "rule":
        return "─" * min(width, 40)
    start = _start(piece)
    hang = start if piece.kind == "quote" else " " * columns(start)
    lines = _wrapped(piece.runs, width - columns(start), bold=piece.kind == "heading", colour=colour)
    return start + ("\n" + hang).join(lines)


def _wrapped(runs: Iterable[Run], width: int, *, bold: bool, colour: bool) -> list[str]:
    """Words put into lines of ``width`` columns; each word carries its own style, so that no line ends inside one."""
    lines, line, used = [], "", 0
    for run in runs:
        for word in re.findall(r"\n|[^\S\n]+|\S+", _with_url(run)):
            if word == "\n" or (used and used + columns(word) > width >= columns(word)) or (used >= width):
                lines.append(line.rstrip())
                line, used = "", 0
            rest = "" if word == "\n" or (not used and word.isspace() and lines) else word
            while (fits := _fitting(rest, width - used)) < len(rest):  # longer than a line
                at = boundary(rest, max(1, fits))
                lines.append(line + _styled(rest[:at], run, bold=bold, colour=colour))
                line, used, rest = "", 0, rest[at:]
            line += _styled(rest, run, bold=bold, colour=colour)
            used += columns(rest)
    return [*lines, line]


def _fitting(word: str, width: int) -> int:
    used = 0
    for n, c in enumerate(word):
        used += columns(c)
        if used > width:
            return n
    return len(word)


def _styled(text: str, run: Run, *, bold: bool, colour: bool) -> str:
    if not colour or not text.strip():
        return text
    codes = [(_BOLD, run.bold or bold), (_ITALIC, run.italic), (_STRIKE, run.strike), (_CODE, run.code)]
    codes += [(_DIM, run.marker), (_UNDER, bool(run.url) and not run.marker)]
    on = "".join(code for code, is_on in codes if is_on)
    return f"{on}{text}{_RESET}" if on else text
