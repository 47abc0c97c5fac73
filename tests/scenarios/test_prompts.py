"""Questions to begin with: what several people asked and everybody may know, and the entries of admins."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.prompts import Prompts
from engine.knowledge.values import Entry
from engine.store.feedback import add_feedback
from engine.store.tables import turns
from engine.types import Conversation
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, office

CAROL, GUEST = "U0CAROL", "U0GUEST"
WHERE = Conversation("slack", "T0TEAM", "D0ALICE")
PARKING = "Where are cars parked?"
BOARD = "When does the board meet about the merger?"


@pytest.fixture
async def town(tmp_path):
    async with office(tmp_path) as town, town.desk():
        town.slack.add_user(CAROL, "carol")
        town.slack.add_user(GUEST, "guest", guest="multi")
        town.slack.channels[ROOM]["members"] += [CAROL]
        town.slack.channels[PRIVATE]["members"] += [BOB]
        await load(town, "docs", {"parking.md": "# Parking\n\nCars are parked in the north yard behind gate 7.\n"})
        board = {"board.md": "# Board\n\nThe board meets about the merger on the ninth of May.\n"}
        await load(town, "board", board, grant=f"room:{PRIVATE}")
        yield town


async def load(town, folder: str, files: dict[str, str], **where: str) -> None:
    place = town.folder / folder
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    async for _ in town.app.knowledge.add([folder], workspace="T0TEAM", folder=town.folder, actor="test", **where):
        pass


async def ask(town, question: str, user: str, room: str) -> int:
    """Ask, and wait until the answer is written down; returns its event."""

    async def latest() -> int:
        return await town.app.database.read(lambda c: c.scalar(sa.select(sa.func.max(turns.c.event))) or 0)

    before = await latest()
    await town.slack.user_message(room, user, f"<@{town.slack.bot_user_id}> {question}")
    found = before
    while found == before:
        found = await latest()
    return found


async def prompts(town, person: str = ALICE, language: str = "en") -> tuple[str, ...]:
    """As they are now, without what is remembered for a minute."""
    made = Prompts(town.app.database, town.app.knowledge, {"slack": town.app.channels[0]})
    return await made.for_person(WHERE, person, language)


async def test_what_three_people_asked_in_two_rooms_is_suggested_and_nothing_before(town):
    await ask(town, PARKING, ALICE, ROOM)
    await ask(town, PARKING, ALICE, ROOM)
    await ask(town, "where are cars PARKED, please", BOB, ROOM)
    assert await prompts(town) == ()
    last = await ask(town, PARKING, CAROL, ROOM)
    assert await prompts(town) == (), "three people in one room: it may be known there alone"
    await ask(town, PARKING, ADMIN, PRIVATE)
    assert await prompts(town) == (PARKING,)

    await town.app.database.write(lambda c: add_feedback(town.app.database, c, last, CAROL, helpful=False))
    assert await prompts(town) == (PARKING,), "three others were answered well"
    [found] = [d for d in await town.app.knowledge.documents("T0TEAM") if d.source.endswith("parking.md")]
    await town.app.knowledge.remove("T0TEAM", found.id)
    assert await prompts(town) == (), "it is not answered any more"


async def test_what_only_one_room_may_know_is_never_suggested(town):
    for user, room in ((ALICE, PRIVATE), (BOB, PRIVATE), (ADMIN, PRIVATE), (ALICE, town.direct(ALICE))):
        await ask(town, BOARD, user, room)
    often = Prompts(town.app.database, town.app.knowledge, {"slack": town.app.channels[0]})._asked_often
    assert [rows[0].question for rows in await often("T0TEAM")] == [BOARD]
    assert await prompts(town) == ()


async def test_entries_of_admins_follow_in_the_persons_language_first_and_guests_get_public_ones_alone(town):
    for question, answer, grant in (
        ("How do I get a key?", "At reception.", "workspace"),
        ("怎么拿钥匙？", "在前台。", "public"),
        ("What does the board drink?", "Tea.", f"room:{PRIVATE}"),
    ):
        await town.app.knowledge.put_entry(Entry(question, answer), workspace="T0TEAM", grant=grant, actor="test")

    assert set(await prompts(town)) == {"How do I get a key?", "怎么拿钥匙？"}
    assert (await prompts(town))[0] == "How do I get a key?"
    assert (await prompts(town, language="zh"))[0] == "怎么拿钥匙？"
    assert await prompts(town, GUEST) == ("怎么拿钥匙？",)
    assert await prompts(town, "U0NOBODY") == ()


async def test_while_it_works_slack_shows_what_it_does_and_nothing_of_it_once_it_has_answered(town):
    await ask(town, PARKING, ALICE, ROOM)
    await ask(town, "今天车停在哪里？", ALICE, ROOM)

    told = [e["args"]["status"] for e in town.slack.transcript if e.get("method") == "assistant.threads.setStatus"]
    assert told == ["is searching one document …", "正在检索 1 个文档 …"], "the board's paper is not counted here"
    await town.until(lambda: not any(s["status"] for s in town.slack.thread_status.values()))
