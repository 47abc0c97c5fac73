"""The inbox's transactions: keep an event, take a conversation, say what is about to happen, write the one end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import orjson
import sqlalchemy as sa

from engine.failpoints import reach
from engine.fair import Shares
from engine.store.database import Database
from engine.store.doubts import note_contradictions
from engine.store.notices import Notice, payload, tell
from engine.store.statements import DELETED, POSTING, RECEIVED, TAKEN_OVER, WORKING, Statements
from engine.store.tables import events
from engine.store.turns import forget_event, forget_text, storable, write_turn
from engine.types import Addressed, File, Message, Outcome, Reply

#: Something that is written in the same transaction.
Also = Callable[[sa.Connection], None]


@dataclass(frozen=True, slots=True)
class Head:
    """The oldest open event of a conversation.

    ``age`` is in seconds; ``deleted``: it must not be answered; ``waits``: what is visible of its answer is at most a
    place in the queue; ``first``: nothing was said in its conversation before.
    """

    event: int
    message: Message
    state: str
    placed: tuple[str, ...]
    tries: int
    failures: int
    received: float
    age: float
    deleted: bool
    waits: bool = False
    first: bool = False

    @property
    def seen(self) -> bool:
        """Whether something may be visible."""
        return self.state == POSTING or self.waits


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that is ours until its lease ends, with its head."""

    conversation: str
    fence: int
    head: Head


class Verdict(Enum):
    """What became of a change that only the owner of the conversation may make."""

    DONE = auto()
    CHANGED = auto()  # the event was edited, deleted or ended meanwhile: look at it again
    LOST = auto()  # the lease has ended: the conversation is another worker's


