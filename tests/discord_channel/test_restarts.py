"""What was said while nobody listened: found again at the next start, or written down as missed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.gaps import Gap
from engine.errors import Unavailable
from engine.types import Addressed
from tests.discord_channel.conftest import Side, connected
from tests.stand_ins.fake_discord import EPOCH_MS, PERM, FakeDiscord


@dataclass
class Kept:
    """What outlives the process."""

    mark: int = 0
    asked: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    async def reached(self, channel: str, account: str) -> int:
        assert (channel, account.isdecimal()) == ("discord", True)
        return self.mark

    async def reach(self, channel: str, account: str, mark: int) -> None:
        self.mark = max(self.mark, mark)

    async def rooms(self, channel: str, limit: int) -> list[str]:
        return self.asked[:limit]

    async def missed(self, channel: str, gap: Gap) -> None:
        self.gaps.append(gap)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@contextlib.asynccontextmanager
async def another_start(fake: FakeDiscord, kept: Kept, **more: float) -> AsyncIterator[Side]:
    async with connected(fake, bookmarks=kept, **more) as side:
        yield side


async def test_what_is_said_while_it_does_not_run_is_read_at_the_next_start(fake: FakeDiscord, kept: Kept) -> None:
    """A channel, a thread that the bot is in, a new post with its title, a direct message; nothing twice."""
    forum = fake.add_channel("help", kind=15)["id"]
    async with another_start(fake, kept) as side:
        first = await side.asked("first")
        await side.answer(first, "An answer.")
        direct = (await fake.user_dm(fake.alice, "direct one"))["channel"]
        await side.until(lambda: len(side.notes.messages) == 2)
    kept.asked = [direct]
    await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> second")
    await fake.user_message(fake.general, fake.alice, "Lunch?")
    await fake.user_message(first.id, fake.bob, "in the thread")
    post = fake.snowflake()
    await fake.user_thread(forum, post, fake.alice, "Garage hours?")
    fake.store[post][post] = {**fake.message(fake.general, first.id), "id": post, "channel_id": post,
                              "content": "I could not find them.", "mentions": []}  # fmt: skip
    fake.channels[post]["last_message_id"] = post
    await fake.user_dm(fake.alice, "direct two")
    async with another_start(fake, kept) as side:
        wanted = {"second", "in the thread", "Garage hours?\n\nI could not find them.", "direct two"}
        await side.until(lambda: wanted <= set(side.notes.texts))
        (asked,) = [m for m in side.notes.messages if m.id == post]
        assert asked.addressed is Addressed.FORUM
        assert "Lunch?" not in side.notes.texts
    assert kept.gaps == []
    assert kept.mark >= int(post)


async def test_the_very_first_start_goes_back_to_nothing(fake: FakeDiscord, kept: Kept) -> None:
    await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> long ago")
    async with another_start(fake, kept) as side:
        await side.quiet()
        assert side.notes.messages == []
    assert kept.mark > 0


async def test_a_question_before_anything_was_ever_seen_is_found_after_a_silent_first_run(
    fake: FakeDiscord, kept: Kept
) -> None:
    await fake.user_message(fake.general, fake.alice, "Hello, everybody")
    async with another_start(fake, kept) as side:
        await side.until(lambda: kept.mark)
    await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> while it was off")
    async with another_start(fake, kept) as side:
        await side.until(lambda: side.notes.texts == ["while it was off"])


async def test_what_could_not_be_kept_before_the_end_is_read_again(fake: FakeDiscord, kept: Kept) -> None:
    async with another_start(fake, kept) as side:
        await side.asked("first")
        side.notes.down = True
        await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> second")
        other = fake.add_channel("other")["id"]
        tries = side.notes.tries
        await side.until(lambda: side.notes.tries > tries)
        await fake.user_message(other, fake.alice, "talk with a later id")
        client = side.channel._connection.client
        assert client.events is not None
        await side.until(lambda: client.events and client.events._progress._newest > int(other))
        before = side.notes
    assert "second" not in before.texts
    async with another_start(fake, kept) as side:
        await side.until(lambda: "second" in side.notes.texts)


async def test_a_channel_whose_history_is_closed_to_the_bot_is_written_down(fake: FakeDiscord, kept: Kept) -> None:
    closed = fake.add_channel("closed", deny=PERM["read_history"])["id"]
    async with another_start(fake, kept) as side:
        await side.asked("first")
    kept.mark -= 120_000 << 22  # it ran two minutes ago
    await fake.user_message(closed, fake.alice, f"<@{fake.bot}> unheard")
    async with another_start(fake, kept) as side:
        await side.until(lambda: kept.gaps)
    (gap,) = kept.gaps
    assert (gap.workspace, gap.room) == (fake.guild_id, closed)
    assert gap.since < time.time() <= gap.until + 60
    assert "Read Message History" in gap.why


async def test_it_looks_back_no_further_than_the_settings_say_and_says_so(fake: FakeDiscord, kept: Kept) -> None:
    kept.mark = (int(time.time() * 1000) - EPOCH_MS - 3 * 3_600_000) << 22
    await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> just now")
    async with another_start(fake, kept, catch_up_h=1) as side:
        await side.until(lambda: side.notes.texts == ["just now"])
        await side.until(lambda: kept.gaps)
    (gap,) = kept.gaps
    assert gap.room == ""
    assert 1.8 * 3600 < gap.until - gap.since < 2.2 * 3600
    assert "catch_up_h" in gap.why


async def test_more_than_is_read_of_one_channel_is_written_down(fake: FakeDiscord, kept: Kept) -> None:
    async with another_start(fake, kept) as side:
        await side.asked("first")
    for n in range(510):
        await fake.user_message(fake.general, fake.alice, f"talk {n}")
    async with another_start(fake, kept) as side:
        await side.until(lambda: kept.gaps)
    (gap,) = kept.gaps
    assert (gap.room, "500" in gap.why) == (fake.general, True)


async def test_a_database_that_is_away_at_the_start_is_waited_for(fake: FakeDiscord, kept: Kept) -> None:
    """Without knowing how far it was read, it would not know what it misses."""

    class Slow(Kept):
        tries = 0

        async def reached(self, channel: str, account: str) -> int:
            self.tries += 1
            if self.tries == 1:
                raise Unavailable("the database is locked")
            return await super().reached(channel, account)

    slow = Slow()
    async with another_start(fake, slow) as side:
        await side.asked("first")
    assert slow.tries == 2
