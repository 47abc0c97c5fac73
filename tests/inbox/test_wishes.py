"""A call that somebody allowed moves on once, on both databases, and goes with its question."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.tables import wishes
from engine.store.turns import forget_text
from engine.store.wishes import State, Wish, accept_pin, is_late, keep, move, pin, wish_of
from engine.types import Addressed, Conversation, Message

WHERE = Conversation("slack", "T0", "C0", "1.0")
WISH = Wish(
    "w1", "slack:1", "T0", WHERE.key, "U0", "ops.restart", "write", '{"agent": 7}', "", tainted=True, language="en"
)


async def test_it_is_kept_allowed_and_begun_once_each_with_its_row_in_the_audit(database: Database) -> None:
    for _ in range(2):
        await database.write(lambda c: keep(database, c, WISH))

    def to(before: State, after: State) -> list[asyncio.Task[bool]]:
        change = database.write(lambda c: move(database, c, WISH, before, after, by="slack:U1"))
        return [asyncio.ensure_future(change)]

    clicks = [task for _ in range(5) for task in to(State.ASKED, State.ALLOWED)]
    assert sorted(await asyncio.gather(*clicks)) == [False] * 4 + [True]
    assert await asyncio.gather(*to(State.ASKED, State.DENIED)) == [False]
    begun = [task for _ in range(5) for task in to(State.ALLOWED, State.RUNNING)]
    assert sorted(await asyncio.gather(*begun)) == [False] * 4 + [True]
    assert await asyncio.gather(*to(State.RUNNING, State.DONE)) == [True]
    now = await database.read(lambda c: wish_of(c, "w1"))
    assert now is not None
    assert (now.state, now.by, now.arguments) == (State.DONE, "slack:U1", '{"agent": 7}')
    rows = [r for r in await Audit(database).rows() if r.action.startswith("call")]
    assert [r.action for r in rows] == ["call wanted", "call allowed", "call running", "call done"]
    assert all('"agent"' not in r.details for r in rows)


async def test_what_has_expired_is_neither_allowed_nor_begun(database: Database) -> None:
    await database.write(lambda c: keep(database, c, WISH))
    await database.write(lambda c: c.execute(sa.update(wishes).values(until=1.0)))
    late = await database.read(lambda c: wish_of(c, "w1"))
    assert late is not None
    assert await database.read(lambda c: is_late(database, c, late))
    for before, after in ((State.ASKED, State.ALLOWED), (State.ALLOWED, State.RUNNING)):
        values = {"state": before.value, "until": 1.0}
        await database.write(lambda c, values=values: c.execute(sa.update(wishes).values(values)))
        assert not await database.write(lambda c, b=before, a=after: move(database, c, WISH, b, a, by="x"))


async def test_it_goes_with_its_question(database: Database) -> None:
    await database.write(lambda c: keep(database, c, WISH))
    message = Message("1", WHERE, "U0", "restart", Addressed.MENTION)
    await database.write(lambda c: forget_text(c, 1, message))
    assert await database.read(lambda c: wish_of(c, "w1")) is None


async def test_the_first_description_is_taken_and_another_only_by_an_admins_word(database: Database) -> None:
    assert await database.write(lambda c: pin(database, c, "ops.status", "a" * 64)) == "a" * 64
    assert await database.write(lambda c: pin(database, c, "ops.status", "b" * 64)) == "a" * 64
    await database.write(lambda c: accept_pin(database, c, "ops.status", "b" * 64, actor="ann"))
    assert await database.write(lambda c: pin(database, c, "ops.status", "b" * 64)) == "b" * 64
