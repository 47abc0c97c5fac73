"""The inbox's SQL, built once for a database: every statement is the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.database import Database
from engine.store.notices import telling
from engine.store.tables import events, handoffs, leases
from engine.types import Outcome

RECEIVED, WORKING, POSTING = "received", "working", "posting"
#: The states of a hand-off.
OPEN, CLOSED = "open", "closed"
#: The reason of an event that its author deleted; on an open event it says how the event has to end.
DELETED = "deleted by its author"
#: The reason of an event by which somebody told us to leave their thread: the command that is typed for it.
LEFT = "a command: leave"
#: The reason of what somebody else said in a thread whose last question waited for a person.
TAKEN_OVER = "a person took over"
#: The reason of the reply that tells a thread of a correction: nobody asked it.
CORRECTED = "a correction"


def insert(database: Database, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that knows ``on_conflict_do_...``: both databases say it in the same words."""
    return postgresql.insert(table) if database.shared else sqlite.insert(table)


def is_one_of(*states: str) -> sa.ColumnElement[bool]:
    """Written into the statement, not bound: only so can the index of open events be used."""
    return events.c.state.in_([sa.literal_column(f"'{state}'") for state in states])


is_open = is_one_of(RECEIVED, WORKING, POSTING)
has_begun = is_one_of(WORKING, POSTING)


def _room_of(conversation: sa.ColumnElement[str], *, shared: bool) -> sa.ColumnElement[Any]:
    """The room in a conversation's key, which is a JSON list."""
    if shared:
        return sa.func.json_extract_path_text(sa.cast(conversation, postgresql.JSON), "2")
    return sa.func.json_extract(conversation, "$[2]")


def _ranked(rows: sa.Subquery, name: str, *among: str, by: tuple[str, ...] = ()) -> sa.Subquery:
    """The same rows with their number among those that are alike, what is in work first, then ``by`` and by age."""
    order = [sa.desc(rows.c.busy), *(rows.c[column] for column in by), rows.c.until, rows.c.id]
    number = sa.func.row_number().over(partition_by=[rows.c[column] for column in among], order_by=order)
    return sa.select(*rows.c, number.label(name)).subquery()


