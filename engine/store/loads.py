"""Loading as rows: what is to be loaded, who works on it, what was found and what became of each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import sqlalchemy as sa

from engine.errors import FrontdeskError
from engine.failpoints import reach
from engine.store.audit import record
from engine.store.database import Database
from engine.store.kept import Document
from engine.store.sources import drop_empty, keep_source
from engine.store.tables import load_items, loads, sources

OPEN = ("queued", "working")
WAITING = "waiting"
_SHOWN_FAILURES = 100
_KEPT_S = 30 * 86_400.0  # how long it is known what a load did


class Superseded(FrontdeskError):
    """What was being loaded was cancelled, removed or taken over meanwhile: it must not be written."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to load.

    ``kind``: ``path`` (file, folder, archive), ``page``, ``sitemap``, ``crawl`` or ``upload``.  ``source`` is what it
    is called, ``location`` where it is: an absolute path, an address, or ``CHANNEL:JSON of engine.types.File``.
    ``options``: ``depth``, ``pages``, ... for sites; ``owner`` and ``expires`` for the documents.  ``origin`` is filled
    in when the load is kept.
    """

    kind: str
    source: str
    location: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How far a load is: ``state`` is ``queued``, ``working``, ``done``, ``cancelled`` or ``failed``.

    ``reason`` says why it failed, or, before its end, what it waits for.

    ``found`` documents so far; ``waiting`` of them have not ended (in a cancelled load: and never will); ``searchable``
    were loaded, ``added`` of these are new; ``unchanged`` were there already; ``gone`` have vanished at their source or
    were removed meanwhile.  ``parsed`` documents and ``embedded`` passages are what this process has done so far.
    ``failures`` are pairs of source and reason (the first hundred).  ``sources`` are the names of what was wanted.
    ``notes`` say what was left out of a site; ``language`` is that of whoever asked, where it is known.
    """

    id: str
    workspace: str
    kind: str
    state: str
    reason: str
    grant: str
    actor: str
    conversation: str
    shown: str
    created: float
    changed: float
    found: int = 0
    waiting: int = 0
    searchable: int = 0
    unchanged: int = 0
    failed: int = 0
    gone: int = 0
    passages: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    added: int = 0
    parsed: int = 0
    embedded: int = 0
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    language: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in OPEN

    @property
    def updated(self) -> int:
        """Documents that were there and are loaded in a new version (or for another audience)."""
        return self.searchable - self.added


@dataclass(frozen=True, slots=True)
class Item:
    """A document to load: ``kind`` is ``file``, ``page``, ``upload``, ``member`` (of an archive) or ``lost``."""

    number: int
    kind: str
    source: str
    location: str
    origin: str
    state: str = WAITING
    reason: str = ""
    document: str = ""
    version: int = 0
    passages: int = 0
    ended: float = 0.0


_own = ("id", "workspace", "kind", "state", "reason", "grant", "actor", "conversation", "shown", "created", "changed")
_load = sa.select(*(loads.c[name] for name in (*_own, "wanted", "notes", "language")))
_item = sa.select(*(load_items.c[name] for name in Item.__slots__))
# What each document asks when it ends, built once: see store/audit.py.
_this = sa.and_(load_items.c.load == sa.bindparam("of"), load_items.c.number == sa.bindparam("which"))
_held = sa.exists().where(loads.c.id == sa.bindparam("of"), loads.c.worker == sa.bindparam("by"),
                          loads.c.state == "working")  # fmt: skip
_grants = sa.select(load_items.c.grant, sources.c.grant).where(_this, load_items.c.state == WAITING, _held)
_grants = _grants.outerjoin(sources, sources.c.id == load_items.c.origin)
_end = sa.update(load_items).where(_this)


class Ticket:
    """The right of one worker to end one item of one load; every write of its document asks it first."""

    def __init__(self, database: Database, load: Load, worker: str, item: Item):
        self.load, self.item = load, item
        self._database, self._worker = database, worker

    def grant(self, c: sa.Connection, old: Document | None) -> str:
        """The audience that the document gets now.  Raises ``Superseded`` when it must not be written any more."""
        row = c.execute(_grants, {**self._mine, "by": self._worker}).one_or_none()
        if row is None or row[1] is None:
            raise Superseded("it was cancelled or removed while it was being loaded")
        return str(row[0] or (old.grant if old and old.version and self.load.kind == "sync" else row[1]))

    def end(self, c: sa.Connection, state: str, document: Document | None, passages: int = 0, reason: str = "") -> None:
        """Write how it ended, with its effect."""
        c.execute(_end, {
            **self._mine, "state": state, "reason": reason, "passages": passages, "ended": self._database.clock(c),
            "document": document.id if document else "", "version": document.version if document else 0})  # fmt: skip
        reach("item ending")

    @property
    def _mine(self) -> dict[str, Any]:
        return {"of": self.load.id, "which": self.item.number}


