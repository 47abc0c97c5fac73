"""Connections break: nothing is lost, and nothing is asked for twice."""

from __future__ import annotations

import asyncio

import pytest

from engine.errors import SettingsError
from tests.discord_channel.conftest import Notes, Side, connected, settings
from tests.stand_ins.fake_discord import PRIVILEGED, FakeDiscord


@pytest.mark.parametrize("how", ["abort", "close", "reconnect", "invalid_resumable"])
async def test_what_is_said_while_the_socket_is_down_is_replayed(side: Side, how: str) -> None:
    await side.asked("first")
    await side.fake.disconnect(how=how, code=4000)
    await side.fake.user_message(side.fake.general, side.fake.alice, f"<@{side.fake.bot}> second")
    await side.until(lambda: len(side.notes.messages) == 2, 30)
    assert side.notes.texts == ["first", "second"]


async def test_after_a_session_that_is_gone_for_good_the_gap_is_read_from_history(side: Side) -> None:
    """A channel, a thread, a new thread, a direct message; edits of ours are no questions."""
    fake = side.fake
    quiet = fake.add_channel("quiet")["id"]
    direct = (await fake.user_dm(fake.alice, "direct one"))["channel"]
    first = await side.asked("first")
    await side.answer(first, "An answer.")
    fake.refuse_sockets(1)
    await fake.disconnect(how="invalid")
    await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> in a channel")
    await fake.user_message(quiet, fake.alice, f"<@{fake.bot}> in a quiet channel")
    await fake.user_message(quiet, fake.alice, "talk")
    await fake.user_message(first.id, fake.bob, "in a thread")
    thread = (await fake.user_thread(quiet, fake.snowflake(), fake.bob, "new"))["id"]
    await fake.user_message(thread, fake.bob, f"<@{fake.bot}> in a new thread")
    await fake.user_message(direct, fake.alice, "direct two")
    await side.until(lambda: len(side.notes.messages) == 7, 30)
    said = {"in a channel", "in a quiet channel", "in a thread", "in a new thread", "direct two"}
    assert set(side.notes.texts) == said | {"direct one", "first"}


async def test_a_resume_address_that_is_dead_does_not_keep_it_deaf(side: Side) -> None:
    """After some failures it goes back to the front door."""
    await side.asked("first")
    client = side.channel._connection.client
    client.ws.gateway = client.ws.gateway.with_port(9)  # nobody listens there
    await side.fake.disconnect(how="abort")
    await side.fake.user_message(side.fake.general, side.fake.alice, f"<@{side.fake.bot}> second")
    await side.until(lambda: len(side.notes.messages) == 2, 60)


async def test_it_starts_although_the_gateway_is_not_there_yet(fake: FakeDiscord) -> None:
    fake.refuse_sockets(1)
    async with connected(fake) as side:
        await side.asked("How long?")


async def test_it_starts_although_the_api_is_not_there_yet(fake: FakeDiscord) -> None:
    fake.fail("GET", "/users/@me", status=503)
    fake.fail("GET", "/applications/*/commands", status=503)
    async with connected(fake) as side:
        await side.asked("How long?")


async def test_without_a_gateway_in_the_settings_the_api_names_it(fake: FakeDiscord) -> None:
    async with connected(fake, gateway_url="") as side:
        await side.asked("How long?")


async def test_a_wrong_token_ends_it_with_where_to_find_the_right_one(fake: FakeDiscord) -> None:
    channel = settings(fake, token="wrong")
    with pytest.raises(SettingsError, match="Reset Token") as caught:
        await channel.run(Notes(), lambda: None)
    assert "wrong" not in str(caught.value)
    await channel.close()


async def test_a_missing_intent_ends_it_with_where_to_switch_it_on(pointed: None) -> None:
    async with FakeDiscord(approved_intents=PRIVILEGED & ~(1 << 15)) as fake:
        channel = settings(fake)
        with pytest.raises(SettingsError, match="Message Content Intent"):
            await channel.run(Notes(), lambda: None)
        await channel.close()


async def test_it_can_be_stopped_while_it_still_tries_to_connect(fake: FakeDiscord) -> None:
    fake.fail("GET", "/users/@me", times=99, status=503)
    channel = settings(fake)
    running = asyncio.create_task(channel.run(Notes(), lambda: None))
    await fake.wait_for(lambda: [e for e in fake.transcript if e["kind"] == "fault"], 60)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await channel.close()


async def test_too_much_at_once_is_made_up_for_from_history(side: Side) -> None:
    """While the database is away, only so many events wait in memory."""
    connection = side.channel._connection
    assert connection.client.events is not None
    connection.client.events._intake._limit = 3
    side.notes.down = True
    for n in range(8):
        await side.fake.user_message(side.fake.general, side.fake.alice, f"<@{side.fake.bot}> number {n}")
    await side.until(lambda: side.notes.tries)
    await side.until(lambda: connection.client.events is not None and connection.client.events._missed)
    side.notes.down = False
    await side.until(lambda: len(side.notes.messages) == 8)
    assert side.notes.texts == [f"number {n}" for n in range(8)]
