"""A workspace that has left is erased: from every table, from the index, from the disk; the others lose nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa

from bot.erasing import Erasing
from engine.store.tables import audit, events, feedback, handoffs, leases, metadata, passages, turns
from engine.types import Addressed, Conversation, Message
from tests.knowledge.conftest import Base, Opener

CANARY = "petunia-7731"


def _conversation(workspace: str) -> Conversation:
    return Conversation("slack", workspace, "C1", "1.1")


async def _asked(base: Base, workspace: str, state: str) -> int:
    """A message in this state; answered, it has a turn, feedback and a hand-off."""
    where = _conversation(workspace).key

    def write(c: sa.Connection) -> int:
        count = int(c.scalar(sa.select(sa.func.count()).select_from(events)) or 0)
        message = Message(
            f"{workspace}:{count}", _conversation(workspace), "U1", f"where is {CANARY}?", Addressed.MENTION
        )
        row = {"key": message.key, "conversation": where, "workspace": workspace, "author": "U1", "state": state,
               "message": message.as_json(), "due": 0.0, "received": 1.0, "changed": 1.0}  # fmt: skip
        event = c.execute(sa.insert(events).values(row).returning(events.c.id)).scalar_one()
        if state == "answered":
            turn: dict[str, Any] = dict.fromkeys((column.name for column in turns.c if column.name != "event"), "[]")
            turn |= {"event": event, "conversation": where, "workspace": workspace, "author": "U1", "at": 1.0,
                     "question": CANARY, "text": CANARY, "confidence": 0.5, "receipt": "{}"}  # fmt: skip
            c.execute(sa.insert(turns).values(turn))
            c.execute(sa.insert(feedback).values(event=event, person="U1", helpful=True, at=1.0))
            c.execute(sa.insert(handoffs).values(
                event=event, conversation=where, workspace=workspace, person="U1", reason=CANARY, state="open",
                told=False, at=1.0,
            ))  # fmt: skip
        return int(event)

    return await base.database.write(write)


async def _rows(base: Base, workspace: str) -> dict[str, int]:
    """Rows of each table that name this workspace, but for the audit and the feed that indexes follow."""

    def read(c: sa.Connection) -> dict[str, int]:
        counts = {}
        for table in metadata.tables.values():
            if table.name not in {"audit", "changes"}:
                rows = [str(dict(row)) for row in c.execute(sa.select(table)).mappings()]
                counts[table.name] = sum(workspace in row for row in rows)
        return {name: count for name, count in counts.items() if count}

    return await base.database.read(read)


async def _filled(base: Base) -> None:
    for workspace in ("T0ONE", "T0TWO"):
        await base.load(
            f"{workspace}.md", f"# Flowers\n\nThe {CANARY} of {workspace} stands in the hall.", workspace=workspace
        )
        for state in ("answered", "received"):
            await _asked(base, workspace, state)
        row = {"conversation": _conversation(workspace).key, "worker": "w", "fence": 1, "until": 0.0}
        await base.database.write(lambda c, row=row: c.execute(sa.insert(leases).values(row)))


async def _check(base: Base) -> None:
    await _filled(base)
    theirs = await _rows(base, "T0TWO")
    assert {"events", "turns", "documents", "passages", "sources", "loads", "leases"} <= set(theirs)

    await Erasing(base.database, base.knowledge, "slack").workspace("T0ONE")

    assert await _rows(base, "T0ONE") == {}
    assert await _rows(base, "T0TWO") == theirs
    assert await base.texts("flowers", workspace="T0ONE") == ""
    assert CANARY in await base.texts("flowers", workspace="T0TWO")
    assert await base.knowledge.check() == []
    done = sa.select(audit.c.actor, audit.c.workspace).where(audit.c.action == "workspace erased")
    assert (await base.database.read(lambda c: c.execute(done).all())) == [("slack", "T0ONE")]


def _on_disk(base: Base, needle: bytes) -> list[str]:
    files = [p for p in base.data.rglob("*") if p.is_file()]
    return [p.name for p in files if needle in p.read_bytes()]


async def test_nothing_of_it_stays_and_nothing_of_others_goes(base: Base) -> None:
    await base.load("T0ONE-2.md", "# Flowers\n\nAsters of T0ONE bloom in autumn.", workspace="T0ONE")
    vectors = sa.select(passages.c.vector).where(passages.c.workspace == "T0ONE")
    [vector] = await base.database.read(lambda c: list(c.execute(vectors).scalars()))
    assert _on_disk(base, vector[:16])

    await _check(base)
    assert _on_disk(base, f"{CANARY} of T0ONE".encode()) == []
    assert _on_disk(base, vector[:16]) == []


async def test_so_it_is_on_postgresql(opened: Opener, postgresql: str) -> None:
    await _check(await opened(url=postgresql))


async def test_erasing_twice_and_erasing_what_was_never_there_is_the_same(base: Base) -> None:
    erasing = Erasing(base.database, base.knowledge, "slack")
    await _filled(base)
    await erasing.workspace("T0ONE")
    await erasing.workspace("T0ONE")
    await erasing.workspace("T0NEVER")

    assert await _rows(base, "T0ONE") == {}
    assert CANARY in await base.texts("flowers", workspace="T0TWO")


async def test_an_answer_that_is_just_being_posted_is_waited_for(base: Base) -> None:
    """Whoever posts it takes it back, as for a question that was deleted."""
    event = await _asked(base, "T0ONE", "posting")
    erasing = asyncio.create_task(Erasing(base.database, base.knowledge, "slack").workspace("T0ONE"))
    reason = sa.select(events.c.reason).where(events.c.id == event)
    async with asyncio.timeout(60):
        while not await base.database.read(lambda c: c.scalar(reason)):
            await asyncio.sleep(0.01)
    assert not erasing.done()

    await base.database.write(lambda c: c.execute(sa.update(events).values(state="ignored")))
    await erasing
    assert await _rows(base, "T0ONE") == {}
