"""The small frozen tree that all text becomes before it is rendered for a platform."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that mean nothing but themselves."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Bold."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Italic."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strike:
    """Struck through."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code inside a line; it holds no line break."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that we allowed: ``url`` is the caller's own string, never the text's."""

    children: tuple[Inline, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Marker:
    """``[1]``: points to source ``number``; ``url`` is empty where that source has no link."""

    number: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    """The text goes on in the next line."""


@dataclass(frozen=True, slots=True)
class Person:
    """A live mention of one person by the platform's id.  Only our own code makes one; ``parse`` never does."""

    id: str


Inline = Text | Strong | Emphasis | Strike | Code | Link | Marker | LineBreak | Person


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some lines of text."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of ``level`` 1 to 6."""

    level: int
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class List:
    """Items, each made of blocks; ``start`` is the number of the first item of an ordered list."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted blocks."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """Lines of code exactly as they were written, without a line break at the end; ``language`` may be empty."""

    code: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the first row is the header; ``align`` has ``left``, ``center`` or ``right`` for each column."""

    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    align: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Paragraph | Heading | List | Quote | Fence | Table | Rule


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text.  Documents can be added up: ours before theirs."""

    blocks: tuple[Block, ...] = ()

    def __add__(self, other: Document) -> Document:
        return Document(self.blocks + other.blocks)
