"""Lets through what stands in a source: each sentence of an answer is checked before anybody sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.language import language_of
from engine.numbers import mentioned, stated
from engine.sentences import Kind, Splitter, Unit
from engine.terms import terms
from engine.types import ATTACHED, Passage

#: A cited sentence shares at least this part of its content words with what it cites (same language).  A sentence
#: without a marker is given one when a passage holds this part of it; pairs of Chinese characters agree less often than
#: words do.  Chosen by reading answers, not fitted.
CITED_SUPPORT = 0.3
UNCITED_SUPPORT = {"zh": 0.5, "ja": 0.5, "ko": 0.5}
UNCITED_SUPPORT_WORDS = 0.65

_MARKER = re.compile(
    r"[ \t]*(?:\[(?:(?:source|passage|来源)\s*)?(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\]|【(\d{1,3})】)", re.IGNORECASE
)
_INSIDE = re.compile(r"\w\[\d+\]\w", re.ASCII)
_PREFIX = re.compile(r"^\s*(?:(?:[-*+>]|#{1,6}|\d{1,3}[.)])\s+)*")
_LINK = re.compile(
    r"(?:https?|ftp)://[^\s<>()\[\]\"'，。；、]+|www\.[^\s<>()\[\]\"'，。；、]+|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE
)
_TARGET = re.compile(r"\]\(\s*<?([^)\s>]+)")
_CODE = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"(?<![\w'’.-])[A-Z][\w'’-]*[\w]|(?<![\w.-])[A-Z]{2,}\b")
_MARKUP = re.compile(r"<[^>\s][^>]*>?|!\[|^\s*\[[^\]]+\]:|@(?:everyone|here|channel)\b", re.IGNORECASE)
#: Capitalised where English always capitalises: no names.
_NOT_NAMES = frozenset(
    [
        "I",
        "I'm",
        "I'll",
        "I've",
        "I'd",
        "Yes",
        "No",
        "If",
        "When",
        "The",
        "This",
        "That",
        "You",
        "Your",
        "It",
        "In",
        "On",
        "For",
        "To",
        "And",
        "Or",
        "But",
    ]
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that was taken out, and why."""

    text: str
    reason: str