class LoadTables:
    """The queries; each method is one transaction."""

    def __init__(self, database: Database):
        self.database = database

    async def start(
        self, wanted: Sequence[Wanted], *, workspace: str, grant: str, actor: str, kind: str, conversation: str,
        every_s: float, id_: str = "", language: str = "",
    ) -> str:  # fmt: skip
        """Keep a load, and what it names as sources."""
        return await self.database.write(
            lambda c: start_load(self.database, c, wanted, workspace=workspace, grant=grant, actor=actor, kind=kind,
                                 conversation=conversation, every_s=every_s, id_=id_, language=language))  # fmt: skip

    async def one(self, id_: str) -> Load | None:
        """The load as it is now."""
        return await self.database.read(lambda c: _state(c, id_))

    async def with_conversation(self) -> list[Load]:
        """Loads that are shown somewhere, where their end is not shown yet."""
        query = sa.select(loads.c.id).where(~loads.c.told, loads.c.conversation != "")
        return await self.database.read(
            lambda c: [found for id_ in c.scalars(query.order_by(loads.c.created)).all() if (found := _state(c, id_))]
        )  # fmt: skip

    async def wanted(self, id_: str) -> tuple[list[Wanted], int]:
        """What is to be loaded, and how many of these have their items already."""
        query = sa.select(loads.c.wanted, loads.c.listed).where(loads.c.id == id_)
        row = await self.database.read(lambda c: c.execute(query).one())
        return [Wanted(**one) for one in orjson.loads(row.wanted)], row.listed

    async def note_shown(self, id_: str, message: str) -> None:
        """Write down which message shows it."""
        query = sa.update(loads).where(loads.c.id == id_).values(shown=message)
        await self.database.write(lambda c: c.execute(query).rowcount)

    async def note_told(self, id_: str) -> None:
        """Write down that its end is shown."""
        query = sa.update(loads).where(loads.c.id == id_).values(told=True)
        await self.database.write(lambda c: c.execute(query).rowcount)

    async def cancel(self, id_: str, actor: str) -> bool:
        """End it now; False when it has ended."""

        def write(c: sa.Connection) -> bool:
            self.database.take_turns(c)
            state = _state(c, id_)
            if state is None or state.ended:
                return False
            end_load(self.database, c, id_, "cancelled", "")
            record(self.database, c, actor=actor, action=f"kb {state.kind} cancelled", workspace=state.workspace,
                   subject="", load=id_)  # fmt: skip
            return True

        return await self.database.write(write)

    # The worker's

    async def claim(self, worker: str, lease_s: float, held: Sequence[str], limit: int) -> list[Load]:
        """Take loads that nobody works on, the oldest first; where there is one process only, also a dead one's."""
        free = [loads.c.worker == "", loads.c.until < self.database.now()]
        if not self.database.shared:
            free.append(loads.c.worker != worker)
        query = sa.select(loads.c.id).where(loads.c.state.in_(OPEN), sa.or_(*free), loads.c.id.not_in(held))

        def write(c: sa.Connection) -> list[Load]:
            taken = []
            for id_ in c.scalars(query.order_by(loads.c.created).limit(limit)).all():
                mine = sa.update(loads).where(loads.c.id == id_, loads.c.state.in_(OPEN), sa.or_(*free))
                until = self.database.now() + lease_s
                if c.execute(mine.values(worker=worker, until=until, state="working")).rowcount:
                    taken.append(id_)
            return [found for id_ in taken if (found := _state(c, id_))]

        if not await self.database.read(lambda c: c.scalar(query.limit(1))):
            return []
        return await self.database.write(write)

    async def renew(self, worker: str, lease_s: float, held: Sequence[str]) -> set[str]:
        """Hold on to what is held; returns what still is."""
        mine = sa.and_(loads.c.worker == worker, loads.c.state == "working", loads.c.id.in_(held))

        def write(c: sa.Connection) -> set[str]:
            c.execute(sa.update(loads).where(mine).values(until=self.database.now() + lease_s))
            return set(c.scalars(sa.select(loads.c.id).where(mine)))

        return await self.database.write(write)

    async def release(self, worker: str) -> None:
        """Let others go on with what is held."""
        query = sa.update(loads).where(loads.c.worker == worker, loads.c.state.in_(OPEN))
        await self.database.write(lambda c: c.execute(query.values(worker="", until=0.0)).rowcount)

    async def found(
        self, load: Load, worker: str, items: Sequence[Item], *, above: int = 0, listed: int | None = None,
        notes: Sequence[str] = (),
    ) -> set[str]:  # fmt: skip
        """Add what was found and is not known yet, with numbers above that; returns the sources that were added.

        ``listed``: so many of the wanted are done with, and ``notes`` say what was left out of the last one.  Raises
        ``Superseded`` when the load is not this worker's any more.  What was removed is not added again.
        """

        def write(c: sa.Connection) -> set[str]:
            self.database.take_turns(c)
            held = sa.and_(loads.c.id == load.id, loads.c.worker == worker, loads.c.state == "working")
            values = {"changed": self.database.now(), **({"listed": listed} if listed is not None else {})}
            if not c.execute(sa.update(loads).where(held).values(values)).rowcount:
                raise Superseded("another worker has this load now, or it was cancelled")
            if notes:
                told = orjson.loads(c.scalar(sa.select(loads.c.notes).where(held)) or "[]")
                told = orjson.dumps(list(dict.fromkeys([*told, *notes]))).decode()
                c.execute(sa.update(loads).where(held).values(notes=told))
            mine = load_items.c.load == load.id
            there = set(c.scalars(sa.select(load_items.c.source).where(mine)))
            origins = set(c.scalars(sa.select(sources.c.id).where(sources.c.id.in_({i.origin for i in items}))))
            number = c.scalar(sa.select(sa.func.coalesce(sa.func.max(load_items.c.number), 0)).where(mine)) or 0
            number, rows = max(number, above), dict[str, dict[str, Any]]()  # rows of archives go: no number comes twice
            for item in items:
                if item.source in there or item.source in rows or item.origin not in origins:
                    continue
                number += 1
                ended = self.database.clock(c) if item.state != WAITING else 0.0
                rows[item.source] = {**{name: getattr(item, name) for name in Item.__slots__}, "load": load.id,
                                     "number": number, "grant": "", "ended": ended}  # fmt: skip
            if rows:
                c.execute(sa.insert(load_items), list(rows.values()))
            return set(rows)

        return await self.database.write(write)

    async def waiting(self, id_: str, *, after: int = 0, above: str = "") -> list[Item]:
        """Items that have not ended, but for members of archives; with ``above``: the members of that archive."""
        query = _item.where(load_items.c.load == id_, load_items.c.state == WAITING, load_items.c.number > after)
        if above:
            query = query.where(load_items.c.kind == "member", load_items.c.location == above)
        else:
            query = query.where(load_items.c.kind != "member")
        query = query.order_by(load_items.c.number)
        return await self.database.read(lambda c: [Item(*row) for row in c.execute(query)])

    async def drop_item(self, id_: str, number: int) -> None:
        """An archive is no document: its row goes when those of its members are there."""
        query = sa.delete(load_items).where(load_items.c.load == id_, load_items.c.number == number)
        await self.database.write(lambda c: c.execute(query).rowcount)

    async def ended_items(self, id_: str, after: tuple[float, int]) -> list[Item]:
        """Items that ended after that one, in order of ending."""
        ended, number = after
        later = sa.or_(load_items.c.ended > ended, sa.and_(load_items.c.ended == ended, load_items.c.number > number))
        query = _item.where(load_items.c.load == id_, load_items.c.state.not_in((WAITING, "cancelled")), later)
        query = query.order_by(load_items.c.ended, load_items.c.number)
        return await self.database.read(lambda c: [Item(*row) for row in c.execute(query)])

    async def finish_item(self, ticket: Ticket, state: str, document: Document | None, passages: int = 0,
                          reason: str = "") -> None:  # fmt: skip
        """Write how an item ended that changed nothing."""

        def write(c: sa.Connection) -> None:
            self.database.take_turns(c)
            ticket.grant(c, None)
            ticket.end(c, state, document, passages, reason)

        await self.database.write(write)

    async def end(self, load: Load, worker: str, state: str, reason: str = "") -> bool:
        """The load has ended; False when it was not this worker's any more."""

        def write(c: sa.Connection) -> bool:
            self.database.take_turns(c)
            held = sa.and_(loads.c.id == load.id, loads.c.worker == worker, loads.c.state == "working")
            if c.scalar(sa.select(loads.c.id).where(held)) is None:
                return False
            end_load(self.database, c, load.id, state, reason)
            old = sa.and_(loads.c.state.not_in(OPEN), loads.c.changed < self.database.now() - _KEPT_S)
            c.execute(sa.delete(loads).where(old))
            return True

        return await self.database.write(write)


