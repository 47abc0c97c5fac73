"""The terms of a text, as the lexical index, the gate and the check of answers count them."""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import Protocol, cast

#: Wide scripts have no spaces: two neighbouring characters make a term (FACTS, 3: a word list is not needed).
_WIDE = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"(?P<wide>[{_WIDE}]+)|(?P<word>[^\W_{_WIDE}]+(?:['’][a-z]{{1,2}}\b)?)")

_STOP = frozenset(
    """a about above after again all also am an and any are aren as at be because been before being below between both
    but by can cannot could couldn did didn do does doesn doing don down during each else ever few for from further get
    had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it its itself
    just let ll may me might more most must my myself no nor not of off on once only or other ought our ours ourselves
    out over own please re s same shall she should so some such t than that the their theirs them themselves then there
    these they this those through to too under until up us ve very was wasn we were weren what when where which while
    who whom whose why will with won would wouldn you your yours yourself yourselves""".split()
)
#: Chinese words that ask or join and say nothing about the subject; a question is cut at them.
_ASKING = re.compile(
    "请问|请告诉我|告诉我|什么时候|为什么|什么|怎么样|怎么办|怎么|怎样|如何|多久|多少|多长时间|多长|多大|哪些|哪里|哪儿|哪个|哪种|哪一|哪|"
    "是否|是不是|能不能|可不可以|可以|需要|有没有|谁|吗|呢|吧|啊|呀|的|了|我们|我|你们|你|您|他们|她们|它们|这个|那个|是|以及|应该|可否|"
    r"\bhow (?:long|much|many|often|far|soon)\b|\b(?:please|tell|explain|show)\b|"
    "能否|請問|為什麼|什麼|怎麼|怎樣|多長|哪裡|嗎|我們|可以|是否"
)


_ADDRESS = re.compile(r"https?://\S+")
#: Chinese words of measure and manner, and verbs that lead to an asking word (taken out before, so a space follows):
#: without spaces they would make pairs with what is asked for that no document holds.
_BESIDE = re.compile(
    "之内|以内|之前|以前|之后|以后|的话|一下|几天|几个|几点|几次|几年|多少天|多少钱|最多|最少|最长|最晚|最早|能够"
    "|[要能会可想让得]+(?= )"
)


#: Characters of manner and grammar that leave a question the same.
_MANNER = frozenset("要能会會可想让讓得在就都也还還个個把将將来來去请請")

#: Joined by signs, or letters beside digits, or a capital after a small letter.
_JOINED = r"[A-Za-z0-9]+(?:(?:[_\-./:@#]|::|->)[A-Za-z0-9]+)+"
_MIXED = r"(?:[A-Za-z]+[0-9]|[0-9]+[A-Za-z]|[A-Za-z0-9]*[a-z][A-Z])[A-Za-z0-9]*"
_NAME = re.compile(rf"(?<![A-Za-z0-9])(?:{_JOINED}|{_MIXED})(?![A-Za-z0-9])")
_CAMEL = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]*[a-z][A-Z][A-Za-z]*")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONGEST_NAME = 80  # characters: longer ones are addresses and data


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - PyStemmer's name


class _Local(threading.local):
    """PyStemmer's objects are not safe to share between threads."""

    stemmer: _Stemmer | None = None


_local = _Local()


def terms(text: str) -> list[str]:
    """The terms of ``text`` in order, with repetitions.

    Words are lower case (NFKC), without English stop words and cut to their English stem; Chinese, Japanese and Korean
    become pairs of neighbouring characters.
    """
    return _terms(unicodedata.normalize("NFKC", text).casefold())


def content_terms(question: str) -> list[str]:
    """The different terms that tell what ``question`` is about, in order: what only asks is left out, and addresses."""
    plain = unicodedata.normalize("NFKC", _ADDRESS.sub(" ", question)).casefold()
    bare = _BESIDE.sub(" ", _ASKING.sub(" ", plain))
    kept = dict.fromkeys(term for term in _terms(bare) if len(term) > 1 or not _TOKEN.match(term)["wide"])  # type: ignore[index]  # terms are tokens
    return list(kept or dict.fromkeys(_terms(_ASKING.sub(" ", plain))))


def spoken(question: str) -> list[str]:
    """What ``question`` says, in order, with repetitions: words by their stem, wide scripts by single characters.

    What only asks is left out.  For comparing two questions with one another, not for searching.
    """
    plain = _ASKING.sub(" ", unicodedata.normalize("NFKC", question).casefold())
    found: list[str] = []
    for token in _TOKEN.finditer(plain):
        if (wide := token.group("wide")) is not None:
            found.extend(character for character in wide if character not in _MANNER)
        else:
            found.extend(_terms(token.group()))
    return found


def names(text: str) -> list[str]:
    """The exact names in ``text``, in order, with repetitions, as one term each whatever is inside them.

    Error codes, options, functions, headers, paths, versions: words joined by signs (``proxy_cache_valid``,
    ``--no-verify``, ``X-Api-Key``, ``/etc/hosts``, ``3.9.1``) and words that mix letters with digits or small letters
    with capitals (``sha256``, ``camelCase``).  ``terms`` has their parts, for whoever remembers only those.
    """
    plain = unicodedata.normalize("NFKC", text)
    found = [name.casefold() for name in _NAME.findall(plain) if len(name) <= _LONGEST_NAME]
    return [f"={name}" for name in found]


def parts(text: str) -> list[str]:
    """The terms of the parts of ``camelCase`` words, which ``terms`` keeps whole."""
    found = []
    for word in _CAMEL.findall(unicodedata.normalize("NFKC", text)):
        found += _terms(" ".join(_HUMP.findall(word)).casefold())
    return found


def _terms(plain: str) -> list[str]:
    stemmer = _local.stemmer
    if stemmer is None:
        import Stemmer

        stemmer = _local.stemmer = cast("_Stemmer", Stemmer.Stemmer("english"))
    found: list[str] = []
    for token in _TOKEN.finditer(plain):
        if (wide := token.group("wide")) is not None:
            found.extend([wide[i : i + 2] for i in range(len(wide) - 1)] if len(wide) > 1 else [wide])
        else:
            word = token.group("word").split("'")[0].split("’")[0]
            if word not in _STOP:
                found.append(stemmer.stemWord(word))
    return found
