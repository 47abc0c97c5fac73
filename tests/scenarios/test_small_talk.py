"""Small talk is answered shortly, in its language, without a search; a question about documents never is."""

from __future__ import annotations

from engine.knowledge import Entry
from engine.store.turns import recent_turns
from tests.scenarios.guild import desk as guild
from tests.scenarios.guild import direct, ended, until
from tests.scenarios.office import ALICE, ROOM, office

REFUNDS = "# Refunds\n\nWhat can you do about refunds? We pay refunds within 14 days.\n"


async def test_talk_is_answered_in_a_word_and_hands_nobody_over(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        (tmp_path / "refunds.md").write_text(REFUNDS)
        async for _ in app.knowledge.add(["refunds.md"], workspace="T0TEAM", folder=tmp_path, actor="test"):
            pass
        for said, answered in (
            ("Are you a human?", "not a person"),
            ("你是真人吗？", "不是真人"),
            ("thank you so much!", "You are welcome"),
            ("What can you do?", "Ask me anything"),
            ("do you happen to own a dog or a cat?", "only the bot"),  # by its meaning
            ("What's the weather in Paris?", "nothing that our documents"),
            ("help me", "Ask me anything"),
            ("新年快乐！", "也祝您"),
            ("I want to speak to a person", "marked this for a person"),
            ("转人工", "标记给人工"),
        ):
            assert answered in await desk.answer(said), said
        assert "14 days" in await desk.answer("What can you do about refunds?")
        for said in ("thanks, but it does not work", "where are you located?", "What time is it open?"):
            answer = await desk.answer(said)
            assert not any(word in answer for word in ("welcome", "I am Frontdesk", "nothing that our documents")), said
        assert "only the bot" not in await desk.answer("How do I renew my passport?")

        entry = Entry("Who are you?", "The desk of Acme, in the lobby.")
        await app.knowledge.put_entry(entry, workspace="T0TEAM", grant="workspace", actor="test")
        assert "in the lobby" in await desk.answer("Who are you?")
        replayed = await app.database.read(lambda c: recent_turns(c, "T0TEAM", 0.0, 50))
        assert "Are you a human?" not in [one.message.text for one in replayed]


async def test_in_a_thread_it_stays_silent(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        sent = await desk.slack.user_message(ROOM, ALICE, f"<@{desk.slack.bot_user_id}> hello")
        await desk.until(lambda: desk.slack.messages(ROOM, thread_ts=sent["ts"], from_bot=True))
        await desk.slack.user_message(ROOM, ALICE, "thank you so much", thread_ts=sent["ts"])
        await desk.slack.user_message(ROOM, ALICE, "who are you?", thread_ts=sent["ts"])
        await desk.slack.user_message(ROOM, ALICE, f"<@{desk.slack.bot_user_id}> bye", thread_ts=sent["ts"])
        await desk.until(lambda: "Goodbye" in str(desk.slack.messages(ROOM, thread_ts=sent["ts"], from_bot=True)))
        while (await app.inbox.open_events()).total:
            await desk.until(lambda: True)
        assert len(desk.slack.messages(ROOM, thread_ts=sent["ts"], from_bot=True)) == 2


async def test_on_discord_too(fake, tmp_path):
    async with guild(fake, tmp_path) as app:
        for said, answered in (("who are you?", "no person"), ("谢谢你", "不客气"), ("講個笑話", "櫃檯")):
            await fake.user_dm(fake.alice, said)
            await until(lambda answered=answered: direct(fake, fake.alice, answered))
        await ended(app)
