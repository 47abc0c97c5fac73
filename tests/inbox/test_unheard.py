"""What people change while nobody listens: the platform is asked before a question is worked on that waited so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from bot.heard import Heard
from bot.unheard import Unheard
from engine.claim import Claim
from engine.errors import Unavailable
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.tables import events, turns
from engine.types import Message
from tests.inbox.desk import Desk, said, working


@dataclass
class Platform:
    """Says how questions read now (those not named here: as they did), and is the desk's ear."""

    inbox: Inbox
    reads: dict[str, str | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: list[Unavailable] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)

    def said_at(self, message: Message) -> float:
        return float(message.handle or "inf")

    async def reads_now(self, message: Message) -> str | None:
        self.asked.append(message.id)
        if self.broken:
            raise self.broken.pop()
        return self.reads.get(message.id, message.text)

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        await self.inbox.edited(f"{channel}:{message_id}", text)

    async def deleted(self, channel: str, message_id: str) -> None:
        await self.inbox.deleted(f"{channel}:{message_id}")


@asynccontextmanager
async def back_again(
    database: Database, *messages: Message, **reads: str | None
) -> AsyncIterator[tuple[Desk, Platform]]:
    """The desk begins to work with what was kept before it listened; meanwhile the questions came to read so."""
    before = Inbox(database, Desk(database).handle)
    for message in messages:
        await before.accept(message)
    await asyncio.sleep(0)
    async with working(database) as desk:
        platform = Platform(desk.inbox, dict(reads))
        unheard = Unheard(database, {"test": platform}, platform, apart_s=0.0)
        desk.fail = unheard.look
        desk.unheard = unheard
        platform.heard.begins()
        yield desk, platform
    await unheard.stop()


async def test_a_question_that_was_edited_unheard_is_answered_as_it_reads_now(database: Database) -> None:
    async with back_again(database, said("the kee?", number="1"), **{"1": "the key?"}) as (desk, platform):
        await desk.settled()
        assert "the key?" in (await desk.rows())["1"].message

    assert desk.ended == ["the key?"]
    assert platform.asked == ["1"]


async def test_a_question_that_was_deleted_unheard_is_not_answered_and_the_next_one_is(database: Database) -> None:
    questions = said("never mind", number="1"), said("the next one", number="2")
    async with back_again(database, *questions, **{"1": None}) as (desk, _):
        await desk.settled()
        rows = await desk.rows()

    assert desk.ended == ["the next one"]
    assert (rows["1"].state, rows["1"].reason) == ("ignored", "deleted by its author")
    assert "never mind" not in rows["1"].message


async def test_one_that_is_wanted_nevertheless_goes_with_the_message_that_it_was(database: Database) -> None:
    async with back_again(database, said("never mind", number="1:wanted"), **{"1": None}) as (desk, platform):
        platform.deleted = lambda _, number: desk.inbox.deleted(f"test:{number}:wanted")  # as the reception does
        await desk.settled()

    assert (desk.ended, platform.asked) == ([], ["1"])


async def test_the_platform_is_asked_once_however_often_it_is_tried(database: Database) -> None:
    async with back_again(database, said("how?", number="1")) as (desk, platform):
        look, tries = desk.fail, iter(range(3))

        async def model_is_away(claim: Claim) -> None:
            await look(claim)
            if next(tries, None) is not None:
                raise Unavailable("the model server is down")

        desk.fail = model_is_away
        await desk.settled()

    assert desk.begun == ["how?"] * 4
    assert platform.asked == ["1"]


async def test_nothing_is_asked_where_all_was_heard(database: Database) -> None:
    async with back_again(database) as (desk, platform):
        platform.heard._since = time.time() - 60.0
        await desk.inbox.accept(said("how?", number="1"))
        await desk.settled()
        assert platform.asked == []

        # ... but what the platform has told late, in the words of then.
        await desk.inbox.accept(replace(said("and now?", number="2"), handle=str(time.time() - 90.0)))
        await desk.settled()
        assert platform.asked == ["2"]

        platform.heard.breaks()  # a session goes on, or another one begins
        platform.heard.goes_on()
        await desk.inbox.accept(said("and then?", number="3"))
        await desk.settled()
        assert platform.asked == ["2"]
        platform.heard.begins()
        await desk.inbox.accept(said("and last?", number="4"))
        await desk.settled()
        assert platform.asked == ["2", "4"]


@pytest.mark.parametrize(("wait_s", "asked"), [(None, 4), (600.0, 1)])
async def test_a_platform_that_cannot_say_holds_nobody_up_for_long(
    database: Database, wait_s: float | None, asked: int
) -> None:
    async with back_again(database, said("how?", number="1")) as (desk, platform):
        platform.broken = [Unavailable("it is away", retry_after_s=wait_s)] * 9
        await desk.settled()

    assert desk.ended == ["how?"]
    assert len(platform.asked) == asked


async def test_what_was_answered_because_the_platform_could_not_say_is_looked_at_afterwards(database: Database) -> None:
    async with back_again(database, said("my secret", number="1"), **{"1": None}) as (desk, platform):
        platform.broken = [Unavailable("too often", retry_after_s=600.0)]
        await desk.settled()
        assert desk.ended == ["my secret"]
        ended_later = sa.update(events).values(changed=events.c.changed + 60.0)  # all was heard since then
        await database.write(lambda c: c.execute(ended_later))
        await desk.unheard._look_back("test", platform)
        row = (await desk.rows())["1"]

    assert "secret" not in row.message


async def test_what_may_be_visible_already_stays_when_the_question_was_edited(database: Database) -> None:
    async with back_again(database, said("the kee?", number="1"), **{"1": "the key?"}) as (desk, platform):
        look = desk.fail

        async def breaks_after_posting(claim: Claim) -> None:
            if claim.tries == 0:
                await claim.posting()
                raise Unavailable("the platform is gone")
            await look(claim)

        desk.fail = breaks_after_posting
        await desk.settled()

    assert desk.ended == ["the kee?"]
    assert platform.asked == ["1"]


async def test_what_was_answered_and_then_deleted_unheard_is_forgotten(database: Database) -> None:
    questions = said("my secret", number="1"), said("how?", number="2")
    async with back_again(database, *questions) as (desk, platform):
        await desk.settled()
        platform.heard._since = time.time() - 60.0
        await desk.unheard._look_back("test", platform)
        assert platform.asked == ["1", "2"]  # before they were answered

        platform.heard.breaks()
        await desk.unheard._look_back("test", platform)
        assert platform.asked == ["1", "2"]
        platform.reads["1"] = None
        platform.heard.begins()
        await desk.unheard._look_back("test", platform)
        assert sorted(platform.asked[2:]) == ["1", "2"]
        rows = await desk.rows()
        left = await database.read(lambda c: c.execute(sa.select(turns.c.question)).scalars().all())

    assert "secret" not in rows["1"].message
    assert left == ["how?"]


@pytest.mark.parametrize(("wait_s", "asked"), [(5.0, 3), (600.0, 1)])
async def test_a_platform_that_wants_to_be_asked_seldom_is_not_asked_again_of_what_was_answered(
    database: Database, wait_s: float, asked: int
) -> None:
    async with back_again(database) as (desk, platform):
        for number in "12":
            await desk.inbox.accept(said(f"how? {number}", number=number))
            await desk.settled()
        platform.heard.begins()
        platform.asked.clear()
        platform.broken = [Unavailable("too often", retry_after_s=wait_s)]
        with pytest.raises(Unavailable):
            await desk.unheard._look_back("test", platform)
        await desk.unheard._look_back("test", platform)

    assert len(platform.asked) == asked