@dataclass(frozen=True, slots=True)
class Step:
    """The verdict, and the event to go on with where the conversation is still ours."""

    verdict: Verdict
    next: Head | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """``new`` is false for a redelivery; ``held`` is there when this worker may begin at once."""

    new: bool
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was taken, and in how many seconds the next waiting event is due (None for never).

    ``more``: some that could be worked on were left; ``least``: the fewest that is held for somebody of those.
    """

    held: list[Held]
    due_in_s: float | None
    more: bool
    least: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """A question that its author deleted; ``open``: it had not been answered yet."""

    event: int
    message: Message
    placed: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class OpenEvents:
    """How many events have no end yet, and how long the oldest has waited (seconds)."""

    received: int
    working: int
    posting: int
    oldest_s: float

    @property
    def total(self) -> int:
        """All of them."""
        return self.received + self.working + self.posting


class Events:
    """The transactions, made for one worker.

    A change to an event in work is made only while the lease is ours (worker, fence, end by the database's clock), and
    locks it, so that nobody can take it before the commit.
    """

    def __init__(self, database: Database, worker: str, lease_s: float, only: str = "") -> None:
        self._database = database
        self._worker = worker
        self._me = {"me": worker, "span": lease_s}
        self._sql = Statements(database, only)

    # Anybody may do these.

    async def accept(self, message: Message, *, take: bool, known: bool, also: Also | None = None) -> Accepted | None:
        """Keep a message, and take its conversation when ``take`` is wished and nobody works on it.

        None: it was said in a thread that is not ours, and nothing is kept.  ``known``: this worker holds the
        conversation already, and looks for what it finds there before it lets it go.  ``also`` is written with it,
        unless it is a redelivery.
        """
        sql, message = self._sql, _storable(message)
        conversation = message.conversation.key
        row = {"conv": conversation, **self._me}
        new = {
            "key": message.key,
            "conversation": conversation,
            "workspace": message.conversation.workspace,
            "author": message.author,
            "message": message.as_json(),
        }
        notice = payload(Notice("new", conversation, 0, self._worker))

        def change(c: sa.Connection) -> Accepted | None:
            if message.addressed is Addressed.THREAD:
                ours = c.execute(sql.known, row).first()
                if ours is None:
                    return None
                if ours.waits and message.author not in (ours.waits, ours.asker):  # whom they wait for, or who helps
                    mark = {"message": replace(message, text="", files=()).as_json(), "reason": TAKEN_OVER}
                    c.execute(sql.keep, {**new, **mark, "state": Outcome.IGNORED.value})
                    return None
            fence: int | None = None  # where it is ours now
            made: int | None = None  # each conversation has a lease from its first message on
            if not known:
                made = c.execute(sql.first_lease, row if take else {**row, "span": 0.0}).scalar()
                if take:
                    fence = made or c.execute(sql.take, row).scalar()
            if fence or known:
                kept = c.execute(sql.keep, {**new, "state": WORKING if fence else RECEIVED}).first()
            else:
                kept = c.execute(sql.keep_and_tell, {**new, "state": RECEIVED, "payload": notice}).first()
            reach("accepting")
            if kept is None:
                if fence:
                    c.execute(sql.release, {**row, "fenced": fence})
                return Accepted(new=False)
            if also:
                also(c)
            if fence:
                new_one = (kept.id, message, WORKING, (), 0, 0, kept.received, 0.0)
                head = Head(*new_one, deleted=False, first=made is not None)
                return Accepted(new=True, held=Held(conversation, fence, head))
            return Accepted(new=True)

        return await self._database.write(change)

    async def edit(self, key: str, text: str) -> tuple[int, str] | None:
        """New text for a question of whose answer nothing is visible yet; returns event and conversation.

        None: too late.  A place in the queue is no answer: it stays visible, and becomes the answer to the new text.
        """

        def change(c: sa.Connection) -> tuple[int, str] | None:
            row = c.execute(self._sql.of_key, {"its_key": key}).first()
            if row is None or not (row.state in {RECEIVED, WORKING} or (row.state == POSTING and row.waits)):
                return None
            message = _storable(replace(Message.from_json(row.message), text=text))
            new = sa.update(events).values(message=message.as_json(), state=RECEIVED, changed=self._database.now())
            c.execute(new.where(events.c.id == row.id))
            self._tell_of_change(c, row.conversation, row.id)
            return row.id, row.conversation

        return await self._database.write(change)

    async def delete(self, key: str) -> Deleted | None:
        """A question is gone: it will not be answered, and it leaves the history."""

        def change(c: sa.Connection) -> Deleted | None:
            row = c.execute(self._sql.of_key, {"its_key": key}).first()
            if row is None:
                return None
            forget_event(self._database, c, row)
            waits = row.state in {RECEIVED, WORKING, POSTING}
            if waits:
                self._tell_of_change(c, row.conversation, row.id)
            placed = tuple(orjson.loads(row.placed))
            return Deleted(row.id, Message.from_json(row.message), placed, waits)

        return await self._database.write(change)

    async def claim(self, room: int, shares: Shares, names: Iterable[str] | None = None) -> Claimed:
        """Take up to ``room`` conversations that are free and have something to do, fairly among those who ask.

        ``shares``: what this worker holds, by asker; nobody is given more than they allow.  ``names``: only among
        these conversations.
        """
        sql, among = self._sql, None if names is None else list(names)

        def change(c: sa.Connection) -> Claimed:
            row = {"room": room + 1}
            rows = (
                c.execute(sql.waiting, row) if among is None else c.execute(sql.waiting_named, row | {"names": among})
            )
            chosen: list[str] = []
            left, passed_over = shares.copy(), []
            for found in rows.all():
                asker = (found.workspace, found.author)
                if len(chosen) < room and left.allow(asker):
                    left.take(asker)
                    chosen.append(found.conversation)
                else:
                    passed_over.append(asker)
            held = self._take(c, chosen) if chosen else []
            reach("claiming")
            due = c.execute(sql.next_due).scalar() if among is None else None
            return Claimed(held, due, bool(passed_over), min(map(left.of, passed_over), default=0))

        return await self._database.write(change)

    async def open_events(self) -> OpenEvents:
        """Counts of the events that have no end yet."""

        def query(c: sa.Connection) -> OpenEvents:
            rows = {r.state: r for r in c.execute(self._sql.count_open)}
            n = {state: rows[state].n if state in rows else 0 for state in (RECEIVED, WORKING, POSTING)}
            return OpenEvents(**n, oldest_s=max((r.oldest for r in rows.values()), default=0.0))

        return await self._database.read(query)

    async def take_over(self) -> None:
        """End every lease and every wait: this process is the only one, so all their owners are dead."""

        def change(c: sa.Connection) -> None:
            c.execute(self._sql.free_all)
            c.execute(self._sql.hurry_all)

        await self._database.write(change)

    # Only the owner of the conversation may do these.

    async def renew(self, names: Sequence[str]) -> Mapping[str, int]:
        """Make these leases longer; returns the fences of those that are still ours."""
        row = {"names": names, **self._me}
        return await self._database.write(
            lambda c: {r.conversation: r.fence for r in c.execute(self._sql.renew_all, row)}, first=True
        )

    async def intend(self, held: Held, *, waits: bool) -> Step:
        """Write down that something may become visible from now on; ``waits``: only a place in the queue."""

        def change(c: sa.Connection) -> Step:
            verdict = self._change(c, held, self._sql.intend, only_waits=waits)
            reach("intending")
            return Step(verdict)

        return await self._database.write(change, first=True)

    async def place(self, held: Held, placed: Sequence[str]) -> Step:
        """Write down where the reply stands."""
        ids = orjson.dumps(placed).decode()
        return await self._database.write(lambda c: Step(self._change(c, held, self._sql.place, ids=ids)), first=True)

    async def end(self, held: Held, reply: Reply, grants: Iterable[str], *, keep: Callable[[], bool]) -> Step:
        """Write the one end of an event, its turn and its hand-off; go on with the next event if ``keep`` says so."""
        head, allowed = held.head, sorted(grants)

        def change(c: sa.Connection) -> Step:
            why = storable(reply.reason)
            verdict = self._change(c, held, self._sql.end, outcome=reply.outcome.value, why=why)
            if verdict is not Verdict.DONE:
                return Step(verdict)
            if head.deleted:
                forget_text(c, head.event, head.message)
            elif reply.outcome is not Outcome.IGNORED:
                write_turn(c, head.event, head.message, reply, grants=allowed, now=self._database.now())
                workspace = head.message.conversation.workspace
                note_contradictions(self._database, c, workspace, head.event, reply.receipt)
            after = Step(Verdict.DONE, self._go_on(c, held, keep=keep()))
            reach("finishing")
            return after

        return await self._database.write(change, first=True)

    async def look_again(self, held: Held, *, keep: bool) -> Step:
        """The head of the conversation as it is now; without ``keep`` the conversation is let go instead."""

        def change(c: sa.Connection) -> Step:
            if c.execute(self._sql.owns.with_for_update(), self._row(held)).first() is None:
                return Step(Verdict.LOST)
            return Step(Verdict.DONE, self._go_on(c, held, keep=keep))

        return await self._database.write(change, first=True)

    async def put_back(self, held: Held, wait_s: float, *, tried: bool, failed: bool) -> Step:
        """Let go of the conversation; its head is due again in ``wait_s`` seconds."""
        values = {"wait": wait_s, "tried": int(tried), "failed": int(failed)}

        def change(c: sa.Connection) -> Step:
            verdict = self._change(c, held, self._sql.put_back, **values)
            if verdict is not Verdict.LOST:
                c.execute(self._sql.release, self._row(held))
            reach("retrying")
            return Step(verdict)

        return await self._database.write(change, first=True)

    # What the transactions are made of.

    def _row(self, held: Held) -> dict[str, Any]:
        return {"conv": held.conversation, "fenced": held.fence, **self._me}

    def _tell_of_change(self, c: sa.Connection, conversation: str, event: int) -> None:
        if self._database.shared:
            tell(c, Notice("changed", conversation, event, self._worker))

    def _change(self, c: sa.Connection, held: Held, change: sa.Update, **values: Any) -> Verdict:
        """Change the event in work, if its conversation is ours and nobody edited or deleted it."""
        row = {**self._row(held), "event": held.head.event, "mark": DELETED if held.head.deleted else "", **values}
        if c.execute(change, row).rowcount == 1:
            return Verdict.DONE
        return Verdict.LOST if c.execute(self._sql.owns, row).first() is None else Verdict.CHANGED

    def _take(self, c: sa.Connection, names: Sequence[str]) -> list[Held]:
        """Own these conversations, which this transaction has locked."""
        fences = {r.conversation: r.fence for r in c.execute(self._sql.take_all, {"names": names, **self._me})}
        heads = {r.conversation: _head(r) for r in c.execute(self._sql.begin_heads, {"names": names})}
        if empty := [name for name in names if name not in heads]:  # they ended while we looked
            c.execute(self._sql.release_all, {"names": empty})
        return [Held(name, fences[name], heads[name]) for name in names if name in heads]

    def _go_on(self, c: sa.Connection, held: Held, *, keep: bool) -> Head | None:
        """The next event of a conversation that is ours; without one it is let go."""
        row = c.execute(self._sql.begin_next, self._row(held)).first() if keep else None
        if row is None:
            c.execute(self._sql.release, self._row(held))
            return None
        return _head(row)


def _head(row: sa.Row[Any]) -> Head:
    return Head(
        row.id,
        Message.from_json(row.message),
        row.state,
        tuple(orjson.loads(row.placed)),
        row.tries,
        row.failures,
        row.received,
        row.age,
        deleted=row.reason == DELETED,
        waits=row.waits,
    )


def _storable(message: Message) -> Message:
    """The message without what a database cannot hold."""
    files = tuple(File(storable(f.name), storable(f.url), f.size) for f in message.files)
    return replace(message, text=storable(message.text), files=files)
