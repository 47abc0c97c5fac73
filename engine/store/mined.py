"""Hand-offs that a person took over and the asker was content with: whose words may become an entry.  No words here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.entry_tables import mined
from engine.store.statements import TAKEN_OVER, insert
from engine.store.tables import audit, events, turns
from engine.types import Outcome

NEW, PROPOSED = "new", "proposed"
ADDED, DECLINED, EXPIRED, FORGOTTEN = "added", "declined", "expired", "forgotten"
_AGAIN_S: Final = 600.0  # after so long it is tried again: nobody could be asked, or who began has died


@dataclass(frozen=True, slots=True)
class Mined:
    """A hand-off (its event) that was answered by a person; ``shown``: an admin and the id of their notice, each."""

    event: int
    conversation: str
    workspace: str
    asker: str
    answerer: str
    state: str
    shown: tuple[tuple[str, str], ...]


def note_content(database: Database, c: sa.Connection, conversation: str, person: str = "") -> bool:
    """Keep that the asker is content with what a person answered here; once a hand-off.

    ``person``: who says so; only whoever asked can.  False: nobody took over here, or it is kept already.
    """
    mine = events.c.conversation == conversation
    over = c.execute(
        sa.select(events.c.id, events.c.author)
        .where(mine, events.c.reason == TAKEN_OVER, events.c.author != "")
        .order_by(events.c.id.desc())
        .limit(1)
    ).first()
    if over is None:
        return False
    asked = c.execute(
        sa.select(turns.c.event, turns.c.author, turns.c.workspace)
        .where(
            turns.c.conversation == conversation,
            turns.c.outcome == Outcome.HANDED_OFF.value,
            turns.c.event < over.id,
            turns.c.author != "",
        )
        .order_by(turns.c.event.desc())
        .limit(1)
    ).first()
    if asked is None or asked.author == over.author or (person and person != asked.author):
        return False
    now = database.now()
    new = insert(database, mined).values(
        event=asked.event, conversation=conversation, workspace=asked.workspace, asker=asked.author,
        answerer=over.author, state=NEW, at=now, due=now, shown="[]",
    )  # fmt: skip
    kept = new.on_conflict_do_nothing(index_elements=["event"]).returning(mined.c.event)
    return c.execute(kept).first() is not None


def begin_proposing(database: Database, c: sa.Connection, limit: int = 20) -> list[Mined]:
    """What is to be proposed now; nobody else begins it for a while."""
    now = database.now()
    waiting = sa.select(mined.c.event).where(mined.c.state == NEW, mined.c.due <= now).limit(limit)
    taken = sa.update(mined).where(mined.c.event.in_(waiting), mined.c.due <= now).values(due=now + _AGAIN_S)
    return [_mined(row) for row in c.execute(taken.returning(mined))]


def expire(database: Database, c: sa.Connection, after_s: float) -> None:
    """What nobody decided in so many seconds is proposed no more."""
    old = mined.c.at <= database.now() - after_s
    c.execute(sa.update(mined).where(mined.c.state.in_((NEW, PROPOSED)), old).values(state=EXPIRED))


def to_take_back(c: sa.Connection, limit: int = 20) -> list[Mined]:
    """What was decided, has expired or was forgotten, and still stands in notices."""
    ended = mined.c.state.not_in((NEW, PROPOSED))
    return [_mined(row) for row in c.execute(sa.select(mined).where(ended, mined.c.shown != "[]").limit(limit))]


def mined_of(c: sa.Connection, event: int) -> Mined | None:
    """What is kept of this hand-off."""
    row = c.execute(sa.select(mined).where(mined.c.event == event)).first()
    return _mined(row) if row else None


def note_mined(
    c: sa.Connection, event: int, *, state: str = "", shown: Sequence[tuple[str, str]] | None = None
) -> bool:
    """Write how it stands; what was decided already, or forgotten, is not decided again: False."""
    values: dict[str, str] = {"shown": orjson.dumps(shown).decode()} if shown is not None else {}
    this = sa.update(mined).where(mined.c.event == event)
    if state:
        this, values = this.where(mined.c.state.in_((NEW, PROPOSED))), values | {"state": state}
    return c.execute(this.values(**values)).rowcount == 1


def forget_mined(c: sa.Connection, workspace: str, person: str) -> None:
    """Nothing of who asked or answered stays; what was shown of it is taken back."""
    theirs = sa.or_(mined.c.asker == person, mined.c.answerer == person)
    waits = mined.c.state.in_((NEW, PROPOSED))
    forgotten = {"asker": "", "answerer": "", "state": sa.case((waits, FORGOTTEN), else_=mined.c.state)}
    c.execute(sa.update(mined).where(mined.c.workspace == workspace, theirs).values(forgotten))


def forget_mined_event(c: sa.Connection, event: int) -> None:
    """The question is gone: so is what may become of it."""
    this = sa.update(mined).where(mined.c.event == event, mined.c.state.in_((NEW, PROPOSED)))
    c.execute(this.values(asker="", answerer="", state=FORGOTTEN))


def lately_admins(c: sa.Connection, channel: str, workspace: str, limit: int) -> list[str]:
    """Who did here last what only admins do, by the audit: candidates, no more than that."""
    begins = f"{channel}:"
    query = (
        sa.select(audit.c.actor)
        .where(
            audit.c.workspace == workspace,
            audit.c.actor.startswith(begins, autoescape=True),
            audit.c.action.startswith("kb "),
        )
        .group_by(audit.c.actor)
        .order_by(sa.func.max(audit.c.id).desc())
        .limit(limit)
    )
    return [actor.removeprefix(begins) for actor in c.scalars(query)]


def _mined(row: sa.Row[tuple[object, ...]]) -> Mined:
    shown = tuple((str(person), str(id_)) for person, id_ in orjson.loads(row.shown))
    return Mined(row.event, row.conversation, row.workspace, row.asker, row.answerer, row.state, shown)
