"""A draft in chat: asked for, changed by talking, brought back; a thread summed up; nothing of it harmful."""

from __future__ import annotations

from tests.scenarios.guild import desk, direct, ended, until
from tests.scenarios.office import shown
from tests.scenarios.shop import ALICE, BOB, ROOM, opened
from tests.stand_ins import judges
from tests.stand_ins.fake_model import FakeModel

FIRST = "VPN certificates are valid for 90 days. Renew yours in the Bluebell portal."
SHORT = "Renew your VPN certificate in the Bluebell portal."
ASKED = "draft: an announcement about renewing VPN certificates, at most 30 words"


async def test_in_slack_a_draft_is_written_changed_and_brought_back(tmp_path):
    async with opened(tmp_path) as shop:
        shop.model.rule("", "script", text=f"{FIRST} It costs 7 francs.")
        shop.model.rule(
            "", "script", text=f"{FIRST} It costs 7 francs. <!channel> see https://evil.example.net", times=1
        )
        thread = await shop.ask(ASKED)
        first = shown(await shop.answer(thread, "Version 1"))
        assert first.startswith("Draft by the bot.")
        assert "VPN certificates are valid for 90 days." in first
        assert "7 francs" not in first, "no document says so"
        assert "VPN certificates" in first.partition("Version 1")[2], "the page stands below as its source"
        assert "the number 7 does not stand in any source" in shop.model.requests[-1].last_user

        shop.model.reset()
        shop.model.rule("", "script", text=SHORT)
        await shop.ask("shorter please", thread=thread, mention=False)
        second = shown(await shop.answer(thread, "Version 2", number=2))
        assert "13 → 8 words" in second
        assert shop.model.requests[-1].body["messages"][-2]["content"] == FIRST

        shop.model.reset()
        await shop.ask("How long are VPN certificates valid?", thread=thread, mention=False)
        answer = shown(await shop.answer(thread, "90 days", number=3))
        assert "Draft" not in answer, "an ordinary question in the same thread goes to the documents"

        asked = len(shop.model.requests)
        await shop.ask("now the draft: back to version 1", thread=thread, mention=False)
        third = shown(await shop.answer(thread, "Version 3", number=4))
        assert "version 1 again" in third
        assert FIRST.partition(".")[0] in third
        assert len(shop.model.requests) == asked

        await shop.quiet()
        found = judges.slack_safety(shop.slack.transcript, (ALICE, BOB)) + judges.slack_refusals(shop.slack.transcript)
        assert found == []
        assert not shop.slack.violations


async def test_in_slack_by_command_and_an_empty_request_is_shown_an_example(tmp_path):
    async with opened(tmp_path) as shop:
        await shop.ask("draft:")
        said = await shop.until(
            lambda: [m for m in shop.slack.messages(ROOM, from_bot=True) if "Tell me what" in shown(m)]
        )
        assert "draft: an announcement for all staff" in shown(said[0])

        shop.model.rule("", "script", text=FIRST)
        words = ASKED.removeprefix("draft: ")
        assert (await shop.slack.slash_command(ROOM, ALICE, "/frontdesk", f"draft {words}"))["ok"]
        await shop.until(lambda: [m for m in shop.slack.messages(ROOM, from_bot=True) if "Version 1" in shown(m)])
        assert not shop.slack.violations


async def test_in_slack_the_thread_of_other_people_is_summed_up(tmp_path):
    async with opened(tmp_path) as shop:
        begun = await shop.slack.user_message(ROOM, BOB, "The Heather printer on floor 3 is broken")
        thread = begun["ts"]
        await shop.slack.user_message(ROOM, ALICE, "I ordered a new fuser, it comes on Thursday", thread_ts=thread)
        shop.model.rule("", "script", text="The Heather printer on floor 3 is broken. A new fuser comes on Thursday.")
        await shop.ask("summarise this thread", thread=thread)
        said = shown(await shop.answer(thread, "Version 1"))
        assert "A new fuser comes on Thursday." in said
        prompt = shop.model.requests[-1].last_user
        assert "> The Heather printer on floor 3 is broken\n> I ordered a new fuser, it comes on Thursday" in prompt
        assert "62 mm" not in prompt, "what the documents say of printers was not said here"

        await shop.slack.user_message(ROOM, BOB, f"<@{ALICE}> they say it comes on Friday", thread_ts=thread)
        shop.model.reset()
        shop.model.rule("", "script", text="The fuser comes on Friday.")
        await shop.ask("summarize this thread", thread=thread, mention=False)
        await shop.answer(thread, "fuser comes on Friday", number=2)
        assert "they say it comes on Friday" in shop.model.requests[-1].last_user
        assert not shop.slack.violations


async def test_on_discord_by_command_and_in_a_conversation_in_chinese(fake, tmp_path):
    async with FakeModel() as model:
        model.rule("", "script", text="办公室周五17:00关门。请提前离开。")
        async with desk(fake, tmp_path, f'use = "vllm"\nurl = "{model.url}/v1"') as app:

            def said(words: str) -> list[dict]:
                return [m for c in fake.channels for m in fake.messages(c, from_bot=True) if words in m["content"]]

            await fake.slash_command(
                fake.general, fake.alice, "draft", {"request": "公告：办公室周五17:00关门，请提前离开"}
            )
            assert "办公室周五17:00关门" in (await until(lambda: said("第 1 版")))[0]["content"]

            await fake.user_dm(fake.bob, "写一份公告：办公室周五17:00关门，请提前离开，50字以内")
            await until(lambda: direct(fake, fake.bob, "第 1 版"))
            model.reset()
            model.rule("", "script", text="周五17:00关门，请提前离开。")
            await fake.user_dm(fake.bob, "更短")
            second = (await until(lambda: direct(fake, fake.bob, "第 2 版")))[0]["content"]
            assert "~~办公室~~" in second
            await fake.user_dm(fake.bob, "回到第 1 版")
            third = (await until(lambda: direct(fake, fake.bob, "第 3 版")))[0]["content"]
            assert "办公室周五17:00关门。" in third
            await ended(app)
        assert not fake.violations, fake.violations
        assert not judges.discord_safety(fake.transcript, ())


async def test_on_discord_a_thread_is_summed_up(fake, tmp_path):
    async with FakeModel() as model:
        model.rule("", "script", text="The lift is stuck. The company comes at 14:00.")
        async with desk(fake, tmp_path, f'use = "vllm"\nurl = "{model.url}/v1"'):
            begun = await fake.user_message(fake.general, fake.bob, "The lift is stuck")
            thread = (await fake.user_thread(fake.general, begun["id"], fake.bob, "Lift"))["id"]
            await fake.user_message(thread, fake.bob, "The company comes at 14:00")
            await fake.user_message(thread, fake.alice, f"<@{fake.bot}> summarise this thread")
            await until(lambda: [m for m in fake.messages(thread, from_bot=True) if "comes at 14:00" in m["content"]])
            assert "> The lift is stuck\n> The company comes at 14:00" in model.requests[-1].last_user
        assert not fake.violations, fake.violations
