"""The database is locked, full or gone: the message is not acknowledged, and nothing that was kept is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import Unavailable
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.migrate import migrate
from tests.inbox.desk import Desk, said, working


async def test_a_locked_database_takes_no_message_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    database = Database(f"sqlite:///{path}", busy_s=0.1)
    await migrate(database)
    async with working(database) as desk:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await desk.inbox.accept(said("hello"))
        other.execute("ROLLBACK")
        other.close()
        assert await desk.inbox.accept(said("hello"))
        await desk.settled()
    await database.close()

    assert desk.ended == ["hello"]


async def test_a_full_disk_takes_no_message_and_keeps_what_was_kept(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    await migrate(database)
    inbox = Inbox(database, Desk(database).handle)
    kept = 0

    @sa.event.listens_for(database.engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 60")

    with pytest.raises(Unavailable, match="full"):
        for _ in range(1000):
            await inbox.accept(said("x" * 500, number=str(kept)))
            kept += 1
    assert kept
    rows = await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM events").scalar())
    sound = await database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar())
    await database.close()

    assert (rows, sound) == (kept, "ok")


async def test_a_database_that_is_not_there_takes_no_message(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://nobody@/desk?host={tmp_path}")
    with pytest.raises(Unavailable):
        await Inbox(database, Desk(database).handle).accept(said("hello"))
    await database.close()


async def test_what_a_lease_runs_out_for_does_not_stand_behind_a_flood_of_messages(database: Database) -> None:
    """One change holds up the writer; of those that wait the ones of owners are made first."""
    begun, go, order = asyncio.Event(), threading.Event(), list[str]()
    loop = asyncio.get_running_loop()

    def hold_up(_: sa.Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        go.wait(60)

    writes = [asyncio.create_task(database.write(hold_up))]
    await begun.wait()
    writes += [asyncio.create_task(database.write(lambda _, n=n: order.append(f"message {n}"))) for n in range(300)]
    await asyncio.sleep(0)
    writes.append(asyncio.create_task(database.write(lambda _: order.append("owner"), first=True)))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*writes)

    assert order == ["owner", *(f"message {n}" for n in range(300))]
