"""What `frontdesk doctor --record` writes down of Discord, replayed into our channel, is heard as the real talk was.

``payloads/recorded/discord-stand-in.jsonl`` was recorded from the stand-in; a file recorded from a real server is put
beside it under any name that begins with ``discord``, and replayed too.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.redacting import Redactor
from tests.discord_channel.conftest import Side, connected, settings
from tests.stand_ins.fake_discord import FakeDiscord

Json = dict[str, Any]
RECORDED = sorted((Path(__file__).parent.parent / "payloads" / "recorded").glob("discord*.jsonl"))


async def recorded(fake: FakeDiscord) -> list[Json]:
    """A recording of people asking, editing and deleting."""
    channel, redactor, rows = settings(fake), Redactor([fake.token]), []

    def keep(kind: str, name: str, taken: str, said: Any) -> None:
        row = {"platform": "discord", "kind": kind, "name": name, "as": taken, "said": redactor.redact(said)}
        assert not redactor.leaks(orjson.dumps(row).decode())
        rows.append(row)

    def names() -> list[str]:
        return [row["name"] for row in rows]

    recorder = asyncio.create_task(channel.record(keep))
    await fake.wait_for(lambda: "GUILD_CREATE" in names(), 60)
    said = await fake.user_message(fake.general, fake.alice, f"<@{fake.bot}> Where is Müller's key?")
    await fake.user_message(fake.general, fake.bob, f"thanks, <@{fake.alice}>")
    await fake.user_dm(fake.alice, "我的密码是什么？")
    await fake.user_edit(fake.general, said["id"], f"<@{fake.bot}> Where are Müller's two keys?")
    await fake.user_delete(fake.general, said["id"])
    await fake.wait_for(lambda: "MESSAGE_DELETE" in names() and names().count("MESSAGE_CREATE") == 3, 60)
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)
    await channel.close()
    return rows


async def replay(side: Side, rows: list[Json]) -> None:
    """Let Discord say what was recorded; the bot of the recording is ours."""
    me = next(row["said"]["d"]["user"]["id"] for row in rows if row["name"] == "READY")
    for row in rows:
        if row["name"] in {"GUILD_CREATE", "CHANNEL_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"}:
            said = orjson.loads(orjson.dumps(row["said"]["d"]).replace(me.encode(), side.fake.bot.encode()))
            for session in side.fake._sessions.values():
                await side.fake._send(session, row["name"], said)


async def test_what_is_recorded_now_holds_nobodys_words_and_is_heard_again(fake: FakeDiscord) -> None:
    rows = await recorded(fake)
    text = orjson.dumps(rows).decode()
    for word in ("Müller", "thanks", "密", "alice", "bob", fake.alice, fake.bot, fake.general, fake.token):
        assert word not in text
    assert {"READY", "GUILD_CREATE", "MESSAGE_UPDATE", "GET /gateway/bot"} <= {row["name"] for row in rows}

    async with connected(fake) as side:
        await replay(side, rows)
        await side.until(lambda: side.notes.deletions and len(side.notes.messages) >= 2, 60)
        assert [m.text for m in side.notes.messages][:2] == ["Xxxxx xx Xxxxxx'x xxx?", "字字字字字字字？"]


@pytest.mark.parametrize("file", RECORDED, ids=lambda f: f.name)
async def test_what_was_recorded_is_heard(fake: FakeDiscord, file: Path) -> None:
    rows = [orjson.loads(line) for line in (await asyncio.to_thread(file.read_bytes)).splitlines()]
    async with connected(fake) as side:
        await replay(side, rows)
        await side.until(lambda: side.notes.messages, 60)
        await side.quiet()


def test_a_recording_is_there() -> None:
    assert RECORDED
