"""Reasons and notes of the engine in people's languages: why a document was not loaded, how an answer came about.

The engine gives them in English, as they stand in the log, the receipt and the JSON of the commands.  Here each is
recognised by its English in the catalogue, with what differs from case to case (a number, a name, what a library said)
in its gaps, and told again in the language of the reader.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.catalogue import ENGLISH, Catalogue, Gap

_CATALOGUE: Final = Catalogue(Path(__file__).parent / "phrases" / "reasons")
#: Notes of a site name it first, where there were several.
_OF_A_SITE: Final = re.compile(r"(?P<site>https?://\S+): (?P<reason>.+)", re.DOTALL)
_DEEP: Final = 3
#: Longer ones are nobody's words but a library's or a server's, and to look for gaps in those takes too long.
_LONGEST: Final = 1_000


def prepare() -> None:
    """Parse everything now, that nobody waits for it later."""
    _CATALOGUE.prepare()
    _known()


def in_words(reason: str, language: str) -> str:
    """The reason in this language; as it is where we do not know it, and in English."""
    if len(reason) > _LONGEST or _CATALOGUE.nearest(language) == ENGLISH:
        return reason
    return _told(reason, language, _DEEP)


def _told(reason: str, language: str, deep: int) -> str:
    wholes, gaps = _known()
    if name := wholes.get(reason):
        return _CATALOGUE.say(name, language, {})
    if not deep:
        return reason
    if site := _OF_A_SITE.fullmatch(reason):
        told = _told(site["reason"], language, deep - 1)
        return _CATALOGUE.say("of_a_site", language, {"site": site["site"], "reason": told})
    for name, pattern in gaps:
        if found := pattern.fullmatch(reason):
            inside = {gap: _told(text, language, deep - 1) for gap, text in found.groupdict().items()}
            return _CATALOGUE.say(name, language, inside)
    return reason


@lru_cache(maxsize=1)
def _known() -> tuple[dict[str, str], list[tuple[str, re.Pattern[str]]]]:
    """The names of the reasons without gaps, by their English; those with gaps, the ones that say most first."""
    wholes: dict[str, str] = {}
    gaps: list[tuple[int, str, re.Pattern[str]]] = []
    for name, pieces in _CATALOGUE.pieces(ENGLISH).items():
        said = "".join(piece for piece in pieces if isinstance(piece, str))
        if not any(isinstance(piece, Gap) for piece in pieces):
            wholes[said] = name
        elif name != "of_a_site":
            pattern = "".join(f"(?P<{p.name}>.+?)" if isinstance(p, Gap) else re.escape(p) for p in pieces)
            gaps.append((len(said), name, re.compile(pattern, re.DOTALL)))
    return wholes, [(name, pattern) for _, name, pattern in sorted(gaps, key=lambda one: -one[0])]
