"""Messages as Discord's documentation shows them (tests/payloads/discord), and what they mean for us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.discord.reading import place_of, read
from engine.types import Addressed, Conversation, File, Message

PAYLOADS = Path(__file__).parent.parent / "payloads" / "discord"
BOT, ALICE = 1100000000000000001, "1100000000000000002"
GUILD, GENERAL, FORUM = "1200000000000000000", "1300000000000000001", "1300000000000000002"
THREAD, POST, DIRECT = "1400000000000000001", "1400000000000000002", "1300000000000000009"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def reading(name: str, *, opens_post: bool = False, programs: tuple[str, ...] = (), **more: Any) -> Message | None:
    """The library's own parsing, without a connection."""
    client = discord.Client(intents=discord.Intents(guilds=True, guild_messages=True, message_content=True))
    state = client._connection
    state.user = discord.ClientUser(state=state, data=payload("own")["author"])
    state._add_guild_from_data(payload("server"))
    data = payload(name) | more
    channel, _ = state._get_guild_channel(data)
    message = discord.Message(state=state, channel=channel, data=data)
    return read(message, place_of(channel, GUILD), BOT, opens_post=opens_post, programs=programs)


def test_a_mention_will_be_answered_in_a_thread_on_it():
    message = reading("mention")
    assert message.text == "How long are certificates valid?"
    assert message.author == ALICE
    assert message.addressed is Addressed.MENTION
    assert message.conversation == Conversation("discord", GUILD, GENERAL, message.id)
    assert message.key == f"discord:{message.id}"
    assert not message.mentions_others


def test_ids_become_names():
    message = reading("mention_in_the_middle")
    assert message.text == "hey can you tell @Bob about #general :party:?"
    assert message.mentions_others


def test_the_bots_own_role_is_the_bot():
    """Discord makes a role of the same name, and people pick that one."""
    message = reading("mention_of_its_role")
    assert (message.text, message.addressed, message.mentions_others) == ("How long?", Addressed.MENTION, False)


@pytest.mark.parametrize(
    "name",
    [
        "chatter",
        "mention_of_another_role",
        "own",
        "other_bot",
        "webhook",
        "pinned",
        "joined",
        "thread_started",
    ],
)
def test_what_is_none_of_our_business(name):
    assert reading(name) is None


def test_everyone_is_somebody_else():
    assert reading("mention_of_everyone").mentions_others


def test_talk_in_a_thread_is_handed_on_as_such():
    message = reading("in_thread")
    assert message.addressed is Addressed.THREAD
    assert message.conversation == Conversation("discord", GUILD, GENERAL, THREAD)
    assert not message.mentions_others


@pytest.mark.parametrize("name", ["in_thread_to_bob", "reply_to_bob"])
def test_talk_to_somebody_in_a_thread_says_so(name):
    assert reading(name).mentions_others


def test_a_direct_message():
    message = reading("direct")
    assert message.addressed is Addressed.DIRECT
    assert message.conversation == Conversation("discord", GUILD, DIRECT)


def test_a_forum_post_begins_with_its_title_and_goes_on_as_a_thread():
    first, later = reading("forum_post", opens_post=True), reading("forum_later")
    assert first.text == "Garage hours?\n\nI could not find them."
    assert first.addressed is Addressed.FORUM
    assert first.conversation == later.conversation == Conversation("discord", GUILD, FORUM, POST)
    assert later.addressed is Addressed.THREAD


def test_code_stays_as_it_was_typed():
    assert reading("code").text == "why does this fail?\n```py\nif  x:  # <@1100000000000000003>\n    pass\n```"


def test_a_commands_name_is_kept():
    assert reading("slash_and_time").text == "what does /kb list do?"


def test_a_mention_alone_is_an_empty_question():
    message = reading("only_a_mention")
    assert (message.text, message.addressed) == ("", Addressed.MENTION)


def test_files_come_with_their_address():
    (file,) = reading("file").files
    assert file == File("leave.pdf", "https://cdn.discordapp.com/attachments/1/2/leave.pdf?ex=1", 1234)


def test_a_message_survives_the_database():
    for name in ("mention", "direct", "file", "in_thread"):
        assert Message.from_json(reading(name).as_json()) == reading(name)


def test_another_bot_or_a_webhook_is_heard_where_the_settings_name_it_and_it_names_us():
    for name in ("webhook", "other_bot"):
        said = payload(name)
        its = str(said.get("webhook_id") or said["author"]["id"])
        assert reading(name) is None
        assert reading(name, programs=("1",)) is None
        message = reading(name, programs=(its,), mentions=payload("webhook")["mentions"])
        assert (message.program, message.addressed) == (True, Addressed.MENTION)
        assert reading(name, programs=(its,), mentions=[]) is None
    assert reading("own", programs=(str(BOT),)) is None
