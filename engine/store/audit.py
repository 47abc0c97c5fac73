"""Who did what: rows that are written with their effect, each signed together with the one before."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import audit

_MANY = 1000
#: The action of the row that says how far the chain was, and how it was found.
NOTED = "audit noted"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the audit; ``details`` is JSON and never holds text of a document or a question."""

    id: int
    at: float
    actor: str
    action: str
    workspace: str
    subject: str
    details: str
    key: str
    mac: str

    def as_json(self) -> dict[str, Any]:
        """As it is printed."""
        return {"id": self.id, "at": self.at, "actor": self.actor, "action": self.action, "workspace": self.workspace,
                "subject": self.subject, "details": orjson.loads(self.details) if self.details else {},
                "key": self.key, "mac": self.mac}  # fmt: skip

    @property
    def signed(self) -> bytes:
        """What the mac is over, besides the mac before."""
        return orjson.dumps(
            [self.at, self.actor, self.action, self.workspace, self.subject, self.details, self.key],
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: ``count`` signed rows, the last one's mac (``head``), and what is wrong, in sentences.

    ``older`` rows are from before there were signatures.
    """

    count: int
    head: str
    older: int
    problems: tuple[str, ...]


# Built once, as all that is on the way of every document of a load: building a statement costs more than running it.
_last = sa.select(audit.c.mac).order_by(audit.c.id.desc()).limit(1)
_insert = sa.insert(audit)
_noted = sa.select(sa.func.max(audit.c.at)).where(audit.c.action == NOTED)
_entries = sa.select(*(audit.c[name] for name in Entry.__slots__)).order_by(audit.c.id)


def record(
    database: Database, c: sa.Connection, *, actor: str, action: str, workspace: str, subject: str, **details: Any
) -> None:
    """Write a row within the transaction that has the effect; ``details`` are facts, never texts."""
    database.take_turns(c)
    keys = database.keys
    before = (c.scalar(_last) or "") if keys.id else ""
    said = orjson.dumps(details).decode() if details else ""
    entry = Entry(0, database.clock(c), actor, action, workspace, subject, said, keys.id, "")
    values = {name: getattr(entry, name) for name in Entry.__slots__ if name != "id"}
    c.execute(_insert, {**values, "mac": keys.mac(keys.id, before, entry.signed) or ""})


class Audit:
    """Reads and verifies it."""

    def __init__(self, database: Database):
        self._database = database

    async def rows(self, *, workspace: str | None = None, since: float = 0.0) -> list[Entry]:
        """The rows, in order: of one workspace or of all, from a time on (seconds since 1970)."""
        query = _entries.where(audit.c.at >= since)
        if workspace is not None:
            query = query.where(audit.c.workspace == workspace)
        return await self._database.read(lambda c: [Entry(*row) for row in c.execute(query)])

    async def verify(self, *, head: str = "", count: int = 0) -> Verdict:
        """Follow the chain from its first row: edits, rows taken out, put in or swapped break it.

        Rows cut off at the end do not: who noted ``head`` and ``count`` earlier gives them, and it is checked that the
        chain still leads through that row.
        """
        return await self._database.read(lambda c: _verdict(self._database, self._all(c), head, count))

    async def note(self, every_s: float) -> Verdict | None:
        """Verify the chain and write into it that this was done; None where somebody did within ``every_s`` seconds.

        The verdict is of the rows before that one.  Told to people outside, it is what ``verify`` needs to see that
        rows were cut off (SECURITY 4.4 A2).
        """

        def due(c: sa.Connection) -> bool:
            last = c.scalar(_noted)
            return last is None or last + every_s <= self._database.clock(c)

        if not await self._database.read(due):
            return None
        verdict = await self.verify()

        def write(c: sa.Connection) -> bool:
            self._database.take_turns(c)
            if not due(c):
                return False
            record(self._database, c, actor="run", action=NOTED, workspace="", subject="", rows=verdict.count,
                   head=verdict.head, problems=len(verdict.problems))  # fmt: skip
            return True

        return verdict if await self._database.write(write) else None

    @staticmethod
    def _all(c: sa.Connection) -> Iterator[Entry]:
        after = -1
        while rows := c.execute(_entries.where(audit.c.id > after).limit(_MANY)).all():
            yield from (Entry(*row) for row in rows)
            after = rows[-1].id


def _verdict(database: Database, entries: Iterator[Entry], head: str, count: int) -> Verdict:
    before, signed, older, seen, problems = "", 0, 0, "", list[str]()
    for entry in entries:
        if not entry.mac:
            older += 1
            if signed:
                problems.append(f"row {entry.id} is not signed, though earlier ones are: it was put in or changed")
            continue
        signed += 1
        expected = database.keys.mac(entry.key, before, entry.signed)
        if expected is None:
            problems.append(f"row {entry.id} is signed with key {entry.key}, which is not here: it cannot be verified")
        elif not hmac.compare_digest(expected, entry.mac):
            problems.append(f"row {entry.id} does not fit: it was changed, or the row before it was changed, "
                            "moved or taken out")  # fmt: skip
        before = entry.mac
        if signed == count:
            seen = entry.mac
    if count and signed < count:
        problems.append(f"{count - signed} rows were cut off at the end: there were {count}, there are {signed}")
    elif head and not hmac.compare_digest(seen if count else before, head):
        problems.append(f"row number {count or signed} is not the one that was noted ({head[:12]}...)")
    return Verdict(signed, before, older, tuple(problems))
