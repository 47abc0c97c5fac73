"""A forum on Discord: each new post is answered or handed over; solved ones are found again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.bookmarks import StoreBookmarks
from tests.scenarios.guild import desk, direct, until
from tests.scenarios.test_discord_knowledge import privately
from tests.stand_ins.fake_discord import DEFAULT_PERMS, PERM, FakeDiscord

Json = dict[str, Any]
BADGE = "Where do I get a new badge?"


async def post(app: App, fake: FakeDiscord, forum: str, title: str, text: str, user: str = "") -> Json:
    """Somebody posts; returns the answer."""
    user = user or fake.alice
    thread = (await fake.user_thread(forum, fake.snowflake(), user, title))["id"]
    await fake.user_message(thread, user, text)
    found: Json = await until(lambda: next((m for m in fake.messages(thread, from_bot=True) if m["components"]), None))
    async with asyncio.timeout(90):
        while (await app.inbox.open_events()).total:  # it is kept a moment after it is seen
            await asyncio.sleep(0.02)
    return found


def solved(message: Json) -> str:
    """The button that says so."""
    return next(b["custom_id"] for row in message["components"] for b in row["components"] if b["label"] == "Solved")


async def say_solved(fake: FakeDiscord, answer: Json, user: str) -> str:
    pressed = await fake.click(answer["channel_id"], answer["id"], user, solved(answer))
    return str((await privately(fake, pressed, user))["content"])


async def test_a_post_that_nothing_answers_is_handed_over_solved_and_shown_to_the_next_who_asks(
    fake: FakeDiscord, tmp_path: Path
) -> None:
    forum = fake.add_channel("help", kind=15, tags=("Urgent", "Solved"))["id"]
    other = fake.add_channel("elsewhere", kind=15)["id"]
    async with desk(fake, tmp_path) as app:
        first = await post(app, fake, forum, BADGE, "I lost mine on the train.")
        assert "Asked before" not in first["content"]
        assert "Only whoever opened this post" in await say_solved(fake, first, fake.bob)
        told = await say_solved(fake, first, fake.alice)
        assert told.startswith("Marked as solved. I could not put the tag on it: my role needs “Manage Threads”")

        again = await post(app, fake, forum, "Where can I get a new badge?", "I lost mine in the bus.", fake.bob)
        assert "**Asked before, and solved**" in again["content"]
        link = f"[Where do I get a new badge?](<https://discord.com/channels/{fake.guild_id}/{first['channel_id']}/"
        assert link in again["content"]
        assert "Asked before" not in (await post(app, fake, forum, "Is the canteen open?", "On Sundays?"))["content"]
        assert "Asked before" not in (await post(app, fake, other, BADGE, "I lost mine on the train."))["content"]

        await privately(fake, await fake.slash_command(fake.general, fake.alice, "forget-me"), fake.alice)
        later = await post(app, fake, forum, "Where do I get a new badge then?", "I lost mine, too.", fake.bob)
        assert "Asked before" not in later["content"]


@pytest.mark.usefixtures("pointed")
async def test_a_solved_post_gets_the_forums_tag_beside_those_it_has(tmp_path: Path) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS | PERM["manage_threads"]) as fake:
        channel = fake.add_channel("help", kind=15, tags=("Urgent", "已解决"))
        urgent, done = (tag["id"] for tag in channel["available_tags"])
        async with desk(fake, tmp_path) as app:
            answer = await post(app, fake, channel["id"], BADGE, "I lost mine on the train.")
            thread = fake.channels[answer["channel_id"]]
            thread["applied_tags"] = [urgent]
            fake._emit("THREAD_UPDATE", fake._public(thread), 1)
            assert await say_solved(fake, answer, fake.alice) == "Marked as solved, and tagged."
            assert thread["applied_tags"] == [urgent, done]
            assert await say_solved(fake, answer, fake.alice) == "Marked as solved, and tagged."
        assert not fake.violations


async def test_an_answer_outside_of_forums_cannot_be_solved(fake: FakeDiscord, tmp_path: Path) -> None:
    async with desk(fake, tmp_path):
        await fake.user_dm(fake.alice, BADGE)
        said = await until(lambda: direct(fake, fake.alice))
        labels = [b["label"] for m in said for row in m["components"] for b in row["components"]]
    assert "Solved" not in labels


async def test_a_forum_without_such_a_tag_only_remembers(fake: FakeDiscord, tmp_path: Path) -> None:
    forum = fake.add_channel("help", kind=15)["id"]
    async with desk(fake, tmp_path) as app:
        answer = await post(app, fake, forum, BADGE, "I lost mine on the train.")
        assert await say_solved(fake, answer, fake.alice) == "Marked as solved."


async def test_what_was_asked_while_it_was_off_is_answered_once_at_the_next_start(
    fake: FakeDiscord, tmp_path: Path
) -> None:
    """In a channel and directly."""
    async with desk(fake, tmp_path) as app:
        await fake.user_dm(fake.alice, "Where is the printer?")
        await until(lambda: len(direct(fake, fake.alice)) == 1)
        async with asyncio.timeout(90):
            while (await app.inbox.open_events()).total:
                await asyncio.sleep(0.02)
    asked = await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> {BADGE}")
    await fake.user_dm(fake.alice, "And where is the scanner?")
    async with desk(fake, tmp_path) as app:
        await until(lambda: len(direct(fake, fake.alice)) == 2 and fake.messages(asked["id"], from_bot=True))
        kept = StoreBookmarks(app.database)
        async with asyncio.timeout(90):
            while await kept.reached("discord", str(fake.bot)) < int(asked["id"]):
                await asyncio.sleep(0.02)
    async with desk(fake, tmp_path) as app:
        later = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> {BADGE}")
        await until(lambda: fake.messages(later["id"], from_bot=True))
        assert len(fake.messages(asked["id"], from_bot=True)) == 1
        assert len(direct(fake, fake.alice)) == 2
