"""Lists of words within a request: "sad", "crazy" and "stress"; or plain words with commas between them."""

from __future__ import annotations

import re
from typing import Final

_QUOTED: Final = re.compile(r"[\"“”「]([^\"“”「」\n]{1,80})[\"“”」]|(?<!\w)['‘]([^'‘’\n]{1,80}?)['’](?!\w)")
#: Words in quotation marks, one after the other.
_ROW: Final = re.compile(
    rf"[\[(]?\s*(?:{_QUOTED.pattern})(?:[\s,，、&/]*(?:\b(?:and|or|nor)\b|和|或|与|以及)?[\s,，、]*(?:{_QUOTED.pattern}))*"
)
_LIST_END: Final = re.compile(
    r"[.;。；\n!?！？]|\b(?:in (?:your|the|it)|throughout|anywhere|at all|within|for|when|as|but|to|while|should|must|"
    r"and (?:do|use|make|should|not|include|wrap|write|add|the|have|in|it)|at least|once|twice|exactly|just|more than|less than)\b",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)


def listed(text: str) -> tuple[str, ...]:
    """The words that a list names: those in quotation marks, else what stands between commas and "and"."""
    if row := _ROW.match(text):
        quoted = [(a or b).strip(" ,.") for a, b in _QUOTED.findall(row.group())]
        return tuple(dict.fromkeys(q for q in quoted if q))
    head = _LIST_END.split(text, maxsplit=1)[0].strip(" :：[](){}")
    parts = re.split(r"\s*(?:,|、|，|\bor\b|\band\b|和|或|/)\s*", head)
    return tuple(dict.fromkeys(p.strip(" \"'“”‘’[]()") for p in parts if 0 < len(p.strip()) <= 40))


def length_of(text: str) -> int:
    """How long the list at the beginning of this is."""
    if row := _ROW.match(text):
        return row.end()
    stop = _LIST_END.search(text)
    return stop.start() if stop else len(text)
