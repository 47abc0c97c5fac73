"""What was asked in vain, by topic: for an admin who asks, and once a week for a room."""

from __future__ import annotations

import asyncio

import orjson
import sqlalchemy as sa

from bot.operations import Operations
from bot.topics import Topics
from engine.store.tables import audit
from tests.scenarios.guild import desk as guild
from tests.scenarios.guild import direct, ended, until
from tests.scenarios.office import ADMIN, ALICE, BOB, PRIVATE, ROOM, Office, office, shown

VPN = ("How do I renew my VPN certificate?", "VPN certificate expired, how to renew it?", "如何更新 VPN 证书？")


async def ask(desk: Office, question: str, *, user: str = ALICE, room: str = ROOM) -> None:
    sent = await desk.slack.user_message(room, user, f"<@{desk.slack.bot_user_id}> {question}")
    await desk.until(lambda: desk.slack.messages(room, thread_ts=sent["ts"], from_bot=True))
    while (await desk.app.inbox.open_events()).total:
        await asyncio.sleep(0.02)


async def everything(desk: Office) -> None:
    """Nothing is loaded: all of it is handed over."""
    for question in VPN:
        await ask(desk, question)
    await ask(desk, "Where may I park my bike?", user=BOB)
    await ask(desk, "What is the bonus of the board?", room=PRIVATE)
    await desk.answer("Is my own contract ending?", user=ALICE)
    await desk.answer("thank you", user=ALICE)


async def test_an_admin_sees_topics_of_what_they_may_read_and_others_are_told_who_is_one(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        desk.slack.channels[PRIVATE]["members"].remove(ADMIN)
        await everything(desk)
        listed = shown(await desk.command("topics 7"))
        assert "4 questions, 2 topics" in listed
        assert "3 questions, 3 handed to a person" in listed
        for question in (*VPN, "Where may I park my bike?"):
            assert question in listed
        for hidden in ("bonus", "board", "contract", "thank"):
            assert hidden not in listed
        assert "2 more were asked" in listed
        assert "park my bike" in shown(await desk.told(await desk.send("topics"), "topics"))
        assert "Only an admin" in shown(await desk.command("topics", user=ALICE))

        lines = [line async for line in Operations(app)("topics", {"days": 30, "workspace": "T0TEAM"})]
        rows = [line["row"] for line in lines if "row" in line]
        assert [row["count"] for row in rows] == [3, 1, 1]  # the room's too: whoever runs the desk may read the rooms
        assert "contract" not in orjson.dumps(rows).decode()


async def test_a_room_is_told_once_a_week_whatever_restarts_and_however_many_workers(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await everything(desk)
        app.channels[0].digest = ROOM

        async def workers(sent: int) -> None:
            running = [
                asyncio.create_task(Topics(app.database, app.knowledge, app._by_name, look_s=0.02).tell())
                for _ in range(3)
            ]
            try:
                await desk.until(lambda: len(digests()) >= sent)
                await asyncio.sleep(1.0)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

        def digests() -> list[dict]:
            return [m for m in desk.slack.messages(ROOM, from_bot=True) if "Asked in vain" in m["text"] + shown(m)]

        await workers(1)
        [told] = digests()
        said = told["text"] + shown(told)
        assert "4 questions, 2 topics" in said
        assert "bonus" not in said
        assert "contract" not in said
        await workers(1)  # as after a restart
        assert len(digests()) == 1

        week = 8 * 86_400
        older = sa.update(audit).where(audit.c.action == "digest told").values(at=audit.c.at - week)
        await app.database.write(lambda c: c.execute(older))
        await workers(2)
        assert len(digests()) == 2


async def test_on_discord_too(fake, tmp_path):
    async with guild(fake, tmp_path) as app:
        room = next(id_ for id_, c in fake.channels.items() if c["type"] == 0)
        for question in VPN[:2]:
            await fake.user_message(room, fake.bob, f"<@{fake.bot}> {question}")
        await asyncio.sleep(0.5)
        await ended(app)
        await fake.user_dm(fake.alice, "topics")
        [listed] = await until(lambda: direct(fake, fake.alice, "Asked in vain"))
        assert "2 questions" in listed["content"]
        app.channels[0].digest = str(room)
        running = asyncio.create_task(Topics(app.database, app.knowledge, app._by_name, look_s=0.05).tell())
        await until(lambda: [m for m in fake.messages(room, from_bot=True) if "Asked in vain" in m["content"]])
        running.cancel()
