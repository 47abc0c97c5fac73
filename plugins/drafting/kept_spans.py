"""What a translation must keep to the letter: code, links, placeholders, tags, mentions; and numbers, by value."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from engine import mentioned

#: In their order: of two that begin at the same place the first one counts.
_KINDS: Final = (
    r"``[^\n]+?``|`[^`\n]+`",  # code
    r"(?<=\])\((?:<[^<>\n]*>|[^()\s]+)(?:\s+\"[^\"\n]*\")?\)",  # where a link goes to; its label is translated
    r"(?:https?|ftp)://[^\s<>()\[\]{}\"'`|，。；：！？、（）《》【】「」]+|\bwww\.[\w.-]+\.[a-z]{2,}(?:/[\w./?=&%#-]*)?",
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # mail
    r"<[@#!][^<>\s]{1,80}>|(?<![\w.@])@\w[\w.-]*|(?<![\w&#])#[A-Za-z][\w-]*",  # mentions, channels
    r"\{\{[^{}\n]{1,80}\}\}|\$\{[^{}\n]{1,80}\}|\{[\w.:! -]{0,40}\}|\$[A-Z_]{2,}\b",  # placeholders
    r"%\(\w+\)[sdifr]|%\d+\$[sd]|%[sdifr](?![a-z])",
    r"</?[A-Za-z][\w-]*(?:\s[^<>\n]{0,200})?/?>|&(?:[a-z]{2,8}|#\d{1,6});",  # tags, entities
    r"\[\d{1,3}\](?!\()",  # markers of sources
    r"(?<![\w-])--[a-z][\w-]*(?:=[\w./:-]+)?",  # options
    r"(?<![\w.])(?:~|\.{1,2})?(?:/[\w.-]+){2,}/?",  # paths and names of files
    r"\b[\w-]+\.(?:py|md|json|ya?ml|toml|txt|csv|pdf|docx?|xlsx?|sh|js|ts|html?|cfg|ini|log|zip)\b",
    r"\b[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+\b|\b[\w.]+\(\)",  # names of code
    r"\b[A-Z][A-Z0-9]+-\d+\b|\bv?\d+\.\d+\.\d+[\w.-]*",
)
_SPAN: Final = re.compile("|".join(f"(?:{kind})" for kind in _KINDS))
_ENDING: Final = ".,;:!?"

_NUMBER: Final = re.compile(r"(?P<digits>\d+(?:[.,]\d+)*)(?P<s>(?<=0)s\b)?\s?(?P<scale>[a-zA-Z]+|[十百千万亿萬億兆]+)?")
_SCALES: Final = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9,
    "trillion": 1e12,
}  # fmt: skip
_CHINESE: Final = {"十": 1e1, "百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8, "兆": 1e12}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MARK: Final = "⟦{}⟧"
_MARKED: Final = re.compile(r"[⟦\[【]{1,2}\s?(\d{1,3})\s?[⟧\]】]{1,2}")


def spans(text: str) -> list[str]:
    """What must stand in a translation of the text exactly so, in order, as often as it stands here."""
    found = (m.group().rstrip(_ENDING) if "://" in m.group() else m.group() for m in _SPAN.finditer(text))
    return [span for span in found if span]


def missing(source: str, translation: str) -> list[str]:
    """The spans of the source that the translation has not kept, each as often as it lacks."""
    wanted = Counter(spans(source))
    return [span for span, n in wanted.items() for _ in range(n - translation.count(span))]


def without(text: str) -> str:
    """The text without what is kept to the letter: what there is to translate."""
    return _SPAN.sub(" ", text)


def numbers_missing(source: str, translation: str) -> list[str]:
    """The numbers in digits outside of spans whose value the translation does not state: 1.5 million is 150万."""
    there = {value for m in _NUMBER.finditer(translation) for value in _values(m)} | mentioned(translation)
    lower, lacking = translation.lower(), []
    for number in _NUMBER.finditer(without(source)):
        values = _values(number)
        month = values[0] if 1 <= values[0] <= 12 else 0.0
        if any(math.isclose(value, other, rel_tol=1e-9) for value in values for other in there):
            continue
        if month and "月" in source and _MONTHS[int(month) - 1] in lower:
            continue
        lacking.append(number["digits"])
    return lacking


def _values(number: re.Match[str]) -> list[float]:
    """What the digits can stand for: with the word of scale behind them, and alone."""
    digits = number["digits"]
    parts = [digits.replace(",", "")] if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", digits) else []
    plain = [float(part) for part in parts or re.split(r"[.,]", digits)]
    scale = number["scale"] or ""
    factor = _SCALES.get(scale.lower(), 1.0)
    if scale and scale[0] in _CHINESE:
        factor = math.prod(_CHINESE[c] for c in scale)
    found = [plain[0] * factor, *plain] if factor != 1.0 else plain
    return [*found, plain[0] % 100] if number["s"] and plain[0] >= 1000 else found


def marked(text: str) -> tuple[str, list[str]]:
    """The text with a mark in the place of each span and number, and what they stand for."""
    held: list[str] = []

    def hide(found: re.Match[str]) -> str:
        span = found.group()
        tail = span[len(span.rstrip(_ENDING)) :] if "://" in span else ""
        held.append(span.removesuffix(tail))
        return _MARK.format(len(held)) + tail

    return re.compile(rf"{_SPAN.pattern}|\d+(?:[.,:]\d+)*").sub(hide, text), held


def unmarked(text: str, held: Sequence[str]) -> str:
    """The text with what each mark stands for in its place; a mark of nothing is taken out."""
    return _MARKED.sub(lambda m: held[int(m[1]) - 1] if 1 <= int(m[1]) <= len(held) else "", text)
