"""Say why, add to the knowledge base, the shortcuts and the Home tab: the whole product in Slack."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from engine.knowledge import Entry
from engine.store.tables import feedback
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, buttons, office, shown

PARKING = {"parking.md": "# Parking\n\nCars are parked in the north yard behind gate 7.\n"}
QUESTION = "Where are cars parked?"


@pytest.fixture
async def desk(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        await load(desk, "docs", PARKING)
        yield desk


async def load(desk: Office, folder: str, files: dict[str, str], **where: str) -> None:
    """Load a folder as the command line does."""
    place = desk.folder / folder
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    async for _ in desk.app.knowledge.add([folder], workspace="T0TEAM", folder=desk.folder, actor="test", **where):
        pass


async def ask(desk: Office, question: str = QUESTION, *, user: str = ALICE, room: str = ROOM) -> dict:
    """The answer to a question in a room."""
    sent = await desk.slack.user_message(room, user, f"<@{desk.slack.bot_user_id}> {question}")
    return await quiet(desk, sent["ts"], room)


async def quiet(desk: Office, thread: str, room: str = ROOM) -> dict:
    """What the bot said there, once every question has its end."""
    await desk.until(lambda: desk.slack.messages(room, thread_ts=thread, from_bot=True))
    while (await desk.app.inbox.open_events()).total:
        await asyncio.sleep(0.02)
    return desk.slack.messages(room, thread_ts=thread, from_bot=True)[0]


async def say_why(desk: Office, answer: dict, why: str, better: str | None, *, user: str, room: str = ROOM) -> None:
    """Press "not helpful" and fill in the form that is offered."""
    before = len(desk.slack.ephemerals)
    await desk.press(answer, "Not helpful", user=user, room=room)
    offer = await desk.whispered(before)
    assert "noted" in shown(offer)
    await desk.press(offer, "Say why", user=user, room=room)
    await desk.until(lambda: desk.slack.open_view(user))
    before = len(desk.slack.ephemerals)
    assert (await desk.slack.submit_view(user, {"why": why, "better": better}))["ok"]
    assert "admins will read" in shown(await desk.whispered(before))


async def home(desk: Office, user: str) -> str:
    """What the Home tab shows to somebody who opens it now."""
    desk.slack.homes.pop(user, None)
    await desk.slack.open_home(user)
    return shown(await desk.until(lambda: desk.slack.homes.get(user)))


async def test_not_helpful_is_explained_read_by_the_admin_becomes_an_entry_and_is_forgotten(desk):
    await say_why(desk, await ask(desk), "The yard has moved", "In the south yard, behind gate 9.", user=ALICE)
    listed = await desk.command("feedback")
    for words in (QUESTION, "The yard has moved", "In the south yard", "1 to 1 of 1"):
        assert words in shown(listed)
    assert "https://test.slack.com/archives/" in str(listed["blocks"])

    await desk.press(listed, "Add 1 to knowledge base", room=ROOM)
    form = await desk.until(lambda: desk.slack.open_view(ADMIN))
    given = {b["block_id"]: b["element"].get("initial_value") for b in form["blocks"]}
    assert (given["question"], given["answer"]) == (QUESTION, "In the south yard, behind gate 9.")
    assert "Everybody in the workspace" in str(form["blocks"])
    before = len(desk.slack.ephemerals)
    filled = {"question": QUESTION, "also": "car park\nparking lot", "answer": given["answer"], "expires": "2099-12-31"}
    await desk.slack.submit_view(ADMIN, filled)
    kept = shown(await desk.whispered(before))
    assert "Kept" in kept
    assert "2 other questions" in kept
    assert "gate 9" in await desk.answer(QUESTION, user=BOB)

    answer = await ask(desk)  # and a thumb is kept likewise
    await desk.slack.user_react(ROOM, answer["ts"], BOB, "+1")

    async def kept() -> list[tuple[str, bool, str]]:
        rows = await desk.app.database.read(lambda c: c.execute(sa.select(feedback)).all())
        return sorted((row.person, row.helpful, row.why) for row in rows if row.person == BOB)

    while not await kept():
        await asyncio.sleep(0.02)
    await say_why(desk, answer, "It is too vague", None, user=BOB)
    assert await kept() == [(BOB, False, "It is too vague")]
    assert "deleted here" in shown(await desk.command("forget-me", user=BOB))
    assert await kept() == []
    assert "too vague" not in shown(await desk.command("feedback"))


async def test_what_was_wrong_can_be_chosen_and_stands_before_what_is_written(desk):
    answer = await ask(desk)
    before = len(desk.slack.ephemerals)
    await desk.press(answer, "Not helpful", user=ALICE, room=ROOM)
    offer = await desk.whispered(before)
    for wrong in ("It is not true", "It is out of date"):
        before = len(desk.slack.ephemerals)
        await desk.choose(offer, wrong, user=ALICE, room=ROOM)
        assert "admins will read" in shown(await desk.whispered(before))
    await desk.press(offer, "Say why", user=ALICE, room=ROOM)
    form = await desk.until(lambda: desk.slack.open_view(ALICE))
    there = form["blocks"][0]["element"]["initial_value"]
    assert there == "It is out of date"
    before = len(desk.slack.ephemerals)
    await desk.slack.submit_view(ALICE, {"why": f"{there}\nSince May", "better": None})
    await desk.whispered(before)
    before = len(desk.slack.ephemerals)
    await desk.choose(offer, "Something is missing", user=ALICE, room=ROOM)
    await desk.whispered(before)
    listed = shown(await desk.command("feedback"))
    assert "Something is missing" in listed
    assert "Since May" in listed
    assert "out of date" not in listed


async def test_what_a_private_room_asked_is_not_shown_to_an_admin_who_is_not_in_it(desk):
    desk.slack.channels[PRIVATE]["members"].remove(ADMIN)
    answer = await ask(desk, "Where are the cars of the board parked?", room=PRIVATE)
    desk.slack.channels[PRIVATE]["members"].append(BOB)
    await say_why(desk, answer, "It is too vague", None, user=BOB, room=PRIVATE)
    await desk.press(answer, "Ask a person", user=ALICE, room=PRIVATE)
    direct = await desk.send("Where are my own cars parked?", user=ALICE)
    await desk.until(lambda: any(buttons(m) for m in desk.said(direct, ALICE)))
    await desk.press(desk.said(direct, ALICE)[0], "Ask a person", user=ALICE, room=desk.direct(ALICE))
    await desk.until(lambda: any("marked" in m["text"] for m in desk.said(direct, ALICE)))

    listed = shown(await desk.command("feedback"))
    assert "It is too vague" in listed  # which was written for the admins
    assert "board" not in listed
    seen = await home(desk, ADMIN)
    assert "Waiting for a person: 2" in seen
    assert "2 of the newest were asked where you do not read along" in seen
    assert "board" not in seen + listed
    assert "own cars" not in seen

    desk.slack.channels[PRIVATE]["members"].append(ADMIN)
    assert "cars of the board" in shown(await desk.command("feedback"))
    seen = await home(desk, ADMIN)
    assert "cars of the board" in seen
    assert "own cars" not in seen  # a direct message stays one


async def test_somebody_in_taiwan_reads_their_own_chinese_all_over(desk):
    desk.slack.users[ALICE]["locale"] = "zh-TW"
    entry = Entry("停車證怎麼申請？", "停車證請在警衛室申請。")
    await desk.app.knowledge.put_entry(entry, workspace="T0TEAM", grant="workspace", actor="test")
    answer = await ask(desk, "停車證怎麼申請？")
    assert "來源" in shown(answer)
    before = len(desk.slack.ephemerals)
    await desk.press(answer, "沒有幫助", user=ALICE)
    assert "謝謝，已記錄。" in shown(await desk.whispered(before))

    handed_off = await ask(desk, "請問保固期有多長？", room=desk.direct(ALICE))
    assert "我在文件中沒有找到能回答這個問題的內容" in shown(handed_off)
    seen = await home(desk, ALICE)
    assert "您最近的提問" in seen
    assert "請問保固期有多長？: 已轉人工" in seen


async def test_the_home_tab_shows_people_their_questions_takes_new_ones_and_tells_admins_how_the_desk_stands(desk):
    await ask(desk)
    mine, others = await home(desk, ALICE), await home(desk, BOB)
    assert QUESTION in mine
    assert "answered" in mine
    assert QUESTION not in others
    assert "You have not asked anything yet" in others
    assert "For admins" not in mine + others
    for_admins = await home(desk, ADMIN)
    assert "Documents: 1 searchable" in for_admins
    assert "1 answered" in for_admins
    assert set(buttons(desk.slack.homes[ADMIN]).values()) == {"Ask a question", "Documents", "What did not help"}
    assert set(buttons(desk.slack.homes[BOB]).values()) == {"Ask a question"}
    entry = Entry("Where do bicycles stand?", "Bicycles stand in the cellar, in rack 12.")
    await desk.app.knowledge.put_entry(entry, workspace="T0TEAM", grant="workspace", actor="test")
    await home(desk, BOB)
    action = next(a for a, text in buttons(desk.slack.homes[BOB]).items() if text == "Where do bicycles stand?")
    await desk.slack.click_home(BOB, action)
    private = desk.direct(BOB)
    await desk.until(lambda: any("rack 12" in shown(m) for m in desk.slack.messages(private, from_bot=True)))

    desk.slack.add_user("U0MEI", "mei")["locale"] = "zh-CN"
    assert "您还没有提过问题" in await home(desk, "U0MEI")

    action = next(a for a, text in buttons(desk.slack.homes[BOB]).items() if text == "Ask a question")
    await desk.slack.click_home(BOB, action)
    await desk.until(lambda: desk.slack.open_view(BOB))
    await desk.slack.submit_view(BOB, {"question": QUESTION})
    private = desk.direct(BOB)
    await desk.until(lambda: any("gate 7" in shown(m) for m in desk.slack.messages(private, from_bot=True)))
    asked = [shown(m) for m in desk.slack.messages(private, from_bot=True) if "You asked" in shown(m)]
    assert [QUESTION in text for text in asked] == [False, True]
    assert len(desk.slack.messages(ROOM, from_bot=True)) == 1


async def test_a_message_is_answered_where_all_can_read_it_or_aside_and_can_become_an_entry(desk):
    said = await desk.slack.user_message(ROOM, ALICE, QUESTION)
    await desk.slack.shortcut(BOB, "fd_answer", channel=ROOM, ts=said["ts"])
    await desk.until(lambda: desk.slack.messages(ROOM, thread_ts=said["ts"], from_bot=True))

    desk.slack.add_channel("G0CLOSED", "closed", kind="group", members=[ALICE, BOB])
    said = await desk.slack.user_message("G0CLOSED", ALICE, QUESTION)
    await desk.slack.shortcut(BOB, "fd_answer", channel="G0CLOSED", ts=said["ts"])
    private = desk.direct(BOB)
    await desk.until(lambda: any("gate 7" in shown(m) for m in desk.slack.messages(private, from_bot=True)))
    assert desk.slack.messages("G0CLOSED", from_bot=True) == []

    sent = await desk.slack.user_message(ROOM, ALICE, f"<@{desk.slack.bot_user_id}> When does the canteen open?")
    await quiet(desk, sent["ts"])
    reply = await desk.slack.user_message(ROOM, BOB, "At half past eleven.", thread_ts=sent["ts"])
    await desk.slack.shortcut(ADMIN, "fd_keep", channel=ROOM, ts=reply["ts"])
    form = await desk.until(lambda: desk.slack.open_view(ADMIN))
    given = {b["block_id"]: b["element"].get("initial_value") for b in form["blocks"]}
    assert (given["question"], given["answer"]) == ("When does the canteen open?", "At half past eleven.")

    before = len(desk.slack.ephemerals)
    await desk.slack.shortcut(BOB, "fd_keep", channel=ROOM, ts=reply["ts"])  # who is no admin
    assert "Only an admin" in shown(await desk.whispered(before))
    assert desk.slack.open_view(BOB) is None

    said = await desk.slack.user_message(ROOM, BOB, "Bicycles stand in the cellar.")
    await desk.slack.shortcut(ADMIN, "fd_keep", channel=ROOM, ts=said["ts"])
    await desk.until(lambda: desk.slack.open_view(ADMIN))
    filled = {"question": "Where do bicycles stand?", "answer": "Bicycles stand in the cellar.", "expires": "soon"}
    await desk.slack.submit_view(ADMIN, filled)
    [wrong] = [e for e in desk.slack.transcript if e.get("what") == "view_errors"]
    assert "soon" in str(wrong["errors"])
    before = len(desk.slack.ephemerals)
    await desk.slack.submit_view(ADMIN, filled | {"expires": None})
    assert "Kept" in shown(await desk.whispered(before))
    assert "cellar" in await desk.answer("Where do bicycles stand?", user=ALICE)
