"""What a person answered after a hand-off is proposed as an entry to admins who read it, and added by a click alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import sqlalchemy as sa

from bot.thanked import is_content
from engine.store.entry_tables import mined
from tests.scenarios.guild import desk as guild_desk
from tests.scenarios.guild import direct, ended, until
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, office, shown
from tests.scenarios.test_discord_knowledge import labels, privately
from tests.scenarios.test_entries_in_chat import given

QUESTION = "Who repairs the coffee machine?"
ANSWER = "Mei from facilities repairs it, call extension 4711."
ASK = "Shall this become an entry"


@contextlib.asynccontextmanager
async def opened(desk: Office) -> AsyncIterator:
    """The desk, with what tells people."""
    async with desk.desk() as app:
        telling = asyncio.create_task(app.tell_people())
        try:
            yield app
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


async def answered(desk: Office, *, by: str = BOB, room: str = ROOM, thanks: str = "Thanks, that helped!") -> str:
    """Alice asks, is handed over, somebody answers, she is content; the thread."""
    sent = await desk.slack.user_message(room, ALICE, f"<@{desk.slack.bot_user_id}> {QUESTION}")
    await desk.until(lambda: desk.slack.messages(room, thread_ts=sent["ts"], from_bot=True))
    while (await desk.app.inbox.open_events()).total:
        await asyncio.sleep(0.05)
    await desk.slack.user_message(room, by, ANSWER, thread_ts=sent["ts"])
    await over(desk)
    await desk.slack.user_message(room, ALICE, thanks, thread_ts=sent["ts"])
    return str(sent["ts"])


async def over(desk: Office) -> None:
    """Somebody has taken over."""
    query = sa.text("select count(*) from events where reason = 'a person took over'")
    while not await desk.app.database.read(lambda c: c.scalar(query)):
        await asyncio.sleep(0.02)


def proposals(desk: Office, person: str = ADMIN) -> list[dict]:
    return [m for m in desk.slack.messages(desk.direct(person), from_bot=True) if ASK in shown(m)]


async def states(app) -> list[tuple]:
    rows = await app.database.read(lambda c: c.execute(sa.select(mined)).all())
    return [(row.state, row.asker, row.answerer) for row in rows]


async def known(desk: Office) -> None:
    """The admin has done something here that only admins do."""
    await desk.told(await desk.send("kb entry\nQ: What is this?\nA: A desk."), "Kept")


async def test_a_persons_answer_is_proposed_to_an_admin_once_and_becomes_an_entry_by_a_click(tmp_path):
    async with office(tmp_path) as desk:
        async with opened(desk) as app:
            await known(desk)
            thread = await answered(desk)
            [asked] = await desk.until(lambda: proposals(desk))
            assert QUESTION in shown(asked)
            assert "4711" in shown(asked)
            assert "Thanks" not in shown(asked)
            assert len(await app.knowledge.entries.of("T0TEAM")) == 1  # nothing enters without a click
            kept = await app.database.read(lambda c: str(c.execute(sa.text("select * from events, mined")).all()))
            assert "4711" not in kept
            await desk.slack.user_message(ROOM, ALICE, "thanks again, perfect", thread_ts=thread)
        async with opened(desk) as app:  # it survives a restart
            await desk.press(asked, "Add")
            form = await desk.until(lambda: desk.slack.open_view(ADMIN))
            assert given(form)["question"] == QUESTION
            assert given(form)["answer"] == ANSWER
            await desk.slack.submit_view(ADMIN, given(form))
            await desk.until(
                lambda: any(
                    "has become an entry" in shown(m) for m in desk.slack.messages(desk.direct(), from_bot=True)
                )
            )
            assert proposals(desk) == []  # what was quoted stands there no more
            assert "4711" in await desk.answer(QUESTION, user=BOB)
            assert await states(app) == [("added", ALICE, BOB)]
            await desk.command("forget-me", user=BOB)
            assert await states(app) == [("added", "", "")]


async def test_who_says_no_is_asked_no_more_and_a_late_click_adds_nothing(tmp_path):
    async with office(tmp_path) as desk, opened(desk) as app:
        await known(desk)
        thread = await answered(desk)
        [asked] = await desk.until(lambda: proposals(desk))
        await desk.press(asked, "No")
        await desk.until(lambda: not proposals(desk))
        await desk.slack.user_message(ROOM, ALICE, "thanks!", thread_ts=thread)
        event = (await app.database.read(lambda c: c.execute(sa.select(mined.c.event)).one()))[0]
        from bot.channel import Press
        from engine.types import Conversation

        where = Conversation("slack", "T0TEAM", desk.direct())
        filled = {"question": QUESTION, "answer": ANSWER}
        said = await app.reception.pressed(Press("mined.kept", str(event), ADMIN, where, "en", filled))
        assert "decided already" in said.text
        said = await app.reception.pressed(Press("mined.kept", str(event), ALICE, where, "en", filled))
        assert "Only an admin" in said.text
        assert [s for s, *_ in await states(app)] == ["declined"]
        assert len(await app.knowledge.entries.of("T0TEAM")) == 1


async def test_nothing_is_proposed_to_admins_who_do_not_read_there_or_when_the_asker_was_not_helped(tmp_path):
    async with office(tmp_path) as desk, opened(desk) as app:
        await known(desk)
        desk.slack.add_channel("G0CLOSED", "closed", kind="group", members=[ALICE, BOB, desk.slack.bot_user_id])
        await answered(desk, room="G0CLOSED")
        while not await states(app):
            await asyncio.sleep(0.02)
        await answered(desk, room=PRIVATE, by=ADMIN, thanks="That did not help, thanks.")
        await asyncio.sleep(5)
        assert proposals(desk) == []
        assert [s for s, *_ in await states(app)] == ["new"]


async def test_when_the_answerer_is_forgotten_the_proposal_and_its_quotes_go(tmp_path):
    async with office(tmp_path) as desk, opened(desk) as app:
        await known(desk)
        await answered(desk, room=PRIVATE, by=ADMIN)  # an admin who answers is asked themselves
        await desk.until(lambda: proposals(desk))
        await desk.command("forget-me", user=ADMIN)
        await desk.until(lambda: not proposals(desk))
        assert not [m for m in desk.slack.messages(desk.direct(), from_bot=True) if "4711" in shown(m)]
        assert await states(app) == [("forgotten", "", "")]


async def test_on_discord_a_persons_answer_is_proposed_and_added(fake, tmp_path):
    async with guild_desk(fake, tmp_path) as app:
        telling = asyncio.create_task(app.tell_people())
        entry = {"question": "What is this?", "answer": "A desk."}
        await privately(fake, await fake.slash_command(fake.general, fake.alice, "kb entry", entry), fake.alice)
        sent = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> {QUESTION}")
        await until(lambda: fake.messages(sent["id"], from_bot=True))
        await ended(app)
        await fake.user_message(sent["id"], fake.alice, ANSWER)
        query = sa.text("select count(*) from events where reason = 'a person took over'")
        while not await app.database.read(lambda c: c.scalar(query)):
            await asyncio.sleep(0.02)
        await fake.user_message(sent["id"], fake.bob, "thanks, works now")
        [asked] = await until(lambda: direct(fake, fake.alice, ASK))
        assert "4711" in asked["content"]
        used = await fake.click(asked["channel_id"], asked["id"], fake.alice, labels(asked)["Add"])
        filled = {"question": QUESTION, "also": "", "answer": ANSWER, "owner": "", "expires": ""}
        done = await fake.submit_modal(used["token"], filled)
        assert "Kept" in (await privately(fake, done, fake.alice))["content"]
        assert {kept.entry.question for kept in await app.knowledge.entries.of(fake.guild_id)} == {
            QUESTION, "What is this?",
        }  # fmt: skip
        await until(lambda: direct(fake, fake.alice, "has become an entry"))
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


def test_who_was_helped_says_so_and_no_more():
    for text in ("Thanks!", "great, that works now", "solved, cheers", "谢谢，解决了", "太好了", "謝謝"):
        assert is_content(text), text
    for text in (
        "thanks, but it still fails",
        "what about lunch?",
        "no",
        "That did not help",
        "谢谢，但是没用",
        "好吗？",
    ):
        assert not is_content(text), text
