"""A bot in very many servers has several gateway sessions, each for its share of them."""

from __future__ import annotations

from tests.discord_channel.conftest import connected, settings
from tests.stand_ins.fake_discord import FakeDiscord


async def test_as_many_sessions_are_opened_as_discord_wants(fake: FakeDiscord) -> None:
    """Servers and direct messages come through different ones; one that ends for good is made up for."""
    fake.shards = 2
    shard = fake._shard_of(fake.guild_id)
    async with connected(fake) as side:
        question = await side.asked("How long?")
        await side.answer(question, "For 90 days.", " Then they end.")
        direct = await fake.user_dm(fake.alice, "Where?")
        await side.kept(direct["id"])
        assert sorted(s.shard for s in fake._sessions.values()) == list(range(fake.shards))
        (session,) = [s for s in fake._sessions.values() if s.shard == shard]
        await fake._frame(session.ws, session.zlib, {"op": 9, "d": False, "s": None, "t": None})
        del fake._sessions[session.id]
        await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> unheard")
        await side.until(lambda: "unheard" in side.notes.texts, 90)
        assert sorted(side.notes.texts) == ["How long?", "Where?", "unheard"]
    assert not [s for s in fake._sessions.values() if s.ws and not s.ws.closed]


async def test_doctor_opens_as_many_sessions(fake: FakeDiscord) -> None:
    fake.shards = 2
    channel = settings(fake)
    findings = {f.what: f.works for f in await channel.check()}
    assert findings["Discord gateway, with Message Content Intent"]
    assert findings["Discord server Test Guild"]
    await channel.close()
