"""The terms of the house: how a word is always translated, from a two-column page of the knowledge base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine import Passage, language_of

#: How such a page is called where the settings name none.
TITLES: Final = ("glossary", "terminology", "术语表", "詞彙表", "術語表", "词汇表")
_RECORD: Final = re.compile(
    r"^(?P<a>[^:：|\n]{1,40})[:：] (?P<one>[^|\n]+?) \| (?P<b>[^:：|\n]{1,40})[:：] (?P<other>[^|\n]+?)(?: \|.*)?$"
)
_ROW: Final = re.compile(r"^\s*\|\s*(?P<one>[^|\n]+?)\s*\|\s*(?P<other>[^|\n]+?)\s*\|")
_RULE: Final = re.compile(r"[\s:|-]+")
_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Term:
    """A word and how it is translated; which is which tells the text that has one of them."""

    one: str
    other: str


def terms_of(passages: Iterable[Passage]) -> tuple[Term, ...]:
    """The terms of the page with these passages: the rows of a table, or of a file of values."""
    found: dict[Term, None] = {}
    for passage in passages:
        lines = passage.text.splitlines()
        for n, line in enumerate(lines):
            row = _RECORD.match(line) or _ROW.match(line)
            if not row or _RULE.fullmatch(line) or (n + 1 < len(lines) and _RULE.fullmatch(lines[n + 1] or ".")):
                continue  # no row, or the names of the columns
            found[Term(row["one"].strip(" *`"), row["other"].strip(" *`"))] = None
    return tuple(found)[:_MOST]


def used(terms: Sequence[Term], text: str, target: str) -> list[tuple[str, str]]:
    """The terms that the text has, each with what is to stand in the translation; longer ones first."""
    found: list[tuple[str, str]] = []
    for term in sorted(terms, key=lambda t: -max(len(t.one), len(t.other))):
        for source, wanted in ((term.one, term.other), (term.other, term.one)):
            fits = _is_of(wanted, target) or not _is_of(source, target)
            if fits and has(text, source) and not any(source in known for known, _ in found):
                found.append((source, wanted))
                break
    return found


def has(text: str, term: str) -> bool:
    """Whether the text has the term: as a word of its own, however it is capitalised, an English plural too."""
    if not term.isascii():
        return term.casefold() in text.casefold()
    return bool(re.search(rf"(?<![A-Za-z0-9]){re.escape(term)}(?:e?s)?(?![A-Za-z0-9])", text, re.IGNORECASE))


def _is_of(word: str, language: str) -> bool:
    """Whether a word is of this language as far as its script tells."""
    return language_of(word) == language.partition("-")[0]
