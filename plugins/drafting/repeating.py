"""Reads in a request what is to be repeated word for word before the text begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plugins.drafting.limit import Limit

_REPEAT: Final = re.compile(
    r"\b(?:repeat|copy)\b[^.\n]{0,60}?\b(?:request|prompt|question|above|sentence|line|instruction|following)\b|"
    r"repeat\b[^.\n]{0,40}word (?:for|by) word|先(?:原样)?(?:重复|复述)",
    re.IGNORECASE,
)
_ABOUT_REPEATING: Final = re.compile(
    r"\b(?:repeat|repeating|word (?:for|by) word|do not (?:say|add)|don['’]t say|before repeating|does not include this)\b",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)


def repeated(text: str) -> Iterator[tuple[int, int, list[Limit]]]:
    """What is to be repeated first: the request without what is said about repeating."""
    if not _REPEAT.search(text):
        return
    sentences = [
        (m.start(), m.end())
        for m in re.finditer(r"[^\n]+?(?:[.!?:]+[\"”')]*(?=\s+[A-Z0-9\"“(]|\s*\n|\s*$)|(?=\n)|$)", text)
        if m.group().strip()
    ]
    own = [(s, e) for s, e in sentences if _ABOUT_REPEATING.search(text[s:e])]
    if not own:
        return
    if own[0][0] > 0 and text[: own[0][0]].strip():
        wanted, span = text[: own[0][0]], (own[0][0], len(text))
        # What stands in the same sentence as a list of notes belongs to them.
        wanted = re.sub(r"\(?\s*$", "", wanted)
    else:
        end = own[-1][1]
        for (start, _), (_, before) in zip(own[1:], own, strict=False):
            if text[before:start].strip():
                end = before
                break
        wanted, span = text[end:], (0, end)
    if wanted.strip():
        yield *span, [Limit("repeat", text=wanted.strip())]
