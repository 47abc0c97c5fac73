"""Loads as work: they outlive the process, can be watched, cancelled, narrowed and taken over, and take turns."""

from __future__ import annotations

import asyncio
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import LoadFailed, NotFound
from engine.knowledge import Load, Wanted, wanted_of
from engine.store.documents import Documents
from engine.store.tables import loads
from engine.types import File
from tests.loads.conftest import Base, Held, Opener, begin, end_of, sync

HOLD = "# Held\n\nThe code of the held page is HOLD-1234.\n"


def pages(base: Base, folder: str, count: int) -> None:
    for n in range(count):
        base.write(f"{folder}/page{n:03}.md", f"# Page {n}\n\nThe code of page {n} in {folder} is CODE-{folder}-{n}.\n")


async def reached(held: Held) -> None:
    assert await asyncio.to_thread(held.reached.wait, 30)


async def searchable(base: Base, load: str, count: int) -> None:
    async with asyncio.timeout(60):
        while (await base.knowledge.loads.state(load)).searchable < count:
            await asyncio.sleep(0.05)


async def test_a_load_is_kept_when_start_returns_and_done_when_there_is_a_worker(base: Base) -> None:
    pages(base, "wiki", 3)
    load = await begin(base, "wiki")
    state = await base.knowledge.loads.state(load)
    assert (state.state, state.found) == ("queued", 0)
    async with base.knowledge.loads.working():
        last = await end_of(base, load)

    assert (last.state, last.found, last.searchable, last.added, last.waiting) == ("done", 3, 3, 3, 0)
    assert last.sources == ("wiki",) and len(await base.knowledge.documents("acme")) == 3


async def test_a_load_that_was_left_goes_on_in_the_next_process(opened: Opener, held: Held) -> None:
    base = await opened(held)
    pages(base, "wiki", 5)
    base.write("wiki/zz-held.md", HOLD)
    load = await begin(base, "wiki")
    async with base.knowledge.loads.working():
        await reached(held)
        await searchable(base, load, 5)
    held.go_on.set()
    state = await base.knowledge.loads.state(load)
    assert (state.state, state.waiting) == ("working", 1)
    await base.knowledge.close()
    again = await opened(folder=base.folder)
    async with again.knowledge.loads.working():
        last = await end_of(again, load)

    assert (last.state, last.searchable, last.unchanged, last.failed) == ("done", 6, 0, 0)
    assert again.embedder.embedded == 1  # type: ignore[attr-defined] # Words counts
    assert "HOLD-1234" in await again.texts("code of the held page") and await again.knowledge.check() == []


async def test_a_cancelled_load_stops_between_passages_and_keeps_what_is_loaded(opened: Opener, held: Held) -> None:
    base = await opened(held)
    pages(base, "wiki", 5)
    base.write("wiki/zz-held.md", HOLD)
    load = await begin(base, "wiki")
    async with base.knowledge.loads.working():
        await reached(held)
        await searchable(base, load, 5)
        assert await base.knowledge.loads.cancel(load, actor="tester")
        held.go_on.set()
        last = await end_of(base, load)
        assert not await base.knowledge.loads.cancel(load, actor="tester")

    assert (last.state, last.searchable, last.waiting, last.ended) == ("cancelled", 5, 1, True)
    assert len(await base.knowledge.documents("acme")) == 5
    assert "HOLD-1234" not in await base.texts("code of the held page")


async def test_a_small_load_does_not_wait_for_a_large_one(opened: Opener, held: Held) -> None:
    base = await opened(held)
    for n in range(3):
        base.write(f"large/{n}.md", HOLD.replace("1234", str(n)))
    pages(base, "small", 4)
    large = await begin(base, "large")
    async with base.knowledge.loads.working():
        await reached(held)
        # Both threads of a small machine may be held: what is needed is that the small one's documents get their turn.
        small = await begin(base, "small")
        async with asyncio.timeout(60):
            while (await base.knowledge.loads.state(small)).found < 4:
                await asyncio.sleep(0.05)
        held.go_on.set()
        assert (await end_of(base, small)).searchable == 4
        assert (await end_of(base, large)).searchable == 3


