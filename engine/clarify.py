"""Whether a question can be searched for as it stands, or whoever asks must first say what is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from engine.language import language_of
from engine.prompt import Past
from engine.talk import asks, is_greeting, is_plea
from engine.terms import content_terms, terms
from engine.types import Found, Passage

#: The reason of a reply that asks back.
ASKED_BACK = "asked back"

_POINTS = re.compile(
    r"\b(?P<word>it|its|it's|this|that|these|those|they|them|he|she|him|her|this one|that one)\b"
    r"|^(?P<start>what about|how about|and)\b"
    r"|(?P<wide>它们|它|他们|她们|这些|那些|这个|那个|这|那|该)",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")
_SAYS_NOTHING = re.compile(
    "请问|什么时候|为什么|什么|怎么样|怎么办|怎么|怎样|如何|多久|多少|哪里|哪个|是否|可以|需要|应该|一下|我们|我|你们|你|您"
    "|能|要|会|吗|呢|吧|啊|的|了|是|在|有|把|被|还|也|去|来|请|做|办|弄"
)
_FEW_HAN = 3  # characters: 重置, 多少钱; with more the question names something
_FEW_TERMS = {"zh": 6}  # of a question that two pages answer equally well: a longer one says which
_FEW_WORDS = 4  # likewise, where terms are words
_AS_GOOD = 0.75  # of the first passage's score
_LONGEST_NAME = 90  # characters of it that are shown
_SHORT_REPLY = 8  # words, or twice as many Chinese characters
_FIRST = re.compile(r"\W*(?:the )?(?:first|former|1|a)(?: one)?\W*|\W*(?:第一个?|前者|前一个)\W*", re.IGNORECASE)
_SECOND = re.compile(
    r"\W*(?:the )?(?:second|latter|last|other|2|b)(?: one)?\W*|\W*(?:第二个?|后者|后一个)\W*", re.IGNORECASE
)


def points_at_nothing(question: str, history: Sequence[Past]) -> str:
    """The word of a question ("it", 它) that stands for something nobody has named; empty where all is said."""
    if any(not is_greeting(past.question) for past in history):
        return ""
    text = unicodedata.normalize("NFKC", question).strip()
    found = _POINTS.search(text)
    if not found:
        return ""
    if _HAN.search(text):
        left = _HAN.findall(_SAYS_NOTHING.sub("", _POINTS.sub("", text)))
        named = len(left) > _FEW_HAN or bool(re.search(r"[A-Za-z0-9]{2,}", text))
    else:
        named = len(content_terms(text)) > 1
    return "" if named else found.group()


def alternatives(question: str, found: Found) -> tuple[Passage, ...]:
    """Two passages that answer equally well, about different things between which the question does not choose.

    Both hold the same of the question's terms, in their headings too, and each heading has words of its own.  Where a
    third does so too, or numbers are all that differs (week 15, week 16), the question is about all of them.
    """
    asked = set(content_terms(question))
    if not asked or len(asked) > _FEW_TERMS.get(language_of(question), _FEW_WORDS) or len(found.passages) < 2:
        return ()
    first = found.passages[0]
    near = [p for p in found.passages[1:] if p.score >= _AS_GOOD * first.score and p.language == first.language]
    others = {name(p).casefold(): p for p in reversed(near) if _differ(first, p, asked)}
    return (first, *others.values()) if len(others) == 1 else ()


def _differ(one: Passage, other: Passage, asked: set[str]) -> bool:
    """Whether they fit the question alike and each is about something that the other is not about."""
    named, named_too = set(terms(_headings(one))), set(terms(_headings(other)))
    if not named & asked or named & asked != named_too & asked:
        return False
    if not all(any(term.isalpha() for term in own - asked) for own in (named - named_too, named_too - named)):
        return False
    held = [asked & set(terms(f"{_headings(p)}\n{p.text}")) for p in (one, other)]
    return held[0] == held[1]


def name(passage: Passage) -> str:
    """What a passage is about, in the words of its document: its section, else its title."""
    said = " ".join(re.sub(r"[*_`\[\]<>]", " ", passage.section or passage.title or passage.source).split())
    return said if len(said) <= _LONGEST_NAME else said[:_LONGEST_NAME].rstrip() + "…"


def _headings(passage: Passage) -> str:
    return f"{passage.title}\n{passage.section}"


def pointed_at(question: str, talk: Sequence[Past]) -> str:
    """What somebody asked in the thread before, where the question is no more than a call for help; else nothing."""
    return next((past.question for past in reversed(talk) if asks(past.question)), "") if is_plea(question) else ""


def completed(reply: str, history: Sequence[Past]) -> str:
    """What is meant by a reply to our question back: the question before it with what was chosen.

    Empty where nothing was asked back, and where the reply is so long that it is a question of its own.
    """
    if not history or not history[-1].asked_back:
        return ""
    asked = history[-1]
    if reply.startswith(asked.question):  # it says both, as a choice from the menu does
        return reply
    for which, passage in zip((_FIRST, _SECOND), asked.passages, strict=False):
        if which.fullmatch(reply):
            return f"{asked.question} {name(passage)}"
    wide = language_of(reply) == "zh"
    length = len(_HAN.findall(reply)) / 2 if wide else len(re.findall(r"[\w'’-]+", reply))
    return f"{asked.question} {reply}" if length <= _SHORT_REPLY else ""
