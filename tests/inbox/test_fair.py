"""One person who asks a thousand questions at once: nobody else waits for them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.store.database import Database
from engine.store.migrate import migrate
from engine.types import Conversation, Message
from tests.inbox.desk import Desk, said, until, working
from tests.postgresql import Server

MANY = 120
SMALL = 4  # conversations at the same time


def asked(person: str, n: int, *, thread: bool = False, workspace: str = "acme") -> Message:
    """Question ``n`` of a person: in a room of its own, or in a thread of one room."""
    room, under = ("hall", f"t{person}{n}") if thread else (f"{person}-{n}", "")
    message = said(f"{person}{n}", number=f"{person}{n}")
    return replace(message, author=person, conversation=Conversation("test", workspace, room, under))


async def accept(desk: Desk, *messages: Message) -> None:
    await asyncio.gather(*(desk.inbox.accept(message) for message in messages))


@pytest.mark.parametrize("thread", [True, False], ids=["in threads of one room", "in many rooms"])
async def test_others_do_not_wait_for_one_person_who_asks_a_lot(database: Database, thread: bool) -> None:
    async with working(database, concurrency=SMALL) as desk:
        flood = [asked("flooder", n, thread=thread) for n in range(MANY)]
        desk.hold(*(message.text for message in flood))
        await accept(desk, *flood)
        await accept(desk, *(asked(person, 0, thread=thread) for person in ("ann", "bob", "cem")))
        for message in flood[:]:
            desk.open(message.text)
            if {"ann0", "bob0", "cem0"} <= set(desk.ended):
                break
            await asyncio.sleep(0.02)
        answered = len(desk.ended) - 3
        desk.open(*(message.text for message in flood))
        await desk.settled()
    assert answered <= 4 * SMALL
    assert sorted(desk.ended) == sorted([m.text for m in flood] + ["ann0", "bob0", "cem0"])


async def test_what_a_restart_finds_is_taken_up_in_turns(database: Database) -> None:
    async with working(database, concurrency=2) as desk:
        desk.hold("first", "second")
        await accept(desk, said("first", room="x"), said("second", room="y"))
        await accept(desk, *(asked("flooder", n) for n in range(40)))
        await accept(desk, *(asked(f"p{n}-", 0) for n in range(5)), asked("q", 0, workspace="umbrella"))
    async with working(database, concurrency=2) as desk:
        await desk.settled()
    begun = [text for text in desk.begun if text not in {"first", "second"}]
    assert {"p0-0", "p1-0", "p2-0", "p3-0", "p4-0", "q0"} <= set(begun[:12])
    assert begun.index("q0") <= 4
    assert len(begun) == 46


async def test_a_conversation_of_one_stays_in_its_order_in_the_middle_of_a_flood(database: Database) -> None:
    async with working(database, concurrency=SMALL) as desk:
        ours = [replace(asked("ann", n), conversation=Conversation("test", "acme", "desk", "")) for n in range(6)]
        flood = [asked("flooder", n) for n in range(MANY)]
        await accept(desk, *flood[:60])
        for message in ours:
            await desk.inbox.accept(message)
        await accept(desk, *flood[60:])
        await desk.settled()
    assert [text for text in desk.ended if text.startswith("ann")] == [m.text for m in ours]
    assert len(desk.ended) == len(set(desk.ended)) == MANY + 6


async def test_two_workers_share_a_flood_and_let_others_through(postgresql: Server) -> None:
    url = postgresql.new_database()
    databases = Database(url), Database(url)
    await migrate(databases[0])
    async with working(databases[0], concurrency=2) as one, working(databases[1], concurrency=2) as two:
        flood = [asked("flooder", n) for n in range(MANY)]
        for desk in (one, two):
            desk.hold(*(message.text for message in flood))
        await accept(one, *flood)
        await accept(one, asked("ann", 0), asked("bob", 0))
        for message in flood:
            one.open(message.text)
            two.open(message.text)
            if {"ann0", "bob0"} <= {*one.ended, *two.ended}:
                break
            await asyncio.sleep(0.02)
        assert len(one.ended) + len(two.ended) < MANY / 3
        for desk in (one, two):
            desk.open(*(message.text for message in flood))
        await until(lambda: len(one.ended) + len(two.ended) == MANY + 2, "everything is answered")
        assert len({*one.ended, *two.ended}) == MANY + 2
    for database in databases:
        await database.close()
