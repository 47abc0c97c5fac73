"""Whether a draft claims more than its sources say: numbers, names, links and code, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine import Grounding, Passage, language_of
from plugins.drafting import spans
from plugins.drafting.material import Material
from plugins.drafting.request import Request

#: A sentence points to a passage that has at least this part of its words, and all its numbers, names and links.
_CARRIED: Final = 0.4
#: One at the beginning of a line, with what stands between it and the words.
_BEGINNING: Final = re.compile(r"^[ \t]*(?:\[\d{1,2}(?:\s*[,，、]\s*\d{1,2})*\]|【\d{1,2}】)[ \t]*", re.MULTILINE)
_MARKERS: Final = re.compile(r"[ \t]*(?:\[\d{1,2}(?:\s*[,，、]\s*\d{1,2})*\]|【\d{1,2}】)")
#: Numbers that only count the draft's own parts.
_PARTS: Final = re.compile(
    r"\b(?:section|part|step|day|chapter|paragraph|version|option|tip|week|no\.?|#)\s*\d{1,3}\b|第[一二三四五六七八九十\d]{1,3}[章节節部步条條点點天段]",
    re.IGNORECASE,
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH: Final = re.compile(rf"\b(?:{'|'.join(_MONTHS)})[a-z]*\b")
_BLANK: Final = re.compile(r"\[[^\[\]\n]+\]|<<|>>|[*_]{1,3}")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence of the draft, where it stands, and the fact in it that stands nowhere."""

    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The check against the passages, what was said in the thread, and the request itself."""

    grounding: Grounding
    numbered: int  # so many of its passages have a number that may be shown

    @classmethod
    def of(cls, request: Request, material: Material) -> Facts:
        """From everything that stood in the prompt as a source."""
        others = ["\n".join(material.said), material.passed, request.asked, request.content, request.given]
        months = _MONTH.findall("\n".join([*others, *(p.text for p in material.passages)]))
        others.append(" ".join(str(_MONTHS.index(month[:3]) + 1) for month in months))  # 5月 is May
        plain = [Passage("", "", "", "", "", "", text, language_of(text), "") for text in others if text]
        return cls(Grounding((*material.passages, *plain), request.asked), len(material.passages))

    def doubts(self, text: str) -> list[Doubt]:
        """The sentences that claim what stands in none of them."""
        found = []
        for start, end in spans.sentences(text):
            said = text[start:end]
            line = text[text.rfind("\n", 0, start) + 1 : start]
            plain = _BLANK.sub(" ", _PARTS.sub(" ", said))
            if line.lstrip().startswith("#") or (len(plain.split()) <= 10 and not re.search(r"[.!?。！？]\W*$", plain)):
                plain = plain.lower()  # headings are written in capitals: no names
            if reason := self.grounding.unfounded(plain):
                found.append(Doubt(start, end, said.strip(), reason))
        return found

    def marked(self, text: str) -> tuple[str, set[int]]:
        """The text with a marker behind each sentence that a passage carries, and the numbers of those passages."""
        if not self.numbered:
            return text, set()
        cited: set[int] = set()
        for start, end in reversed(spans.sentences(text)):
            numbers = [n for n in self.grounding.carriers_of(text[start:end], _CARRIED) if n <= self.numbered]
            if numbers:
                cited.update(numbers)
                stop = start + len(text[start:end].rstrip())
                text = f"{text[:stop]} [{numbers[0]}]{text[stop:]}"
        return text, cited


def unmarked(text: str) -> str:
    """The text without markers that the model wrote: which passage carries what, is found out by the check."""
    return _MARKERS.sub("", _BEGINNING.sub("", text))


def without_doubts(text: str, doubts: Sequence[Doubt]) -> str:
    """The text without these sentences."""
    return spans.without(text, [(doubt.start, doubt.end) for doubt in doubts])


def with_marks(text: str, doubts: Sequence[Doubt], mark: str) -> str:
    """The text with a word behind each of these sentences."""
    for doubt in sorted(doubts, key=lambda one: one.start, reverse=True):
        stop = doubt.start + len(text[doubt.start : doubt.end].rstrip())
        text = f"{text[:stop]} {mark}{text[stop:]}"
    return text


def undoubted(text: str, mark: str) -> str:
    """The text without the sentences that have this word behind them."""
    doubted = []
    for start, end in spans.sentences(text):
        line = text[start:].partition("\n")[0]
        if 0 <= line.find(mark) <= end - start + 1:  # right behind it, with a space between
            doubted.append((start, end))
    return spans.without(text, doubted)