def start_load(
    database: Database, c: sa.Connection, wanted: Sequence[Wanted], *, workspace: str, grant: str, actor: str,
    kind: str, conversation: str = "", every_s: float = 0.0, id_: str = "", language: str = "",
) -> str:  # fmt: skip
    """Keep a load, and what it names as sources; an audit row for each.  One that has this id already is left alone."""
    database.take_turns(c)
    if id_ and c.scalar(sa.select(loads.c.id).where(loads.c.id == id_)):
        return id_
    id_, kept = id_ or uuid.uuid4().hex, []
    for one in wanted:
        origin = one.origin or keep_source(
            database, c, workspace=workspace, source=one.source, kind=one.kind, location=one.location, grant=grant,
            options=one.options, actor=actor, every_s=every_s,
        )  # fmt: skip
        kept.append({"kind": one.kind, "source": one.source, "location": one.location, "options": dict(one.options),
                     "origin": origin})  # fmt: skip
        record(database, c, actor=actor, action=f"kb {kind} started", workspace=workspace, subject=one.source,
               load=id_, audience=grant, **({"every_s": every_s} if every_s else {}))  # fmt: skip
    now = database.clock(c)
    c.execute(sa.insert(loads).values(
        id=id_, workspace=workspace, kind=kind, state="queued", reason="", wanted=orjson.dumps(kept).decode(),
        grant=grant, actor=actor, conversation=conversation, shown="", created=now, changed=now, worker="", until=0.0,
        listed=0, told=False, language=language, notes="[]"))  # fmt: skip
    return id_


