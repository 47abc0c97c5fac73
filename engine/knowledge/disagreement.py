"""Passages that contradict each other: the same thing with another number, date or unit, or once yes and once no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

from engine.knowledge.claims import Claim, claims, words
from engine.knowledge.quantities import WHEN, Quantity
from engine.types import Passage

#: A thing of which so many different values are told is a list of things: a template that many pages fill in.
_TEMPLATE = 3
#: Words of titles that tell what kind of text it is, and not what it is about.
_GENERIC = re.compile(
    r"\b(?:hand ?books?|guides?|manuals?|faqs?|polic(?:y|ies)|overview|introduction|references?|documentation|docs?"
    r"|pages?|wiki|notes?|general|information|info|rules?|help|questions?|answers?|regulations?|instructions?|readme"
    r"|index|basics|validity|duration|deadlines?|opening|hours?|times?|dates?|retention|renewals?|limits?|sizes?"
    r"|requirements?|fees?|allowances?|schedules?|periods?|expiry|contacts?|prices?|costs?|details|summary|terms)\b"
    r"|手册|指南|规定|规则|制度|说明|须知|政策|文档|简介|概述|常见问题|流程|办法|管理|介绍"
    r"|期限|价格|费用|员工|公司|信息|详情|时间|日期|地点"
)
_VERSION = re.compile(r"(?<![a-z0-9])v?(\d+(?:\.\d+)+|20\d\d)(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two passages, the sentence of each, and what they differ in."""

    first: Passage
    second: Passage
    said: tuple[str, str]
    about: Literal["number", "yes or no"]
    values: tuple[tuple[Quantity, ...], tuple[Quantity, ...]]

    @property
    def pair(self) -> tuple[str, str]:
        """The ids of the documents, in a fixed order."""
        one, other = sorted((self.first.document, self.second.document))
        return one, other


def disagreements(
    passages: Iterable[Passage], *, read: Callable[[Passage], Iterable[Claim]] = claims
) -> list[Disagreement]:
    """All pairs among the passages of different documents that cannot both be right, each pair of passages once.

    Only clauses of the same language and the same frame are compared (see ``claims``), and only where the titles and
    headings above them name nothing that the other passage does not know: two plans, offices or versions may differ.
    ``read`` says what a passage claims.
    """
    frames: dict[tuple[frozenset[str], tuple[str, ...]], list[Claim]] = {}
    for passage in passages:
        for claim in read(passage):
            frames.setdefault((claim.frame, claim.kinds), []).append(claim)
    found: dict[tuple[str, str], Disagreement] = {}
    for same in frames.values():
        if len({(c.values, c.yes) for c in same}) < 2 or _is_template(same):
            continue
        for one, other in _apart(same):
            if (about := _differ(one, other)) and _same_subject(one, other):
                key = (one.passage.id, other.passage.id)
                sides, said = (one.passage, other.passage), (one.said, other.said)
                found.setdefault(key, Disagreement(*sides, said, about, (one.values, other.values)))
    return list(found.values())


def _apart(same: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Claims of two documents each, without those that the other document makes too (in another section, say)."""
    by_document: dict[str, list[Claim]] = {}
    for claim in same:
        by_document.setdefault(claim.passage.document, []).append(claim)
    for these, those in combinations(by_document.values(), 2):
        alone = [c for c in these if all(_differ(c, other) for other in those)]
        yield from product(alone, [c for c in those if all(_differ(c, other) for other in these)])


def _is_template(same: Sequence[Claim]) -> bool:
    """Whether three documents and more each tell another value."""
    return len({(c.passage.document, c.values) for c in same}) >= _TEMPLATE <= len({c.values for c in same})


def _differ(one: Claim, other: Claim) -> Literal["number", "yes or no", ""]:
    apart = [kind for kind, a, b in zip(one.kinds, one.values, other.values, strict=True) if not a.equals(b)]
    if one.yes != other.yes:
        return "" if apart else "yes or no"
    if not apart or (set(apart) & WHEN and set(one.kinds) - WHEN):
        return ""  # the same, or said of different times
    return "number"


def _same_subject(one: Claim, other: Claim) -> bool:
    """Whether what stands above each clause is known to the other passage too, and neither is of another version."""
    a, b = one.passage, other.passage
    versions = [set(_VERSION.findall(f"{p.source} {p.title} {p.heading}")) for p in (a, b)]
    if versions[0] != versions[1]:
        return False
    return _above(one) <= _known(b) and _above(other) <= _known(a)


def _above(claim: Claim) -> frozenset[str]:
    """What title and headings say beyond the clause."""
    return (
        words(_GENERIC.sub(" ", _folded(f"{claim.passage.title} {claim.passage.heading}")))
        - claim.frame
        - words(_folded(claim.said))
    )


def _known(passage: Passage) -> frozenset[str]:
    return words(_folded(f"{passage.title} {passage.heading} {passage.text}"))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
