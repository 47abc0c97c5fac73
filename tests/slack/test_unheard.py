"""What people change while no socket is open: asked of Slack, since what it sends again may come late or not at all."""

import pytest

from tests.slack.desk import working

ROOM, ALICE, BOB = "C0GENERAL", "U0ALICE", "U0BOB"
pytestmark = pytest.mark.tolerates("event not acknowledged in time")  # nobody is there


async def kept(fake, text="Where are the keys?", **where):
    """A question that is kept, and nobody there any more."""
    async with working(fake) as desk:
        await fake.user_message(ROOM, ALICE, f"<@{fake.bot_user_id}> {text}", **where)
        return await desk.message()


async def reads_now(fake, message):
    async with working(fake) as desk:
        return await desk.channel.reads_now(message)


async def test_an_edited_question_reads_as_it_stands_now(fake):
    message = await kept(fake)
    assert await reads_now(fake, message) == "Where are the keys?"
    await fake.user_edit(ROOM, message.handle, f"<@{fake.bot_user_id}> Where are the <https://a.example|car> keys?")

    assert await reads_now(fake, message) == "Where are the car (https://a.example) keys?"


async def test_one_in_a_thread_is_found_there(fake):
    first = await fake.user_message(ROOM, BOB, "I am late.")
    for n in range(20):
        await fake.user_message(ROOM, BOB, f"talk {n}", thread_ts=first["ts"])
    message = await kept(fake, thread_ts=first["ts"])
    await fake.user_edit(ROOM, message.handle, f"<@{fake.bot_user_id}> Where is Ann?")

    assert await reads_now(fake, message) == "Where is Ann?"


async def test_a_deleted_question_is_gone(fake):
    message = await kept(fake)
    await fake.user_delete(ROOM, message.handle)

    assert await reads_now(fake, message) is None


async def test_one_that_had_replies_leaves_a_stone_and_is_gone_all_the_same(fake):
    message = await kept(fake)
    fake.message(ROOM, message.handle).update(subtype="tombstone", user="USLACKBOT", text="This message was deleted.")

    assert await reads_now(fake, message) is None


async def test_what_slack_does_not_show_stays_as_it_was_kept(fake):
    message = await kept(fake)
    fake.fail("conversations.replies", error="channel_not_found")

    assert await reads_now(fake, message) == message.text


async def test_a_question_by_command_was_posted_by_us_and_stays(fake):
    async with working(fake) as desk:
        await fake.slash_command(ROOM, ALICE, "/frontdesk", "ask Where are the keys?")
        message = await desk.message()

    assert await reads_now(fake, message) == "Where are the keys?"


async def test_a_socket_that_slack_replaces_is_no_break_and_one_that_is_lost_is(desk):
    heard, said = desk.channel.heard, 0
    heard._since -= 60.0
    since = heard._since

    async def listens():
        nonlocal said
        said += 1
        await desk.fake.wait_for(lambda: any(not s.closing for s in desk.fake._sockets), 60)
        await desk.fake.user_dm(ALICE, f"question {said}")
        await desk.message(said)

    await desk.fake.disconnect(grace=5.0)
    await listens()
    assert heard.listening
    assert heard._since == since
    await desk.fake.disconnect(abrupt=True)
    await desk.fake.wait_for(lambda: not heard.listening or heard._since > since, 60)
    await listens()
    assert heard.listening
    assert heard._since > since


async def test_what_slack_tells_late_was_said_before_we_listened(fake):
    message = await kept(fake)
    async with working(fake) as desk:
        assert desk.channel.said_at(message) == float(message.handle)
        assert not desk.channel.heard.all_since(desk.channel.said_at(message))
    assert not desk.channel.heard.listening
