"""An answer that only its asker may see is put before the others: by their wish, asked once more, once, and checked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import sqlalchemy as sa

from bot.app import App
from bot.only_you import ASIDE
from bot.sharing import SHARED
from engine.store.audit import Audit
from engine.store.shared import SHARED as SHARED_REASON
from engine.store.tables import events, turns
from engine.types import Addressed, Message
from tests.scenarios.office import ALICE, BOB, PRIVATE, ROOM, Office, buttons, office, shown

Json = dict[str, Any]
BONUS = "When is the yearly bonus paid?"
SECRET = "# Bonus\n\nThe yearly bonus is 4711 francs and is paid in March.\n"


async def load(desk: Office, **more: str) -> None:
    """A page for the private room, where Alice is and Bob is not; and more of them, text by name."""
    (desk.folder / "board").mkdir()
    (desk.folder / "board" / "bonus.md").write_text(SECRET)
    for name, text in more.items():
        (desk.folder / "board" / f"{name}.md").write_text(text)
    given = {"workspace": "T0TEAM", "folder": desk.folder, "actor": "test", "grant": f"room:{PRIVATE}"}
    async for _ in desk.app.knowledge.add(["board"], **given):
        pass


async def privately(desk: Office, count: int = 1) -> tuple[str, Json]:
    """Alice asks in the room, and is shown aside what only she may see: the question's ts, and the private answer."""
    before = len(desk.slack.ephemerals)
    sent = await desk.slack.user_message(ROOM, ALICE, f"<@{desk.slack.bot_user_id}> {BONUS}")
    offer = await desk.whispered(before)
    await desk.press(offer, "Show me", user=ALICE, room=ROOM)
    return sent["ts"], await told(desk, "4711", count)


async def told(desk: Office, words: str, count: int = 1) -> Json:
    """The last of so many messages to Alice alone that have these words."""

    def found() -> list[Json]:
        return [m for m in desk.slack.messages(desk.direct(ALICE), from_bot=True) if words in shown(m)]

    await desk.until(lambda: len(found()) >= count)
    return found()[-1]


async def press(desk: Office, message: Json, label: str) -> None:
    await desk.press(message, label, user=ALICE, room=desk.direct(ALICE))


def before_all(desk: Office, ts: str) -> list[Json]:
    """What stands in the thread of the question."""
    return list(desk.slack.messages(ROOM, thread_ts=ts, from_bot=True))


async def ended(desk: Office) -> None:
    async with asyncio.timeout(90):
        while (await desk.app.inbox.open_events()).total:
            await asyncio.sleep(0.05)


async def test_it_is_shared_after_a_second_question_once_and_also_when_the_bot_was_started_again_between(tmp_path):
    async with office(tmp_path) as desk:
        async with desk.desk():
            await load(desk)
            ts, private = await privately(desk)
            assert "Share where I asked" in buttons(private).values()
            await press(desk, private, "Share where I asked")
            asked = await told(desk, "Share this answer in")
            assert "#general" in shown(asked)
            assert "not everybody there may be allowed to see: 1" in shown(asked)
            assert "Bonus" in shown(asked)
            assert [shown(m) for m in before_all(desk, ts) if "4711" in shown(m)] == []

        async with desk.desk() as app:
            await press(desk, asked, "Yes, share it")
            there = await desk.until(lambda: next((m for m in before_all(desk, ts) if "4711" in shown(m)), None))
            assert "Shared by @alice" in shown(there)
            assert "Not everybody here" in shown(there)
            assert "Bonus" in str(there["blocks"])
            assert list(buttons(there).values()) == ["Helpful", "Not helpful", "Ask a person"]
            await told(desk, "in a moment")
            await press(desk, asked, "Yes, share it")
            await told(desk, "shared this answer already")
            assert len([m for m in before_all(desk, ts) if "4711" in shown(m)]) == 1
            [row] = [r for r in await Audit(app.database).rows() if r.action == "answer shared"]
            assert (row.actor, row.workspace, row.subject) == (f"slack:{ALICE}", "T0TEAM", ROOM)
            assert '"hidden":1' in row.details
            assert "4711" not in row.details

            # It is shown, and no more: nobody who reads it is answered from it.
            await desk.slack.user_message(ROOM, BOB, f"<@{desk.slack.bot_user_id}> And who gets it?", thread_ts=ts)
            await desk.until(lambda: len(before_all(desk, ts)) == 3)
            assert "4711" not in shown(before_all(desk, ts)[-1])
            why = await desk.command("why", user=BOB)
            assert "Bonus" not in shown(why)