async def test_what_is_removed_while_it_is_being_loaded_does_not_come_back(opened: Opener, held: Held) -> None:
    base = await opened(held)
    await base.load("wiki/held.md", "# Held\n\nAn older text about Campions.\n")
    await base.add("wiki")
    base.write("wiki/held.md", HOLD)
    load = await begin(base, "wiki")
    async with base.knowledge.loads.working():
        await reached(held)
        await base.knowledge.remove("acme", "wiki/held.md", actor="tester")
        held.go_on.set()
        last = await end_of(base, load)

    assert (last.state, last.gone, last.searchable) == ("done", 1, 0)
    assert await base.knowledge.documents("acme") == [] and await base.texts("code of the held page") == ""


async def test_a_folder_that_is_removed_while_it_is_being_loaded_does_not_come_back(opened: Opener, held: Held) -> None:
    base = await opened(held)
    pages(base, "wiki", 5)
    base.write("wiki/zz-held.md", HOLD)
    load = await begin(base, "wiki")
    async with base.knowledge.loads.working():
        await reached(held)
        await searchable(base, load, 5)
        assert len(await base.knowledge.remove("acme", "wiki", actor="tester")) == 5
        held.go_on.set()
        last = await end_of(base, load)

    assert last.state == "done" and await base.knowledge.documents("acme") == []
    assert await base.knowledge.sources("acme") == []


async def test_narrowing_holds_for_what_is_loaded_and_for_what_still_comes(opened: Opener, held: Held) -> None:
    base = await opened(held)
    pages(base, "wiki", 3)
    base.write("wiki/zz-held.md", HOLD)
    load = await begin(base, "wiki", grant="public")
    async with base.knowledge.loads.working():
        await reached(held)
        await searchable(base, load, 3)
        assert await base.knowledge.loads.narrow(load, "room:C1", actor="tester") == 3
        assert await base.texts("code of page") == ""
        held.go_on.set()
        last = await end_of(base, load)

    assert (last.grant, last.searchable) == ("room:C1", 4)
    assert await base.texts("code of the held page") == ""
    assert {d.grant for d in await base.knowledge.documents("acme")} == {"room:C1"}
    base.write("wiki/new.md", "# New\n\nThe code of the new page is CODE-new.\n")
    await sync(base)
    assert await base.texts("code of the new page") == ""


async def test_the_audience_that_is_given_while_loading_holds(opened: Opener, held: Held) -> None:
    base = await opened(held)
    await base.load("wiki/held.md", "# Held\n\nAn older text about Campions.\n")
    base.write("wiki/held.md", HOLD)
    load = await begin(base, "wiki/held.md", grant="public")
    async with base.knowledge.loads.working():
        await reached(held)
        document = await base.knowledge.document("acme", "wiki/held.md")
        await base.knowledge.regrant("acme", document.id, "user:U1", actor="tester")
        held.go_on.set()
        await end_of(base, load)

    assert (await base.knowledge.document("acme", "wiki/held.md")).grant == "user:U1"


async def test_a_document_that_takes_too_long_fails_with_what_to_do(opened: Opener, held: Held) -> None:
    base = await opened(held)
    base.knowledge._loader._item_s = 0.5  # not 85 s
    base.write("held.md", HOLD)
    [row] = await base.add("held.md")

    assert row.status == "failed" and "cut it into parts" in row.reason
    assert (await base.knowledge.document("acme", "held.md")).version == 0


async def test_watching_tells_of_changes_and_ends_with_the_end(base: Base) -> None:
    pages(base, "wiki", 12)
    load = await begin(base, "wiki")
    seen: list[Load] = []
    async with base.knowledge.loads.working():
        seen.extend([state async for state in base.knowledge.loads.watch(load)])

    assert seen[-1].ended and not any(state.ended for state in seen[:-1])
    assert len({(s.state, s.found, s.searchable, s.parsed, s.embedded) for s in seen}) == len(seen)
    with pytest.raises(NotFound):
        await base.knowledge.loads.state("nothing")


