"""Where answers stand: in threads or beside the question, in a forum's post, in several servers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import Refused
from engine.types import Addressed, Conversation, Reply
from tests.discord_channel.conftest import Side, answered, connected
from tests.stand_ins.fake_discord import PERM, FakeDiscord


async def test_without_threads_in_the_settings_an_answer_is_a_reply_beside_its_question(fake: FakeDiscord) -> None:
    async with connected(fake, threads=False) as side:
        first, second = await side.asked("How long?"), await side.asked("And where?")
        assert {m.conversation.thread for m in (first, second)} == {first.id, second.id}
        await side.answer(first, reply=answered("For 90 days."))
        (message,) = fake.messages(fake.general, from_bot=True)
        assert (message["content"], message["message_reference"]["message_id"]) == ("For 90 days.", first.id)
        assert first.id not in fake.channels
        assert (await side.channel.link(first)).endswith(f"/{fake.general}/{first.id}")


@pytest.mark.parametrize("right", ["create_threads", "send_in_threads"])
async def test_where_the_bot_may_not_there_are_no_threads(side: Side, right: str) -> None:
    """Told by the rights in each server and channel: nothing is tried and refused."""
    room = side.fake.add_channel("announcements", deny=PERM[right])["id"]
    question = await side.asked("How long?", room=room)
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(room) == ["For 90 days."]
    assert not side.calls("POST", "/threads")
    elsewhere = await side.asked("How long?")
    await side.answer(elsewhere, reply=answered("For 90 days."), key="8")
    assert side.shown(elsewhere.id) == ["For 90 days."]


async def test_a_reply_to_an_answer_goes_on_with_its_conversation(fake: FakeDiscord) -> None:
    """Also the one after it, and without naming the bot: Discord lets people reply without a ping."""
    async with connected(fake, threads=False) as side:
        first = await side.asked("How long?")
        await side.answer(first, reply=answered("For 90 days."))
        (answer,) = fake.messages(fake.general, from_bot=True)
        shown = fake._wire(answer)
        said = {**shown, "id": fake.snowflake(), "author": fake._user(fake.bob), "content": "And for servers?",
                "type": 19, "mentions": [], "components": [], "referenced_message": shown,
                "message_reference": {"message_id": answer["id"], "channel_id": fake.general}}  # fmt: skip
        fake._emit("MESSAGE_CREATE", said, 1 << 9)
        second = await side.kept(said["id"])
        assert (second.conversation, second.addressed) == (first.conversation, Addressed.THREAD)
        await side.answer(second, reply=answered("A year."), key="8")
        last = fake.messages(fake.general, from_bot=True)[-1]
        assert last["content"] == "A year."
        # The stand-in knows no message that it did not send itself.
        last["message_reference"] = {"message_id": second.id, "channel_id": fake.general}
        sent = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> Why?", reply_to=last["id"])
        third = await side.kept(sent["id"])
        assert (third.conversation, third.addressed) == (first.conversation, Addressed.MENTION)


async def test_a_reply_to_a_person_is_talk_between_people(fake: FakeDiscord) -> None:
    async with connected(fake, threads=False) as side:
        lunch = await fake.user_message(fake.general, fake.alice, "Lunch?")
        await fake.user_message(fake.general, fake.bob, "Gladly.", reply_to=lunch["id"])
        await side.quiet()
        assert side.notes.messages == []


async def test_below_an_answer_in_a_post_it_can_be_said_that_it_is_solved(side: Side) -> None:
    forum = side.fake.add_channel("help", kind=15)["id"]
    post = (await side.fake.user_thread(forum, side.fake.snowflake(), side.fake.alice, "Garage hours?"))["id"]
    question = await side.asked("I could not find them.", room=post, mention=False)
    await side.answer(question, reply=Reply.hand_off("nothing found", text="已转给同事。", language="zh"))
    (message,) = side.fake.messages(post, from_bot=True)
    (button,) = message["components"][0]["components"]
    assert (button["label"], button["custom_id"]) == ("已解决", "fd:post.solved:7")
    await side.fake.click(post, message["id"], side.fake.alice, "fd:post.solved:7")
    press = await side.until(lambda: side.notes.presses and side.notes.presses[0])
    assert (press.action, press.value, press.conversation) == ("post.solved", "7", question.conversation)


async def test_the_tag_needs_a_right_and_a_place(side: Side) -> None:
    """Five tags are the most that a post can have."""
    fake = side.fake
    forum = fake.add_channel("help", kind=15, tags=("a", "b", "c", "d", "e", "Resolved"))
    post = (await fake.user_thread(forum["id"], fake.snowflake(), fake.alice, "Garage hours?"))["id"]
    question = await side.asked("I could not find them.", room=post, mention=False)
    with pytest.raises(Refused, match="may not do this"):
        await side.channel.solved(question)
    fake.channels[post]["owner_id"] = fake.bot  # as if it had the right
    fake.channels[post]["applied_tags"] = [t["id"] for t in forum["available_tags"][:5]]
    fake._emit("THREAD_UPDATE", fake._public(fake.channels[post]), 1)
    await side.quiet()
    assert await side.channel.solved(question)
    names = {t["id"]: t["name"] for t in forum["available_tags"]}
    assert [names[t] for t in fake.channels[post]["applied_tags"]] == ["a", "b", "c", "d", "Resolved"]
    elsewhere = Conversation("discord", fake.guild_id, fake.general)
    assert not await side.channel.solved(replace(question, conversation=elsewhere))


async def test_a_post_that_is_deleted_takes_its_question_along(side: Side) -> None:
    fake = side.fake
    forum = fake.add_channel("help", kind=15)["id"]
    post = (await fake.user_thread(forum, fake.snowflake(), fake.alice, "Garage hours?"))["id"]
    question = await side.asked("How long?")
    gone = {"guild_id": fake.guild_id, "type": 11}
    fake._emit("THREAD_DELETE", {**gone, "id": question.id, "parent_id": fake.general}, 1)
    fake._emit("THREAD_DELETE", {**gone, "id": post, "parent_id": forum}, 1)
    await side.until(lambda: side.notes.deletions)
    assert side.notes.deletions == [post]  # a thread's first message stands in its channel, and stays


async def test_each_server_is_a_workspace_of_its_own(side: Side) -> None:
    """A direct message belongs to the oldest server that the person shares with the bot."""
    fake = side.fake
    other, room = fake.snowflake(), fake.snowflake()
    channel = {**fake._public(fake.channels[fake.general]), "id": room, "guild_id": other}
    guild = {**fake._guild((1 << 17) - 1), "id": other, "channels": [channel], "threads": []}
    guild["roles"] = [{**guild["roles"][0], "id": other}, *guild["roles"][1:]]
    fake._emit("GUILD_CREATE", guild, 1)
    here = await side.asked("How long?")
    said = {**fake._wire(fake.message(fake.general, here.id)), "id": fake.snowflake(), "guild_id": other}
    fake._emit("MESSAGE_CREATE", {**said, "channel_id": room}, 1 << 9)
    there = await side.kept(said["id"])
    assert (here.conversation.workspace, there.conversation.workspace) == (fake.guild_id, other)
    assert there.conversation.room == room
    grants = (await side.channel.audience(there)).grants
    assert f"room:{room}" in grants
    assert f"room:{fake.general}" not in grants
    assert (await side.channel.audience(there)).workspace == other


async def test_a_question_in_a_server_that_is_not_there_yet_is_kept_all_the_same(side: Side) -> None:
    """Discord sends servers one by one, and messages in between."""
    fake = side.fake
    fake._emit("GUILD_DELETE", {"id": fake.guild_id}, 1)  # it is as unknown as before it was sent
    question = await side.asked("How long?")
    assert question.handle == f"thread:{question.id}"
