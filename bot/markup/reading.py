"""Markdown in, the small typed tree out: nothing that the text brings along stays live."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.markup.characters import clean, good_cut
from bot.markup.hosts import addresses, is_link, label
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

#: A line of text is read in pieces of so many characters, so that a hostile one takes no quadratic time.
PIECE = 4_000
_MARKER = re.compile(r"\[(\d{1,3})\]")
_BREAK_TAG = re.compile(r"<br\s{0,3}/?>", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z0-9+#_.-]{1,30}")
_STYLES: dict[str, type[Strong | Emphasis | Strike]] = {"strong_open": Strong, "em_open": Emphasis, "s_open": Strike}


@cache
def _markdown(*, links: bool = True) -> MarkdownIt:
    """CommonMark without HTML, with tables and strike-through; without reference definitions and underlined headings.

    A definition would turn our own ``[1]`` into somebody's link, and a line of dashes, while it is being typed, the
    paragraph above it into a heading.
    """
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})
    markdown.enable(["table", "strikethrough"]).disable(["reference", "lheading", "html_block", "html_inline"])
    if not links:
        markdown.disable(["link", "image"])
    markdown.core.ruler.enableOnly(["normalize", "block"])
    return markdown


def parse(text: str, *, links: Collection[str] = (), sources: Mapping[int, str] | None = None) -> Document:
    """Read Markdown that nobody vouches for.

    ``links`` are the only addresses that stay links, compared whole; of any other link or image the label stays, of
    any other address the readable rest (``docs[.]example[.]com``).  ``sources`` are the addresses (or empty) behind the
    markers ``[1]``; they count as ``links`` too, and a marker with no entry is plain text.  Every prefix of a text is
    as safe as the whole; ``settled`` makes it pretty.
    """
    return _Reader(links, sources or {}).document(clean(text))


class _Reader:
    """One reading, with what it allows."""

    def __init__(self, links: Collection[str], sources: Mapping[int, str]) -> None:
        self.sources = sources
        self.allowed: dict[str, str] = {}
        for url in (*links, *sources.values()):
            if is_link(url):
                self.allowed[url] = url
                self.allowed.setdefault(_markdown().normalizeLink(url), url)

    def document(self, text: str) -> Document:
        tokens = iter(_markdown().parse(text))
        return Document(tuple(self._blocks(tokens, "")))

    def _blocks(self, tokens: Iterator[Token], until: str) -> Iterator[Block]:
        """The blocks up to the closing token ``until``."""
        for token in tokens:
            kind = token.type
            if kind == until:
                return
            if kind in ("paragraph_open", "heading_open"):
                children = self._line(next(tokens).content)
                next(tokens)
                if kind == "heading_open":
                    yield Heading(int(token.tag[1]), children)
                elif children:
                    yield Paragraph(children)
            elif kind in ("fence", "code_block"):
                language = _LANGUAGE.match(token.info.strip())
                yield Fence(token.content.removesuffix("\n"), language.group() if language else "")
            elif kind == "hr":
                yield Rule()
            elif kind == "blockquote_open":
                yield Quote(tuple(self._blocks(tokens, "blockquote_close")))
            elif kind in ("bullet_list_open", "ordered_list_open"):
                yield self._list(tokens, token)
            elif kind == "table_open":
                yield self._table(tokens)

    def _list(self, tokens: Iterator[Token], opening: Token) -> List:
        items = []
        for token in tokens:
            if token.type != "list_item_open":
                break
            items.append(tuple(self._blocks(tokens, "list_item_close")))
        start = opening.attrGet("start")
        return List(tuple(items), opening.type == "ordered_list_open", 1 if start is None else int(start))

    def _table(self, tokens: Iterator[Token]) -> Table:
        rows: list[tuple[tuple[Inline, ...], ...]] = []
        row: list[tuple[Inline, ...]] = []
        align: list[str] = []
        for token in tokens:
            if token.type == "table_close":
                break
            if token.type == "th_open":
                align.append(str(token.attrGet("style") or "left").removeprefix("text-align:"))
            elif token.type == "inline":
                row.append(self._line(token.content))
            elif token.type == "tr_close":
                rows.append(tuple(row))
                row = []
        return Table(tuple(rows), tuple(align))

    def _line(self, content: str) -> tuple[Inline, ...]:
        """The inline nodes of a paragraph, a heading or a cell."""
        nodes: list[Inline] = []
        while content:
            end = good_cut(content, PIECE)
            tokens: list[Token] = []
            # Brackets are slow to read; where no link can be, they are not looked at.
            markdown = _markdown(links="](" in content[:end])
            markdown.inline.parse(content[:end], markdown, {}, tokens)
            nodes += self._inlines(_Tokens(tokens), "", self.allowed)
            content = content[end:]
        return _trimmed(self._resolved(nodes, self.allowed, in_label=False))

    def _inlines(self, tokens: _Tokens, until: str, allowed: Mapping[str, str]) -> list[Inline]:
        """Nodes whose texts are not looked at yet: neighbours must first grow together."""
        nodes: list[Inline] = []
        for token in tokens:
            kind = token.type
            if kind == until:
                break
            if kind in ("text", "text_special"):
                nodes += [Text(token.content)] if token.content else []
            elif kind in ("softbreak", "hardbreak"):
                nodes.append(LineBreak())
            elif kind == "code_inline":
                nodes.append(Code(token.content.replace("\n", " ")))
            elif kind in _STYLES:
                children = self._inlines(tokens, kind.replace("_open", "_close"), allowed)
                if children:
                    nodes.append(_STYLES[kind](tuple(children)))
            elif kind == "link_open":
                url = allowed.get(str(token.attrGet("href") or ""), "")
                inside = self._inlines(tokens, "link_close", allowed)
                nodes += [Link(tuple(inside), url)] if url else inside
            elif kind == "image":
                nodes += self._inlines(_Tokens(token.children or []), "", allowed)
        return nodes

    def _resolved(self, nodes: Iterable[Inline], allowed: Mapping[str, str], *, in_label: bool) -> tuple[Inline, ...]:
        """The nodes with addresses and markers found in their texts."""
        out: list[Inline] = []
        for is_text, group in groupby(nodes, key=lambda node: isinstance(node, Text)):
            if is_text:
                joined = "".join(node.text for node in group if isinstance(node, Text))
                out += self._text(joined, allowed, in_label=in_label)
                continue
            for node in group:
                if isinstance(node, Link):
                    children = self._resolved(node.children, {node.url: node.url}, in_label=True)
                    if not any(_said(children)):
                        children = (Text(node.url),)
                    out.append(Link(children, node.url))
                elif isinstance(node, Strong | Emphasis | Strike):
                    out.append(replace(node, children=self._resolved(node.children, allowed, in_label=in_label)))
                else:
                    out.append(node)
        return tuple(out)

    def _text(self, text: str, allowed: Mapping[str, str], *, in_label: bool) -> Iterator[Inline]:
        for n, line in enumerate(_BREAK_TAG.split(text)):
            if n:
                yield LineBreak()
            for piece, url in addresses(line, allowed):
                if in_label:
                    yield Text(piece if url else label(piece, next(iter(allowed), "")))
                elif url:
                    yield Link((Text(piece),), url)
                else:
                    yield from self._markers(piece)

    def _markers(self, text: str) -> Iterator[Inline]:
        at = 0
        for match in _MARKER.finditer(text):
            number = int(match.group(1))
            if number in self.sources:
                if match.start() > at:
                    yield Text(text[at : match.start()])
                yield Marker(number, self.allowed.get(self.sources[number], ""))
                at = match.end()
        if at < len(text):
            yield Text(text[at:])


class _Tokens:
    """An iterator over tokens that nested readers share."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = iter(tokens)

    def __iter__(self) -> Iterator[Token]:
        return self._tokens


def _said(nodes: Iterable[Inline]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Text | Code):
            yield node.text.strip()
        elif isinstance(node, Strong | Emphasis | Strike | Link):
            yield from _said(node.children)


def _trimmed(nodes: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Without line breaks at either end."""
    start, end = 0, len(nodes)
    while start < end and isinstance(nodes[start], LineBreak):
        start += 1
    while end > start and isinstance(nodes[end - 1], LineBreak):
        end -= 1
    return nodes[start:end]
