"""The plugin that drafts, with a model, on Slack and Discord: written, changed, exported, and posted by a click."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.scenarios.guild import desk as guild
from tests.scenarios.guild import direct, until
from tests.scenarios.guild import ended as settled
from tests.scenarios.office import ALICE, PRIVATE, Office, shown
from tests.scenarios.test_discord_knowledge import labels, privately
from tests.scenarios.test_drafts_on_discord import load as load_on_discord
from tests.scenarios.test_drafts_on_discord import posted as posted_in
from tests.scenarios.test_drafts_on_discord import press, room_chosen
from tests.scenarios.test_drafts_on_slack import NEWS, ended, load, newsroom, posted, told
from tests.scenarios.test_drafts_on_slack import room_chosen as chosen
from tests.stand_ins.fake_model import FakeModel

LUNCH = "# Canteen\n\nThe canteen serves lunch from 11:45 to 13:30. Guests pay 14 francs.\n"
SECRET = "# Bonus\n\nThe yearly bonus is 4711 francs and is paid in March.\n"
FIRST = "The canteen serves lunch from 11:45 to 13:30. Guests pay 14 francs."
SHORT = "The canteen serves lunch from 11:45."
ASKED = "draft: an announcement about lunch in the canteen, at most 30 words"


@contextlib.asynccontextmanager
async def written(folder) -> AsyncIterator[tuple[Office, FakeModel]]:
    """The newsroom with the plugins that the desk brings along, and a model behind them."""
    async with newsroom(folder) as desk, FakeModel() as model:
        desk.settings = ""
        desk.model = f'use = "vllm"\nurl = "{model.url}/v1"'
        async with desk.desk():
            yield desk, model


async def say(desk: Office, model: FakeModel, words: str, text: str = "", thread: str = "") -> tuple[str, dict]:
    """Alice says something in a direct message, and the model writes this: the thread, and what she is told."""
    model.reset()
    if text:
        model.rule("", "script", text=text)
    before = len(desk.said(thread, ALICE)) if thread else 0
    if thread:
        await desk.slack.user_message(desk.direct(ALICE), ALICE, words, thread_ts=thread)
    else:
        thread = await desk.send(words, user=ALICE)
    await desk.until(lambda: len(desk.said(thread, ALICE)) > before)
    await ended(desk)
    return thread, desk.said(thread, ALICE)[-1]


async def test_in_slack_a_draft_is_shortened_exported_and_the_short_one_is_posted_once(tmp_path):
    async with written(tmp_path) as (desk, model):
        await load(desk, "canteen", LUNCH)
        thread, first = await say(desk, model, ASKED, FIRST)
        assert "Version 1" in shown(first)
        assert "Canteen" in shown(first).partition("Version 1")[2], "the page stands below as its source"
        _, second = await say(desk, model, "shorter please", SHORT, thread)
        assert "14 → 7 words" in shown(second)
        asked = len(model.requests)
        for words in (f"Post it to <#{NEWS}|news>", "export it as HTML"):  # by words nothing is posted or handed out
            _, named = await say(desk, model, words, "", thread)
            assert "The buttons below the draft do that" in shown(named)
            assert "Version" not in shown(named)
        assert len(model.requests) == asked
        assert posted(desk) == []

        await desk.press(second, "Export", user=ALICE)
        await desk.press(await told(desk, "As what?"), "Markdown", user=ALICE)
        exported = shown(await told(desk, "Version 2 of the draft:"))
        assert SHORT in exported
        assert "14 francs" not in exported
        assert "Sources" not in exported

        await chosen(desk, second, "news")
        asked = await told(desk, "Post version 2 to #news?")
        await desk.press(asked, "Yes, post it", user=ALICE)
        await desk.until(lambda: posted(desk))
        await desk.press(asked, "Yes, post it", user=ALICE)
        await told(desk, "was posted to #news already")
        await ended(desk)
        [there] = posted(desk)
        assert SHORT in shown(there)
        assert "14 francs" not in shown(there)
        assert "Draft by the bot" not in shown(there)


async def test_in_slack_what_is_made_of_an_earlier_answer_goes_only_where_its_pages_may_be_read(tmp_path):
    """The draft itself was written without any search: it says what the answer before it was made from."""
    async with written(tmp_path) as (desk, model):
        await load(desk, "bonus", SECRET, f"room:{PRIVATE}")
        told_ = "The yearly bonus is 4711 francs and is paid in March [1]."
        thread, answer = await say(desk, model, "When is the yearly bonus paid?", told_)
        assert "4711" in shown(answer)
        summary = "The yearly bonus is 4711 francs and is paid in March."
        for words, text in (
            ("summarise this conversation", summary),
            ("shorter please", "The yearly bonus is 4711 francs."),
            ("back to version 1", ""),
        ):
            _, message = await say(desk, model, words, text, thread)
            assert "4711" in shown(message), words
            await chosen(desk, message, "news")
            number = len([m for m in desk.said(thread, ALICE) if "Version" in shown(m)])
            await desk.until(
                lambda n=number: (
                    len(
                        [
                            m
                            for m in desk.slack.messages(desk.direct(ALICE), from_bot=True)
                            if "Not everybody in #news may read what this draft was made from: “Bonus”" in shown(m)
                        ]
                    )
                    == n
                )
            )
        await chosen(desk, message, "board")
        await told(desk, "Post version 3 to #board?")
        assert posted(desk) == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_on_discord_a_draft_is_shortened_exported_and_the_short_one_is_posted(fake, tmp_path, language):
    asked, first, shorter, short, version = {
        "en": (ASKED, FIRST, "shorter please", SHORT, "Version {}"),
        "zh": ("写一份公告：办公室周五17:00关门，请提前离开", "办公室周五17:00关门。请提前离开。", "更短",
               "办公室周五17:00关门。", "第 {} 版"),
    }[language]  # fmt: skip
    news = fake.add_channel("news")["id"]
    async with FakeModel() as model, guild(fake, tmp_path, f'use = "vllm"\nurl = "{model.url}/v1"') as app:
        await load_on_discord(app, fake, tmp_path, "canteen", LUNCH)
        model.rule("", "script", text=first)
        await fake.user_dm(fake.bob, asked)
        await until(lambda: direct(fake, fake.bob, version.format(1)))
        await settled(app)
        model.reset()
        model.rule("", "script", text=short)
        await fake.user_dm(fake.bob, shorter)
        message = (await until(lambda: direct(fake, fake.bob, version.format(2))))[-1]
        await settled(app)
        message = direct(fake, fake.bob, version.format(2))[-1]

        export = {"en": "Export", "zh": "导出"}[language]
        post = next(one for one in labels(message) if one.endswith("…"))
        forms = await privately(fake, await press(fake, message, export), fake.bob)
        given = await privately(fake, await press(fake, forms, "Markdown"), fake.bob)
        [file] = given["attachments"]
        assert file["filename"].endswith("-2.md")
        assert fake.attachments[file["id"]]["_data"].decode().strip() == short

        if language == "en":
            wanted = await room_chosen(fake, message, "news")
        else:
            opened = await press(fake, message, post)
            wanted = await privately(fake, await fake.submit_modal(opened["token"], {"room": "news"}), fake.bob)
        await press(fake, wanted, next(iter(labels(wanted))))
        [there] = await until(lambda: posted_in(fake, news))
        assert short in there["content"]
        assert first not in there["content"]
        await settled(app)
        assert len(posted_in(fake, news)) == 1
    assert not fake.violations, fake.violations
