"""What a draft may be written from: passages for this audience, files, the thread, the request, and the house style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine import Found, Passage, Turn, content_terms, estimated
from plugins.drafting.request import Request

#: How a document is called that says how the house writes.
_GUIDE: Final = re.compile(
    r"\b(?:brand|style|writing|editorial|voice)\b.{0,20}\b(?:guide(?:lines?)?|book|rules|standards?)\b"
    r"|\btone of voice\b"
    r"|品牌(?:指南|规范|規範|手册|手冊)|写作(?:规范|指南)|寫作(?:規範|指南)|文案(?:规范|指南)|(?:文风|风格|風格)(?:指南|规范|規範)",
    re.IGNORECASE,
)
_GUIDE_SEARCHED: Final = "brand guide, style guide, tone of voice 品牌指南 写作规范"
_GUIDE_TOKENS: Final = 300
_ASKED_CHARS: Final = 500
#: A passage that scores below this part of the best one's is not what the draft is about.
_WORTH: Final = 0.5
_SEARCHED: Final = frozenset({"announcement", "article", "release_note", "reply", "post", "summary", "text"})


@dataclass(frozen=True, slots=True)
class Material:
    """``passages`` are numbered from 1 in the prompt, those of files last; ``guide`` is how to write, no source.

    ``found`` is the search behind them; ``said`` what people said in the thread; ``passed`` what the version before
    says and no check doubted; ``behind`` what earlier answers and versions were made from that the draft is made from.
    """

    passages: tuple[Passage, ...] = ()
    guide: tuple[Passage, ...] = ()
    said: tuple[str, ...] = ()
    found: Found | None = None
    passed: str = ""
    behind: tuple[Passage, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is a source besides the request itself."""
        return bool(self.passages or self.said)

    @property
    def searched(self) -> Found:
        """The search, with all that stood in the prompt, numbered alike: for the receipt and the audience's check."""
        found = self.found or Found("", (), enough=False, confidence=0.0)
        known = {p.id for p in self.passages}
        others = {p.id: p for p in (*self.guide, *self.behind) if p.id not in known}
        return replace(found, passages=(*self.passages, *others.values()))

    def halved(self) -> Material:
        """Half as much of everything: for a model that has no room for it."""
        said = self.said[(len(self.said) + 1) // 2 :]
        return replace(self, passages=self.passages[: len(self.passages) // 2], guide=(), said=said)


def of_thread(turn: Turn, request: Request) -> bool:
    """Whether the thread is what the request is about: named, or all that is at hand."""
    return request.about_thread or (request.at_hand and not turn.attached)


async def gathered(
    turn: Turn, request: Request, *, passages: int, confidence: float, guide: str, room: int
) -> Material:
    """What is there for this request, within ``room`` tokens; passages from this confidence on that they fit."""
    about_thread = of_thread(turn, request)
    said = await turn.thread() if about_thread else ()
    told = [(past, line) for past in turn.history for line in (past.question, past.answer) if line and not past.kept]
    ours = about_thread and not said  # a conversation with us alone
    said = _last([line for _, line in told] if ours else said, room)
    behind = tuple(p for past, _ in told[-len(said) :] for p in past.behind) if ours and said else ()
    files = await turn.read_files(room // 2 if said else room) if turn.attached else ()
    room -= sum(estimated(p.text) for p in files) + sum(map(estimated, said))
    found: Found | None = None
    chosen: tuple[Passage, ...] = ()
    if request.kind in _SEARCHED and not said and not (request.kind == "summary" and (files or request.given)):
        found = await turn.search(request.content[:_ASKED_CHARS], limit=passages)
        named = _named(found, request)
        if named and request.kind == "summary":
            chosen = _first(await turn.whole(named), room)
        elif found.confidence >= confidence:
            chosen = _first([p for p in found.passages if p.score >= _WORTH * found.passages[0].score], room)
    style = await _guide(turn, guide) if request.kind != "tale" else ()
    return Material((*chosen, *files), style, said, found, behind=behind)


def _named(found: Found, request: Request) -> Passage | None:
    """The best passage of a document that the request names: half of its title's words stand in the request."""
    asked = set(content_terms(request.content))
    for passage in found.passages:
        title = set(content_terms(passage.title))
        if title and len(title & asked) * 2 >= len(title):
            return passage
    return found.passages[0] if found.passages and found.enough else None


async def _guide(turn: Turn, name: str) -> tuple[Passage, ...]:
    """The pages that say how the house writes, the first 300 tokens of them."""
    found = await turn.search(name or _GUIDE_SEARCHED, limit=10)
    wanted = [p for p in found.passages if (name.lower() in p.title.lower() if name else _GUIDE.search(p.title))]
    return _first(await turn.whole(wanted[0]), _GUIDE_TOKENS) if wanted else ()


def _first(passages: Sequence[Passage], tokens: int) -> tuple[Passage, ...]:
    kept: list[Passage] = []
    for passage in passages:
        tokens -= estimated(passage.text)
        if kept and tokens < 0:
            break
        kept.append(passage)
    return tuple(kept)


def _last(said: Sequence[str], tokens: int) -> tuple[str, ...]:
    kept: list[str] = []
    for line in reversed(said):
        tokens -= estimated(line)
        if kept and tokens < 0:
            break
        kept.insert(0, line)
    return tuple(kept)
