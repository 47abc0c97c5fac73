"""When the passages of an answer contradict each other: the answer shows both, with their dates, in our own words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.age import day
from engine.knowledge.claims import Claim, claims
from engine.knowledge.disagreement import Disagreement, disagreements
from engine.language import language_of
from engine.numbers import mentioned
from engine.phrases import phrase
from engine.terms import terms
from engine.types import Passage

_QUOTED = 220  # characters of a sentence
_MARKUP = re.compile(r"[\[\]`*_<>|~\\]")
#: A yes or no is what an answer is about when it holds this part of the sentence's words.
_ABOUT = 0.5


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is put below an answer: ``text``, and the ``numbers`` of the passages that it names."""

    text: str
    numbers: tuple[int, int]
    disagreement: Disagreement


def doubt(passages: Sequence[Passage], used: Collection[int], answer: str, language: str) -> Doubt | None:
    """The first contradiction that bears on an answer, or None.

    Args:
        passages: what was found, numbered from 1 as in the answer's markers.
        used: the numbers that the answer points to; one side of the contradiction is among them.
        answer: its text: it states what one side says.
        language: in which the words are said.
    """
    places = {p.id: n for n, p in enumerate(passages, 1)}
    for found in disagreements(passages, read=_read):
        numbers = (places[found.first.id], places[found.second.id])
        if not set(numbers) & set(used) or not _bears_on(found, answer):
            continue
        sides = sorted(
            zip(numbers, (found.first, found.second), found.said, strict=True), key=lambda s: (-s[1].dated, s[0])
        )
        lines = [phrase("disagree", language)]
        for number, passage, said in sides:
            when = day(passage.dated, language) or phrase("undated", language)
            title = _plain(passage.title or passage.source)
            lines.append(phrase("disagree_side", language, when=when, title=title, said=_plain(said), number=number))
        return Doubt("\n\n" + lines[0] + "\n\n" + "\n".join(lines[1:]), numbers, found)
    return None


def _read(passage: Passage) -> tuple[Claim, ...]:
    return _read_once(replace(passage, score=0.0))


@lru_cache(maxsize=1024)
def _read_once(passage: Passage) -> tuple[Claim, ...]:
    """Reading a passage takes a millisecond, and the same ones are found again and again."""
    return claims(passage)


def _bears_on(found: Disagreement, answer: str) -> bool:
    one, other = found.said
    if found.about == "number":
        return bool((mentioned(one) ^ mentioned(other)) & mentioned(answer))
    if language_of(one) != language_of(answer):
        return False
    words = set(terms(one)) & set(terms(other))
    return len(words & set(terms(answer))) >= _ABOUT * len(words)


def _plain(text: str) -> str:
    """Words of a document without markup: nothing in them is a link, a marker or a mention of ours."""
    plain = " ".join(_MARKUP.sub("", text).split())
    return plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1].rstrip() + "…"
