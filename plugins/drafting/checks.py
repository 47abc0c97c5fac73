"""What can be verified of a draft: for each limit, what is wrong with a text, in words that a model understands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from engine import content_terms, language_of, mentioned, stated
from plugins.drafting.languages import NAMES, is_in
from plugins.drafting.limit import Limit
from plugins.drafting.spans import paragraphs, stops, tokens, words

#: How far from "about" a count may be, as a part of it.
ABOUT: Final = 0.15
LINK: Final = re.compile(r"(?:https?|ftp)://[^\s<>()\"'，。；、]+")
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_SHARE: Final = 0.5  # of the words of a point that must stand in the draft

_RELATIONS: Final = {"least": "at least", "most": "at most", "exactly": "exactly", "about": "about"}
_COUNTED: Final = {
    "words": "words", "characters": "characters", "sentences": "sentences", "bullets": "bullet points, each a line that begins with *",  # noqa: E501  # a pattern reads better whole
    "highlights": "parts highlighted like *this*", "placeholders": "placeholders in square brackets like [name]",
    "capital_words": "words in CAPITAL LETTERS", "headings": "headings that begin with #",
}  # fmt: skip
_PLAIN: Final = {
    "title": "a title in double angular brackets, like <<title>>",
    "lowercase": "no capital letters, all in lowercase",
    "uppercase": "all letters CAPITAL",
    "no_commas": "no commas",
    "no_emoji": "no emoji",
    "quoted": "the whole text between double quotation marks",
    "json": "the whole text as one JSON value",
    "two": "two different versions with a line of six asterisks (******) between them",
}


def told(limit: Limit) -> str:
    """The limit, as the model is told it."""
    how = f"{_RELATIONS.get(limit.relation, 'exactly')} {limit.count}"
    if limit.what in _COUNTED:
        return f"{how} {_COUNTED[limit.what]}"
    if limit.what in _PLAIN:
        return _PLAIN[limit.what]
    listed = " or ".join(f'"{one}"' for one in limit.options)
    match limit.what:
        case "paragraphs":
            between = "lines with ***" if limit.text else "empty lines"
            return f"{how} paragraphs with {between} between them"
        case "first_word":
            return f'paragraph {limit.count} begins with the word "{limit.text}"'
        case "sections":
            return f'{how} sections, each under a line "{limit.text} 1", "{limit.text} 2" and so on'
        case "forbidden":
            return f"none of these words: {listed}"
        case "keyword":
            times = "" if (limit.count, limit.relation) == (1, "least") else f", {how} times"
            return f'the word "{limit.text}"{times}'
        case "letter":
            return f'the character "{limit.text}" {how} times'
        case "postscript":
            return f"a postscript at the end that begins with {limit.text}"
        case "ending":
            return f'the very last words are: "{limit.text}"'
        case "opening":
            return f'the very first words are: "{limit.text}"'
        case "repeat":
            return f"first, word for word, this and then the text: {limit.text}"
        case "language":
            return f"written in {NAMES.get(limit.text, limit.text)} only"
        case "one_of":
            return f"nothing but one of: {listed}"
        case _:
            return f"it says: {limit.text}"


def wrong(limit: Limit, text: str) -> str:
    """What is wrong with the text, for the model; empty when the limit is met."""
    if limit.what in _COUNTS:
        n = _COUNTS[limit.what](text, limit)
        return "" if _fits(n, limit) else f"{told(limit)} (it has {n})"
    if limit.what in _CHECKS:
        return "" if _CHECKS[limit.what](text, limit) else told(limit)
    return ""


def counted(limit: Limit, text: str) -> int:
    """How many the text has of what the limit counts; -1 where it counts nothing."""
    return _COUNTS[limit.what](text, limit) if limit.what in _COUNTS else -1


def _fits(n: int, limit: Limit) -> bool:
    match limit.relation:
        case "least":
            return n >= limit.count
        case "most":
            return n <= limit.count
        case "about":
            return abs(n - limit.count) <= max(1, ABOUT * limit.count)
        case _:
            return n == limit.count


def bullets(text: str) -> list[str]:
    """The lines that are items of a list."""
    return re.findall(r"^[ \t]*(?:\*(?!\*)|-(?!-)|•)[ \t]*\S.*$", text, re.MULTILINE)


def highlights(text: str) -> list[str]:
    """What stands between asterisks within a line."""
    return [h for h in re.findall(r"\*{1,2}([^*\n]+)\*{1,2}", text) if h.strip()]


def capitals(text: str) -> list[str]:
    """Words that are capital throughout; "I" is one."""
    return re.findall(r"(?<![\w'’])[A-Z][A-Z0-9]*(?:[-&][A-Z0-9]+)*(?![\w])", text)


def times(word: str, text: str, *, inside: bool = False) -> int:
    """How often a word stands there: whole, or also ``inside`` others."""
    edge = "" if inside or not re.fullmatch(r"[\x00-\u024f]+", word) else r"(?<![^\W_])" if word[:1].isalnum() else ""
    behind = r"(?![^\W_])" if edge and word[-1:].isalnum() else ""
    return len(re.findall(edge + re.escape(word) + behind, text, re.IGNORECASE))


def _paragraphs(text: str, limit: Limit) -> int:
    return len(paragraphs(text, limit.text))


def _capital_words(text: str, limit: Limit) -> int:
    found = capitals(text)
    return len([w for w in found if len(w) > 1]) if limit.relation == "least" else len(found)


def _words(text: str, limit: Limit) -> int:
    # Counted in the way that is harder to meet: then it holds in the other, too.
    return len(tokens(text)) if limit.relation == "most" else len(words(text))


_COUNTS: Final[Mapping[str, Callable[[str, Limit], int]]] = {
    "words": _words,
    "characters": lambda text, _: len(text.strip()),
    "sentences": lambda text, _: stops(text),
    "bullets": lambda text, _: len(bullets(text)),
    "highlights": lambda text, _: len(highlights(text)),
    "placeholders": lambda text, _: len(re.findall(r"\[(?!\d{1,3}\])[^\[\]\n]+\]", text)),
    "capital_words": _capital_words,
    "headings": lambda text, _: len(re.findall(r"^#{1,6} \S", text, re.MULTILINE)),
    "paragraphs": _paragraphs,
    "sections": lambda text, limit: len(re.findall(rf"{re.escape(limit.text)}\s?\d+", text)),
    "keyword": lambda text, limit: times(limit.text, text, inside=limit.relation == "most"),
    "letter": lambda text, limit: text.lower().count(limit.text.lower()),
}


def _first_word(text: str, limit: Limit) -> bool:
    parts = paragraphs(text)
    first = words(parts[limit.count - 1]) if len(parts) >= limit.count else []
    return bool(first) and first[0].lower() == limit.text.lower()


def _is_json(text: str) -> bool:
    fenced = re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", text, re.DOTALL)
    try:
        json.loads(fenced[1] if fenced else text)
    except ValueError:
        return False
    return True


def _two(text: str) -> bool:
    parts = [part.strip() for part in text.split("******")]
    return len(parts) == 2 and all(parts) and parts[0] != parts[1]


def _says(text: str, point: str) -> bool:
    wanted = set(content_terms(point))
    if language_of(point) != language_of(text):  # its words are others
        return True
    if stated(point) - mentioned(text):
        return False
    return not wanted or len(wanted & set(content_terms(text))) >= _SHARE * len(wanted)


_CHECKS: Final[Mapping[str, Callable[[str, Limit], bool]]] = {
    "title": lambda text, _: bool(re.search(r"<<[^\n<>]+>>", text)),
    "lowercase": lambda text, _: (bare := LINK.sub("", text)) == bare.lower(),
    "uppercase": lambda text, _: (bare := LINK.sub("", text)) == bare.upper(),
    "no_commas": lambda text, _: not re.search("[,，]", text),
    "no_emoji": lambda text, _: not _EMOJI.search(text),
    "quoted": lambda text, _: len(text.strip()) > 2 and text.strip()[0] == text.strip()[-1] == '"',
    "json": lambda text, _: _is_json(text),
    "two": lambda text, _: _two(text),
    "first_word": _first_word,
    "forbidden": lambda text, limit: not any(times(word, text) for word in limit.options),
    "postscript": lambda text, limit: re.sub(r"\s", "", limit.text.lower()) in re.sub(r"\s", "", text.lower()),
    "ending": lambda text, limit: text.strip().strip('"').rstrip().lower().endswith(limit.text.strip().lower()),
    "opening": lambda text, limit: text.strip().lstrip('"').lower().startswith(limit.text.strip().lower()),
    "repeat": lambda text, limit: text.strip().lower().startswith(limit.text.strip().lower()),
    "language": lambda text, limit: is_in(text, limit.text),
    "one_of": lambda text, limit: any(text.strip().strip('"') == option for option in limit.options),
    "point": lambda text, limit: _says(text, limit.text),
    "says": lambda text, limit: _says(text, limit.text),
}


def without_emoji(text: str) -> str:
    """The text without pictures."""
    return re.sub(r"[ \t]{2,}", " ", _EMOJI.sub("", text).replace("\ufe0f", ""))
