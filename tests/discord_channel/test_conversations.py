"""People talk in Discord; what the desk is given."""

from __future__ import annotations

import asyncio

from engine.types import Addressed, Conversation
from tests.discord_channel.conftest import Side, answered, connected
from tests.stand_ins.fake_discord import FakeDiscord


async def test_a_mention_becomes_a_question_whose_conversation_is_the_thread_to_come(side: Side) -> None:
    question = await side.asked("How long are certificates valid?")
    assert question.text == "How long are certificates valid?"
    assert question.addressed is Addressed.MENTION
    assert question.author == side.fake.alice
    assert question.conversation == Conversation("discord", side.fake.guild_id, side.fake.general, question.id)
    assert not question.mentions_others


async def test_a_follow_up_in_the_thread_has_the_same_conversation(side: Side) -> None:
    question = await side.asked("How long are certificates valid?")
    await side.answer(question, "For 90 days. [1]")
    follow_up = await side.asked("And for servers?", room=question.id, mention=False, user=side.fake.bob)
    assert follow_up.conversation == question.conversation
    assert follow_up.addressed is Addressed.THREAD


async def test_talk_between_people_is_not_handed_on(side: Side) -> None:
    await side.fake.user_message(side.fake.general, side.fake.alice, "Lunch?")
    await side.quiet()
    assert side.notes.messages == []


async def test_a_message_to_somebody_else_says_so(side: Side) -> None:
    message = await side.asked(f"and <@{side.fake.bob}>, please look")
    assert message.mentions_others
    assert message.text == "and @Bob, please look"


async def test_a_direct_message_needs_no_mention(side: Side) -> None:
    sent = await side.fake.user_dm(side.fake.alice, "Where is the printer?")
    message = await side.kept(sent["id"])
    assert message.addressed is Addressed.DIRECT
    assert message.conversation == Conversation("discord", side.fake.guild_id, sent["channel"])


async def test_its_own_messages_and_those_of_other_bots_are_ignored(side: Side) -> None:
    other = side.fake.add_user("otherbot", bot=True)["id"]
    side.fake.add_member(other)
    await side.fake.user_message(side.fake.general, other, f"<@{side.fake.bot}> hello, colleague")
    await side.channel.tell(side.fake.general, f"I am <@{side.fake.bot}>")
    await side.quiet()
    assert side.notes.messages == []


async def test_a_new_post_in_a_forum_is_answered_without_a_mention_and_its_title_belongs_to_it(side: Side) -> None:
    forum = side.fake.add_channel("help", kind=15)["id"]
    post = (await side.fake.user_thread(forum, side.fake.snowflake(), side.fake.alice, "Garage hours?"))["id"]
    first = await side.asked("I could not find them.", room=post, mention=False)
    assert first.addressed is Addressed.FORUM
    assert first.text == "Garage hours?\n\nI could not find them."
    assert first.conversation == Conversation("discord", side.fake.guild_id, forum, post)
    second = await side.asked("Anybody?", room=post, mention=False)
    assert second.addressed is Addressed.THREAD
    await side.answer(first, "Until ten.")
    assert side.shown(post) == ["Until ten."]


async def test_with_forums_in_the_settings_others_are_left_alone(fake: FakeDiscord) -> None:
    looked_after = fake.add_channel("help", kind=15)["id"]
    other = fake.add_channel("show-and-tell", kind=15)["id"]
    async with connected(fake, forums=[looked_after]) as side:
        kinds = []
        for forum in (looked_after, other):
            post = (await fake.user_thread(forum, fake.snowflake(), fake.alice, "Look"))["id"]
            kinds.append((await side.asked("What is this?", room=post, mention=False)).addressed)
    assert kinds == [Addressed.FORUM, Addressed.THREAD]


async def test_a_changed_question_is_told_and_a_deleted_one_too(side: Side) -> None:
    question = await side.asked("How log?")
    await side.fake.user_edit(side.fake.general, question.id, f"<@{side.fake.bot}> How long?")
    await side.until(lambda: side.notes.edits)
    assert side.notes.edits == [(question.id, "How long?")]
    await side.fake.user_delete(side.fake.general, question.id)
    await side.until(lambda: side.notes.deletions)
    assert side.notes.deletions == [question.id]


async def test_our_own_edits_are_not_taken_for_changed_questions(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, "For 90 days.", " Then they end.")
    await side.quiet()
    assert side.notes.edits == []


async def test_what_cannot_be_kept_is_tried_again_in_order(side: Side) -> None:
    """The gateway cannot be told that an event was not kept."""
    side.notes.down = True
    for text in ("first", "second", "third"):
        await side.fake.user_message(side.fake.general, side.fake.alice, f"<@{side.fake.bot}> {text}")
    await side.until(lambda: side.notes.tries >= 2)
    assert side.notes.texts == []
    side.notes.down = False
    await side.until(lambda: len(side.notes.messages) == 3)
    assert side.notes.texts == ["first", "second", "third"]


async def test_files_are_named_with_their_address(side: Side) -> None:
    sent = await side.fake.user_dm(side.fake.alice, "Read this", files=[{"filename": "a.txt", "content": "inside"}])
    (file,) = (await side.kept(sent["id"])).files
    assert (file.name, file.size) == ("a.txt", 6)
    assert file.url.startswith(side.fake.url)


async def test_one_name_for_the_workspace_holds_everywhere(fake: FakeDiscord) -> None:
    async with connected(fake, workspace="acme") as side:
        question = await side.asked("How long?")
        direct = await side.kept((await fake.user_dm(fake.bob, "Where?"))["id"])
        assert {question.conversation.workspace, direct.conversation.workspace} == {"acme"}


async def test_somebody_sees_that_the_question_is_being_worked_on(side: Side) -> None:
    await side.asked("How long?")
    await side.until(lambda: side.fake.typing)
    assert {t["channel"] for t in side.fake.typing} == {side.fake.general}


async def test_what_has_arrived_is_kept_before_it_ends(side: Side) -> None:
    side.notes.down = True
    await side.fake.user_message(side.fake.general, side.fake.alice, f"<@{side.fake.bot}> a last one")
    await side.until(lambda: side.notes.tries)
    side.running.cancel()
    await asyncio.sleep(0)
    side.notes.down = False
    await asyncio.wait({side.running})
    assert side.notes.texts == ["a last one"]
    assert not side.fake._sessions or all(s.ws is None or s.ws.closed for s in side.fake._sessions.values())


async def test_a_last_answer_can_be_sent_after_the_intake_has_ended(side: Side) -> None:
    question = await side.asked("How long?")
    side.running.cancel()
    await asyncio.wait({side.running})
    await side.answer(question, reply=answered("For 90 days."))
    assert side.shown(question.id) == ["For 90 days."]
