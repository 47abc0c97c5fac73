"""Two bots in one channel that answer each other: two replies, then silence until a person speaks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.loop_guard import ENOUGH
from tests.scenarios.guild import desk as guild_desk
from tests.scenarios.guild import ended
from tests.scenarios.office import ALICE, ROOM, Office, office
from tests.stand_ins.fake_discord import FakeDiscord
from tests.stand_ins.fake_slack import FakeSlack

Json = dict[str, Any]
KEYS = "# Keys\n\nThe spare key hangs at reception.\n"
ASKED = "Where does the spare key hang?"


def of_a_bot(slack: FakeSlack, text: str, thread: str = "") -> Json:
    """Another app's bot posts in the room."""
    fields = {"text": text} | ({"thread_ts": thread} if thread else {})
    message = slack._store(ROOM, fields, user="U0OTHER", bot=False, how="user")
    message.update(bot_id="B0OTHER", app_id="A0OTHER")
    slack._emit_message(slack.channels[ROOM], slack.public(message))
    event = {**slack.public(message), "type": "app_mention", "channel": ROOM, "event_ts": message["ts"]}
    slack._emit("app_mention", event, ROOM)
    return dict(message)


async def load(app: App, folder: Path, workspace: str) -> None:
    from bot.operations import Operations

    (folder / "keys.md").write_text(KEYS, "utf-8")
    given = {"sources": [str(folder / "keys.md")], "folder": str(folder), "workspace": workspace}
    assert [line["row"]["status"] async for line in Operations(app)("kb.add", given) if "row" in line]


def replies(town: Office, thread: str) -> list[Json]:
    said = town.slack.messages(ROOM, thread_ts=thread, from_bot=True)
    return [m for m in said if m.get("bot_id") == town.slack.bot_id]


async def quiet(app: App) -> None:
    """Everything that was said has an end, and nothing more comes."""
    await asyncio.sleep(0.5)
    await ended(app)


@pytest.mark.parametrize("apart", [False, True])
async def test_on_slack_two_bots_fall_silent_after_two_replies_until_a_person_speaks(tmp_path, apart):
    """Whether the other bot answers in our thread or begins a new one each time."""
    async with office(tmp_path) as town:
        town.slack.channels[ROOM]["members"].append("U0OTHER")
        town.slack.add_user("U0OTHER", "robot")
        me = town.slack.bot_user_id
        async with town.desk() as app:
            app.channels[0].answer_bots = ["B0OTHER"]
            await load(app, tmp_path, town.slack.team_id)
            threads: list[str] = []
            for _ in range(5):  # it answers whatever we say, and whatever we do not
                thread = threads[0] if threads and not apart else ""
                said = of_a_bot(town.slack, f"<@{me}> {ASKED}", thread)
                threads.append(thread or said["ts"])
                await quiet(app)
            ours = [m for thread in dict.fromkeys(threads) for m in replies(town, thread)]
            assert len(ours) == 2
            assert "reception" in str(ours[0])

            asked = (await town.slack.user_message(ROOM, ALICE, f"<@{me}> {ASKED}"))["ts"]
            await town.until(lambda: replies(town, asked))
            await quiet(app)
            again = of_a_bot(town.slack, f"<@{me}> {ASKED}")
            await town.until(lambda: replies(town, again["ts"]))
            rows = await app.database.read(lambda c: c.exec_driver_sql("SELECT reason FROM events").all())
    assert [r.reason for r in rows].count(ENOUGH) == 3


async def test_on_slack_other_bots_are_ignored_where_no_setting_names_them(tmp_path):
    async with office(tmp_path) as town, town.desk() as app:
        said = of_a_bot(town.slack, f"<@{town.slack.bot_user_id}> {ASKED}")
        await quiet(app)
        assert replies(town, said["ts"]) == []


async def test_on_discord_two_bots_fall_silent_too(tmp_path):
    async with FakeDiscord() as fake:
        fake.users[fake.bob]["bot"] = True
        async with guild_desk(fake, tmp_path, more=f'answer_bots = ["{fake.bob}"]\n') as app:
            await load(app, tmp_path, fake.guild_id)
            for _ in range(4):
                await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> {ASKED}")
                await quiet(app)
            threads = [c for c in fake.channels.values() if c.get("parent_id") == fake.general]
            every = [m for c in threads for m in fake.messages(c["id"], from_bot=True)]
            said = [m for m in every if m["author"]["id"] == fake.bot]
            assert len([m for m in said if "reception" in m["content"]]) == 2
