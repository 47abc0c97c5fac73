"""Questions that people change while Frontdesk is off, in Slack and in Discord: answered as they read afterwards."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from engine.store.tables import events, turns
from tests.scenarios.guild import desk as discord_desk
from tests.scenarios.guild import direct, ended
from tests.scenarios.guild import until as shortly
from tests.scenarios.office import ALICE, BOB, office, shown
from tests.scenarios.test_knowledge_in_chat import load

FIRST, EDITED, SECRET = (
    "How many chairs has room 1?",
    "How many chairs has room 2?",
    "Who took the chairs of room 3?",
)
ROOMS = {f"room{n}.md": f"# Room {n}\n\nRoom {n} has {n + 40} chairs.\n" for n in range(1, 4)}


async def kept(app, count):
    """So many questions wait, on disk."""
    async with asyncio.timeout(60):
        while (await app.inbox.open_events()).total < count:
            await asyncio.sleep(0.02)


async def everything(app):
    """All that is known of what was asked."""
    return str(await app.database.read(lambda c: [c.execute(sa.select(t)).all() for t in (events, turns)]))


async def test_in_slack_what_waited_is_answered_as_it_reads_after_the_start_or_not_at_all(tmp_path):
    async with office(tmp_path) as desk:
        async with desk.desk() as app:
            await load(desk, "rooms", ROOMS)
            answered = await desk.send(FIRST, user=BOB)
            await desk.told(answered, "41 chairs", user=BOB)
            await ended(app)
            await app.inbox.stop(within_s=0)
            first, second = await desk.send(FIRST, user=ALICE), await desk.send(SECRET, user=ALICE)
            await kept(app, 2)
        await desk.slack.user_edit(desk.direct(ALICE), first, EDITED)
        await desk.slack.user_delete(desk.direct(ALICE), second)
        await desk.slack.user_delete(desk.direct(BOB), answered)
        async with desk.desk() as app:
            looking = asyncio.create_task(app.tell_people())
            await desk.told(first, "42 chairs", user=ALICE)
            await ended(app)
            async with asyncio.timeout(60):
                while FIRST in await everything(app):  # of Bob's, which was answered before
                    await asyncio.sleep(0.05)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            known = await everything(app)

        assert SECRET not in known
        assert EDITED in known
        assert not desk.said(second, user=ALICE)
        assert all("41 chairs" not in shown(m) for m in desk.said(first, user=ALICE))


async def test_in_discord_too(fake, tmp_path):
    async with discord_desk(fake, tmp_path) as app:
        await fake.user_dm(fake.alice, "kb entry\nQ: Where are the keys?\nA: At reception, behind gate 7.")
        await shortly(lambda: direct(fake, fake.alice, "Kept"))
        await app.inbox.stop(within_s=0)
        first = await fake.user_dm(fake.bob, "Where is the car?")
        second = await fake.user_message(fake.general, fake.bob, f"<@{fake.bot}> Where are the keys?")
        await kept(app, 2)
    await fake.user_edit(first["channel"], first["id"], "Where are the keys?")
    await fake.user_delete(fake.general, second["id"])
    async with discord_desk(fake, tmp_path) as app:
        await shortly(lambda: direct(fake, fake.bob, "gate 7"))
        await ended(app)
        known = await everything(app)

    assert "Where is the car?" not in known
    assert fake.messages(fake.general, from_bot=True) == []