async def test_it_is_not_shared_where_people_from_outside_read_or_when_the_sharer_may_not_read_it_any_more(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        await load(desk)
        desk.slack.add_user("U0GUEST", "guest", guest="multi")
        ts, private = await privately(desk)
        await press(desk, private, "Share where I asked")
        asked = await told(desk, "Share this answer in")

        desk.slack.channels[PRIVATE]["members"].remove(ALICE)
        await press(desk, asked, "Yes, share it")
        await told(desk, "may not read all of them")
        desk.slack.channels[PRIVATE]["members"].append(ALICE)

        desk.slack.channels[ROOM]["members"].append("U0GUEST")
        await press(desk, asked, "Yes, share it")
        await told(desk, "People from outside")
        desk.slack.channels[ROOM]["members"].remove("U0GUEST")

        desk.slack.channels[ROOM]["members"].remove(ALICE)
        await press(desk, private, "Share where I asked")
        await told(desk, "do not read along")
        desk.slack.channels[ROOM]["members"].append(ALICE)

        # What was wanted before the room changed is looked at again right before it is visible.
        await ended(desk)
        [question] = [m for m in await kept(desk.app) if not m.id.endswith(ASIDE)]
        share = replace(question, id=question.id + SHARED, addressed=Addressed.COMMAND, command="share")
        desk.slack.channels[ROOM]["members"].append("U0GUEST")
        await desk.app.inbox.accept(share)
        assert "People from outside" in shown(await told(desk, "I have not shared that answer"))
        desk.slack.channels[ROOM]["members"].remove("U0GUEST")
        await ended(desk)
        await press(desk, private, "Share where I asked")
        await told(desk, "could not be shared when you wanted it")

        # One page of several is enough: here one that is gone.
        more = sa.func.replace(turns.c.passages, "]", ',"gone.1.0"]')
        await desk.app.database.write(lambda c: c.execute(sa.update(turns).values(passages=more)))
        await press(desk, asked, "Yes, share it")
        await told(desk, "may not read all of them", count=2)

        await desk.slack.user_delete(ROOM, ts)
        await forgotten(desk)
        await press(desk, asked, "Yes, share it")
        await told(desk, "nothing to share")
        assert "4711" not in str([shown(m) for m in desk.slack.messages(ROOM, from_bot=True)])
        assert [r for r in await Audit(desk.app.database).rows() if r.action == "answer shared"] == []


async def test_the_passages_of_what_is_shared_stay_in_the_order_that_its_markers_count(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await load(desk, shares="# Bonus in shares\n\nThe yearly bonus is never paid in shares.\n")
        _, private = await privately(desk)
        await ended(desk)
        alice = await app.channels[0].alone(ALICE, "T0TEAM")
        assert alice is not None
        found = await app.knowledge.search(BONUS, alice, limit=3)
        order = sorted((p.id for p in found.passages), reverse=True)
        assert len(order) > 1
        more = {"passages": orjson.dumps(order).decode()}
        mine = turns.c.text.contains("4711")
        await app.database.write(lambda c: c.execute(sa.update(turns).where(mine).values(more)))
        await press(desk, private, "Share where I asked")
        await press(desk, await told(desk, "Share this answer in"), "Yes, share it")
        await told(desk, "in a moment")
        await ended(desk)
        query = sa.select(turns.c.passages).where(turns.c.reason == SHARED_REASON)
        [kept_order] = await app.database.read(lambda c: list(c.scalars(query)))
        assert orjson.loads(kept_order) == order


async def forgotten(desk: Office) -> None:
    """Nothing is left of what was asked."""
    async with asyncio.timeout(90):
        while any(m.text for m in await kept(desk.app)):
            await asyncio.sleep(0.05)


async def kept(app: App) -> list[Message]:
    """All messages that were taken in."""
    query = sa.select(events.c.message)
    found: list[Message] = await app.database.read(lambda c: [Message.from_json(m) for m in c.scalars(query)])
    return found


async def test_an_admin_can_switch_it_off(tmp_path):
    async with office(tmp_path) as desk:
        async with desk.desk():
            await load(desk)
            _, private = await privately(desk)
        desk.settings = "[desk]\nshare = false"
        async with desk.desk():
            await press(desk, private, "Share where I asked")
            await told(desk, "switched that off")
            _, another = await privately(desk, count=2)
            assert list(buttons(another).values()) == ["Helpful", "Not helpful", "Ask a person"]
