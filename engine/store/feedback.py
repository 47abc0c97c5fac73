"""What people think of answers: in a press, in words, and listed for those who look after the desk."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.statements import POSTING, insert
from engine.store.tables import events, feedback, turns
from engine.store.turns import storable

#: Characters that are kept of what somebody writes, in each field.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person thinks of an answer; ``why`` and ``better`` in their words, empty where they wrote none."""

    helpful: bool
    why: str
    better: str


@dataclass(frozen=True, slots=True)
class Unhelpful:
    """An answer that did not help; ``conversation`` is where it stands (a key), ``at`` in seconds since 1970.

    ``author`` asked the ``question`` and was answered to the audience of ``grants``; ``person`` pressed and wrote.
    """

    event: int
    conversation: str
    author: str
    question: str
    grants: frozenset[str]
    person: str
    at: float
    why: str
    better: str


def add_feedback(database: Database, connection: sa.Connection, event: int, person: str, *, helpful: bool) -> bool:
    """Keep what a person thinks of an answer, their last word only; False when there is no such answer.

    What they wrote goes with the opinion that it belongs to.
    """
    if connection.execute(sa.select(turns.c.event).where(turns.c.event == event)).first() is None:
        return False
    new = insert(database, feedback).values(event=event, person=person, helpful=helpful, at=database.now())
    same = feedback.c.helpful == new.excluded.helpful
    said = {
        "helpful": new.excluded.helpful,
        "at": new.excluded.at,
        "why": sa.case((same, feedback.c.why), else_=""),
        "better": sa.case((same, feedback.c.better), else_=""),
    }
    connection.execute(new.on_conflict_do_update(index_elements=["event", "person"], set_=said))
    return True


def add_words(database: Database, connection: sa.Connection, event: int, person: str, *, why: str, better: str) -> bool:
    """Keep why an answer did not help, and what would be right; False when there is no such answer."""
    if not add_feedback(database, connection, event, person, helpful=False):
        return False
    mine = sa.and_(feedback.c.event == event, feedback.c.person == person)
    written = {"why": storable(why)[:MOST], "better": storable(better)[:MOST]}
    connection.execute(sa.update(feedback).where(mine).values(**written))
    return True


def take_back(connection: sa.Connection, event: int, person: str, *, helpful: bool) -> None:
    """Forget an opinion, unless the person has changed it meanwhile or written something to it."""
    mine = sa.and_(feedback.c.event == event, feedback.c.person == person, feedback.c.helpful == helpful)
    connection.execute(sa.delete(feedback).where(mine, feedback.c.why == "", feedback.c.better == ""))


def opinion_of(connection: sa.Connection, event: int, person: str) -> Opinion | None:
    """What this person thinks of an answer."""
    mine = sa.and_(feedback.c.event == event, feedback.c.person == person)
    row = connection.execute(sa.select(feedback).where(mine)).first()
    return None if row is None else Opinion(row.helpful, row.why, row.better)


def is_coming(connection: sa.Connection, event: int) -> bool:
    """Whether an answer is visible already and only about to be written down."""
    return connection.scalar(sa.select(events.c.state).where(events.c.id == event)) == POSTING


def unhelpful(connection: sa.Connection, workspace: str, *, limit: int, offset: int = 0) -> tuple[list[Unhelpful], int]:
    """Answers of a workspace that did not help, those with words first, then the newest first; and how many."""
    of_workspace = sa.and_(turns.c.workspace == workspace, ~feedback.c.helpful)
    joined = feedback.join(turns, turns.c.event == feedback.c.event)
    wordless = sa.case((sa.and_(feedback.c.why == "", feedback.c.better == ""), 1), else_=0)
    query = (
        sa.select(
            feedback.c.event, turns.c.conversation, turns.c.author, turns.c.question, turns.c.grants,
            feedback.c.person, feedback.c.at, feedback.c.why, feedback.c.better,
        )
        .select_from(joined)
        .where(of_workspace)
        .order_by(wordless, feedback.c.at.desc(), feedback.c.event.desc(), feedback.c.person)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    count = connection.scalar(sa.select(sa.func.count()).select_from(joined).where(of_workspace)) or 0
    rows = connection.execute(query).all()
    return [Unhelpful(*row[:4], frozenset(orjson.loads(row.grants)), *row[5:]) for row in rows], count
