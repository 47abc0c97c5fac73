"""Whether two questions that mean nearly the same differ in what changes the answer: a number, a name, a "not"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

from engine.numbers import mentioned
from engine.terms import names, spoken

_NOT: Final = re.compile(
    r"\b(?:not|no|never|without|cannot|neither|nor|none|nothing|nobody|unable|dont|cant|wont|isnt|doesnt|didnt|havent"
    r"|hasnt|\w+n['’]t)\b|[不没沒無无未非勿莫]|(?<![特类類区區性分级級个個])[别別](?![的人])",
    re.IGNORECASE,
)
#: Chinese asks with a not in it that denies nothing: 能不能, 有没有.
_EITHER: Final = re.compile(r"(\w)[不没沒]\1|可不可以|不好意思|不知道(?=怎|如何|能|可|是)")
#: What is asked for, where the word says it; "how" and "what" ask for anything.
_ASKED: Final = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "who": r"\b(?:who|whom|whose)\b|[谁誰]|哪位",
        "where": r"\bwhere\b|哪[里裡儿兒]|在哪|何[处處]|什[么麼]地方",
        "when": r"\b(?:when|what (?:time|date|day))\b|什[么麼][时時]候|何[时時]|几[点號号]|幾[點號]|哪天",
        "why": r"\b(?:why|how come)\b|[为為]什[么麼]|[为為]何|[为為]啥",
        "amount": r"\bhow (?:much|many)\b|多少|几[个次张位]|幾[個次張位]",
        "long": r"\bhow (?:long|soon|fast)\b|多久|多[长長]",
        "often": r"\bhow (?:often|frequently)\b|多久一次",
        "far": r"\bhow (?:far|big|large|old|high)\b|多[远遠大高]",
    }.items()
}
#: Words that no search looks for, and that turn an answer round.
_TURNS: Final = re.compile(
    r"\b(?:before|after|off|under|over|up|down|out|from|only|other|own|same|more|most|few|above|below|during|until"
    r"|between|against|into)\b",
    re.IGNORECASE,
)
#: Where these stand the order of what is named counts: from A to B.
_DIRECTS: Final = re.compile(
    r"\b(?:from|to|into|than|between|against|over)\b|[从從由把将將到成比给給向]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A question, as far as its words decide: ``said`` in order, without what only asks."""

    said: tuple[str, ...]
    numbers: frozenset[float]
    names: frozenset[str]
    denies: bool
    asked: frozenset[str]
    turns: tuple[tuple[str, int], ...]
    directs: bool

    @classmethod
    def of(cls, question: str) -> Wording:
        """From its text."""
        text = unicodedata.normalize("NFKC", question)
        asked = frozenset(kind for kind, pattern in _ASKED.items() if pattern.search(text))
        turns = Counter(word.lower() for word in _TURNS.findall(text))
        return cls(
            tuple(dict.fromkeys(spoken(text))),
            mentioned(text),
            frozenset(names(text)),
            bool(_NOT.search(_EITHER.sub("", text))),
            asked,
            tuple(sorted(turns.items())),
            bool(_DIRECTS.search(text)),
        )

    def may_mean(self, other: Wording) -> bool:
        """Whether no number, name, denial, direction or kind of question sets them apart."""
        same = (self.numbers, self.names, self.denies, self.asked, self.turns)
        if same != (other.numbers, other.names, other.denies, other.asked, other.turns):
            return False
        if self.directs or other.directs:
            both = set(self.said) & set(other.said)
            return [word for word in self.said if word in both] == [word for word in other.said if word in both]
        return True
