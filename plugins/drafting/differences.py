"""What changed between two versions of a draft, to be read at a glance."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Final

from plugins.drafting import spans

_PIECE: Final = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]|[^\s\u3040-\u9fff\uac00-\ud7af]+|\n+")
#: So many places are shown, each with so many words at most.
_PLACES: Final = 5
_WORDS: Final = 12
#: Below this likeness it was written anew, and places tell nothing.
_ANEW: Final = 0.35


@dataclass(frozen=True, slots=True)
class Difference:
    """``removed`` and ``added`` in words, ``before`` and ``now`` the lengths; ``places``: what was there, what is."""

    removed: int
    added: int
    before: int
    now: int
    places: tuple[tuple[str, str], ...]
    more: int = 0  # places that are not shown


def difference(before: str, now: str) -> Difference:
    """By words; by characters in Chinese, Japanese and Korean."""
    old, new = _PIECE.findall(before), _PIECE.findall(now)
    matched = difflib.SequenceMatcher(None, old, new, autojunk=False)
    removed = added = 0
    places: list[tuple[str, str]] = []
    for what, a, b, c, d in matched.get_opcodes():
        if what == "equal":
            continue
        removed += _count(old[a:b])
        added += _count(new[c:d])
        if _count(old[a:b]) or _count(new[c:d]):
            places.append((_shown(old[a:b]), _shown(new[c:d])))
    sizes = len(spans.words(before)), len(spans.words(now))
    if matched.ratio() < _ANEW:
        return Difference(removed, added, *sizes, ())
    return Difference(removed, added, *sizes, tuple(places[:_PLACES]), max(0, len(places) - _PLACES))


def _count(pieces: list[str]) -> int:
    return sum(bool(re.search(r"\w", piece)) for piece in pieces)


def _shown(pieces: list[str]) -> str:
    """The words in a line, long ones with their middle left out; nothing in it is markup."""
    flat = [piece for piece in pieces if not piece.isspace()]
    if len(flat) > _WORDS:
        flat = [*flat[: _WORDS // 2], "…", *flat[-_WORDS // 2 :]]
    text = ""
    for piece in flat:
        text += ("" if not text or (re.match(r"[\u3040-\u9fff\uac00-\ud7af，。！？；：、]", piece)) else " ") + piece
    return re.sub(r"[*_~`#\[\]<>|]", "", text).strip()
