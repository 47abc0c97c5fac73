"""What was answered and to whom: history, hand-offs, and forgetting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.mined import forget_mined, forget_mined_event
from engine.store.statements import CLOSED, DELETED, OPEN, POSTING, RECEIVED, WORKING, insert
from engine.store.tables import events, feedback, handoffs, turns, wishes
from engine.store.wishes import WAITS
from engine.types import Conversation, Message, Outcome, Receipt, Reply, Source

_OF_A_RECEIPT = {f.name for f in fields(Receipt)}


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A question and what became of it; ``at`` in seconds since 1970.

    ``passages`` are the ids of what it was written from, those in its prompt (as many as the receipt names) first;
    ``grants`` is the audience it was said to.
    """

    event: int
    conversation: str
    workspace: str
    author: str
    at: float
    question: str
    outcome: Outcome
    text: str
    language: str
    confidence: float
    reason: str
    sources: tuple[Source, ...]
    passages: tuple[str, ...]
    grants: frozenset[str]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """A turn with the message that was asked."""

    turn: PastTurn
    message: Message


@dataclass(frozen=True, slots=True)
class Handoff:
    """A conversation that a person should look at; ``message`` is the question, ``at`` in seconds since 1970."""

    event: int
    message: Message
    reason: str
    at: float


def write_turn(
    c: sa.Connection,
    event: int,
    message: Message,
    reply: Reply,
    *,
    grants: Iterable[str],
    now: sa.ColumnElement[float],
) -> None:
    """Keep a reply with its receipt, and a hand-off where it is one."""
    conversation = message.conversation
    whose = {"event": event, "conversation": conversation.key, "workspace": conversation.workspace}
    c.execute(
        sa.insert(turns).values(at=now),
        {
            **whose,
            "author": message.author,
            "question": storable(message.text),
            "outcome": reply.outcome.value,
            "text": storable(reply.text),
            "language": reply.language,
            "confidence": float(reply.confidence),
            "reason": storable(reply.reason),
            "sources": as_json(reply.sources),
            "passages": as_json([p.id for p in reply.used]),
            "grants": as_json(sorted(grants)),
            "receipt": as_json(reply.receipt),
        },
    )
    if reply.outcome is Outcome.HANDED_OFF:
        new = {**whose, "person": message.author, "reason": storable(reply.reason), "state": OPEN, "told": False}
        c.execute(sa.insert(handoffs).values(at=now), new)


