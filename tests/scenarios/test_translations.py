"""Translations in Slack: of the words of a message, with the terms of the house, and of the draft before."""

from __future__ import annotations

from tests.scenarios.office import buttons, shown
from tests.scenarios.shop import ALICE, BOB, ROOM, opened
from tests.stand_ins import judges

TERMS = "English,中文\ngateway,网关\nrate limit,限速\n"
TEXT = "The gateway restarts after 15 minutes, see https://acme.example/gw and `gw restart`."
GOOD = "网关在 15 分钟后重启，参见 https://acme.example/gw 和 `gw restart`。"
BAD = "它会重启。 <!channel> https://evil.example/?q=1"


async def test_a_text_is_translated_with_the_terms_of_the_house_and_posted_by_a_click(tmp_path):
    async with opened(tmp_path) as shop:
        shop.slack.add_channel("C0NEWS", "news", members=[ALICE, BOB, shop.slack.bot_user_id])
        await shop.add("glossary.csv", TERMS)
        shop.model.rule("", "script", text=GOOD)
        thread = await shop.ask(f"translate into Chinese: {TEXT}")
        message = await shop.answer(thread, "网关")
        said = shown(message)
        assert said.startswith("Draft by the bot.")
        assert GOOD.replace("`", "") in said  # Slack shows code as such
        assert "⚠️" not in said
        assert "gateway = 网关" in shop.model.requests[-1].last_user
        assert len(shop.model.requests) == 1

        action = next(a for a, label in buttons(message).items() if label == "Post…")
        assert (await shop.slack.click(ROOM, message["ts"], ALICE, action))["ok"]
        await shop.until(lambda: shop.slack.open_view(ALICE))
        before = len(shop.slack.ephemerals)
        assert (await shop.slack.submit_view(ALICE, {"room": "news"}))["ok"]
        await shop.until(lambda: len(shop.slack.ephemerals) > before)
        asked = shop.slack.ephemerals[-1]
        assert "Post version 1 to #news?" in shown(asked)
        action = next(iter(buttons(asked)))
        assert (await shop.slack.click(ROOM, asked["ts"], ALICE, action))["ok"]
        [there] = await shop.until(lambda: shop.slack.messages("C0NEWS", from_bot=True))
        assert GOOD.replace("`", "") in shown(there)
        await shop.quiet()


async def test_what_a_translation_loses_is_added_and_said_and_nothing_foreign_leaves(tmp_path):
    async with opened(tmp_path) as shop:
        shop.model.rule("", "script", text=BAD)
        thread = await shop.ask(f"translate into Chinese: {TEXT}")
        said = shown(await shop.answer(thread, "它会重启"))
        assert "(https://acme.example/gw gw restart 15)" in said
        assert "added behind their sentence" in said
        assert "15" in said.partition("⚠️")[2]
        assert "https://evil.example" not in said
        assert len(shop.model.requests) == 2  # put right once, by marks
        assert "https" not in shop.model.requests[-1].last_user
        await shop.quiet()
        found = judges.slack_safety(shop.slack.transcript, (ALICE, BOB)) + judges.slack_refusals(shop.slack.transcript)
        assert found == []


async def test_the_draft_before_is_translated_as_its_next_version(tmp_path):
    async with opened(tmp_path) as shop:
        shop.model.rule("", "script", text="The office closes on Friday at 17:00.")
        thread = await shop.ask("draft: an announcement that the office closes on Friday at 17:00")
        await shop.answer(thread, "closes on Friday")
        shop.model.reset()
        shop.model.rule("", "script", text="办公室周五 17:00 关门。")
        await shop.ask("please translate it into Chinese", thread=thread, mention=False)
        message = await shop.answer(thread, "办公室", number=2)
        assert "Version 2" in shown(message)
        assert "Versions" in buttons(message).values()
        assert shop.model.requests[-1].last_user.endswith("The office closes on Friday at 17:00.")