@dataclass(slots=True)
class Grounding:
    """The check of one answer against the passages of its prompt, which are numbered from 1 in their order.

    ``feed`` and ``flush`` take the model's text and give back what may be shown, in order, whole sentences with
    their markers.  Lines that claim nothing by themselves (``Do this:``, headings) are held back until what they
    introduce has passed.  ``lead`` is shown before the first sentence that passes.

    Passages of files that came with the question stand behind those of the organisation: where they alone carry a
    sentence, they alone are its source, whatever else it names.
    """

    passages: Sequence[Passage]
    question: str = ""
    lead: str = ""
    used: set[int] = field(default_factory=set)  # numbers of the passages that what was let through points to
    cut: list[Cut] = field(default_factory=list)
    kept: int = 0  # sentences and fences let through
    _splitter: Splitter = field(default_factory=Splitter)
    _waiting: str = ""  # introductions and white space that are shown with what follows them
    _readers: dict[int, _Reader] = field(default_factory=dict)

    def feed(self, text: str) -> str:
        """What may be shown now that this text has come."""
        return self._released(self._splitter.feed(text))

    def flush(self) -> str:
        """What may be shown at the end."""
        return self._released(self._splitter.flush()).rstrip()

    def unfounded(self, text: str) -> str:
        """Which fact of this sentence stands in none of the passages; empty when all of them do somewhere.

        For text that may be worded freely: its code, links, numbers and names are looked at, and nothing else.
        """
        said = _PREFIX.sub("", _MARKER.sub("", text))
        return self._unproven(said, [self._reader(n) for n in range(1, len(self.passages) + 1)])

    def carriers_of(self, text: str, share: float) -> list[int]:
        """The number of the passage that holds at least this share of the sentence's words and all its facts."""
        said = _PREFIX.sub("", _MARKER.sub("", text))
        words = set(terms(said))
        if len(words) < 3:
            return []
        shares = sorted((len(words & self._reader(n).terms) / len(words), -n) for n in range(1, len(self.passages) + 1))
        for held, negative in reversed(shares):
            if held < share:
                return []
            if not self._unproven(said, [self._reader(-negative)]):
                return [-negative]
        return []

    def _released(self, units: Iterator[Unit]) -> str:
        return "".join(filter(None, map(self._one, units)))

    def _one(self, unit: Unit) -> str:
        if unit.kind is Kind.SPACE:
            self._waiting += unit.text
            return ""
        if unit.kind is Kind.FENCE:
            return self._pass(unit.text) if self._fence(unit.text) else ""
        if not unit.text.strip():
            return ""
        if self._introduces(unit.text):
            self._waiting += unit.text
            return ""
        numbers = self._markers(unit.text)
        bare = _MARKER.sub("", unit.text)
        reason = self._objection(bare, numbers) if numbers else "it names no source"
        if reason:  # it may stand in another passage than the one it names, or name none
            numbers = self._attributed(bare)
        if not numbers:
            self._cut(unit.text, reason or "it names no source")
            return ""
        numbers = self._carriers(bare, numbers)
        self.used.update(numbers)
        if self._well_marked(unit.text, bare, numbers):
            return self._pass(unit.text)
        space = unit.text[len(unit.text.rstrip()) :]
        return self._pass(bare.rstrip() + "".join(f" [{n}]" for n in numbers) + space)

    def _pass(self, text: str) -> str:
        shown, self._waiting = self._waiting + text, ""
        if not self.kept:
            shown = self.lead + shown.lstrip()
        self.kept += 1
        return shown

    def _carriers(self, text: str, numbers: list[int]) -> list[int]:
        """Those of the sources that it is to point to."""
        attached = [n for n in numbers if self.passages[n - 1].grant == ATTACHED]
        own = [n for n in numbers if n not in attached]
        if own and attached and self._objection(text, own) and not self._objection(text, attached):
            return attached
        return numbers

    def _cut(self, text: str, reason: str) -> None:
        self._waiting = re.sub(r"\S[^\n]*", "", self._waiting)  # what introduced it goes with it
        self.cut.append(Cut(text.strip(), reason))

    def _markers(self, text: str) -> list[int]:
        """Numbers of passages that the sentence names and that exist, each once."""
        named = (int(n) for m in _MARKER.finditer(text) for n in re.findall(r"\d+", m.group()))
        return list(dict.fromkeys(n for n in named if 1 <= n <= len(self.passages)))

    @staticmethod
    def _well_marked(text: str, bare: str, numbers: Sequence[int]) -> bool:
        """Whether its markers may stay where they are: the history is then what the model server has in its cache.

        Not where they make something of what was checked without them: a link, a picture, another word.
        """
        plain = _CODE.sub("`", text)
        if _MARKUP.search(plain) or _TARGET.search(plain) or _INSIDE.search(plain):
            return False
        if _LINK.findall(plain) != _LINK.findall(_CODE.sub("`", bare)):
            return False
        written = (m.group().strip() for m in _MARKER.finditer(plain))
        return list(dict.fromkeys(written)) == [f"[{n}]" for n in numbers]

    def _introduces(self, text: str) -> bool:
        """Whether it claims nothing by itself: a short heading or a line that ends in a colon, in known words."""
        body = _MARKER.sub("", text).strip()
        said = _PREFIX.sub("", body).strip(" *_")
        if not (body.startswith("#") or said.endswith((":", "："))) or len(said) > 120 or self._markers(text):
            return False
        if _LINK.search(said) or _MARKUP.search(said) or stated(said):
            return False
        words = set(terms(said))
        known = set(terms(self.question)).union(*(self._reader(n).terms for n in range(1, len(self.passages) + 1)))
        return len(words & known) * 2 >= len(words)

    def _objection(self, text: str, numbers: Sequence[int]) -> str:
        """Why these passages do not carry this sentence; empty when they do."""
        readers = [self._reader(n) for n in numbers]
        said = _PREFIX.sub("", text)
        if not re.search(r"\w", said):
            return "it says nothing"
        if _MARKUP.search(_CODE.sub(" ", said)):
            return "it holds markup of a platform or of HTML"
        if missing := self._unproven(said, readers):
            return missing
        plain = _CODE.sub(" ", said)
        if language_of(plain) not in {r.language for r in readers}:
            return ""
        words = set(terms(plain))
        shared = words & set[str]().union(*(r.terms for r in readers))
        if words and len(shared) < CITED_SUPPORT * len(words):
            return "the source says something else"
        return ""

    def _unproven(self, said: str, readers: Sequence[_Reader]) -> str:
        """Which code, link, number or name does not stand in these passages."""
        for code in _CODE.findall(said):
            if not any(_flat(code) in r.flat for r in readers):
                return f"the code {code!r} does not stand in the source"
        for link in {*_LINK.findall(said), *_TARGET.findall(said)}:
            if not any(link.rstrip(".,;:!?") in r.flat for r in readers):
                return "a link does not stand in the source"
        plain = _CODE.sub(" ", said)
        missing = stated(plain) - frozenset[float]().union(*(r.numbers for r in readers))
        if missing:
            return f"the number {min(missing):g} does not stand in the source"
        if language_of(plain) not in {r.language for r in readers}:
            return ""
        for name in self._names(plain):
            if not any(name.lower() in r.folded for r in readers):
                return f"the name {name} does not stand in the source"
        return ""

    def _names(self, text: str) -> Iterator[str]:
        """Words that are written as names; the first word of the sentence only where it is in capitals throughout."""
        first = re.search(r"\w", text)
        asked = self.question.lower()
        for m in _NAME.finditer(text):
            starts = first is not None and m.start() == first.start()
            name = re.sub(r"['’]s$", "", m.group())
            if name in _NOT_NAMES or (starts and not name.isupper()) or name.lower() in asked:
                continue
            yield name

    def _attributed(self, text: str) -> list[int]:
        """The passage that holds nearly all of this sentence, where there is one."""
        words = set(terms(text))
        if len(words) < 3:
            return []
        shares = [(len(words & self._reader(n).terms) / len(words), -n) for n in range(1, len(self.passages) + 1)]
        share, negative = max(shares, default=(0.0, 0))
        if share < UNCITED_SUPPORT.get(language_of(text), UNCITED_SUPPORT_WORDS) or self._objection(text, [-negative]):
            return []
        return [-negative]

    def _fence(self, text: str) -> bool:
        """Whether every line of a fence stands in one passage."""
        lines = [line.strip() for line in text.strip().splitlines()[1:]]
        if lines and re.fullmatch(r"[`~]{3,}", lines[-1]):
            lines.pop()
        wanted = {line for line in lines if line}
        for n in range(1, len(self.passages) + 1):
            if wanted and wanted <= self._reader(n).lines:
                self.used.add(n)
                return True
        self._cut(text, "the code does not stand in a source")
        return False

    def _reader(self, number: int) -> _Reader:
        if number not in self._readers:
            self._readers[number] = _Reader.of(self.passages[number - 1])
        return self._readers[number]


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the checks ask of a passage, worked out once."""

    flat: str
    folded: str
    language: str
    terms: frozenset[str]
    numbers: frozenset[float]
    lines: frozenset[str]

    @classmethod
    def of(cls, passage: Passage) -> _Reader:
        text = "\n".join(filter(None, (passage.title, passage.heading, passage.text)))
        flat = _flat(text)
        return cls(
            flat,
            flat.lower(),
            passage.language,
            frozenset(terms(text)),
            mentioned(text),
            frozenset(line.strip() for line in passage.text.splitlines() if line.strip()),
        )


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
