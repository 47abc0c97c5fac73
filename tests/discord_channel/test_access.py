"""Who can read a reply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import Refused, Unavailable
from engine.types import Addressed, Audience, Conversation, Message
from tests.discord_channel.conftest import Side, connected
from tests.stand_ins.fake_discord import PERM, FakeDiscord


def hide(fake: FakeDiscord, channel: str, *may_see: str) -> None:
    """Nobody but these people (and the bot) sees the channel."""
    view = str(PERM["view_channel"])
    fake.channels[channel]["permission_overwrites"] = [
        {"id": fake.guild_id, "type": 0, "allow": "0", "deny": view},
        *({"id": person, "type": 1, "allow": view, "deny": "0"} for person in (*may_see, fake.bot)),
    ]


def direct(fake: FakeDiscord, person: str, workspace: str = "") -> Message:
    conversation = Conversation("discord", workspace or fake.guild_id, fake._dm(person)["id"])
    return Message("1", conversation, person, "?", Addressed.DIRECT)


def lookups(fake: FakeDiscord) -> int:
    return len([e for e in fake.transcript if e["kind"] == "rest" and "/members/" in e["path"]])


async def test_in_a_channel_everybody_of_the_server_reads_along(side: Side) -> None:
    question = await side.asked("How long?")
    here = await side.channel.audience(question)
    assert here == Audience.of(side.fake.guild_id, "workspace", f"room:{side.fake.general}")


async def test_in_a_thread_the_rooms_documents_may_be_used(side: Side) -> None:
    thread = await side.fake.user_thread(side.fake.general, side.fake.snowflake(), side.fake.alice, "x")
    question = await side.asked("How long?", room=thread["id"])
    assert f"room:{side.fake.general}" in (await side.channel.audience(question)).grants


async def test_a_direct_message_may_use_what_the_person_sees_now(fake: FakeDiscord) -> None:
    board = fake.add_channel("board")["id"]
    hide(fake, board, fake.bob)
    carol = fake.add_user("carol")["id"]
    fake.add_member(carol)
    async with connected(fake) as side:
        bobs = (await side.channel.audience(direct(fake, fake.bob))).grants
        carols = (await side.channel.audience(direct(fake, carol))).grants
    assert bobs >= {"public", "workspace", f"user:{fake.bob}", f"room:{board}", f"room:{fake.general}"}
    assert carols >= {"public", "workspace", f"user:{carol}", f"room:{fake.general}"}
    assert f"room:{board}" not in carols


async def test_who_has_left_the_server_is_told_only_what_is_public(side: Side) -> None:
    message = direct(side.fake, side.fake.bob)
    assert "workspace" in (await side.channel.audience(message)).grants
    del side.fake.members[side.fake.bob]
    assert "workspace" in (await side.channel.audience(message, max_age_s=60)).grants
    assert (await side.channel.audience(message, max_age_s=0)).grants == {"public"}


async def test_people_are_looked_up_once_a_minute(side: Side) -> None:
    for _ in range(5):
        await side.channel.audience(direct(side.fake, side.fake.bob))
    assert lookups(side.fake) == 1
    await side.channel.audience(direct(side.fake, side.fake.bob), max_age_s=0)
    assert lookups(side.fake) == 2


async def test_a_lookup_that_fails_is_not_taken_for_an_answer(side: Side) -> None:
    side.fake.fail("GET", "/guilds/*/members/*", status=503)
    with pytest.raises(Unavailable):
        await side.channel.audience(direct(side.fake, side.fake.bob))
    assert "workspace" in (await side.channel.audience(direct(side.fake, side.fake.bob))).grants


async def test_who_was_invited_to_one_voice_channel_only_is_no_member(side: Side) -> None:
    side.fake.members[side.fake.bob]["flags"] = 1 << 4
    grants = (await side.channel.audience(direct(side.fake, side.fake.bob))).grants
    assert "workspace" not in grants
    assert f"user:{side.fake.bob}" not in grants


async def test_beside_a_voice_channel_such_guests_read_along(fake: FakeDiscord) -> None:
    voice = fake.add_channel("standup", kind=2)["id"]
    fake.channels[voice].update(bitrate=64_000, user_limit=0, rtc_region=None)
    async with connected(fake) as side:
        question = await side.asked("How long?", room=voice)
        assert (await side.channel.audience(question)).grants == {"public", f"room:{voice}"}
        assert question.conversation.thread == ""


async def test_in_a_server_that_strangers_can_look_into_only_hidden_channels_are_the_workspaces(
    pointed: None,
) -> None:
    class Discoverable(FakeDiscord):
        def _guild(self, intents: int) -> dict:
            return super()._guild(intents) | {"features": ["DISCOVERABLE"]}

    async with Discoverable() as fake:
        board = fake.add_channel("board")["id"]
        hide(fake, board, fake.alice)
        async with connected(fake) as side:
            open_room = await side.asked("How long?")
            hidden_room = await side.asked("How long?", room=board)
            assert (await side.channel.audience(open_room)).grants == {"public", f"room:{fake.general}"}
            assert (await side.channel.audience(hidden_room)).grants == {"public", "workspace", f"room:{board}"}


async def test_a_change_of_rights_counts_at_once(fake: FakeDiscord) -> None:
    board = fake.add_channel("board")["id"]
    async with connected(fake) as side:
        assert f"room:{board}" in (await side.channel.audience(direct(fake, fake.bob))).grants
        hide(fake, board, fake.alice)
        fake._emit("CHANNEL_UPDATE", fake._public(fake.channels[board]), 1)
        await side.quiet()
        assert f"room:{board}" not in (await side.channel.audience(direct(fake, fake.bob))).grants


async def test_a_room_that_is_gone_is_refused(side: Side) -> None:
    question = await side.asked("How long?")
    gone = replace(question, conversation=replace(question.conversation, room=side.fake.snowflake()))
    with pytest.raises(Refused, match="gone"):
        await side.channel.audience(gone)


async def test_under_one_name_membership_still_counts(fake: FakeDiscord) -> None:
    stranger = fake.add_user("stranger")["id"]
    async with connected(fake, workspace="acme") as side:
        assert (await side.channel.audience(direct(fake, stranger, "acme"))).grants == {"public"}
        bobs = await side.channel.audience(direct(fake, fake.bob, "acme"))
    assert bobs.workspace == "acme"
    assert "workspace" in bobs.grants
