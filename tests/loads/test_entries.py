"""Questions with answers typed by admins, expiry, and sources that are looked at again by themselves."""

from __future__ import annotations

import asyncio
import time

import pytest
import sqlalchemy as sa

from engine.errors import LoadFailed, NotFound, SettingsError
from engine.knowledge import Entry, wanted_of
from engine.store.database import Database
from engine.store.schedule import start_due
from engine.store.sources import Sources
from engine.store.tables import documents, loads, sources
from tests.loads.conftest import Base, Held, Opener, begin, end_of

VPN = "# VPN\n\nVPN certificates are valid for 90 days and are renewed in the Bluebell portal.\n"


class Clock:
    """How far the database's clock is ahead of the true one, in seconds."""

    def __init__(self, base: Base):
        self.ahead = 0.0
        true = base.database.now

        def now() -> sa.ColumnElement[float]:
            return sa.bindparam(None, callable_=lambda: true().callable() + self.ahead, type_=sa.Float)  # type: ignore[attr-defined]  # SQLite: a bind

        base.database.now = now  # type: ignore[method-assign]  # the clock that is injected


async def test_an_entry_is_found_by_its_question_and_its_variants(base: Base) -> None:
    entry = Entry("How do I reset my password?", "At the Foxglove kiosk.", ("I cannot log in any more",), "user:U7")
    document = await base.knowledge.put_entry(entry, workspace="acme", grant="workspace", actor="slack:U1")

    assert "Foxglove" in (await base.search("how do I reset a password"))[0].text
    [found] = await base.search("I cannot log in any more")
    assert "Foxglove" in found.text and "log in" not in found.text
    assert (document.title, document.owner) == ("How do I reset my password?", "user:U7")


async def test_the_same_question_again_replaces_the_answer(base: Base) -> None:
    first = await base.knowledge.put_entry(Entry("Where is the kiosk?", "On floor 1."), workspace="acme",
                                           grant="workspace", actor="a")  # fmt: skip
    second = await base.knowledge.put_entry(Entry("where is  the KIOSK?", "On floor 2."), workspace="acme",
                                            grant="room:C1", actor="a")  # fmt: skip

    assert (first.id, second.version) == (second.id, 2)
    assert await base.texts("Where is the kiosk?") == ""
    assert "floor 2" in await base.texts("Where is the kiosk?", "room:C1")


@pytest.mark.parametrize(
    "entry", [Entry("", "x"), Entry("x", " "), Entry("x" * 2000, "y"), Entry("q", "a", ("v",) * 1 + ("w" * 2000,))]
)
async def test_an_entry_without_question_or_answer_or_too_long_is_refused(base: Base, entry: Entry) -> None:
    with pytest.raises(LoadFailed):
        await base.knowledge.put_entry(entry, workspace="acme", grant="workspace", actor="a")
    with pytest.raises(SettingsError):
        await base.knowledge.put_entry(Entry("q", "a"), workspace="acme", grant="everybody", actor="a")


async def test_what_has_expired_is_not_used_any_more(base: Base) -> None:
    for entry in (Entry("Where is the fair?", "In hall 7."), Entry("When is the fair?", "On Monday.", expires=4e9)):
        await base.knowledge.put_entry(entry, workspace="acme", grant="workspace", actor="a")
    assert "Monday" in await base.texts("When is the fair?")
    past = sa.update(documents).where(documents.c.expires > 0).values(expires=time.time() - 1)
    await base.database.write(lambda c: c.execute(past).rowcount)

    texts = await base.texts("When is the fair?")
    assert "Monday" not in texts and "hall 7" in texts
    assert len(await base.knowledge.documents("acme")) == 2, "it is still listed, and its owner is told"


async def test_documents_expire_as_their_source_says(base: Base) -> None:
    base.write("vpn.md", VPN)
    options = {"owner": "user:U7", "expires": time.time() - 1}
    await base.add(wanted_of("vpn.md", folder=base.folder / "docs", options=options))
    document = await base.knowledge.document("acme", "vpn.md")

    assert (document.owner, document.expires) == ("user:U7", options["expires"])
    assert await base.texts("VPN certificates") == ""


# Schedules


async def syncs(base: Base) -> list[str]:
    rows = await base.database.read(lambda c: c.execute(sa.select(loads.c.id, loads.c.kind, loads.c.actor)).all())
    return [row.id for row in rows if row.kind == "sync" and row.actor == "schedule"]


async def first_sync(base: Base) -> str:
    async with asyncio.timeout(30):
        while not await syncs(base):
            await asyncio.sleep(0.05)
    return (await syncs(base))[0]


async def test_a_source_is_looked_at_again_when_its_time_has_come(base: Base) -> None:
    clock = Clock(base)
    base.write("wiki/vpn.md", VPN)
    load = await begin(base, "wiki", every_s=86_400.0)
    async with base.knowledge.loads.working():
        await end_of(base, load)
        [source] = await base.knowledge.sources("acme")
        assert source.every == 86_400.0 and source.due > source.synced > 0
        base.write("wiki/vpn.md", VPN.replace("90", "45"))
        assert await start_due(base.database) == 0
        clock.ahead = 86_500.0
        last = await end_of(base, await first_sync(base))
        assert (last.state, last.updated) == ("done", 1)

    assert "45 days" in await base.texts("VPN certificates")
    [again] = await base.knowledge.sources("acme")
    assert again.due > source.due + 80_000 and len(await syncs(base)) == 1


async def test_a_schedule_can_be_ended(base: Base) -> None:
    base.write("wiki/vpn.md", VPN)
    await base.add("wiki")
    assert (await base.knowledge.schedule("acme", "wiki", 3600, actor="a")).every == 3600
    assert (await base.knowledge.schedule("acme", "wiki", 0, actor="a")).due == 0
    with pytest.raises(NotFound):
        await base.knowledge.schedule("acme", "nothing", 60, actor="a")


async def test_what_is_still_being_loaded_is_not_begun_again(opened: Opener, held: Held) -> None:
    base = await opened(held)
    clock = Clock(base)
    base.write("wiki/held.md", "# Held\n\nThe code is HOLD-1.\n")
    load = await begin(base, "wiki", every_s=600.0)
    async with base.knowledge.loads.working():
        assert await asyncio.to_thread(held.reached.wait, 30)
        clock.ahead = 700.0
        async with asyncio.timeout(30):
            while (await base.knowledge.sources("acme"))[0].due < 1200 + (
                await base.knowledge.loads.state(load)
            ).created:
                await asyncio.sleep(0.05)
        assert await syncs(base) == []
        held.go_on.set()
        await end_of(base, load)


async def test_of_several_workers_one_looks(opened: Opener, postgresql: str) -> None:
    one, two = await opened(url=postgresql), await opened(url=postgresql)
    one.write("wiki/vpn.md", VPN)
    async with one.knowledge.loads.working(), two.knowledge.loads.working():
        await end_of(one, await begin(one, "wiki", every_s=3600.0))
        shared = Database(postgresql)
        await shared.write(lambda c: c.execute(sa.update(sources).values(due=1.0)).rowcount)
        await shared.close()
        last = await end_of(one, await first_sync(one))
        assert await asyncio.gather(start_due(one.database), start_due(two.database)) == [0, 0]

    assert last.unchanged == 1 and len(await syncs(one)) == 1
    assert (await Sources(one.database).of("acme"))[0].due > 1.0
