"""A place in the queue stands where the answer will stand: it is no answer, and holds up nothing that one would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.channel import Placed, Post
from engine.claim import Claim
from engine.errors import Queued, Unavailable
from engine.growing import Growing
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables import turns
from engine.types import Outcome, Reply
from tests.inbox.desk import said, until
from tests.inbox.test_outbox import Bot, Room

PLACE = "*Third in line.*"


class Patient(Room):
    """A room where a writer may leave."""

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        self._posts.append(post)
        async for text in growing.states():
            await self._show(post, text, placed)
        await self._show(post, growing.reply.text if growing.reply else growing.shown, placed)


class Waiting(Bot):
    """A bot whose answers wait for the model first."""

    def __init__(self, database: Database):
        super().__init__(database)
        self.room = Patient()
        self.outbox._channels = {"test": self.room}
        self.turn = asyncio.Event()

    async def answer(self, claim: Claim, growing: Growing) -> Reply:
        growing.tell(PLACE)
        await self.turn.wait()
        growing.add("Words ")
        await asyncio.sleep(0.05)
        growing.add(f"about {claim.message.text}.")
        return Reply(Outcome.ANSWERED, growing.text)

    async def shown(self, text: str = PLACE) -> None:
        await until(lambda: text in self.room._visible.values(), f"{text} is visible")


@pytest.fixture
async def bot(tmp_path) -> AsyncIterator[Waiting]:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    await migrate(database)
    bot = Waiting(database)
    await bot.inbox.start()
    yield bot
    bot.turn.set()
    await bot.inbox.stop(within_s=0)
    await database.close()


async def test_the_answer_takes_the_place_of_the_status_and_nothing_of_it_is_kept(bot: Waiting) -> None:
    await bot.inbox.accept(said("keys", number="keys"))
    await bot.shown()
    row = (await bot.rows())["keys"]
    assert (row.state, row.waits) == ("posting", True)
    bot.turn.set()
    await bot.settled()
    assert list(bot.room._visible.values()) == ["Words about keys."]
    assert len(bot.room._posts) == 1
    assert (await bot.rows())["keys"].waits is False
    rows = await bot.database.read(lambda c: c.execute(sa.select(turns)).all())
    assert "line" not in str(rows)


async def test_no_text_is_shown_after_a_status_before_its_readers_were_looked_up_again(bot: Waiting) -> None:
    await bot.inbox.accept(said("keys", number="keys"))
    await bot.shown()
    bot.allowed = [False, True]  # somebody has joined while it waited
    bot.turn.set()
    await bot.settled()
    first = bot.room._states.index("Words about keys.")
    assert set(bot.room._states[:first]) <= {PLACE, "Words "}
    assert len(bot.claims) == 2, "it was made anew"
    assert bot.room._states.count("Words ") <= 1


async def test_a_question_can_be_edited_while_only_its_place_is_visible(bot: Waiting) -> None:
    await bot.inbox.accept(said("keys", number="keys"))
    await bot.shown()
    await bot.inbox.edited("test:keys", "doors")
    await until(lambda: len(bot.claims) == 2, "it is begun anew")
    bot.turn.set()
    await bot.settled()
    assert list(bot.room._visible.values()) == ["Words about doors."]
    assert (bot.claims[1].again, bot.claims[1].placed) == (True, (bot.claims[1].key,))


async def test_once_words_are_visible_an_edit_comes_too_late(bot: Waiting) -> None:
    await bot.inbox.accept(said("keys", number="keys"))
    await bot.shown()
    bot.turn.set()
    await bot.shown("Words ")
    await bot.inbox.edited("test:keys", "doors")
    await bot.settled()
    assert list(bot.room._visible.values()) == ["Words about keys."]


@pytest.mark.parametrize("edited", [False, True])
async def test_a_question_deleted_while_it_waits_leaves_nothing_visible(bot: Waiting, edited: bool) -> None:
    await bot.inbox.accept(said("keys", number="keys"))
    await bot.shown()
    if edited:
        await bot.inbox.edited("test:keys", "doors")
        await until(lambda: len(bot.claims) == 2, "it is begun anew")
    await bot.inbox.deleted("test:keys")
    await bot.settled()
    assert bot.room._visible == {}
    assert await bot.states() == {"keys": "ignored"}


async def test_who_leaves_for_now_says_so_once_and_comes_back_to_the_same_message(bot: Waiting) -> None:
    async def later(claim: Claim, growing: Growing) -> Reply:
        if claim.tries < 3:
            raise Queued("away", "*Later.*", retry_after_s=0.01)
        return Reply(Outcome.ANSWERED, "Now.")

    bot.answer = later  # type: ignore[method-assign]  # another writer
    assert await bot.ask() == ("answered", "")
    assert bot.room._states == ["*Later.*", "Now."]
    assert len(bot.room._visible) == 1


async def test_what_fails_while_it_waits_keeps_its_place(bot: Waiting) -> None:
    async def fails(claim: Claim, growing: Growing) -> Reply:
        if not claim.tries:
            growing.tell(PLACE)
            await self_shown()
            raise Unavailable("it stops", retry_after_s=0.0)
        return Reply(Outcome.ANSWERED, "Now.")

    self_shown = bot.shown
    bot.answer = fails  # type: ignore[method-assign]  # another writer
    assert await bot.ask() == ("answered", "")
    assert bot.room._states == [PLACE, "Now."]


async def test_a_lease_that_is_lost_while_it_waits_leaves_the_rest_to_the_next_owner(bot: Waiting) -> None:
    await bot.inbox.accept(said("keys", number="keys"))
    await bot.shown()
    for lease in bot.inbox._leases.values():
        lease.lose()
    await until(lambda: not bot.inbox._leases, "it is let go")
    bot.turn.set()
    await asyncio.sleep(0.1)
    assert list(bot.room._visible.values()) == [PLACE]
    assert await bot.states() == {"keys": "posting"}
