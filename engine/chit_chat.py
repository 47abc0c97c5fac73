"""Small talk that is told by its words alone: kinds, and the phrases that people use, as chit_chat.txt has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.phrases import phrase
from engine.types import Outcome, Reply

#: The reason of such a reply, but for greetings.
SMALL_TALK: Final = "small talk"
#: The kinds, and which phrase of the desk answers each.
ANSWERS: Final = {
    "greeting": "greeting",
    "thanks": "small_thanks",
    "bye": "small_bye",
    "how": "small_how",
    "who": "small_who",
    "bot": "small_bot",
    "can": "small_can",
    "fun": "small_fun",
    "elsewhere": "small_elsewhere",
    "help": "small_can",
    "wish": "small_wish",
}
#: Why the desk hands over at once.
WANTS_PERSON: Final = "the asker wants a person"
#: What nobody says who means this kind: "thanks, but it does not work" has its meaning nearly, and is a question.
_NEVER: Final = {
    "thanks": r"\b(?:but|still|not|no|cannot|never|help|broken|fails?|wrong)\b|n['’]t\b|不|没|沒|還|还是|但|救",
    "who": r"\b(?:where|located|location|address|office|offices)\b|地址|在哪|哪[里裡儿兒]|位置",
    "bye": r"\b(?:sucks?|hate|stupid|useless|terrible|awful|worst|bad|damn|idiot)\b|垃圾|没用|沒用|烂|爛|笨|差",
}
_ASKS: Final = (
    r"(?:(?:please|hi|hello|hey|ok|okay|no|now|so|and|can you|could you|would you|will you|just|sorry)(?: |$))*"
)
_WISH: Final = (
    r"(?:[请請]|麻[烦煩]|我|你|您|想|要|需要|能不能|能|可以|可否|希望|[帮幫]我|[给給]我|直接|立即|马上|馬上|那| ){0,8}"
)
_TO_US: Final = r"(?: (?:there|bot|frontdesk|friend|buddy|everyone|all|guys|again|then|now|today|please))*"
_LONGEST: Final = 120  # characters
_OPENING: Final = re.compile(
    r"(?:hi|hello|hey|你好|您好|嗨|那|[请請][问問])(?: there| bot| frontdesk)?[ ,，!！。]+", re.IGNORECASE
)
_TRAILING: Final = re.compile(r"[啊呀呢吧哦喔哈]+$")


def _filled(line: str) -> str:
    return line.replace("{us}", _TO_US).replace("{asks}", _ASKS).replace("{wish}", _WISH)


def _read() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str], re.Pattern[str]]:
    """The patterns of small talk by kind; behind them, what is asked elsewhere, and a wish for a person."""
    by_kind: dict[str, list[str]] = {}
    kind = ""
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines():
        if line[:2] in ("= ", "~ "):
            kind = line[2:]
        elif line and not line.startswith("#"):
            by_kind.setdefault(kind, []).append(_filled(line))
    patterns = {kind: re.compile("|".join(lines), re.IGNORECASE) for kind, lines in by_kind.items()}
    elsewhere, person = patterns.pop("elsewhere"), patterns.pop("person")
    return patterns, elsewhere, person


_WHOLE, _ELSEWHERE, _PERSON = _read()


def word_for(kind: str, language: str) -> Reply:
    """What the desk says to this kind."""
    reason = "a greeting" if kind == "greeting" else SMALL_TALK
    return Reply(Outcome.ANSWERED, phrase(ANSWERS[kind], language), language, reason=reason)


def kind_of(text: str) -> str:
    """The kind of small talk that a message is as a whole; empty: it is none, or says more."""
    for bare in _bare(text):
        for kind, pattern in _WHOLE.items():
            if pattern.fullmatch(bare) or pattern.fullmatch(_TRAILING.sub("", bare)):
                return kind
    return ""


def is_elsewhere(text: str) -> bool:
    """Whether all that is asked is what no organisation's documents are asked for: weather, jokes, music."""
    return any(_ELSEWHERE.fullmatch(bare) or _ELSEWHERE.fullmatch(_TRAILING.sub("", bare)) for bare in _bare(text))


def wants_person(text: str) -> bool:
    """Whether all that is said is a wish to be passed on to a person."""
    said = [one for bare in _bare(text) for one in (bare, bare.replace(" ", ""))]  # Chinese has no blanks
    return any(_PERSON.fullmatch(_TRAILING.sub("", one)) for one in said)


def contradicts(text: str, kind: str) -> bool:
    """Whether a message says what none of this kind does, whatever its meaning is near to."""
    return kind in _NEVER and bool(re.search(_NEVER[kind], unicodedata.normalize("NFKC", text), re.IGNORECASE))


def _bare(text: str) -> Iterator[str]:
    """The words of a short message: all of them, and those behind its opening."""
    if len(text) > _LONGEST:
        return
    plain = re.sub(r"(?<!\w)@\S+", " ", unicodedata.normalize("NFKC", text)).strip()
    for said in (plain, _OPENING.sub("", plain, count=1)):
        yield " ".join(re.sub(r"[^\w'’]+", " ", said).replace("’", "'").split())
