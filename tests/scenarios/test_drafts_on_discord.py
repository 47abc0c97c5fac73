"""Below a draft on Discord: the same as in Slack, with files, and in channels that not everybody sees."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.app import App
from engine.claim import Claim
from engine.store.audit import Audit
from tests.scenarios.guild import desk, direct, ended, until
from tests.scenarios.test_discord_knowledge import choices, labels, privately
from tests.stand_ins.fake_discord import PERM, FakeDiscord

Json = dict[str, Any]
MODEL = 'use = "none"\n[[plugins]]\nuse = "tests.scenarios.press_office:Drafting"'
LUNCH = "# Canteen\n\nThe canteen serves lunch from 11:45 to 13:30.\n"
SECRET = "# Bonus\n\nThe yearly bonus is 4711 francs and is paid in March.\n"
WORDS = "When does the canteen serve lunch?"


async def load(app: App, fake: FakeDiscord, folder, name: str, text: str, grant: str = "workspace") -> None:
    (folder / f"{name}.md").write_text(text)
    async for _ in app.knowledge.add([f"{name}.md"], workspace=fake.guild_id, folder=folder, actor="test", grant=grant):
        pass


async def draft(fake: FakeDiscord, words: str = WORDS) -> Json:
    """Bob has the desk draft something, in a direct message."""
    before = len(drafts(fake))
    await fake.user_dm(fake.bob, words if before else f"draft: {words}")
    await until(lambda: len(drafts(fake)) > before)
    return drafts(fake)[-1]


def drafts(fake: FakeDiscord) -> list[Json]:
    """The whole drafts that Bob was given."""
    return [m for m in direct(fake, fake.bob) if "Export" in labels(m)]


async def press(fake: FakeDiscord, message: Json, label: str, person: str = "") -> Json:
    person = person or fake.bob
    return await fake.click(message["channel_id"], message["id"], person, labels(message)[label])


async def room_chosen(fake: FakeDiscord, message: Json, room: str) -> Json:
    """What Bob is told when he wants it to be posted there."""
    opened = await press(fake, message, "Post…")
    return await privately(fake, await fake.submit_modal(opened["token"], {"room": room}), fake.bob)


def posted(fake: FakeDiscord, room: str) -> list[Json]:
    return [m for m in fake.messages(room, from_bot=True) if not m.get("_for")]


async def test_a_draft_is_posted_once_by_two_clicks_and_taken_back(fake, tmp_path):
    news = fake.add_channel("news")["id"]
    async with desk(fake, tmp_path, MODEL) as app:
        await load(app, fake, tmp_path, "canteen", LUNCH)
        message = await draft(fake)
        asked = await room_chosen(fake, message, "#news")
        assert "Post version 1 to" in asked["content"]
        clicks = await asyncio.gather(*(press(fake, asked, "Yes, post it") for _ in range(2)))
        told = await privately(fake, clicks[0], fake.bob)
        [there] = await until(lambda: posted(fake, news))
        assert "Posted by @" in there["content"].replace("\\", "").replace("\u2060", "")
        assert "11:45" in there["content"]
        assert (there["components"], there.get("message_reference")) == ([], None)
        await ended(app)
        assert len(posted(fake, news)) == 1
        found = [(r.actor, r.action, r.subject) for r in await Audit(app.database).rows() if "draft" in r.action]
        assert found == [(f"discord:{fake.bob}", "draft posted", news)]
        await press(fake, told, "Take it back")
        await until(lambda: not posted(fake, news))


async def test_what_was_posted_when_the_desk_fell_over_is_known_by_its_words(fake, tmp_path, monkeypatch):
    """Discord knows nonces for some minutes only: here it has forgotten them."""
    news = fake.add_channel("news")["id"]
    async with desk(fake, tmp_path, MODEL) as app:
        await load(app, fake, tmp_path, "canteen", LUNCH)
        asked = await room_chosen(fake, await draft(fake), "news")
        await ended(app)

        async def never(*_: object) -> None:
            await asyncio.Event().wait()

        with monkeypatch.context() as falling:
            falling.setattr(Claim, "placed_at", never)  # it is visible, and that is not written down
            await press(fake, asked, "Yes, post it")
            await until(lambda: posted(fake, news))
    for message in fake.store[news].values():
        message["nonce"] = None
    async with desk(fake, tmp_path, MODEL) as app:
        await ended(app)
        assert len(posted(fake, news)) == 1


async def test_it_is_not_posted_where_its_asker_may_not_write_or_others_may_not_read_what_it_is_made_from(
    fake, tmp_path
):
    board, view, send = fake.add_channel("board")["id"], str(PERM["view_channel"]), str(PERM["send_messages"])
    fake.channels[board]["permission_overwrites"] = [
        {"id": fake.guild_id, "type": 0, "allow": "0", "deny": view},
        *({"id": who, "type": 1, "allow": view, "deny": "0"} for who in (fake.bot, fake.bob)),
    ]
    rules = fake.add_channel("rules")["id"]
    fake.channels[rules]["permission_overwrites"] = [
        {"id": fake.guild_id, "type": 0, "allow": "0", "deny": send},
        {"id": fake.bot, "type": 1, "allow": send, "deny": "0"},
    ]
    fake.add_channel("news")
    async with desk(fake, tmp_path, MODEL) as app:
        await load(app, fake, tmp_path, "bonus", SECRET, f"room:{board}")
        message = await draft(fake, "When is the yearly bonus paid?")
        assert "4711" in message["content"]
        told = (await room_chosen(fake, message, "rules"))["content"]
        assert "“rules” is no such room" in told
        assert "#news" in told
        assert "Bonus" in (await room_chosen(fake, message, "news"))["content"]
        assert "Post version 1" in (await room_chosen(fake, message, "board"))["content"]
        assert [r for r in await Audit(app.database).rows() if "draft" in r.action] == []


async def test_it_is_exported_as_a_file_or_as_text_where_no_file_may_be_sent_and_goes_back_to_a_version(fake, tmp_path):
    async with desk(fake, tmp_path, MODEL) as app:
        await load(app, fake, tmp_path, "canteen", LUNCH)
        message = await draft(fake)
        asked = await privately(fake, await press(fake, message, "Export"), fake.bob)
        assert list(labels(asked)) == ["Markdown", "Plain text", "HTML"]
        given = await privately(fake, await press(fake, asked, "HTML"), fake.bob)
        [file] = given["attachments"]
        assert file["filename"] == "News-b-1.html"
        assert "<h1>News</h1>" in fake.attachments[file["id"]]["_data"].decode()

        second = await draft(fake, "Say that lunch is good")
        listed = await privately(fake, await press(fake, second, "Versions"), fake.bob)
        assert "+Say that lunch is good" in listed["content"]
        [(custom_id, values)] = choices(listed).values()
        before = len(drafts(fake))
        await fake.click(listed["channel_id"], listed["id"], fake.bob, custom_id, values)
        await until(lambda: len(drafts(fake)) > before)
        assert WORDS in drafts(fake)[-1]["content"]
