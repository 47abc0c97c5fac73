"""How a reply becomes visible: said before, written down after, taken back when it was wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import ClassVar

import pytest
import sqlalchemy as sa
from pydantic import PrivateAttr

from bot.channel import Channel, Placed, Post, Reception
from bot.outbox import Outbox
from engine.claim import Claim
from engine.errors import Refused, Unavailable
from engine.growing import Growing
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables import turns
from engine.types import Audience, Message, Outcome, Reply
from tests.inbox.desk import Desk, said, until


class Room(Channel):
    """A platform of one room: what is visible in it, and every state that was."""

    name: ClassVar[str] = "test"
    _visible: dict[str, str] = PrivateAttr(default_factory=dict)
    _states: list[str] = PrivateAttr(default_factory=list)
    _posts: list[Post] = PrivateAttr(default_factory=list)
    _errors: list[Exception] = PrivateAttr(default_factory=list)
    _told: list[str] = PrivateAttr(default_factory=list)
    _mute: bool = PrivateAttr(default=False)

    async def working(self, message: Message, doing: str) -> None:
        del message
        if self._mute:
            raise Unavailable("the platform does not answer")
        self._told.append(doing)

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        self._posts.append(post)
        if self._errors:
            raise self._errors.pop(0)
        async for text in growing.states():
            await self._show(post, text, placed)
        assert growing.reply
        await self._show(post, growing.reply.text, placed)

    async def _show(self, post: Post, text: str, placed: Placed) -> None:
        post.check()
        new = post.key not in self._visible
        self._visible[post.key] = text
        self._states.append(text)
        if new:
            await placed(post.key)

    async def withdraw(self, post: Post) -> None:
        self._states.append("(withdrawn)")
        self._visible.pop(post.key, None)

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        raise NotImplementedError

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        raise NotImplementedError

    async def tell(self, where: str, text: str) -> None:
        raise NotImplementedError


class Bot(Desk):
    """Inbox, outbox, and an answer that the test writes."""

    def __init__(self, database: Database):
        super().__init__(database)
        self.room = Room()
        self.allowed = [True]
        self.outbox = Outbox({"test": self.room}, recheck=self.recheck)
        self.inbox = Inbox(database, self.handle, backoff_s=0.01)

    async def recheck(self, message: Message, reply: Reply | None) -> bool:
        del message, reply
        return self.allowed.pop(0) if len(self.allowed) > 1 else self.allowed[0]

    async def handle(self, claim: Claim) -> None:
        self.claims.append(claim)
        await self.outbox.handle(claim, self.answer)

    async def answer(self, claim: Claim, growing: Growing) -> Reply:
        del claim
        growing.add("An answer")
        await asyncio.sleep(0)
        return Reply(Outcome.ANSWERED, "An answer, whole.")

    async def ask(self, text: str = "hello") -> tuple[str, str]:
        """The end of a question: state and reason."""
        await self.inbox.accept(said(text, number=text))
        await self.settled()
        row = (await self.rows())[text]
        return row.state, row.reason


@pytest.fixture
async def bot(tmp_path) -> AsyncIterator[Bot]:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    await migrate(database)
    bot = Bot(database)
    await bot.inbox.start()
    yield bot
    await bot.inbox.stop(within_s=0)
    await database.close()


async def test_a_reply_is_shown_while_it_grows_and_ends_as_it_was_written(bot: Bot) -> None:
    async def slowly(claim: Claim, growing: Growing) -> Reply:
        for word in ("one", " two", " three"):
            growing.add(word)
            await until(lambda: bot.room._states and bot.room._states[-1] == growing.text, "the text is visible")
        return Reply(Outcome.ANSWERED, "one two three.")

    bot.answer = slowly
    assert await bot.ask() == ("answered", "")
    assert bot.room._states == ["one", "one two", "one two three", "one two three."]


async def test_before_anything_is_visible_the_intent_is_on_disk(bot: Bot) -> None:
    states = []
    show = bot.room._show

    async def look_first(*arguments) -> None:
        states.append(await bot.states())
        await show(*arguments)

    object.__setattr__(bot.room, "_show", look_first)
    await bot.ask()
    assert states[0] == {"hello": "posting"}


async def test_of_talk_that_is_ignored_nothing_is_shown(bot: Bot) -> None:
    async def ignore(claim: Claim, growing: Growing) -> Reply:
        return Reply.ignore("nothing is asked")

    bot.answer = ignore
    assert await bot.ask() == ("ignored", "nothing is asked")
    assert bot.room._posts == []
    assert await bot.database.read(lambda c: c.execute(sa.select(turns)).all()) == []


async def test_what_the_platform_refuses_for_good_ends_as_refused(bot: Bot) -> None:
    bot.room._errors.append(Refused("the room is archived"))
    assert await bot.ask() == ("refused", "the room is archived")


async def test_a_hiccup_of_the_platform_does_not_cost_a_second_answer(bot: Bot) -> None:
    bot.room._errors.append(Unavailable("502", retry_after_s=0.01))
    assert await bot.ask() == ("answered", "")
    assert [post.again for post in bot.room._posts] == [False, True]
    assert len(bot.claims) == 1


async def test_a_long_wait_for_the_platform_is_left_to_the_inbox(bot: Bot) -> None:
    bot.room._errors.append(Unavailable("rate limited", retry_after_s=6))
    await bot.inbox.accept(said("hello", number="hello"))
    while (row := (await bot.rows())["hello"]).tries == 0:
        await asyncio.sleep(0.01)
    assert (row.state, round(row.due - row.changed)) == ("posting", 6)


async def test_an_answer_that_fails_after_its_first_words_is_taken_back_and_made_anew(bot: Bot) -> None:
    async def breaks_once(claim: Claim, growing: Growing) -> Reply:
        if claim.tries == 0:
            growing.add("Half an ans")
            await until(lambda: bot.room._visible, "the text is visible")
            raise Unavailable("the model server is gone", retry_after_s=0.01)
        return Reply(Outcome.ANSWERED, "A whole answer.")

    bot.answer = breaks_once
    assert await bot.ask() == ("answered", "")
    assert bot.room._states == ["Half an ans", "(withdrawn)", "A whole answer."]
    assert (bot.claims[1].again, bot.claims[1].placed) == (True, (bot.claims[1].key,))


async def test_when_others_can_read_it_before_the_first_word_it_is_made_anew(bot: Bot) -> None:
    """A guest has joined the room between search and answer."""
    bot.allowed = [False, True]
    assert await bot.ask() == ("answered", "")
    assert len(bot.claims) == 2
    assert bot.room._states[-1] == "An answer, whole."


async def test_when_others_can_read_it_at_the_end_it_is_taken_back(bot: Bot) -> None:
    async def slowly(claim: Claim, growing: Growing) -> Reply:
        growing.add("For insiders")
        await until(lambda: bot.room._visible, "the text is visible")
        if claim.tries:
            return Reply(Outcome.ANSWERED, "For everybody.")
        return Reply(Outcome.ANSWERED, "For insiders only.")

    bot.answer = slowly
    bot.allowed = [True, False, True]
    assert await bot.ask() == ("answered", "")
    assert "For insiders only." not in bot.room._states
    assert bot.room._states[1] == "(withdrawn)"
    assert list(bot.room._visible.values()) == ["For everybody."]


async def test_a_question_deleted_while_its_answer_grows_leaves_nothing_visible(bot: Bot) -> None:
    async def for_ever(claim: Claim, growing: Growing) -> Reply:
        growing.add("Half an ans")
        await asyncio.Event().wait()
        raise AssertionError

    bot.answer = for_ever
    await bot.inbox.accept(said("hello", number="hello"))
    await until(lambda: bot.room._visible, "the text is visible")
    await bot.inbox.deleted("test:hello")
    await bot.settled()

    assert bot.room._visible == {}
    assert await bot.states() == {"hello": "ignored"}


async def test_a_channel_that_is_gone_from_the_settings_hands_off(bot: Bot) -> None:
    bot.outbox = Outbox({})
    assert await bot.ask() == ("handed_off", "the channel test is not in the settings any more")


async def test_a_channel_that_leaves_early_counts_as_failed(bot: Bot) -> None:
    async def leaves(post: Post, growing: Growing, placed: Placed) -> None:
        return

    object.__setattr__(bot.room, "stream", leaves)

    async def slowly(claim: Claim, growing: Growing) -> Reply:
        growing.add("word")
        await asyncio.Event().wait()  # until it is ended: nobody reads it any more
        return Reply(Outcome.ANSWERED, "word")

    bot.answer = slowly
    assert (await bot.ask())[0] == "handed_off"


async def test_what_is_being_done_is_told_until_there_is_something_to_show(bot: Bot) -> None:
    async def searching(claim: Claim, growing: Growing) -> Reply:
        del claim
        growing.work("searching 2 documents")
        await until(lambda: bot.room._told == ["searching 2 documents"], "it is told")
        growing.work("writing the answer")
        await until(lambda: len(bot.room._told) == 2, "it is told")
        growing.add("An answer")
        growing.work("writing more")
        await until(lambda: bot.room._states, "the text is visible")
        return Reply(Outcome.ANSWERED, "An answer, whole.")

    bot.answer = searching
    assert await bot.ask() == ("answered", "")
    assert bot.room._told == ["searching 2 documents", "writing the answer"]


async def test_where_nothing_is_said_in_the_end_what_was_being_done_is_taken_away(bot: Bot) -> None:
    async def nothing(claim: Claim, growing: Growing) -> Reply:
        del claim
        growing.work("searching 2 documents")
        await until(lambda: bot.room._told, "it is told")
        return Reply.ignore("it is meant for somebody else")

    bot.answer = nothing
    assert (await bot.ask())[0] == "ignored"
    assert bot.room._told == ["searching 2 documents", ""]


async def test_a_platform_that_cannot_tell_what_is_being_done_answers_all_the_same(bot: Bot) -> None:
    async def searching(claim: Claim, growing: Growing) -> Reply:
        growing.work("searching 2 documents")
        return await Bot.answer(bot, claim, growing)

    bot.room._mute = True
    bot.answer = searching
    assert await bot.ask() == ("answered", "")
