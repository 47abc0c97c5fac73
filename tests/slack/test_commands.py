"""`/frontdesk` and the buttons below an answer."""

import asyncio

import pytest

from bot.channel import Notice
from engine.types import Addressed, Conversation
from tests.slack.desk import TOWN, answered, shown

ROOM, ALICE, BOB = "C0GENERAL", "U0ALICE", "U0BOB"


async def command(desk, text, *, user=ALICE, room=ROOM, private=1):
    before = len(desk.fake.ephemerals)
    result = await desk.fake.slash_command(room, user, "/frontdesk", text)
    assert result["ok"]
    await desk.fake.wait_for(lambda: len(desk.fake.ephemerals) >= before + private)
    return desk.fake.ephemerals[before:]


async def test_a_question_by_command_is_shown_to_all_and_begins_a_thread(desk):
    await command(desk, "ask May I bring <!here> & <https://evil.example.net|my dog>?", private=0)
    message = await desk.message()
    await desk.answer(message, answered("Dogs are welcome. [1]", TOWN))

    asked, reply = desk.fake.messages(ROOM, from_bot=True)
    assert message.addressed is Addressed.COMMAND
    assert (message.command, message.author) == ("ask", ALICE)
    assert message.conversation.thread == asked["ts"] == reply["thread_ts"]
    assert message.id == f"T0TEAM:{ROOM}:{asked['ts']}"
    assert {"type": "user", "user_id": ALICE} in asked["blocks"][0]["elements"][0]["elements"]
    assert '"link"' not in str(asked["blocks"]).replace("'", '"')


async def test_the_same_command_delivered_again_asks_once(desk):
    await command(desk, "ask May I bring my dog?", private=0)
    await desk.message()
    payload = next(e["payload"] for e in desk.fake.transcript if e.get("delivery") == "slash_commands")
    await desk.fake._deliver("slash_commands", payload)
    await desk.fake.wait_for(lambda: len(desk.heard) == 2)

    assert len(desk.kept) == 1
    assert len(desk.fake.messages(ROOM, from_bot=True)) == 1


@pytest.mark.tolerates("channel_not_found")
async def test_a_question_by_command_where_the_bot_is_not_gets_words(desk):
    desk.fake.add_channel("G0CLOSED", "closed", kind="group", members=[ALICE])
    [said] = await command(desk, "ask May I bring my dog?", room="G0CLOSED")

    assert "invite" in said["text"]
    assert desk.kept == {}


async def test_a_question_by_command_that_slack_does_not_take_in_time_comes_late(desk):
    desk.fake.fail("chat.postMessage", delay=3.0)
    await command(desk, "ask May I bring my dog?", private=0)
    assert desk.kept == {}

    assert (await desk.message()).text == "May I bring my dog?"


@pytest.mark.tolerates("user sees: ")
async def test_a_question_by_command_that_is_not_kept_is_not_acknowledged(desk):
    desk.broken = 1
    assert not (await desk.fake.slash_command(ROOM, ALICE, "/frontdesk", "ask May I bring my dog?"))["ok"]


async def test_asking_nothing_gets_an_example(desk):
    [said] = await command(desk, "ask")
    assert "/frontdesk ask" in said["text"]


async def test_other_commands_are_answered_to_that_person_alone(desk):
    desk.says = "**Two** documents:\n\n* keys.md\n* <!channel>"
    [said] = await command(desk, "kb list  all")

    [heard] = desk.commands
    assert (heard.name, heard.text, heard.person) == ("kb list", "all", ALICE)
    assert heard.conversation == Conversation("slack", "T0TEAM", ROOM)
    assert said["user"] == ALICE
    assert "keys.md" in shown(said)
    assert desk.fake.messages(ROOM, from_bot=True) == []


async def test_who_is_an_admin_is_said_by_name(desk):
    desk.channel.admins = [BOB]
    assert await desk.channel.who_is_admin() == ("@bob", "the admins of this Slack workspace")


async def test_a_command_that_takes_long_is_acknowledged_at_once(desk):
    async def slowly(heard):
        await asyncio.sleep(3.5)
        return Notice("Loaded.")

    desk.command = slowly
    [said] = await command(desk, "kb sync")

    assert said["text"] == "Loaded."


async def test_a_command_that_fails_says_so_in_plain_words(desk):
    async def failing(heard):
        raise RuntimeError("no such table: events")

    desk.command = failing
    [said] = await command(desk, "why")

    assert said["text"] == "That did not work. Please try it again in a minute."


async def test_a_button_is_told_with_its_answer_and_thanked_for_in_private(desk):
    await desk.fake.user_message(ROOM, ALICE, "<@U0BOT> may I bring my dog?")
    message = await desk.message()
    await desk.answer(message, answered("Dogs are welcome. [1]", TOWN))
    [reply] = desk.thread(message)
    for action in ("fd_helpful", "fd_not_helpful", "fd_person"):
        assert (await desk.fake.click(ROOM, reply["ts"], BOB, action))["ok"]
    await desk.fake.wait_for(lambda: len(desk.fake.ephemerals) == 3)

    assert [p.action for p in desk.presses] == ["helpful", "not_helpful", "person"]
    assert {(p.value, p.person, p.conversation) for p in desk.presses} == {(message.key, BOB, message.conversation)}
    assert {e["thread_ts"] for e in desk.fake.ephemerals} == {message.conversation.thread}
    assert len(desk.thread(message)) == 1