def storable(text: str) -> str:
    """The text without what a database or JSON cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def as_json(value: Any) -> str:
    """JSON of values; what cannot be written as UTF-8 in their text is mended."""
    try:
        return _dumps(value)
    except orjson.JSONEncodeError:
        return _dumps(_mended(value))


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode()


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(item) for item in value]
    if is_dataclass(value):
        return {f.name: _mended(getattr(value, f.name)) for f in fields(value)}
    return value


# History


def history(connection: sa.Connection, conversation: str, limit: int) -> list[PastTurn]:
    """The last turns of the conversation with this key, the oldest first."""
    last = sa.select(turns).where(turns.c.conversation == conversation).order_by(turns.c.event.desc()).limit(limit)
    return [_turn(row) for row in reversed(connection.execute(last).all())]


def recent_turns(connection: sa.Connection, workspace: str, since: float, limit: int) -> list[AskedTurn]:
    """The last questions of a workspace that were answered or handed to a person, newest first.

    What was asked with another chat command than `ask`, greetings, drafts, and what came with files (those are not
    kept) are left out.
    """
    query = (
        sa.select(turns, events.c.message)
        .join(events, events.c.id == turns.c.event)
        .where(
            turns.c.workspace == workspace,
            turns.c.at >= since,
            turns.c.outcome.in_([Outcome.ANSWERED.value, Outcome.HANDED_OFF.value]),
            turns.c.question != "",
        )
        .order_by(turns.c.event.desc())
    )
    found: list[AskedTurn] = []
    for row in connection.execute(query):
        message = Message.from_json(row.message)
        if (
            message.text
            and not message.files
            and message.command in {"", "ask"}
            and row.reason not in {"a greeting", "small talk", "a draft", WAITS}
        ):
            found.append(AskedTurn(_turn(row), message))
        if len(found) == limit:
            break
    return found


def last_turn(connection: sa.Connection, conversation: Conversation, person: str = "") -> PastTurn | None:
    """The latest turn here: in this thread, or anywhere in the room when no thread is named; of one person if asked."""
    latest = sa.select(turns).order_by(turns.c.event.desc()).limit(1)
    if conversation.thread:
        latest = latest.where(turns.c.conversation == conversation.key)
    else:
        room = conversation.key.removesuffix('""]')  # the key is JSON and the thread its last part
        latest = latest.where(sa.func.substr(turns.c.conversation, 1, len(room)) == room)
    if person:
        latest = latest.where(turns.c.author == person)
    row = connection.execute(latest).first()
    return None if row is None else _turn(row)


def turn_of(connection: sa.Connection, event: int) -> PastTurn | None:
    """What this event became."""
    row = connection.execute(sa.select(turns).where(turns.c.event == event)).first()
    return None if row is None else _turn(row)


def reply_to(connection: sa.Connection, key: str) -> tuple[Reply, tuple[str, ...]] | None:
    """The reply to the message with this ``Message.key``, as far as it is kept, and the ids of its passages.

    None while there is none.
    """
    mine = sa.select(turns).join(events, events.c.id == turns.c.event).where(events.c.key == key)
    row = connection.execute(mine).first()
    if row is None:
        return None
    turn = _turn(row)
    reply = Reply(
        turn.outcome, turn.text, turn.language, turn.sources, turn.confidence, turn.reason, receipt=turn.receipt
    )
    return reply, turn.passages


def message_of(connection: sa.Connection, event: int) -> Message | None:
    """The message that this event is; without its text when it was forgotten."""
    text = connection.execute(sa.select(events.c.message).where(events.c.id == event)).scalar()
    return None if text is None else Message.from_json(text)


def messages_before(connection: sa.Connection, conversation: str, event: int, limit: int) -> list[Message]:
    """What was asked before this event in the conversation with this key, the latest first."""
    before = (
        sa.select(events.c.message)
        .where(events.c.conversation == conversation, events.c.id < event)
        .order_by(events.c.id.desc())
        .limit(limit)
    )
    return [Message.from_json(text) for text in connection.execute(before).scalars()]


def is_kept(connection: sa.Connection, key: str) -> bool:
    """Whether there is a message with this ``Message.key``."""
    return connection.execute(sa.select(sa.literal(1)).where(events.c.key == key).limit(1)).first() is not None


def was_ignored(connection: sa.Connection, key: str) -> bool:
    """Whether the message with this ``Message.key`` is there, and was nothing for us (not: deleted)."""
    ignored = sa.select(sa.literal(1)).where(
        events.c.key == key, events.c.state == Outcome.IGNORED.value, events.c.reason != DELETED
    )
    return connection.execute(ignored).first() is not None


def is_ours(connection: sa.Connection, conversation: str) -> bool:
    """Whether we have ever been asked anything in the conversation with this key."""
    any_event = sa.select(sa.literal(1)).where(events.c.conversation == conversation).limit(1)
    return connection.execute(any_event).first() is not None


def _turn(row: sa.Row[Any]) -> PastTurn:
    values = {column.name: row._mapping[column.name] for column in turns.c}  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return PastTurn(
        **values
        | {
            "outcome": Outcome(row.outcome),
            "sources": tuple(Source(**s) for s in orjson.loads(row.sources)),
            "passages": tuple(orjson.loads(row.passages)),
            "grants": frozenset(orjson.loads(row.grants)),
            "receipt": _receipt(orjson.loads(row.receipt)),
        }
    )


def _receipt(data: dict[str, Any]) -> Receipt:
    lists = {name: tuple(data.get(name, ())) for name in ("passages", "cut", "doubts", "notes", "calls")}
    known = {name: value for name, value in data.items() if name in _OF_A_RECEIPT}  # a later version may say more
    return Receipt(**known | lists)


# Hand-offs


def open_handoff(database: Database, connection: sa.Connection, event: int, person: str, reason: str) -> bool:
    """Mark the conversation of an event for a person to look at; False when it is marked already or not there."""
    found = connection.execute(sa.select(events).where(events.c.id == event)).first()
    if found is None:
        return False
    new = insert(database, handoffs).values(
        event=event,
        conversation=found.conversation,
        workspace=found.workspace,
        person=person,
        reason=reason,
        state=OPEN,
        told=False,
        at=database.now(),
    )
    again = new.on_conflict_do_update(
        index_elements=["event"],
        set_={"state": OPEN, "told": False, "reason": new.excluded.reason, "at": new.excluded.at},
        where=handoffs.c.state == CLOSED,
    )
    return connection.execute(again.returning(handoffs.c.event)).first() is not None


def untold_handoffs(connection: sa.Connection, limit: int = 50) -> list[Handoff]:
    """Open hand-offs that nobody has been told of yet, the oldest first."""
    waiting = (
        sa.select(handoffs, events.c.message)
        .join(events, events.c.id == handoffs.c.event)
        .where(handoffs.c.state == OPEN, ~handoffs.c.told)
        .order_by(handoffs.c.event)
        .limit(limit)
    )
    rows = connection.execute(waiting)
    return [Handoff(r.event, Message.from_json(r.message), r.reason, r.at) for r in rows]


def mark_told(connection: sa.Connection, event: int) -> None:
    """Somebody has been told of this hand-off."""
    connection.execute(sa.update(handoffs).where(handoffs.c.event == event).values(told=True))


def close_handoff(connection: sa.Connection, conversation: str) -> int:
    """A person has taken care of a conversation; returns how many hand-offs that closes."""
    mine = sa.and_(handoffs.c.conversation == conversation, handoffs.c.state == OPEN)
    return connection.execute(sa.update(handoffs).where(mine).values(state=CLOSED)).rowcount


def is_handed_off(connection: sa.Connection, conversation: str) -> bool:
    """Whether a person should be looking at this conversation."""
    mine = sa.and_(handoffs.c.conversation == conversation, handoffs.c.state == OPEN)
    return connection.execute(sa.select(handoffs.c.event).where(mine).limit(1)).first() is not None


# Forgetting


def forget_event(database: Database, connection: sa.Connection, row: sa.Row[Any]) -> None:
    """Take an event (a row of ``events``) out of the history and its text out of the database.

    One that is still open is not answered; where something may be visible already, whoever works on it takes it back
    first.
    """
    this = sa.update(events).where(events.c.id == row.id)
    if row.state == POSTING or (row.waits and row.state in {RECEIVED, WORKING}):
        connection.execute(this.values(reason=DELETED, changed=database.now()))
        return
    if row.state in {RECEIVED, WORKING}:
        connection.execute(this.values(state=Outcome.IGNORED.value, reason=DELETED, changed=database.now()))
    forget_text(connection, row.id, Message.from_json(row.message))


def forget_text(connection: sa.Connection, event: int, message: Message) -> None:
    """Nothing stays of who asked what and what was answered, or written about it, only that something was."""
    connection.execute(sa.delete(turns).where(turns.c.event == event))
    _forget_kept(connection, event)
    forget_mined_event(connection, event)
    connection.execute(sa.delete(wishes).where(wishes.c.asked == message.key))
    connection.execute(sa.update(feedback).where(feedback.c.event == event).values(why="", better=""))
    empty = replace(message, author="", text="", files=(), handle="").as_json()
    connection.execute(sa.update(events).where(events.c.id == event).values(message=empty, author=""))


def _forget_kept(connection: sa.Connection, event: int) -> None:
    """What plugins kept of later turns in the conversation of an event may hold its words: it goes, too."""
    conversation = sa.select(events.c.conversation).where(events.c.id == event).scalar_subquery()
    later = sa.select(turns.c.event, turns.c.receipt).where(
        turns.c.conversation == conversation,
        turns.c.event > event,
        ~turns.c.receipt.contains('"kept":{}', autoescape=True),
    )
    for row in connection.execute(later).all():
        receipt = orjson.loads(row.receipt)
        if receipt.get("kept"):
            changed = sa.update(turns).where(turns.c.event == row.event)
            connection.execute(changed.values(receipt=as_json({**receipt, "kept": {}})))


def forget_person(database: Database, connection: sa.Connection, workspace: str, person: str) -> int:
    """Forget what a person asked, was answered and thought of it; returns how many messages that were."""
    theirs = sa.select(events).where(events.c.workspace == workspace, events.c.author == person)
    rows: Sequence[sa.Row[Any]] = connection.execute(theirs.with_for_update()).all()
    for row in rows:
        forget_event(database, connection, row)
    of_workspace = sa.select(events.c.id).where(events.c.workspace == workspace)
    connection.execute(sa.delete(feedback).where(feedback.c.person == person, feedback.c.event.in_(of_workspace)))
    connection.execute(sa.delete(handoffs).where(handoffs.c.person == person, handoffs.c.workspace == workspace))
    forget_mined(connection, workspace, person)
    return len(rows)
