"""Nobody waits for ever: not for a worker that was told to stop, nor for room that is never given back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from engine.errors import Unavailable
from engine.knowledge import Wanted
from engine.knowledge.worker import _PAGES
from engine.store.database import Database
from engine.store.loads import Item, LoadTables
from engine.store.migrate import migrate
from tests.loads.conftest import Base, Opener, Site, Surfer, begin, end_of

SECONDS = 30.0


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await true():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("steps", range(5))
async def test_a_worker_that_is_told_to_stop_just_as_it_is_woken_stops(base: Base, steps: int) -> None:
    """The end of a load wakes it, and whoever waited for that load stops it in the same moment."""
    worker = base.knowledge.loads._worker
    running = asyncio.create_task(base.knowledge.loads.run())
    await asyncio.sleep(0.3)  # it waits for something to do
    worker.poke()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()

    done, _ = await asyncio.wait({running}, timeout=5)
    if not done:
        running.cancel()
    assert done


@pytest.mark.parametrize("steps", range(5))
async def test_somebody_who_watches_and_stops_just_as_a_load_ends_stops(base: Base, steps: int) -> None:
    worker = base.knowledge.loads._worker
    watching = asyncio.create_task(worker.an_end(60.0))
    await asyncio.sleep(0.05)
    worker._an_end.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    stopped = watching.cancel()
    await asyncio.wait({watching}, timeout=5)

    assert watching.cancelled() or not stopped or steps == 0


async def test_a_worker_for_the_time_of_one_stays_for_the_other(base: Base) -> None:
    loads = base.knowledge.loads
    base.write("a.md", "# A\n\nThe code of A is CODE-A.\n")

    async def other() -> str:
        async with loads.working():
            first_left.set()
            await asyncio.sleep(0.05)
            return (await end_of(base, await begin(base, "a.md"))).state

    first_left = asyncio.Event()
    async with loads.working():
        second = asyncio.create_task(other())
        await first_left.wait()
    async with asyncio.timeout(SECONDS):
        assert await second == "done"
    assert not loads._worker.running


async def test_who_comes_just_as_the_last_one_leaves_gets_a_worker(base: Base) -> None:
    loads = base.knowledge.loads
    base.write("a.md", "# A\n\nThe code of A is CODE-A.\n")

    async def load() -> str:
        async with loads.working():
            return (await end_of(base, await begin(base, "a.md"))).state

    async with asyncio.timeout(SECONDS):
        assert await asyncio.gather(*(load() for _ in range(8))) == ["done"] * 8
        assert await load() == "done"


async def test_a_long_crawl_goes_on_after_a_restart(surfer: Surfer, site: Site) -> None:
    """What was loaded before the restart is found again and needs no room: it is not loaded again."""
    count = 2 * _PAGES + 3
    links = "".join(f'<a href="page{n}">{n}</a> ' for n in range(count))
    site.page("/docs/", f"<title>Home</title><h1>Home</h1><p>All of our pages.</p>{links}")
    for n in range(count):
        site.page(f"/docs/page{n}", f"<title>Page {n}</title><h1>Page {n}</h1><p>The code of page {n} is CODE-{n}.</p>")
    gate, last_before = asyncio.Event(), f"/docs/page{_PAGES + 6}"
    open_to_all = site.pages[last_before]

    async def held_up(request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return await open_to_all(request)

    site.pages[last_before] = held_up
    base = await surfer()
    wanted = Wanted("crawl", site.url("/docs/"), site.url("/docs/"))
    load = await base.knowledge.loads.start(wanted, workspace="acme", grant="workspace", actor="tester")

    async def most() -> bool:
        return last_before in site.asked and (await base.knowledge.loads.state(load)).searchable >= _PAGES + 5

    async with base.knowledge.loads.working():
        await until(most)
    gate.set()
    async with base.knowledge.loads.working(), asyncio.timeout(SECONDS):
        last = await end_of(base, load)

    assert (last.state, last.searchable, last.waiting) == ("done", count + 1, 0)


async def test_a_page_of_two_sites_needs_room_once(surfer: Surfer, site: Site) -> None:
    count = _PAGES + 3
    links = "".join(f'<a href="page{n}">{n}</a> ' for n in range(count))
    for n in range(count):
        site.page(f"/docs/page{n}", f"<title>{n}</title><h1>{n}</h1><p>The code of page {n} is CODE-{n}. {links}</p>")
    both = [Wanted("crawl", site.url(path), site.url(path)) for path in ("/docs/page0", "/docs/page1")]
    base = await surfer()
    async with asyncio.timeout(SECONDS):
        rows = await base.add(*both)

    assert len(rows) == count and {row.status for row in rows} == {"searchable"}


async def test_no_number_is_given_twice(tmp_path) -> None:
    """The row of an archive goes when its members are there: what is found next is not taken for it."""
    database = Database.at(tmp_path)
    await migrate(database)
    tables = LoadTables(database)
    wanted = [Wanted("path", "all.zip", "/all.zip")]
    id_ = await tables.start(wanted, workspace="acme", grant="workspace", actor="tester", kind="add", conversation="",
                             every_s=0.0)  # fmt: skip
    [load] = await tables.claim("worker", 30.0, [], 1)
    [one], _ = await tables.wanted(id_)
    item = Item(0, "file", "all.zip", "/all.zip", one.origin)
    assert await tables.found(load, "worker", [item]) == {"all.zip"}
    assert await tables.found(load, "worker", [item]) == set()
    [archive] = await tables.waiting(id_)
    await tables.drop_item(id_, archive.number)
    await tables.found(load, "worker", [Item(0, "file", "b.md", "/b.md", one.origin)], above=archive.number)

    assert [i.source for i in await tables.waiting(id_, after=archive.number)] == ["b.md"]
    await database.close()


async def test_a_database_that_is_closed_answers_nobody_and_keeps_nobody_waiting(tmp_path) -> None:
    database = Database.at(tmp_path)
    await migrate(database)
    await database.close()
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable, match="closed"):
            await database.write(lambda c: c.info)


async def test_a_load_waits_for_room_on_the_disk_says_so_and_goes_on(opened: Opener) -> None:
    base = await opened(lease_s=1.0)
    base.write("small.md", "# Small\n\nThe code of the small page is CODE-1.\n")
    await base.add("small.md")
    ledger = (await base.knowledge._indexes.caught_up("acme"))._ledger._file
    [(pages,)] = ledger.execute("PRAGMA page_count").fetchall()
    ledger.execute(f"PRAGMA max_page_count = {pages}")
    base.write("long.md", "# Long\n\n" + " ".join(f"word{n}" for n in range(3_000)))
    load = await begin(base, "long.md")

    async def waits() -> bool:
        state = await base.knowledge.loads.state(load)
        return not state.ended and "disk is full" in state.reason

    async with base.knowledge.loads.working():
        await until(waits)
        ledger.execute("PRAGMA max_page_count = 1000000")
        last = await end_of(base, load)
    assert (last.state, last.reason, last.searchable, last.failed) == ("done", "", 1, 0)
    assert "word2999" in await base.texts("word2999") and "CODE-1" in await base.texts("code of the small page")
    assert not list(base.data.rglob("*.damaged-*")) and await base.knowledge.check() == []
