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

#: Punctuation and signs: the first says nothing, the others do where they stand (C#, <18, 5%, 100 €).
_POINTS: Final = " \t\r\n.,!?;:…~、。·-"
_TOKEN: Final = re.compile(
    r"\w+|[#&%@°$€£¥¢₩₹₽+<>=|±×÷≤≥≠]|(?<![\w)\]])-(?=\d)|(?<![\w.])\.(?=[A-Za-z])|(?<=\w)[*^/\\](?=\w)"
    r"|(?<=\s)[!?:;.,*^/\\~'\"](?=\s)"
)
#: Politeness, which is that only at the beginning or the end.
_BEFORE: Final = re.compile(
    r"(?:hi|hello|hey|please|thanks|thank you)\b|请问|請問|[你您]好"
    r"|麻[烦煩](?:[你您]|一下|[问問])+|麻[烦煩](?=[请請])|[请請](?!假|[求客示帖柬])"
)
_AFTER: Final = re.compile(
    r"\b(?<!say )(?<!mean )(?<!saying )(?:please|thanks|thank you)\Z"
    r"|(?<![是说說用写寫叫])[谢謝]{2}[你您]?\Z|[,，。?!\s]麻[烦煩][你您]?了?\Z|一下\Z"
    r"|[吗嗎呀啊]\Z|(?<![毛花])呢\Z|(?<![酒网網茶贴貼书書水])吧\Z"
)
_MOST_POLITE: Final = 8  # such words at either end
_ARTICLES: Final = frozenset(("the", "a", "an"))
#: What is a name in capitals, and else a word of grammar.
_CAPITALS: Final = frozenset(("US", "IT", "WHO"))


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
    from engine.knowledge.wording import Wording  # late: what looks for entries imports this module

    words = words_of(one)
    return bool(words) and words == words_of(other) and Wording.of(one).may_mean(Wording.of(other))


def words_of(question: str) -> tuple[str, ...]:
    """What is asked, without case, punctuation and politeness: the same for the same question.

    Signs count (C, C#), and a letter or a name in capitals is no article and no pronoun (plan A, the US).
    """
    text = unicodedata.normalize("NFKC", question).replace("−", "-")
    shouted = not any(character.islower() for character in text)
    bare, folded = unpolite(text), list[str]()
    said = _TOKEN.findall(bare)
    for n, word in enumerate(said):
        low = word.casefold()
        article = low in _ARTICLES and n + 1 < len(said) and (low != "a" or word == "a" or n == 0 or shouted)
        if not article:
            folded.append(word if word in _CAPITALS and not shouted else low)
    return tuple(folded)


def unpolite(text: str) -> str:
    """A question without what is only polite, at both ends."""
    for _ in range(_MOST_POLITE):
        kept = text.rstrip(_POINTS)
        start = len(kept) - len(kept.lstrip(_POINTS.replace("-", "")))
        low = kept.lower()
        if len(low) != len(kept):
            return kept  # a letter that is two in lower case: places would not be the same
        if found := _BEFORE.match(low, start):
            start = found.end()
        end = found.start() if (found := _AFTER.search(low, start)) else len(kept)
        if text == (text := kept[start:end]) or not text.strip(_POINTS):
            break
    return text


def in_line(standing: Standing, language: str) -> str:
    """A place in the queue, in words."""
    if standing.about_s is None:
        return phrase("in_line_unknown", language, place=standing.place)
    if standing.about_s <= 55:
        about = phrase("about_seconds", language, n=max(5, 5 * math.ceil(standing.about_s / 5)))
    else:
        about = phrase("about_minutes", language, n=math.ceil(standing.about_s / 60))
    return phrase("in_line", language, place=standing.place, about=about)
