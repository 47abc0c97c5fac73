"""A document as Slack shows it: rich text, which Slack never parses, and the plain text of a notification."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.markup.characters import boundary, size
from bot.markup.flow import Piece, Run, flow, pack
from bot.markup.hosts import without_hosts
from bot.markup.tree import Document

Json = dict[str, Any]
#: Slack takes 50 blocks a message; sources and buttons need some of them.
BLOCKS = 45
#: Written where the text holds a backtick that would open or close code.
BACKTICK = "\u02cb"
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")
#: What could be read as one character, or begin a link or its address, where Markdown is read.
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
_LINK = re.compile(r"\](?=[(:\[])")


def slack_blocks(doc: Document, *, limit: int = 9_000) -> list[list[Json]]:
    """Block Kit blocks for one message after the other: at most ``limit`` characters of text and 45 blocks each.

    Elements are of type ``text`` and ``link`` (and ``user`` for a ``Person``): Slack shows their text as it is.
    """
    messages: list[list[Json]] = []
    for pieces in pack(flow(doc), limit, _cost):
        blocks = list(_blocks(pieces))
        messages += [blocks[n : n + BLOCKS] for n in range(0, len(blocks), BLOCKS)]
    return messages


def _cost(piece: Piece) -> int:
    return size(piece.text) + 2


def _blocks(pieces: Iterable[Piece]) -> Iterator[Json]:
    """One rich text block for a stretch of paragraphs and what follows them."""
    elements: list[Json] = []
    lists: Json | None = None
    for piece in pieces:
        starts = piece.kind in ("paragraph", "heading", "rule")
        if starts and elements and elements[-1]["type"] != "rich_text_section":
            yield {"type": "rich_text", "elements": elements}
            elements = []
        if piece.kind == "rule":
            if elements:
                yield {"type": "rich_text", "elements": elements}
                elements = []
            yield {"type": "divider"}
        if piece.kind != "item":
            lists = None
        if piece.kind == "code":
            text = [{"type": "text", "text": piece.code}] if piece.code else [{"type": "text", "text": " "}]
            elements.append({"type": "rich_text_preformatted", "elements": text})
        elif piece.kind == "item":
            lists = _item(piece, lists, elements)
        elif inline := _inline(piece.runs, bold=piece.kind == "heading"):
            if piece.kind == "quote":
                _add(elements, "rich_text_quote", inline, "\n")
            else:
                _add(elements, "rich_text_section", inline, "\n\n")
    if elements:
        yield {"type": "rich_text", "elements": elements}


def _add(elements: list[Json], kind: str, inline: list[Json], between: str) -> None:
    """Paragraphs that follow each other share a section: only so is the space between them kept."""
    if elements and elements[-1]["type"] == kind:
        elements[-1]["elements"] += [{"type": "text", "text": between}, *inline]
    else:
        elements.append({"type": kind, "elements": inline})


def _item(piece: Piece, open_list: Json | None, elements: list[Json]) -> Json:
    style, indent = "bullet" if piece.number is None else "ordered", min(piece.indent, 8)
    if open_list is None or (open_list["style"], open_list["indent"]) != (style, indent):
        open_list = {"type": "rich_text_list", "style": style, "indent": indent, "elements": []}
        if piece.number is not None and piece.number > 1:
            open_list["offset"] = piece.number - 1
        elements.append(open_list)
    inline = _inline(piece.runs) or [{"type": "text", "text": " "}]
    open_list["elements"].append({"type": "rich_text_section", "elements": inline})
    return open_list


def _inline(runs: Iterable[Run], *, bold: bool = False) -> list[Json]:
    return [_element(run, bold=bold) for run in runs if run.text]


def _element(run: Run, *, bold: bool) -> Json:
    style = {"bold": run.bold or bold, "italic": run.italic, "strike": run.strike, "code": run.code}
    on = {name: True for name, is_on in style.items() if is_on}
    if run.person and _PERSON.fullmatch(run.person):
        element: Json = {"type": "user", "user_id": run.person}
    elif run.url:
        # A label is shown as it is too; it merely must not look like a mention or another address.
        element = {"type": "link", "url": run.url, "text": run.text.replace("<", "‹").replace(">", "›")}
    else:
        element = {"type": "text", "text": run.text}
    return {**element, **({"style": on} if on else {})}


def slack_text(doc: Document, *, limit: int = 3_000) -> str:
    """The ``text`` beside the blocks, which notifications show: no styles, no links, and nothing that becomes one.

    At most ``limit`` characters with Slack's escapes; what is cut ends with ``…``, fences are closed.
    """
    out: list[str] = []
    left = limit - 1
    for text, code in _segments(doc):
        opening, closing = ("```\n", "\n```") if code else ("", "")
        shown = (
            _escaped(text.replace("```", BACKTICK * 3))
            if code
            else _escaped(without_hosts(text.replace("`", BACKTICK)))
        )
        if size(opening + shown + closing) > left:
            room = left - len(opening + closing)
            if room > 0:
                out.append(opening + _start(shown, room) + closing)
            return "".join(out).rstrip() + "…"
        out.append(opening + shown + closing)
        left -= size(out[-1])
    return "".join(out).strip("\n")


def slack_stream(doc: Document) -> str:
    """The words of a document that still grows, for a message that Slack shows while it is written.

    Slack reads this as Markdown and lets nobody switch links off, so there are none: no styles, no addresses, nothing
    that could become a mention.  What the growing document says later only ever adds to it at the end, as long as its
    text does; code comes when it is whole.
    """
    pieces = [piece for piece in flow(doc) if piece.kind != "rule"]
    if pieces and pieces[-1].kind == "code":
        pieces.pop()
    out, before = "", ""
    for piece in pieces:
        if out:
            out += "\n" if before == piece.kind == "item" else "\n\n"
        if piece.kind == "code":
            out += f"```\n{_inert(piece.code.replace('```', BACKTICK * 3))}\n```"
        else:
            bullet = "- " if piece.number is None else f"{piece.number}. "
            out += "    " * piece.indent + bullet if piece.kind == "item" else ""
            out += _inert(piece.text.replace("`", BACKTICK))
        before = piece.kind
    return out


def _inert(text: str) -> str:
    """Text that is no markup to a reader of Markdown, nor to one of Slack's own."""
    text = _LINK.sub("] ", without_hosts(text))
    return _ENTITY.sub("&amp;", text).replace("<", "‹").replace(">", "›")


def _segments(doc: Document) -> Iterator[tuple[str, bool]]:
    """Texts, each with whether it is a block of code."""
    text = ""
    for piece in flow(doc):
        if piece.kind == "code":
            yield text + "\n", False
            yield piece.code, True
            text = ""
        elif piece.kind != "rule":
            bullet = "• " if piece.number is None else f"{piece.number}. "
            start = "  " * piece.indent + bullet if piece.kind == "item" else "> " if piece.kind == "quote" else ""
            text += "\n" + start + piece.text
    yield text, False


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _start(escaped: str, room: int) -> str:
    """The start of escaped text that cuts neither an escape nor a character, of at most ``room`` UTF-16 units."""
    start = escaped[:room]
    while (over := size(start) - room) > 0:
        start = start[: len(start) - (over + 1) // 2]
    start = escaped[: boundary(escaped, len(start))]
    return re.sub(r"&[a-z]{0,3}$", "", start)
