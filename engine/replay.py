"""Recent questions again, with the documents, prompts and model of now: which answers would be others.

Nothing is posted and nothing is kept: replies go nowhere, no hand-off is opened.  Each question has the audience that
its answer was said to, and the history that stood before it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import FrontdeskError
from engine.growing import Growing
from engine.numbers import stated
from engine.store.database import Database
from engine.store.turns import AskedTurn, PastTurn, recent_turns
from engine.types import Audience, Outcome, Reply

if TYPE_CHECKING:
    from engine.assistant import Assistant

#: Less alike than this, two texts say something in other words at least.
_ALIKE = 0.6
#: A confidence that fell by so much is worth a look.
_FELL = 0.2
_MARKER = re.compile(r"\s*\[\d{1,3}\]")

Change = Literal["lost", "failed", "numbers", "sources", "text", "confidence", "gained", "same"]
#: What got worse first.
CHANGES: tuple[Change, ...] = ("lost", "failed", "numbers", "sources", "text", "confidence", "gained", "same")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A question, its answer then and now.

    ``change``: ``lost`` (answered then, not now), ``failed`` (``reason`` says why), ``numbers``, ``sources`` or
    ``text`` (materially others), ``confidence`` (much lower), ``gained`` (answered now) or ``same``.  ``alike`` 0..1.
    """

    before: PastTurn
    after: Reply | None
    change: Change
    alike: float
    reason: str = ""

    @property
    def worse(self) -> bool:
        """Whether an answer is gone, or is surer of less."""
        return self.change in {"lost", "failed", "confidence"}


async def replay(
    database: Database, assistant: Assistant, workspace: str, *, since: float, limit: int
) -> AsyncIterator[Replayed | int]:
    """Ask the last ``limit`` questions since then again, one after the other; first their number."""
    asked = await database.read(lambda c: recent_turns(c, workspace, since, limit))
    yield len(asked)
    for one in asked:
        yield await _again(assistant, one)


async def _again(assistant: Assistant, asked: AskedTurn) -> Replayed:
    turn = asked.turn
    audience = Audience(turn.workspace, turn.grants)
    try:
        reply = await assistant.again(asked.message, audience, before=turn.event, growing=Growing())
    except FrontdeskError as e:  # one that cannot be asked now must not end the others
        return Replayed(turn, None, "failed", 0.0, str(e))
    change, alike = compare(turn, reply)
    return Replayed(turn, reply, change, alike)


def compare(before: PastTurn, after: Reply) -> tuple[Change, float]:
    """What changed most, and how alike the texts are."""
    was, now = (_MARKER.sub("", t).strip() for t in (before.text, after.text))
    alike = round(difflib.SequenceMatcher(None, _words(was), _words(now), autojunk=False).ratio(), 4)
    if before.outcome is not after.outcome:
        if before.outcome is Outcome.ANSWERED:
            return "lost", alike
        return ("gained" if after.outcome is Outcome.ANSWERED else "text"), alike
    if after.outcome is not Outcome.ANSWERED:
        return "same", alike  # what is said when nothing is found is ours
    if stated(was) != stated(now):
        return "numbers", alike
    if {s.document for s in before.sources} != {s.document for s in after.sources}:
        return "sources", alike
    if alike < _ALIKE:
        return "text", alike
    return ("confidence" if after.confidence < before.confidence - _FELL else "same"), alike


def _words(text: str) -> Sequence[str]:
    return re.findall(r"[\u3400-\u9fff]|[^\W_]+", text.lower())


def worst_first(found: Sequence[Replayed]) -> list[Replayed]:
    """What got worse first; among equals the least alike."""
    return sorted(found, key=lambda r: (CHANGES.index(r.change), r.alike, -r.before.event))
