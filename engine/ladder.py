"""What is said while the model is away or has too much to do: the rungs below an answer that it writes.

1. an entry (a question with its answer) that is what was asked: its answer as it stands;
2. a search that is sure: the best passage, quoted, below a line that says why;
3. else "the answer will appear here": the question is kept and tried again;
4. when it has waited too long (``desk.give_up_s``), a person.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from engine.phrases import phrase

if TYPE_CHECKING:
    from engine.admission import Standing
    from engine.types import Passage

#: What receipts say of the first two rungs, below who was missed.
ENTRY, QUOTE = "an entry was given as it stands", "the best passage was quoted"
AWAY, BUSY = "the model did not answer", "the model had too much to do"

_OWNER_CHARS: Final = 80

#: Words that change nothing about what is asked.
_FILLERS: Final = frozenset("please hi hello hey thanks thank you the a an".split())
_CHINESE_FILLERS: Final = re.compile(r"请问|你好|您好|谢谢|麻烦|一下|[请吗呢呀啊吧]")


def is_entry(passage: Passage) -> bool:
    """Whether a passage is a question with its answer: its first line is its own heading."""
    question, _, answer = passage.text.partition("\n")
    return bool(answer.strip()) and question.strip() == passage.heading.strip()


def answer_of(entry: Passage) -> str:
    """The answer alone."""
    return entry.text.partition("\n")[2].strip()


def shown_owner(owner: str) -> str:
    """Who looks after an entry, as an answer may name them: not where it is only an id that a platform gave."""
    plain = " ".join(re.sub(r"[\[\]()<>`*_~|\\@#]", " ", owner).split())
    return "" if re.fullmatch(r"\w+:\S+|[UW][A-Z0-9]{6,}|\d{15,20}", owner.strip()) else plain[:_OWNER_CHARS]


def same_question(one: str, other: str) -> bool:
    """Whether two questions are the same in all but case, punctuation and politeness."""
    return bool(words_of(one)) and words_of(one) == words_of(other)


def words_of(question: str) -> tuple[str, ...]:
    """What is asked, without case, punctuation and politeness: the same for the same question."""
    text = _CHINESE_FILLERS.sub("", unicodedata.normalize("NFKC", question).casefold())
    return tuple(word for word in re.findall(r"\w+", text) if word not in _FILLERS)


def in_line(standing: Standing, language: str) -> str:
    """A place in the queue, in words."""
    if standing.about_s is None:
        return phrase("in_line_unknown", language, place=standing.place)
    if standing.about_s <= 55:
        about = phrase("about_seconds", language, n=max(5, 5 * math.ceil(standing.about_s / 5)))
    else:
        about = phrase("about_minutes", language, n=math.ceil(standing.about_s / 60))
    return phrase("in_line", language, place=standing.place, about=about)