async def test_loads_that_are_shown_somewhere_are_known_after_a_restart(base: Base) -> None:
    base.write("a.md", HOLD)
    wanted = wanted_of("a.md", folder=base.folder / "docs")
    load = await base.knowledge.loads.start(wanted, workspace="acme", grant="workspace", actor="slack:U1",
                                            conversation='["slack","acme","C1",""]')  # fmt: skip
    await base.knowledge.loads.note_shown(load, "1700.1")
    await begin(base, "a.md")

    [open_] = await base.knowledge.loads.open()
    assert (open_.id, open_.shown, open_.conversation) == (load, "1700.1", '["slack","acme","C1",""]')


async def test_uploads_are_fetched_by_the_channel_they_came_from(opened: Opener) -> None:
    asked: list[tuple[str, File]] = []

    async def upload(channel: str, file: File) -> bytes:
        asked.append((channel, file))
        if file.name == "bad.md":
            raise LoadFailed("Slack does not have this file any more")
        return b"# Leave\n\nParental leave is requested with the Jasmine form.\n"

    base = await opened(upload=upload)
    good = Wanted("upload", "leave.md", 'slack:{"name":"leave.md","url":"https://files.example/1","size":60}')
    bad = Wanted("upload", "bad.md", 'slack:{"name":"bad.md","url":"https://files.example/2","size":60}')
    rows = {row.source: row for row in await base.add(good, bad)}

    assert rows["leave.md"].status == "searchable" and "any more" in rows["bad.md"].reason
    assert ("slack", File("leave.md", "https://files.example/1", 60)) in asked
    assert "Jasmine" in await base.texts("How do I request parental leave?")


def archive(**files: str) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, text in files.items():
            made.writestr(name.replace("__", "/").replace("_", "."), text)
    return data.getvalue()


async def test_each_file_of_an_archive_is_a_document(base: Base) -> None:
    base.write(
        "all.zip", archive(a_md="# A\n\nThe code of A is CODE-A.\n", sub__b_md="# B\n\nThe code of B is CODE-B.\n")
    )
    rows = await base.add("all.zip")
    assert sorted((row.source, row.status) for row in rows) == [
        ("all.zip/a.md", "searchable"), ("all.zip/sub/b.md", "searchable")]  # fmt: skip
    assert {row.status for row in await base.add("all.zip")} == {"unchanged"}
    base.write("all.zip", archive(a_md="# A\n\nThe code of A is CODE-AA.\n"))
    assert await sync(base) == {"all.zip/a.md": "searchable", "all.zip/sub/b.md": "gone"}
    assert "CODE-B" not in await base.texts("What is the code of B?")
    assert len(await base.knowledge.remove("acme", "all.zip", actor="tester")) == 1


async def test_the_files_of_an_archive_do_not_wait_for_one_another(opened: Opener, held: Held) -> None:
    base = await opened(held)
    others = {f"b{n}_md": f"# B{n}\n\nThe code of B{n} is CODE-B{n}.\n" for n in range(3)}
    base.write("all.zip", archive(a_md=HOLD, **others))
    load = await begin(base, "all.zip")
    async with base.knowledge.loads.working():
        await reached(held)
        await searchable(base, load, 3)
        held.go_on.set()
        assert (await end_of(base, load)).searchable == 4


async def test_more_archives_than_turns_wait_for_nobody(base: Base) -> None:
    for n in range(12):
        base.write(f"wiki/{n}.zip", archive(a_md=f"# A\n\nThe code of A{n} is CODE-A{n}.\n", b_md=f"# B\n\nB{n}.\n"))
    rows = await base.add("wiki")
    assert len(rows) == 24 and {row.status for row in rows} == {"searchable"}


