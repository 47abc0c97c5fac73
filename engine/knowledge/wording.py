"""Whether two questions that mean nearly the same differ in what changes the answer: a number, a name, a "not"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

from engine.ladder import unpolite
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
    r"|between|against|into|within|since|till"
    r"|by(?= (?:the )?(?:\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:to|mid|week)|tomorrow|noon|next|end)))\b",
    re.IGNORECASE,
)
#: What one must or should is not what one can; "can" and "do" ask the same, and so does whatever stands after "how".
_OBLIGES: Final = {
    "must": re.compile(
        r"(?<!how )\bmust\b|\b(?:have|has|had|got) to\b|\bneed(?:s|ed|n['’]t)?\b|\b(?:required?|requires|mandatory)\b"
        r"|(?:需要|必[须須需])(?![多几幾])|要不要|(?<![需重主只想不])要(?![求是点點多几幾])[^怎如哪多几幾\n]{0,20}[吗嗎]"
        r"|(?:^|[我你您们們他她都还還也就])得(?![到出])[^怎如哪多几幾\n]{0,20}[吗嗎]",
        re.IGNORECASE,
    ),
    "should": re.compile(
        r"(?<!how )\b(?:should(?:n['’]t)?|shall|ought)\b|\bsupposed to\b|[应應][该該当當]|[该該]不[该該]", re.IGNORECASE
    ),
}
#: Who asks whom to tell them says nothing about who does what.
_TELL: Final = re.compile(
    r"\b(?:(?:can|could|would|will) you (?:please )?|please )?(?:tell|show|explain to|help|give) (?:me|us)\b"
    r"|\b(?:thank you|do you know|i(?: would|['’]d)? (?:want|like) to know|i wonder)\b"
    r"|(?:[你您][们們]?)?(?:能|可以)?(?:不能)?[请請]?(?:告[诉訴]|[帮幫]|教)我|我想(?:知道|[问問])|[你您]好|[谢謝]{2}[你您]?|麻[烦煩][你您]",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(
    r"\b(?:(?P<i>i|we|me|my|mine|our|ours|us)|(?P<you>you|your|yours)|(?P<they>he|she|they|him|her|his|their|them))\b"
    r"|(?P<wo>[我咱])|(?P<ni>[你您])|(?P<ta>(?<![其吉])[他她])",
    re.IGNORECASE,
)
_WHO: Final = {"i": "i", "wo": "i", "you": "you", "ni": "you", "they": "they", "ta": "they"}
#: Names that are words of grammar in small letters, and a letter that is an article elsewhere.
_CAPITALS: Final = re.compile(
    r"\b(?:US|IT|WHO)\b"
    r"|(?i:(?<=\bthe )(?:us|it)\b|(?<=\bour )it\b|\bit (?=support|office|department|desk|help|team|security))"
    r"|(?<=\w )A\b(?! \w)|(?<=\w )(?i:a)(?=\W*\Z)|(?<=[a-z] )A\b"
)
_MAY: Final = re.compile(
    r"(?i:\b(?:in|by|until|till|since|of|from|before|after|during|next|last|this|early|late|mid|through) may\b)"
    r"|(?i:\bmay \d)"
    r"|(?<=[a-z] )May\b(?! (?:I|i|we|you|he|she|they|one)\b)"
)
#: Of the same word these say different things: by Friday, on Friday.
_PLACES: Final = re.compile(
    r"\b(by|on|with|within|to|from|in|at|for|until|till|since|before|after|near|around) "
    r"(?:(?:the|an?|my|our|your) )?(\w+)"
)
_SAME_PLACE: Final = {"at": "in", "till": "until"}
_DATES: Final = tuple("mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep oct nov dec".split())
#: Days, months, times of day and signs: whatever else is said, both say the same of them.
_EXACTLY: Final = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:mon|tues?|wed|thurs?|thu|fri|sat|sun)\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b"
    r"|\b(?:jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)\b|(?<=\d)\s?[ap]\.?m\b"
    r"|\b(?:today|tonight|tomorrow|yesterday|(?:weekday|weekend|morning|afternoon|evening|night)s?|noon|midnight)\b"
    r"|\b(?:next|last|this) (?:week|month|quarter|year)\b"
    r"|(?:周|週|星期|[礼禮]拜)[一二三四五六日天末]|[今明昨后後前去][天年日晚]|[上中下][午旬]|早上|晚上|[凌清]晨"
    r"|[上下本][个個]?(?:周|週|月|季度|[学學]期|半年|星期)|工作日|[节節]假日|[前后後](?![台臺面门門边邊])"
    r"|[酒网網茶贴貼书書]吧|[毛花]呢"
    r"|[#%°$€£¥¢₩₹₽+<>=|&±×÷≤≥≠*^]|\bpercent\b|百分之|(?<![\w)\]])-(?=\d)|(?<![\w.])\.(?=[a-z])"
    r"|(?<= )[!?:;.,/\\~](?= )",
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
    obliges: frozenset[str]
    persons: tuple[str, ...]
    capitals: frozenset[str]
    places: frozenset[tuple[str, str]]
    exactly: tuple[str, ...]

    @classmethod
    def of(cls, question: str) -> Wording:
        """From its text."""
        text = unicodedata.normalize("NFKC", question).replace("−", "-")
        bare = unpolite(text)
        asked = frozenset(kind for kind, pattern in _ASKED.items() if pattern.search(text))
        turns = Counter(word.lower() for word in _TURNS.findall(text))
        return cls(
            tuple(dict.fromkeys(spoken(bare))),
            mentioned(bare),
            frozenset(names(text)),
            bool(_NOT.search(_EITHER.sub("", text))),
            asked,
            tuple(sorted(turns.items())),
            bool(_DIRECTS.search(text)),
            frozenset(kind for kind, pattern in _OBLIGES.items() if pattern.search(text)),
            _persons(text),
            _capitals(text),
            frozenset((word, _SAME_PLACE.get(place, place)) for place, word in _PLACES.findall(text.lower())),
            tuple(sorted(map(_dated, _EXACTLY.findall(text)))),
        )

    def may_mean(self, other: Wording) -> bool:
        """Whether no number, name, denial, duty, person, direction or kind of question sets them apart."""
        if self._decides() != other._decides() or self._elsewhere(other):
            return False
        fewer, more = sorted((self.persons, other.persons), key=len)
        if more[: len(fewer)] != fewer or len(more) > len(fewer) + 1 or "they" in more[len(fewer) :]:
            return False  # "reset password how" leaves out who; who does it to whom must be the same
        if self.directs or other.directs:
            both = set(self.said) & set(other.said)
            return [word for word in self.said if word in both] == [word for word in other.said if word in both]
        return True

    def _decides(self) -> tuple[object, ...]:
        return (self.numbers, self.names, self.denies, self.asked, self.turns, self.obliges, self.capitals,
                self.exactly)  # fmt: skip

    def _elsewhere(self, other: Wording) -> bool:
        """Whether something stands in another time or place: by Friday, on Friday."""
        both = {word for word, _ in self.places} & {word for word, _ in other.places}
        return {one for one in self.places if one[0] in both} != {one for one in other.places if one[0] in both}


def _dated(said: str) -> str:
    """A day, month or sign, however it is written: Tue, Tuesdays, 星期二."""
    low = re.sub(r"[\s.个個]", "", said.lower()) if len(said) > 1 else said
    if low.startswith(_DATES):
        return low[:3]
    low = re.sub(r"percent|百分之", "%", low).replace("後", "后").replace("節", "节")
    return re.sub(r"星期|[礼禮]拜|週", "周", low).replace("周天", "周日").rstrip("s")


def _persons(text: str) -> tuple[str, ...]:
    """Who is spoken of, in order; somebody twice in a row is there once."""
    shouted = text.upper() == text
    plain = _TELL.sub(" ", text)
    if not shouted:
        plain = _CAPITALS.sub(" ", plain)
    found = [_WHO[str(match.lastgroup)] for match in _PERSON.finditer(plain)]
    return tuple(who for n, who in enumerate(found) if n == 0 or found[n - 1] != who)


def _capitals(text: str) -> frozenset[str]:
    """The names that are no names in small letters, and the month of May."""
    if text.upper() == text and text.lower() != text:
        text = text.lower()  # who writes all in capitals names nothing by them
    found = {match.group().strip().upper() for match in _CAPITALS.finditer(text)}
    return frozenset(found | {"MAY"} if _MAY.search(text) else found)
