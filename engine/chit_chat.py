"""Small talk that is told by its words alone: kinds, and the phrases that people use, as chit_chat.txt has them."""

from __future__ import annotations

import re
import unicodedata
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
}
_TO_US: Final = r"(?: (?:there|bot|frontdesk|friend|buddy|everyone|all|guys|again|then|now|today|please))*"
_LONGEST: Final = 120  # characters
_OPENING: Final = re.compile(
    r"(?:hi|hello|hey|你好|您好|嗨|那|[请請][问問])(?: there| bot| frontdesk)?[ ,，!！。]+", re.IGNORECASE
)
_TRAILING: Final = re.compile(r"[啊呀呢吧哦喔哈]+$")


def _read() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str]]:
    """The patterns of whole messages by kind, and what may stand anywhere."""
    by_kind: dict[str, list[str]] = {}
    kind = ""
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines():
        if line[:2] in ("= ", "~ "):
            kind = line[2:]
        elif line and not line.startswith("#"):
            by_kind.setdefault(kind, []).append(line.replace("{us}", _TO_US))
    patterns = {kind: re.compile("|".join(lines), re.IGNORECASE) for kind, lines in by_kind.items()}
    anywhere = patterns.pop("elsewhere")
    return patterns, anywhere


_WHOLE, _ELSEWHERE = _read()


def word_for(kind: str, language: str) -> Reply:
    """What the desk says to this kind."""
    reason = "a greeting" if kind == "greeting" else SMALL_TALK
    return Reply(Outcome.ANSWERED, phrase(ANSWERS[kind], language), language, reason=reason)


def kind_of(text: str) -> str:
    """The kind of small talk that a message is as a whole; empty: it is none, or says more."""
    if len(text) > _LONGEST:
        return ""
    plain = re.sub(r"(?<!\w)@\S+", " ", unicodedata.normalize("NFKC", text)).strip()
    for said in (plain, _OPENING.sub("", plain, count=1)):
        bare = " ".join(re.sub(r"[^\w'’]+", " ", said).replace("’", "'").split())
        for kind, pattern in _WHOLE.items():
            if pattern.fullmatch(bare) or pattern.fullmatch(_TRAILING.sub("", bare)):
                return kind
    return ""


def is_elsewhere(text: str) -> bool:
    """Whether something is asked that no organisation's documents are asked for: weather, jokes, music."""
    return len(text) <= _LONGEST and bool(_ELSEWHERE.search(unicodedata.normalize("NFKC", text)))
