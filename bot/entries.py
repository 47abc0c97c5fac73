"""Reads an entry of questions and answers as a person types it into a chat."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from engine.knowledge import Wording

#: What a line may begin with, in lower case, and what it means.
_LABELS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("q", "question", "问", "问题", "問", "問題"), "question"),
    **dict.fromkeys(("also", "variant", "variants", "也问", "又问", "其他问法", "也問", "又問", "其他問法"), "also"),
    **dict.fromkeys(("a", "answer", "答", "答案", "回答"), "answer"),
    **dict.fromkeys(("owner", "负责人", "負責人"), "owner"),
    **dict.fromkeys(("expires", "expiry", "到期", "有效期", "有效期限"), "expires"),
}
_NAMES: Final = "|".join(sorted(map(re.escape, _LABELS), key=len, reverse=True))
_LINE: Final = re.compile(
    rf"^[ \t]*[*_`]*(?P<label>{_NAMES})[*_`]*[ \t]*[:：][*_`]*[ \t]*", re.IGNORECASE | re.MULTILINE
)
#: In one line: a label with a capital, or a Chinese one, after a blank or a Chinese full stop.
_WITHIN: Final = re.compile(
    r"(?:[ \t]+|(?<=[。？！；]))(?=(?:Also|Variants?|A|Answer|Owner|Expires|Expiry"
    r"|[也又][问問]|其他[问問]法|答|答案|回答|负责人|負責人|到期|有效期限?)[:：])"
)
_DATE: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


class Mistyped(Exception):
    """The entry cannot be taken as it is; ``phrase`` says why (a name in ``bot.phrases``), ``values`` fill it."""

    def __init__(self, phrase: str, **values: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.values = values


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed; ``expires`` in seconds since 1970, the end of the last day in UTC (0: never).

    ``second`` is the same in another language: a second question with its answer below the first.
    """

    question: str
    answer: str
    variants: tuple[str, ...] = ()
    owner: str = ""
    expires: float = 0.0
    second: Wording | None = None


def read_entry(text: str, *, now: float | None = None) -> Typed:
    """The entry that these lines hold.  Raises ``Mistyped``."""
    text = text.strip()
    if "\n" not in text:
        text = _WITHIN.sub("\n", text)
    parts, below = _parts(text)
    first, second = _wording(parts), _wording(below) if below["question"] else None
    said = {name: parts[name] or below[name] for name in ("owner", "expires")}
    expires = expires_of(said["expires"].strip(), time.time() if now is None else now)
    owner = " ".join(said["owner"].split())
    return Typed(first.question, first.answer, first.variants, owner, expires, second)


def question_of(text: str) -> str:
    """A question by which an entry may be meant: with its label before it, or without."""
    found = _LINE.match(text)
    labelled = found and _LABELS[found["label"].lower()] == "question"
    return " ".join((text[found.end() :] if found and labelled else text).split())


def _wording(parts: Mapping[str, str]) -> Wording:
    question, answer = " ".join(parts["question"].split()), parts["answer"].strip()
    if not question:
        raise Mistyped("entry_no_question")
    if not answer:
        raise Mistyped("entry_no_answer")
    variants = (v.strip(" \t-*•") for v in re.split(r"[\n|｜]", parts["also"]))
    return Wording(question, answer, tuple(dict.fromkeys(v for v in variants if v and v != question)))


def _parts(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """What stands after each label, up to the next; behind it, what stands below a second question with its answer."""
    found = list(_LINE.finditer(text))
    parts = dict.fromkeys(_LABELS.values(), "")
    below, here = dict(parts), parts
    for n, label in enumerate(found):
        end = found[n + 1].start() if n + 1 < len(found) else len(text)
        name = _LABELS[label["label"].lower()]
        if name == "question" and parts["answer"]:
            here = below
        here[name] += ("\n" if here[name] else "") + text[label.end() : end].strip()
    return parts, below


def expires_of(said: str, now: float) -> float:
    """The end of the day that was written (seconds since 1970, UTC), 0 for none.  Raises ``Mistyped``."""
    if not said:
        return 0.0
    found = _DATE.fullmatch(said)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise Mistyped("entry_bad_date", date=said[:40])
    try:
        until = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    except OverflowError:
        raise Mistyped("entry_bad_date", date=said[:40]) from None
    if until.timestamp() <= now:
        raise Mistyped("entry_past", date=str(day))
    return until.timestamp()
