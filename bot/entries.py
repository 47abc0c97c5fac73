"""Reads an entry of questions and answers as a person types it into a chat."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.errors import SettingsError
from engine.knowledge import Wording
from engine.knowledge.entries import end_of_day, last_day
from engine.knowledge.loading import checked_grant
from engine.types import PUBLIC, WORKSPACE

#: What a line may begin with, in lower case, and what it means.
_LABELS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("q", "question", "问", "问题", "問", "問題"), "question"),
    **dict.fromkeys(("also", "variant", "variants", "也问", "又问", "其他问法", "也問", "又問", "其他問法"), "also"),
    **dict.fromkeys(("a", "answer", "答", "答案", "回答"), "answer"),
    **dict.fromkeys(("owner", "负责人", "負責人"), "owner"),
    **dict.fromkeys(("audience", "受众", "受眾", "可见范围", "可見範圍"), "audience"),
    **dict.fromkeys(("expires", "expiry", "到期", "有效期", "有效期限"), "expires"),
}
_NAMES: Final = "|".join(sorted(map(re.escape, _LABELS), key=len, reverse=True))
_LINE: Final = re.compile(
    rf"^[ \t]*[*_`]*(?P<label>{_NAMES})[*_`]*[ \t]*[:：][*_`]*[ \t]*", re.IGNORECASE | re.MULTILINE
)
#: In one line: a label with a capital, or a Chinese one, after a blank or a Chinese full stop.
_WITHIN: Final = re.compile(
    r"(?:[ \t]+|(?<=[。？！；]))(?=(?:Also|Variants?|A|Answer|Owner|Expires|Expiry|Audience"
    r"|[也又][问問]|其他[问問]法|答|答案|回答|负责人|負責人|到期|有效期限?|受[众眾]|可[见見][范範][围圍])[:：])"
)


class Mistyped(Exception):
    """The entry cannot be taken as it is; ``phrase`` says why (a name in ``bot.phrases``), ``values`` fill it."""

    def __init__(self, phrase: str, **values: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.values = values


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed; ``expires`` in seconds since 1970, the end of the last day in UTC (0: never).

    ``grant``: for whom it is, where that was said.
    ``second`` is the same in another language: a second question with its answer below the first.
    """

    question: str
    answer: str
    variants: tuple[str, ...] = ()
    owner: str = ""
    expires: float = 0.0
    second: Wording | None = None
    grant: str = ""


def read_entry(text: str, *, now: float | None = None) -> Typed:
    """The entry that these lines hold.  Raises ``Mistyped``."""
    text = text.strip()
    if "\n" not in text:
        text = _WITHIN.sub("\n", text)
    parts, below = _parts(text)
    first, second = _wording(parts), _wording(below) if below["question"] else None
    said = {name: parts[name] or below[name] for name in ("owner", "expires", "audience")}
    expires = expires_of(said["expires"].strip(), time.time() if now is None else now)
    owner = " ".join(said["owner"].split())
    return Typed(first.question, first.answer, first.variants, owner, expires, second, _grant(said["audience"]))


def question_of(text: str) -> str:
    """A question by which an entry may be meant: with its label before it, or without."""
    found = _LINE.match(text)
    labelled = found and _LABELS[found["label"].lower()] == "question"
    return " ".join((text[found.end() :] if found and labelled else text).split())


def _grant(said: str) -> str:
    """An audience as it stands in a file of entries.  Raises ``Mistyped``."""
    grant = said.strip().strip("`").strip()
    try:
        return checked_grant(grant.lower() if grant.lower() in (PUBLIC, WORKSPACE) else grant) if grant else ""
    except SettingsError:
        raise Mistyped("entry_bad_audience", audience=grant[:40]) from None


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
    try:
        until = end_of_day(said)
    except ValueError:
        raise Mistyped("entry_bad_date", date=said[:40]) from None
    if until <= now:
        raise Mistyped("entry_past", date=str(last_day(until)))
    return until
