"""What people change between two sessions, and while it is off: nobody tells of it again, so Discord is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.types import Message
from tests.discord_channel.conftest import Side, connected
from tests.stand_ins.fake_discord import FakeDiscord


async def kept(fake: FakeDiscord, text: str = "Where are the keys?", room: str = "") -> Message:
    """A question that is kept, and nobody there any more."""
    async with connected(fake) as side:
        return await side.asked(text, room=room)


async def reads_now(fake: FakeDiscord, message: Message) -> str | None:
    async with connected(fake) as side:
        return await side.channel.reads_now(message)


async def test_an_edited_question_reads_as_it_stands_now(fake: FakeDiscord) -> None:
    message = await kept(fake)
    assert await reads_now(fake, message) == "Where are the keys?"
    await fake.user_edit(fake.general, message.id, f"<@{fake.bot}> Where are the car keys, <@{fake.bot}>?")

    assert await reads_now(fake, message) == "Where are the car keys, ?"


async def test_a_deleted_question_is_gone(fake: FakeDiscord) -> None:
    message = await kept(fake)
    await fake.user_delete(fake.general, message.id)

    assert await reads_now(fake, message) is None


async def test_in_a_thread_and_in_direct_messages_it_is_found_where_it_stands(fake: FakeDiscord) -> None:
    thread = (await fake.user_thread(fake.general, fake.snowflake(), fake.bob, "talk"))["id"]
    message = await kept(fake, room=thread)
    async with connected(fake) as side:
        sent = await fake.user_dm(fake.alice, "Where is Ann?")
        direct = await side.kept(sent["id"])
    await fake.user_edit(thread, message.id, f"<@{fake.bot}> Where is the car?")
    await fake.user_edit(sent["channel"], direct.id, "Where is Bob?")

    assert await reads_now(fake, message) == "Where is the car?"
    assert await reads_now(fake, direct) == "Where is Bob?"


async def test_the_title_of_a_post_stays_part_of_its_question(fake: FakeDiscord) -> None:
    forum = fake.add_channel("help", kind=15)["id"]
    async with connected(fake) as side:
        post = (await fake.user_thread(forum, fake.snowflake(), fake.alice, "Garage hours?"))["id"]
        message = await side.kept((await fake.user_message(post, fake.alice, "I found none."))["id"])
    assert message.text == "Garage hours?\n\nI found none."
    await fake.user_edit(post, message.id, "On Sundays.")

    assert await reads_now(fake, message) == "Garage hours?\n\nOn Sundays."


@pytest.mark.parametrize("handle", ["reply", "beside:17"])
async def test_what_was_asked_with_a_command_stands_nowhere_and_stays(fake: FakeDiscord, handle: str) -> None:
    message = replace(await kept(fake), id="18", handle=handle)
    assert await reads_now(fake, message) == message.text


async def test_what_discord_does_not_show_stays_as_it_was_kept(fake: FakeDiscord) -> None:
    message = await kept(fake)
    fake.fail("GET", "/channels/*/messages/*", status=403, code=50001)
    assert await reads_now(fake, message) == message.text


async def test_a_session_that_goes_on_is_no_break_and_another_one_is(side: Side) -> None:
    heard = side.channel.heard
    assert heard.listening
    heard._since -= 60.0
    since = heard._since
    await side.asked("first")
    await side.fake.disconnect(how="close", code=4000)
    await side.fake.user_message(side.fake.general, side.fake.alice, f"<@{side.fake.bot}> second")
    await side.until(lambda: "second" in side.notes.texts)
    await side.until(lambda: heard.listening)
    assert heard._since == since
    side.fake.refuse_sockets(1)
    await side.fake.disconnect(how="invalid")
    await side.until(lambda: heard.listening and heard._since > since)
