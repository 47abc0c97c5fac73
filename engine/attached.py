"""Files beside a question: what of them goes into the prompt, and what is told of them.

What a file says is no source of the organisation.  Whether the organisation's documents answer a question, and how
sure that is, is decided from a search over those documents alone: a file makes it neither more nor less sure (it may
only help to find, as the question's own words do).  Where they answer, the file is read beside them; where they do not,
the model may still answer from the file, and the answer says so before its first word.  Either way each sentence is
checked against what it points to, a sentence that only the file carries points to the file, and the file is shown as
what was attached.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.language import language_of
from engine.pictures import Picture
from engine.prompt import estimated
from engine.terms import content_terms, terms
from engine.types import ATTACHED, Passage, ReadFile

#: Stands where something was left out.
_GAP: Final = "…"
#: Characters of the first file that help to find what a question such as "what does this mean?" is about.
_HINT_CHARS: Final = 300
#: Why a file that could be read was not used after all.
UNUSED: Final = "no answer was written"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a question, read for this question and kept nowhere.

    ``pieces``: its text in order, of about a paragraph each; ``wrong``: why there is none.  ``picture``: what a model
    that sees is to be shown; ``pieces`` are what it saw then.
    """

    name: str
    pieces: tuple[str, ...] = ()
    wrong: str = ""
    picture: Picture | None = None

    @property
    def size(self) -> int:
        """Its tokens, as ``engine.prompt.estimated``."""
        return sum(map(estimated, self.pieces))

    def seen(self, text: str) -> Attached:
        """The picture, and what a model saw in it."""
        return replace(self, pieces=(text,)) if text else self.unseen("the model saw nothing in it")

    def unseen(self, why: str) -> Attached:
        """The picture that could not be looked at."""
        return replace(self, picture=None, wrong=why)


def size_of(files: Sequence[Attached]) -> int:
    """The tokens of all of them."""
    return sum(one.size for one in files)


def hint(files: Sequence[Attached]) -> str:
    """How the first of them that could be read begins."""
    return next(("\n".join(one.pieces)[:_HINT_CHARS] for one in files if one.pieces), "")


def fitting(files: Sequence[Attached], question: str, tokens: int) -> tuple[tuple[Passage, ...], tuple[ReadFile, ...]]:
    """As passages what of the files fits into so many tokens, and what became of each file.

    They share the room evenly; what one does not need is for the others.  Of a file that is too long the pieces that
    have most to do with the question are taken, and its beginning, which mostly says what it is.
    """
    shares = _shares([one.size for one in files], tokens)
    passages, told = [], []
    for one, share in zip(files, shares, strict=True):
        if not one.pieces:
            told.append(ReadFile(one.name, "unread", one.wrong))
            continue
        kept = range(len(one.pieces)) if one.size <= share else _best(one.pieces, question, share)
        if not kept:
            told.append(ReadFile(one.name, "unread", UNUSED))
            continue
        text = _joined(one.pieces, kept)
        passages.append(Passage("", "", one.name, one.name, "", "", text, language_of(text), ATTACHED))
        if one.picture:
            told.append(ReadFile(one.name, "seen"))
        else:
            told.append(ReadFile(one.name, "whole" if len(kept) == len(one.pieces) else "part"))
    return tuple(passages), tuple(told)


def unused(files: Sequence[Attached]) -> tuple[ReadFile, ...]:
    """What is told of files where no prompt was made."""
    return tuple(ReadFile(one.name, "unread", one.wrong or UNUSED) for one in files)


def _shares(sizes: Sequence[int], tokens: int) -> list[int]:
    """How many tokens each may have."""
    shares = [0] * len(sizes)
    left = tokens
    for place, n in enumerate(order := sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[n] = min(sizes[n], left // (len(order) - place))
        left -= shares[n]
    return shares


def _best(pieces: Sequence[str], question: str, tokens: int) -> list[int]:
    """The numbers of the pieces that are taken, in order."""
    asked = set(content_terms(question))
    held = [asked & set(terms(piece)) for piece in pieces]
    common = Counter(term for some in held for term in some)
    worth = [sum(math.log(1 + len(pieces) / common[term]) for term in some) for some in held]
    first, *others = range(len(pieces))
    kept: list[int] = []
    for n in (first, *sorted(others, key=lambda n: -worth[n])):
        if (size := estimated(pieces[n])) <= tokens:
            kept.append(n)
            tokens -= size
    return sorted(kept)


def _joined(pieces: Sequence[str], kept: Sequence[int]) -> str:
    """These pieces, with a sign wherever some are missing between them or behind them."""
    lines: list[str] = []
    before = -1
    for n in kept:
        lines += [_GAP] if n > before + 1 else []
        lines.append(pieces[n])
        before = n
    return "\n\n".join([*lines, *([_GAP] if before < len(pieces) - 1 else [])])
