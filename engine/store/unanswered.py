"""Questions that got no answer, or none that helped; and when a room was last told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import orjson
import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.shared import SHARED
from engine.store.tables import audit, events, feedback, handoffs, turns
from engine.types import Message, Outcome

TOLD, FAILED = "digest told", "digest not told"
_AGAIN_S: Final = 300.0  # after one that could not be told


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question, why it counts, and the audience (``grants``) that it was answered to; ``at`` seconds since 1970."""

    event: int
    message: Message
    why: Literal["handed_off", "not_helpful"]
    at: float
    grants: frozenset[str]


def unanswered(c: sa.Connection, workspace: str, since: float, limit: int) -> tuple[list[Unanswered], int]:
    """The last questions of a workspace that a person was asked for, or whose answer did not help; newest first.

    And how many there are.  Commands and what was put before others by a click are no questions.
    """
    bad = sa.exists().where(feedback.c.event == turns.c.event, ~feedback.c.helpful)
    passed_on = sa.or_(
        turns.c.outcome == Outcome.HANDED_OFF.value, sa.exists().where(handoffs.c.event == turns.c.event)
    )
    query = (
        sa.select(turns.c.event, events.c.message, passed_on.label("passed_on"), turns.c.at, turns.c.grants)
        .join(events, events.c.id == turns.c.event)
        .where(
            turns.c.workspace == workspace,
            turns.c.at >= since,
            turns.c.question != "",
            turns.c.reason != SHARED,
            sa.or_(passed_on, bad),
        )
        .order_by(turns.c.event.desc())
    )
    found, count = list[Unanswered](), 0
    for row in c.execute(query):
        message = Message.from_json(row.message)
        if message.text.strip() and message.command in {"", "ask"}:
            count += 1
            if len(found) < limit:
                why: Literal["handed_off", "not_helpful"] = "handed_off" if row.passed_on else "not_helpful"
                found.append(Unanswered(row.event, message, why, row.at, frozenset(orjson.loads(row.grants))))
    return found, count


def is_due(database: Database, c: sa.Connection, workspace: str, room: str, every_s: float) -> bool:
    """Whether a room (``slack:C0ROOM``) was not told within that time, nor tried to be within five minutes."""
    last = c.execute(
        sa.select(audit.c.action, audit.c.at)
        .where(audit.c.workspace == workspace, audit.c.subject == room, audit.c.action.in_((TOLD, FAILED)))
        .order_by(audit.c.id.desc())
        .limit(1)
    ).first()
    return last is None or last.at <= database.clock(c) - (_AGAIN_S if last.action == FAILED else every_s)


def claim_digest(database: Database, c: sa.Connection, workspace: str, room: str, every_s: float) -> bool:
    """Take it upon this worker to tell a room; False: it is not due any more.

    Written before it is told: after a crash in between it is not told twice, but only the next time.
    """
    database.take_turns(c)
    if not is_due(database, c, workspace, room, every_s):
        return False
    record(database, c, actor="schedule", action=TOLD, workspace=workspace, subject=room)
    return True


def digest_failed(database: Database, c: sa.Connection, workspace: str, room: str) -> None:
    """It could not be told: somebody tries again in five minutes."""
    record(database, c, actor="schedule", action=FAILED, workspace=workspace, subject=room)
