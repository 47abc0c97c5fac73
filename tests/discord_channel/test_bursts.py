"""Many interactions at once, and interactions under way when the bot stops."""

from __future__ import annotations

import asyncio

from tests.discord_channel.conftest import Side


async def test_everybody_is_acknowledged_before_the_first_one_is_worked_on(side: Side) -> None:
    fake = side.fake
    fake.fail("POST", "/interactions/*/callback", times=1, delay=1.0)
    slow = asyncio.create_task(fake.slash_command(fake.general, fake.alice, "ask", {"question": "How long?"}))
    await side.until(lambda: [e for e in fake.transcript if e["kind"] == "fault"])
    await fake.slash_command(fake.general, fake.bob, "ask", {"question": "How far?"})  # acknowledged at once
    await slow
    await side.until(lambda: len(side.notes.messages) == 2)
    await side.until(lambda: sum(e.get("how") == "edit_response" for e in fake.transcript) == 2)

    shown = [e["how"] for e in fake.transcript if e.get("how") in ("defer", "edit_response")]
    assert shown == ["defer", "defer", "edit_response", "edit_response"]


async def test_who_was_acknowledged_is_worked_on_before_the_bot_stops(side: Side) -> None:
    fake, go_on = side.fake, asyncio.Event()
    side.notes.slow = go_on
    used = await fake.slash_command(fake.general, fake.bob, "ask", {"question": "How long?"})
    await side.until(lambda: side.notes.tries)
    side.running.cancel()
    await side.until(lambda: not any(s.ws for s in fake._sessions.values()))
    go_on.set()
    await asyncio.wait({side.running})

    assert side.notes.texts == ["How long?"]
    assert "How long?" in fake.outcome(used["token"])["original"]["content"]