def end_load(database: Database, c: sa.Connection, id_: str, state: str, reason: str) -> None:
    """Nothing of it is done any more; sources that gave nothing are forgotten, the others are due again."""
    now = database.clock(c)
    left = sa.and_(load_items.c.load == id_, load_items.c.state == WAITING)
    c.execute(sa.update(load_items).where(left).values(state="cancelled", ended=now))
    c.execute(sa.update(loads).where(loads.c.id == id_).values(
        state=state, reason=reason, changed=now, worker="", until=0.0))  # fmt: skip
    drop_empty(c, id_)
    if state == "done":
        wanted = orjson.loads(c.scalar(sa.select(loads.c.wanted).where(loads.c.id == id_)) or "[]")
        ids = [one["origin"] for one in wanted]
        c.execute(sa.update(sources).where(sources.c.id.in_(ids)).values(synced=now))


def _state(c: sa.Connection, id_: str) -> Load | None:
    row = c.execute(_load.where(loads.c.id == id_)).one_or_none()
    if row is None:
        return None
    counts: dict[str, int] = {}
    passages = added = 0
    new = sa.func.sum(sa.case((load_items.c.version == 1, 1), else_=0))
    grouped = sa.select(load_items.c.state, sa.func.count(), sa.func.sum(load_items.c.passages), new)
    for state, count, held, first in c.execute(grouped.where(load_items.c.load == id_).group_by(load_items.c.state)):
        counts[state] = int(count)
        passages += int(held)
        added += int(first) if state == "searchable" else 0
    failures = (
        sa.select(load_items.c.source, load_items.c.reason)
        .where(load_items.c.load == id_, load_items.c.state == "failed")
        .order_by(load_items.c.number)
        .limit(_SHOWN_FAILURES)
    )
    return replace(
        Load(*row[: len(_own)]), notes=tuple(orjson.loads(row.notes)), language=row.language,
        sources=tuple(one["source"] for one in orjson.loads(row.wanted)),
        found=sum(counts.values()), waiting=counts.get(WAITING, 0) + counts.get("cancelled", 0),
        searchable=counts.get("searchable", 0), unchanged=counts.get("unchanged", 0), failed=counts.get("failed", 0),
        gone=counts.get("gone", 0), passages=passages, added=added,
        failures=tuple((source, reason) for source, reason in c.execute(failures)),
    )  # fmt: skip
