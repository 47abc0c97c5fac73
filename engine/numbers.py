"""The numbers that a text states, by value: 5, five, 5.0 and 五 are the same."""

from __future__ import annotations

import re
import unicodedata

_UNITS = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    w: 10 * (n + 2)
    for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_ORDINALS = {
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "twelfth": 12,
    "twentieth": 20,
    "thirtieth": 30,
    "twice": 2,
    "dozen": 12,
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_WORDS = {**_UNITS, **_TENS, **_ORDINALS, **_SCALES}
_CHINESE = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
#: "one" and 一 are words before they are numbers ("one of them", 一般): stating them proves nothing.
_VAGUE = frozenset({1.0})

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_ENGLISH = re.compile(r"[a-z]+(?:[- ](?:and )?[a-z]+)*")
_RUN = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+")
#: What must follow a Chinese numeral for it to state a number, and not be part of a word (十分, 万一).
_MEASURE = re.compile(
    r"\s*(?:个|天|日|号|周|年|月|小时|分钟|秒|元|块|次|名|位|人|条|台|页|章|层|级|倍|岁|折|度|公[里斤]|米|寸|工作日|点(?!击|选|开))"
)


def stated(text: str) -> frozenset[float]:
    """Values that the text states as numbers, strictly read: what a claim must be able to show in its source."""
    return _values(text, strict=True) - _VAGUE


def mentioned(text: str) -> frozenset[float]:
    """Values that can be read in the text at all: what a source offers."""
    return _values(text, strict=False)


def located(text: str) -> list[tuple[int, int, float]]:
    """The numbers of a text where they stand: (start, end, value), in order; a list such as 1.2.3 is no number.

    ``text`` is lower case and normalised (NFKC), so that the places hold.  Chinese numerals count where a measure
    follows.
    """
    found = [(m.start(), m.end(), v[0]) for m in _DIGITS.finditer(text) if len(v := _digits(m.group())) == 1]
    for run in _ENGLISH.finditer(text):
        open_from, words = -1, list[str]()
        spans = [*((w.start() + run.start(), w.group()) for w in re.finditer(r"[a-z]+", run.group())), (run.end(), "")]
        for start, word in spans:
            if word in _WORDS or (words and word == "and" and words[-1] in {"hundred", "thousand"}):
                open_from = start if open_from < 0 else open_from
                words.append(word)
            elif words:
                if len(values := _english(words)) == 1:
                    found.append((open_from, start, values[0]))
                open_from, words = -1, []
    runs = (m for m in _RUN.finditer(text) if _MEASURE.match(text, m.end()))
    return sorted([*found, *((m.start(), m.end(), _chinese(m.group())) for m in runs)])


def _values(text: str, *, strict: bool) -> frozenset[float]:
    text = unicodedata.normalize("NFKC", text).lower()
    found = {value for m in _DIGITS.finditer(text) for value in _digits(m.group())}
    for m in _ENGLISH.finditer(text):
        found.update(_english(re.split(r"[- ]", m.group())))
    for m in _RUN.finditer(text):
        if not strict or _MEASURE.match(text, m.end()):
            found.add(_chinese(m.group()))
    return frozenset(found)


def _digits(text: str) -> list[float]:
    """1,000 is a thousand; 3.5 three and a half; 1.2.3 and 1,2 are lists."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return [float(text.replace(",", ""))]
    if re.fullmatch(r"\d+\.\d+", text):
        return [float(text)]
    return [float(part) for part in re.split(r"[.,]", text)]


def _english(words: list[str]) -> list[float]:
    """The numbers in a run of words: ["twenty", "five"] is 25, ["two", "hundred"] is 200."""
    found: list[float] = []
    total = 0
    open_number = False
    for word in [*words, ""]:
        if word in _SCALES:
            total = max(total, 1) * _SCALES[word]
            open_number = True
        elif word in _WORDS:
            value = _WORDS[word]
            joins = open_number and ((total % 100 >= 20 and total % 10 == 0 and value < 10) or total % 100 == 0)
            if open_number and not joins:
                found.append(total)
                total = 0
            total += value
            open_number = True
        elif not (word == "and" and open_number):
            if open_number:
                found.append(total)
            total, open_number = 0, False
    return found


def _chinese(run: str) -> float:
    """十五 is 15, 二十 20, 三百零五 305, 二〇二六 2026."""
    if not any(c in _CHINESE_SCALES for c in run):
        return float(int("".join(str(_CHINESE[c]) for c in run)))
    total = section = digit = 0
    for c in run:
        if c in _CHINESE:
            digit = _CHINESE[c]
        elif (scale := _CHINESE_SCALES[c]) >= 10_000:
            total += (section + digit or 1) * scale
            section = digit = 0
        else:
            section += (digit or 1) * scale
            digit = 0
    return float(total + section + digit)
