"""How a workspace stands: somebody's own questions, those that wait for a person, and how the last ones ended."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from engine.store.shared import SHARED
from engine.store.statements import CORRECTED, OPEN, is_open
from engine.store.tables import documents, events, feedback, handoffs, passages, turns
from engine.store.wishes import TOLD
from engine.types import Message, Outcome

_LAST = 200  # questions that the shares are of


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how it ended; ``at`` in seconds since 1970, ``grants`` the audience that it was answered to."""

    message: Message
    outcome: Outcome
    reason: str
    at: float
    grants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of one workspace.

    ``waiting`` questions have no end yet; ``ended`` says how many of the last 200 ended how; ``helpful`` and
    ``unhelpful`` what people thought of those.
    """

    documents: int
    failed: int
    passages: int
    waiting: int
    ended: dict[Outcome, int]
    helpful: int
    unhelpful: int


def questions_of(c: sa.Connection, channel: str, workspace: str, person: str, limit: int) -> list[Asked]:
    """The last questions that somebody asked on this channel and that were not ignored, newest first."""
    query = (
        sa.select(events.c.message, turns.c.outcome, turns.c.reason, turns.c.at, turns.c.grants)
        .join(turns, turns.c.event == events.c.id)
        .where(
            turns.c.workspace == workspace,
            turns.c.author == person,
            turns.c.conversation.startswith(f'["{channel}",', autoescape=True),
            turns.c.outcome != Outcome.IGNORED.value,
            turns.c.question != "",
            turns.c.reason.not_in([SHARED, TOLD, CORRECTED]),
        )
        .order_by(turns.c.event.desc())
        .limit(limit)
    )
    return [_asked(*row) for row in c.execute(query)]


def waiting_for_a_person(c: sa.Connection, workspace: str, limit: int) -> tuple[list[Asked], int]:
    """Questions that a person should look at, newest first; and how many there are."""
    here = sa.and_(handoffs.c.workspace == workspace, handoffs.c.state == OPEN)
    joined = handoffs.join(turns, turns.c.event == handoffs.c.event).join(events, events.c.id == handoffs.c.event)
    query = (
        sa.select(events.c.message, turns.c.outcome, handoffs.c.reason, handoffs.c.at, turns.c.grants)
        .select_from(joined)
        .where(here)
        .order_by(handoffs.c.at.desc())
        .limit(limit)
    )
    count = c.scalar(sa.select(sa.func.count()).select_from(joined).where(here)) or 0
    return [_asked(*row) for row in c.execute(query)], count


def standing(c: sa.Connection, workspace: str) -> Standing:
    """How the workspace stands now."""

    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return (
            c.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.workspace == workspace, *where)) or 0
        )

    last = (
        sa.select(turns.c.event, turns.c.outcome)
        .where(
            turns.c.workspace == workspace,
            turns.c.outcome != Outcome.IGNORED.value,
            turns.c.reason.not_in([SHARED, TOLD, CORRECTED]),
        )
        .order_by(turns.c.event.desc())
        .limit(_LAST)
        .subquery()
    )
    ended = c.execute(sa.select(last.c.outcome, sa.func.count()).group_by(last.c.outcome))
    thought = c.execute(
        sa.select(feedback.c.helpful, sa.func.count())
        .join(last, last.c.event == feedback.c.event)
        .group_by(feedback.c.helpful)
    )
    opinions = {bool(row[0]): int(row[1]) for row in thought}
    return Standing(
        documents=count(documents, documents.c.version > 0),
        failed=count(documents, documents.c.status == "failed"),
        passages=count(passages),
        waiting=count(events, is_open),
        ended={Outcome(row[0]): int(row[1]) for row in ended},
        helpful=opinions.get(True, 0),
        unhelpful=opinions.get(False, 0),
    )


def _asked(message: str, outcome: str, reason: str, at: float, grants: str) -> Asked:
    return Asked(Message.from_json(message), Outcome(outcome), reason, at, frozenset(orjson.loads(grants)))