class Statements:
    """What the transactions of ``events.py`` are made of.

    Parameters: ``me`` and ``span`` the worker and the length of a lease (seconds), ``conv`` a conversation, ``names``
    several, ``fenced`` the fence, ``event`` an event's id, ``mark`` the reason that it must have to be changed.
    """

    def __init__(self, database: Database, only: str = "") -> None:
        """``only``: the channel whose conversations are claimed; empty: all."""
        now = database.now()
        of_channel = leases.c.conversation.startswith(f'["{only}",', autoescape=True) if only else sa.true()
        conversation = sa.bindparam("conv", type_=sa.Text)
        names = sa.bindparam("names", expanding=True, type_=sa.Text)
        until = now + sa.bindparam("span", type_=sa.Float)
        this = events.c.id == sa.bindparam("event", type_=sa.BigInteger)
        mark = events.c.reason == sa.bindparam("mark", type_=sa.Text)
        free = leases.c.until <= now

        ours = events.c.conversation == conversation
        newest = (
            sa.select(events.c.id, events.c.author, events.c.reason)
            .where(ours, events.c.reason != CORRECTED)  # which changes nothing about whose the thread is
            .order_by(events.c.id.desc())
            .limit(1)
        )
        last, asked = newest.subquery(), newest.where(events.c.state != Outcome.IGNORED.value).subquery()
        waits = sa.and_(handoffs.c.event == asked.c.id, handoffs.c.state == OPEN)
        # A thread is ours from the first time that we are named in it until we are told to leave, or a person takes
        # over; with who waits for one there, if anybody does: who asked, and who wanted a person for them.
        self.known = (
            sa.select(handoffs.c.person.label("waits"), asked.c.author.label("asker"))
            .select_from(last.outerjoin(asked, sa.true()).outerjoin(handoffs, waits))
            .where(last.c.reason.not_in((LEFT, TAKEN_OVER)))
        )
        self.keep = (
            insert(database, events)
            .values(due=now, received=now, changed=now)
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(events.c.id, events.c.received)
        )
        # ... and tell the other workers in the same breath, where there may be some.
        self.keep_and_tell = self.keep.returning(telling()) if database.shared else self.keep
        self.first_lease = (
            insert(database, leases)
            .values(conversation=conversation, worker=sa.bindparam("me"), fence=1, until=until)
            .on_conflict_do_nothing()
            .returning(leases.c.fence)
        )
        # Never waits for another worker: what is locked is somebody's.
        unlocked = sa.select(leases.c.conversation).where(leases.c.conversation == conversation, free)
        something = sa.select(sa.literal(1)).where(events.c.conversation == conversation, is_open)
        taken = {"worker": sa.bindparam("me"), "fence": leases.c.fence + 1, "until": until}
        self.take = (
            sa.update(leases)
            .where(leases.c.conversation.in_(unlocked.with_for_update(skip_locked=True)), ~something.exists())
            .values(taken)
            .returning(leases.c.fence)
        )
        self.take_all = (
            sa.update(leases)
            .where(leases.c.conversation.in_(names))
            .values(taken)
            .returning(leases.c.conversation, leases.c.fence)
        )
        mine = sa.and_(
            leases.c.conversation == conversation,
            leases.c.worker == sa.bindparam("me"),
            leases.c.fence == sa.bindparam("fenced", type_=sa.BigInteger),
        )
        self.owns = sa.select(sa.literal(1)).where(mine, leases.c.until > now)
        # Locked until the commit: nobody can take the conversation between the check and the change.
        ours = self.owns.with_for_update().exists()
        self.renew_all = (
            sa.update(leases)
            .where(leases.c.conversation.in_(names), leases.c.worker == sa.bindparam("me"), leases.c.until > now)
            .values(until=until)
            .returning(leases.c.conversation, leases.c.fence)
        )
        # A lease that was let go ends now: the conversation that waited longest is taken first.
        self.release = sa.update(leases).where(mine).values(until=now)
        self.release_all = sa.update(leases).where(leases.c.conversation.in_(names)).values(until=now)
        self.free_all = sa.update(leases).where(leases.c.until > now).values(until=now)
        self.hurry_all = sa.update(events).where(is_open, events.c.due > now).values(due=now)

        heads = sa.select(sa.func.min(events.c.id)).where(is_open).group_by(events.c.conversation)
        named = heads.where(events.c.conversation.in_(names))
        of_lease = events.c.conversation == leases.c.conversation
        room = sa.bindparam("room", type_=sa.Integer)
        self.waiting_named = (
            sa.select(leases.c.conversation, events.c.workspace, events.c.author)
            .join(events, of_lease)
            .where(events.c.due <= now, free, of_channel, events.c.id.in_(named.scalar_subquery()))
            .order_by(leases.c.until, events.c.id)
            .limit(room)
            .with_for_update(of=leases, skip_locked=True)
        )
        # Fair turns: everybody's first question before anybody's second, what is in work counting as asked before;
        # rooms in turn where people are even, and workspaces before all.
        once = sa.select(now).scalar_subquery()  # else PostgreSQL asks its clock for each row of the table
        free_now = leases.c.until <= once
        busy = sa.not_(free_now)
        the_room = _room_of(events.c.conversation, shared=database.shared)
        columns = [events.c.id, events.c.conversation, events.c.workspace, events.c.author, the_room.label("room")]
        work = (
            sa.select(*columns, busy.label("busy"), leases.c.until)
            .join(leases, of_lease)
            .where(events.c.id.in_(heads.scalar_subquery()), sa.or_(busy, events.c.due <= once), of_channel)
            .subquery()
        )
        of_person = _ranked(work, "nth_of_person", "workspace", "author")
        of_room = _ranked(of_person, "nth_in_room", "workspace", "room", by=("nth_of_person",))
        turn = _ranked(of_room, "nth", "workspace", by=("nth_of_person", "nth_in_room"))
        self.waiting = (
            sa.select(leases.c.conversation, turn.c.workspace, turn.c.author)
            .join(turn, turn.c.conversation == leases.c.conversation)
            .where(free_now, sa.not_(turn.c.busy))
            .order_by(turn.c.nth, turn.c.nth_of_person, turn.c.nth_in_room, turn.c.until, turn.c.id)
            .limit(room)
            .with_for_update(of=leases, skip_locked=True)
        )
        self.next_due = sa.select(sa.func.min(events.c.due) - once).where(is_open, events.c.due > once)
        # The oldest of a conversation, where it is due: in work from now on, unless something may be visible already.
        begin = (
            sa.update(events)
            .where(is_open, events.c.due <= now)
            .values(state=sa.case((events.c.state == RECEIVED, WORKING), else_=events.c.state), changed=now)
            .returning(events, (now - events.c.received).label("age"))
        )
        oldest = (
            sa.select(events.c.id).where(events.c.conversation == conversation, is_open).order_by(events.c.id).limit(1)
        )
        self.begin_next = begin.where(events.c.id == oldest.scalar_subquery())
        self.begin_heads = begin.where(events.c.id.in_(named.scalar_subquery()))

        self.intend = (
            sa.update(events)
            .where(this, has_begun, mark, ours)
            .values(state=POSTING, waits=sa.bindparam("only_waits", type_=sa.Boolean), changed=now)
        )
        self.place = sa.update(events).where(this, has_begun, ours).values(placed=sa.bindparam("ids"), changed=now)
        self.end = (
            sa.update(events)
            .where(this, has_begun, mark, ours)
            .values(state=sa.bindparam("outcome"), reason=sa.bindparam("why"), changed=now)
        )
        self.put_back = (
            sa.update(events)
            .where(this, is_open, ours)
            .values(
                state=sa.case((events.c.state == WORKING, RECEIVED), else_=events.c.state),
                due=now + sa.bindparam("wait", type_=sa.Float),
                tries=events.c.tries + sa.bindparam("tried", type_=sa.Integer),
                failures=events.c.failures + sa.bindparam("failed", type_=sa.Integer),
                changed=now,
            )
        )
        self.of_key = sa.select(events).where(events.c.key == sa.bindparam("its_key")).with_for_update()
        self.count_open = (
            sa.select(
                events.c.state, sa.func.count().label("n"), (now - sa.func.min(events.c.received)).label("oldest")
            )
            .where(is_open)
            .group_by(events.c.state)
        )
