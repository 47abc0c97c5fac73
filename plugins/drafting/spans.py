"""Sentences, words and paragraphs of a draft, as its limits count them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WIDE: Final = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+(?:['’.\-][^\W_{_WIDE}]+)*")
_TOKEN: Final = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+")
_CLOSED: Final = "[\"'”’)\\]*_>]*"
_SENTENCE: Final = re.compile(
    rf"[^\n]+?(?:(?<!\d)(?<!\b[A-Za-z])(?<!\b(?:Mr|Ms|Dr|St|vs))(?<!\b(?:Mrs|etc|e\.g|i\.e))[.]{_CLOSED}(?=\s|$)"
    rf"|(?<=\w \d)[.]{_CLOSED}(?=\s|$)|(?<=\d\d)[.]{_CLOSED}(?=\s|$)|[!?…]+{_CLOSED}(?=\s|$)|[。！？]+[”’」）*_]*|$)",
    re.MULTILINE,
)
_STOP: Final = re.compile(r"[.!?…。！？][\"'”’)\]*_」）>]*\s*$")
_LEAD: Final = re.compile(r"\s*(?:(?:[-*+•]|#{1,6}|\d{1,3}[.)])\s+)+")


def words(text: str) -> list[str]:
    """As people count them: "don't" is one, each Chinese character is one."""
    return _WORD.findall(text)


def tokens(text: str) -> list[str]:
    """As machines count them: "don't" is two.  Never fewer than ``words``."""
    return _TOKEN.findall(text)


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends; a line ends one too.  What begins a list item or heading is left out."""
    found = []
    for m in _SENTENCE.finditer(text):
        lead = _LEAD.match(m.group())
        start = m.start() + (lead.end() if lead else len(m.group()) - len(m.group().lstrip()))
        if re.search(r"\w", text[start : m.end()]):
            found.append((start, m.end()))
    return found


def stops(text: str) -> int:
    """How many sentences are ended by a mark, and one more where the text goes on after the last: verses are few."""
    ended = [1 for start, end in sentences(text) if _STOP.search(text[start:end])]
    return len(ended) + (not _STOP.search(text) and bool(text.strip()))


def without(text: str, cut: Iterable[tuple[int, int]]) -> str:
    """The text without these pieces, and without the lines that are empty by that."""
    for start, end in sorted(cut, reverse=True):
        line = text.rfind("\n", 0, start) + 1
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        rest = text[line:start] + text[end:stop].lstrip()
        if not re.search(r"\w", rest):
            rest = ""
            stop += stop < len(text)
        text = text[:line] + rest.rstrip() + text[stop:] if rest else text[:line] + text[stop:]
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def paragraphs(text: str, separator: str = "") -> list[str]:
    """What stands between empty lines, or between lines with this separator."""
    parts = re.split(r"\s*\*{3,}\s*", text.strip()) if separator.startswith("***") else re.split(r"\n\s*\n", text)
    return [part.strip() for part in parts if part.strip()]