async def test_an_archive_that_cannot_be_opened_fails_and_mends(base: Base) -> None:
    base.write("all.zip", b"PK\x03\x04 this is no archive")
    [row] = await base.add("all.zip")
    assert row.status == "failed" and row.reason
    base.write("all.zip", archive(a_md="# A\n\nThe code of A is CODE-A.\n"))
    assert {row.source: row.status for row in await base.add("all.zip")} == {"all.zip/a.md": "searchable"}
    assert [d.source for d in await base.knowledge.documents("acme")] == ["all.zip/a.md"]


async def test_what_gave_nothing_is_no_source(base: Base) -> None:
    await base.add("nowhere.md")

    assert await base.knowledge.sources("acme") == []


# PostgreSQL: several workers


async def test_another_worker_goes_on_when_one_falls_silent(opened: Opener, postgresql: str, held: Held) -> None:
    one = await opened(held, url=postgresql, lease_s=1.0)
    pages(one, "wiki", 4)
    one.write("wiki/zz-held.md", HOLD)
    load = await begin(one, "wiki")
    frozen = asyncio.create_task(one.knowledge.loads.run())
    await reached(held)
    await searchable(one, load, 4)
    one.knowledge.loads._worker._lease_s = 1e9  # it renews no lease any more, and does not know that it has lost it
    two = await opened(url=postgresql, lease_s=1.0)
    async with two.knowledge.loads.working():
        last = await end_of(two, load)
        held.go_on.set()
        assert (last.state, last.searchable, last.added) == ("done", 5, 5)
        await asyncio.sleep(0.5)  # whatever the frozen one still does
    frozen.cancel()
    await asyncio.gather(frozen, return_exceptions=True)

    documents = await two.knowledge.documents("acme")
    assert [d.version for d in documents] == [1] * 5
    assert await two.knowledge.check() == []


async def test_a_cancellation_reaches_the_worker_that_has_the_load(opened: Opener, postgresql: str, held: Held) -> None:
    one = await opened(held, url=postgresql, lease_s=1.0)
    one.write("held.md", HOLD)
    load = await begin(one, "held.md")
    async with one.knowledge.loads.working():
        await reached(held)
        two = await opened(url=postgresql, lease_s=1.0)
        assert await two.knowledge.loads.cancel(load, actor="tester")
        assert (await end_of(two, load)).state == "cancelled"
        held.go_on.set()
        async with asyncio.timeout(60):
            while one.knowledge.loads._worker._held:
                await asyncio.sleep(0.05)

    assert await Documents(two.database).of("acme") == []


async def test_two_workers_load_nothing_twice(opened: Opener, postgresql: str) -> None:
    one, two = await opened(url=postgresql), await opened(url=postgresql)
    for n in range(6):
        pages(one, f"wiki{n}", 5)
    async with one.knowledge.loads.working(), two.knowledge.loads.working():
        several = [await begin(one, f"wiki{n}") for n in range(6)]
        ends = [await end_of(one, load) for load in several]

    assert [(load.searchable, load.added) for load in ends] == [(5, 5)] * 6
    assert {d.version for d in await one.knowledge.documents("acme")} == {1}
    workers = await one.database.read(lambda c: c.scalars(sa.select(loads.c.worker)).all())
    assert workers == [""] * 6


def test_what_somebody_means_by_a_name() -> None:
    here = Path("/srv")
    assert wanted_of("docs", folder=here) == Wanted("path", "docs", "/srv/docs")
    assert wanted_of("https://a.example/x", folder=None).kind == "page"
    assert wanted_of("https://a.example/sitemap.xml", folder=None).kind == "sitemap"
    assert wanted_of("https://a.example/", folder=None, crawl=True).kind == "crawl"
    with pytest.raises(LoadFailed, match="ftp"):
        wanted_of("ftp://a.example/x", folder=here)
    with pytest.raises(LoadFailed, match="attach"):
        wanted_of("/etc/passwd", folder=None)
