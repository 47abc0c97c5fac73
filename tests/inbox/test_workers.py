"""Several workers on one PostgreSQL, and one that lost its lease without noticing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from engine.claim import Claim
from engine.errors import LeaseLost
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables import leases
from engine.types import Outcome, Reply
from tests.inbox.desk import Desk, said, until, working
from tests.postgresql import Server


@pytest.fixture
async def databases(postgresql: Server) -> AsyncIterator[tuple[Database, Database]]:
    """The same database, as two workers see it."""
    url = postgresql.new_database()
    one, two = Database(url), Database(url)
    await migrate(one)
    yield one, two
    await one.close()
    await two.close()


async def test_what_one_worker_has_no_room_for_another_answers_at_once(databases: tuple[Database, Database]) -> None:
    async with working(databases[0], concurrency=1) as busy, working(databases[1]) as free:
        busy.hold("a0", "a1")
        for n in range(2):  # one in work, one held
            await busy.inbox.accept(said(f"a{n}", room=f"a{n}"))
        await until(lambda: busy.begun == ["a0"], "the first worker is busy")
        await busy.inbox.accept(said("b", room="b"))
        await until(lambda: free.ended == ["b"], "the other worker has answered", 4.0)
        busy.open("a0", "a1")
        await busy.settled()


async def test_a_conversation_stays_in_order_across_workers(databases: tuple[Database, Database]) -> None:
    async with working(databases[0]) as one, working(databases[1]) as two:
        one.hold("1")
        await one.inbox.accept(said("1"))
        await until(lambda: one.begun, "the first is in work")
        await two.inbox.accept(said("2"))
        await two.inbox.accept(said("3"))
        assert two.begun == []
        one.open("1")
        await one.settled()
        ids = {key: row.changed for key, row in (await one.rows()).items()}

    assert sorted(ids, key=lambda key: ids[key]) == ["hall/1", "hall/2", "hall/3"]


async def test_an_edit_that_reaches_another_worker_is_respected(databases: tuple[Database, Database]) -> None:
    async with working(databases[0]) as one, working(databases[1]) as two:
        one.hold("kee")
        await one.inbox.accept(said("kee", number="1"))
        await until(lambda: one.begun, "it is in work")
        await two.inbox.edited("test:1", "key")
        await one.settled()

    assert one.ended + two.ended == ["key"]


async def test_a_deletion_that_reaches_another_worker_withdraws_the_answer(
    databases: tuple[Database, Database],
) -> None:
    async with working(databases[0]) as one, working(databases[1]) as two:
        shown = asyncio.Event()

        async def show_for_ever(claim: Claim) -> None:
            await claim.posting()
            shown.set()
            await asyncio.Event().wait()

        one.fail = show_for_ever
        await one.inbox.accept(said("never mind", number="1"))
        await shown.wait()
        await two.inbox.deleted("test:1")
        await one.settled()

    assert one.claims[-1].deleted
    assert await one.states() == {"1": "ignored"}


async def test_a_dead_workers_messages_are_taken_over_when_its_lease_ends(
    databases: tuple[Database, Database],
) -> None:
    dead = Inbox(databases[0], Desk(databases[0]).handle, lease_s=0.5)
    held = await dead._events.accept(said("hello"), take=True, known=False)
    assert held and held.held

    async with working(databases[1], lease_s=0.5) as alive:
        await alive.settled()

    assert alive.ended == ["hello"]


async def test_whoever_lost_its_lease_can_change_nothing_any_more(databases: tuple[Database, Database]) -> None:
    """The other worker has the conversation; every step of the first one is refused."""
    refused = []

    async def slow(claim: Claim) -> None:
        other = databases[1]
        await other.write(lambda c: c.execute(sa.update(leases).values(worker="another", fence=leases.c.fence + 1)))
        for step in (claim.posting, lambda: claim.finish(Reply(Outcome.ANSWERED, "late")), lambda: claim.retry("", 0)):
            try:
                await step()
            except LeaseLost:
                refused.append(step)
        await claim.posting()

    desk = Desk(databases[0])
    desk.inbox = Inbox(databases[0], slow)
    await desk.inbox.start()
    await desk.inbox.accept(said("hello", number="1"))
    await until(lambda: len(refused) == 3, "all three are refused")
    await desk.inbox.stop(within_s=1)

    assert await desk.states() == {"1": "working"}  # as it was: the other worker's


async def test_a_process_that_slept_past_its_lease_posts_nothing(databases: tuple[Database, Database]) -> None:
    """Nothing has told it so far: the clock does."""
    outcome = []

    async def sleepy(claim: Claim) -> None:
        await claim.posting()
        claim.check()
        time.sleep(0.5)  # noqa: ASYNC251 - the whole process stands still, as when it is frozen
        try:
            claim.check()
            outcome.append("would post")
        except LeaseLost:
            outcome.append("kept quiet")
        await asyncio.sleep(0)
        await claim.finish(Reply(Outcome.ANSWERED, "late"))

    desk = Desk(databases[0])
    desk.inbox = Inbox(databases[0], sleepy, lease_s=0.4)
    await desk.inbox.start()
    await desk.inbox.accept(said("hello", number="1"))
    await until(lambda: outcome, "it woke up")
    await desk.inbox.stop(within_s=0)

    assert outcome[0] == "kept quiet"


async def test_a_long_answer_keeps_its_lease(databases: tuple[Database, Database]) -> None:
    async with working(databases[0], lease_s=1.2) as one, working(databases[1], lease_s=1.2) as two:
        one.hold("long")
        await one.inbox.accept(said("long"))
        await asyncio.sleep(2.5)
        one.open("long")
        await one.settled()

    assert (one.ended, two.begun) == (["long"], [])


async def test_workers_find_work_without_notices(databases: tuple[Database, Database]) -> None:
    """The connection that listens is cut; what is new is found all the same, and it listens again."""
    cut = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    async with working(databases[0], lease_s=1.0) as one:
        await databases[1].write(lambda c: c.execute(cut))
        stranger = Inbox(databases[1], one.handle)  # accepts, and never works
        await stranger.accept(said("hello"))
        await one.settled()

    assert one.ended == ["hello"]


async def test_a_connection_that_broke_while_nobody_used_it_is_replaced(
    databases: tuple[Database, Database],
) -> None:
    """As after a restart of PostgreSQL: neither a query nor a change fails."""
    one, two = databases
    ask = sa.select(sa.func.pg_backend_pid())
    before = {await one.read(lambda c: c.scalar(ask)), await one.write(lambda c: c.scalar(ask))}
    await asyncio.sleep(1.1)  # from then on a connection is tried first
    await two.write(lambda c: [c.execute(sa.select(sa.func.pg_terminate_backend(pid))) for pid in before])

    after = {await one.read(lambda c: c.scalar(ask)), await one.write(lambda c: c.scalar(ask))}

    assert not before & after
