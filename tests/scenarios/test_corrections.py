"""Correct this: from the message and from "not helpful"; kept, told below the answer, asked again by eval."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.operations import Operations
from engine.store.tables import audit, events
from tests.scenarios.guild import desk as guild_desk
from tests.scenarios.guild import ended, until
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, office, shown
from tests.scenarios.test_discord_knowledge import labels, privately
from tests.scenarios.test_entries_in_chat import given
from tests.scenarios.test_knowledge_in_chat import load

PARKING = {"parking.md": "# Parking\n\nGuests park their cars behind gate 7, on the gravel.\n"}
QUESTION = "Where do guests park their cars?"
RIGHT = "Guests park their cars in the cellar, behind gate 9."


async def asked(desk: Office, question: str = QUESTION, room: str = ROOM, user: str = ALICE) -> dict:
    """Ask in a room; the answer."""
    sent = await desk.slack.user_message(room, user, f"<@{desk.slack.bot_user_id}> {question}")
    return (await desk.until(lambda: desk.slack.messages(room, thread_ts=sent["ts"], from_bot=True)))[0]


async def corrected(desk: Office, wrong: dict, room: str = ROOM, **filled: str) -> dict:
    """By the shortcut of the message; what is said to the admin then."""
    await desk.slack.shortcut(ADMIN, "fd_correct", channel=room, ts=wrong["ts"])
    form = await desk.until(lambda: desk.slack.open_view(ADMIN))
    before = len(desk.slack.ephemerals)
    await desk.slack.submit_view(ADMIN, given(form) | {"answer": RIGHT} | filled)
    return await desk.whispered(before)


def below(desk: Office, answer: dict, room: str = ROOM) -> list[dict]:
    """What we have said in a thread besides the first answer."""
    return desk.slack.messages(room, thread_ts=answer["thread_ts"], from_bot=True)[1:]


async def run(app, operation: str, **arguments) -> list[dict]:
    """The rows of an operation of the command line."""
    lines = Operations(app)(operation, {"workspace": "T0TEAM", **arguments})
    return [line["row"] async for line in lines if "row" in line]


async def test_an_admin_corrects_an_answer_in_its_place_and_the_thread_is_told_once(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await load(desk, "docs", PARKING)
        answer = await asked(desk)
        assert "gate 7" in shown(answer)
        await desk.slack.shortcut(ADMIN, "fd_correct", channel=ROOM, ts=answer["ts"])
        form = await desk.until(lambda: desk.slack.open_view(ADMIN))
        assert given(form)["question"] == QUESTION
        assert "gate 7" in given(form)["answer"]
        assert "[1]" not in given(form)["answer"]
        before = len(desk.slack.ephemerals)
        await desk.slack.submit_view(ADMIN, given(form) | {"answer": RIGHT, "expires": "2099-12-31"})
        told = shown(await desk.whispered(before))
        assert "Kept" in told
        assert "I say so below the answer" in told

        [line] = await desk.until(lambda: below(desk, answer))
        assert "Corrected by" in shown(line)
        assert "gate 9" in shown(line)
        assert "gate 7" in shown(desk.slack.message(ROOM, answer["ts"]))  # the answer itself stays as it was
        assert "gate 9" in await desk.answer(QUESTION, user=BOB)
        [kept] = await app.knowledge.entries.of("T0TEAM")
        assert kept.entry.owner == f"slack:{ADMIN}"
        assert kept.entry.expires > 4e9

        rows = await app.database.read(lambda c: c.execute(sa.select(audit.c.action, audit.c.subject)).all())
        assert ("answer corrected", kept.source) in [tuple(row) for row in rows]
        [case] = await run(app, "eval.corrections")
        assert (case["question"], case["answer"], case["documents"]) == (QUESTION, [RIGHT], [kept.source])
        [scores] = await run(app, "eval", corrections=True, name="corrections")
        assert (scores["cases"], scores["answered"], scores["precision"]) == (1, 1, 1.0)
        # The same again changes nothing and says nothing again; another one is told again.
        await corrected(desk, answer, expires="2099-12-31")
        await corrected(desk, answer, answer="Guests park their cars at the river.", expires="")
        await desk.until(lambda: len(below(desk, answer)) >= 2)
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.05)
        assert len(below(desk, answer)) == 2
        await app.knowledge.remove("T0TEAM", kept.id)
        assert await app.database.read(lambda c: c.scalar(sa.text("select count(*) from corrections"))) == 0


async def test_an_entry_that_was_wrong_is_corrected_itself(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(f"kb entry\nQ: {QUESTION}\nA: At the river.\nAlso: guest cars"), "Kept")
        answer = await asked(desk, "guest cars")
        await corrected(desk, answer)
        await desk.until(lambda: below(desk, answer))
        [kept] = await app.knowledge.entries.of("T0TEAM")
        assert (kept.version, kept.entry.question, kept.entry.answer) == (2, QUESTION, RIGHT)
        assert kept.entry.variants == ("guest cars",)


async def test_who_calls_an_answer_unhelpful_and_is_an_admin_may_correct_it_at_once_others_may_not(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await load(desk, "docs", PARKING)
        answer = await asked(desk)
        before = len(desk.slack.ephemerals)
        await desk.press(answer, "Not helpful", user=BOB)
        assert "Correct this" not in str(await desk.whispered(before))
        before = len(desk.slack.ephemerals)
        await desk.press(answer, "Not helpful", user=ADMIN)
        noted = await desk.whispered(before)
        await desk.press(noted, "Correct this", room=ROOM)
        await desk.until(lambda: desk.slack.open_view(ADMIN))

        before = len(desk.slack.ephemerals)
        await desk.slack.shortcut(BOB, "fd_correct", channel=ROOM, ts=answer["ts"])
        assert "Only an admin" in shown(await desk.whispered(before))
        assert desk.slack.open_view(BOB) is None
        said = await desk.slack.user_message(ROOM, BOB, "This is nobody's answer.")
        before = len(desk.slack.ephemerals)
        await desk.slack.shortcut(ADMIN, "fd_correct", channel=ROOM, ts=said["ts"])
        assert "an answer of mine" in shown(await desk.whispered(before))
        assert await app.knowledge.entries.of("T0TEAM") == []


async def test_what_is_corrected_in_a_private_room_stays_there_and_a_question_for_a_person_is_answered(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        handed = await asked(desk, "Where is the board's own cellar?", room=PRIVATE)
        assert "person" in shown(handed)
        await corrected(desk, handed, room=PRIVATE, answer="The cellar of the board is below gate 4.")
        [line] = await desk.until(lambda: below(desk, handed, PRIVATE))
        assert "gate 4" in shown(line)
        assert [kept.grant for kept in await app.knowledge.entries.of("T0TEAM")] == [f"room:{PRIVATE}"]
        assert "gate 4" not in await desk.answer("Where is the board's own cellar?", user=BOB)
        open_ = sa.text("select count(*) from handoffs where state = 'open' and person = 'U0ALICE'")
        assert await app.database.read(lambda c: c.scalar(open_)) == 0


async def test_a_thread_is_not_told_what_not_everybody_there_may_be_told(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(f"kb entry\nQ: {QUESTION}\nA: At the river."), "Kept")
        answer = await asked(desk)
        [kept] = await app.knowledge.entries.of("T0TEAM")
        await app.knowledge.regrant("T0TEAM", kept.id, f"user:{ADMIN}")
        assert "nothing is said there" in shown(await corrected(desk, answer))
        [kept] = await app.knowledge.entries.of("T0TEAM")
        assert (kept.entry.answer, kept.grant) == (RIGHT, f"user:{ADMIN}")
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.05)
        assert below(desk, answer) == []


async def test_of_who_asked_nothing_stays_with_a_correction(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await load(desk, "docs", PARKING)
        answer = await asked(desk)
        await corrected(desk, answer)
        await desk.until(lambda: below(desk, answer))
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.05)
        await desk.command("forget-me", user=ALICE)
        rows = await app.database.read(lambda c: c.execute(sa.select(events.c.author, events.c.message)).all())
        assert not [row for row in rows if row.author == ALICE or ALICE in row.message]
        [case] = await run(app, "eval.corrections")
        assert ALICE not in str(case)


async def test_on_discord_an_answer_is_corrected_from_its_menu(fake, tmp_path):
    async with guild_desk(fake, tmp_path) as app:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "parking.md").write_text(PARKING["parking.md"])
        async for _ in app.knowledge.add(["docs"], workspace=fake.guild_id, folder=tmp_path):
            pass
        sent = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> {QUESTION}")
        thread = sent["id"]
        answer = (await until(lambda: [m for m in fake.messages(thread, from_bot=True) if labels(m)]))[0]
        await ended(app)
        used = await fake.context_menu(thread, fake.bob, "Correct this", message=answer["id"])
        assert "Only an admin" in (await privately(fake, used, fake.bob))["content"]
        used = await fake.context_menu(thread, fake.alice, "Correct this", message=answer["id"])
        filled = {"question": QUESTION, "also": "", "answer": RIGHT, "owner": "", "expires": ""}
        sent = await fake.submit_modal(used["token"], filled)
        assert "Kept" in (await privately(fake, sent, fake.alice))["content"]
        line = (await until(lambda: [m for m in fake.messages(thread, from_bot=True) if "Corrected by" in str(m)]))[0]
        assert "gate 9" in str(line)
        [kept] = await app.knowledge.entries.of(fake.guild_id)
        assert kept.entry.answer == RIGHT
