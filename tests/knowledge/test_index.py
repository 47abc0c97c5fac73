"""The index: damaged, half written, stale, and two workers on one database."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.knowledge.index import Index
from engine.knowledge.lexical import Bag, Entry, Lexical
from engine.store.documents import Documents, Piece
from engine.store.tables import passages
from tests.knowledge.conftest import Base, Opener

TEXTS = {f"d{n}.md": f"# Topic {n}\n\nThe launch code of project number {n} is LC-{n}.\n" for n in range(6)}


@pytest.fixture
async def filled(base: Base) -> Base:
    for name, text in TEXTS.items():
        await base.load(name, text)
    return base


def folder_of(base: Base, workspace: str = "acme") -> Path:
    return base.data / "index" / Index.folder_of(workspace)


def _overwrite(file: Path) -> None:
    file.write_bytes(b"this is no database at all " * 40)


@pytest.mark.parametrize("damage", [
    lambda folder: _overwrite(next(folder.glob("vectors-*/chroma.sqlite3"))),
    lambda folder: _overwrite(folder / "ledger.db"),
    lambda folder: [shutil.rmtree(f) for f in folder.glob("vectors-*")],
    lambda folder: (folder / "ledger.db").unlink(),
    shutil.rmtree,
], ids=["chroma", "ledger", "no-vectors", "no-ledger", "nothing"])  # fmt: skip
async def test_a_damaged_index_is_set_aside_and_built_again_without_embedding(
    filled: Base, opened: Opener, damage: object
) -> None:
    await filled.knowledge.close()
    damage(folder_of(filled))
    again = await opened(folder=filled.folder)

    for n in range(6):
        assert f"LC-{n}" in (await again.search(f"launch code of project number {n}"))[0].text
    assert await again.knowledge.check() == []
    assert again.embedder.embedded == 0  # type: ignore[attr-defined] # Words counts


async def test_an_index_that_breaks_while_it_is_used_is_built_again_and_the_question_answered(filled: Base) -> None:
    index = await filled.knowledge._indexes.of("acme")
    assert index is not None
    for name in list(index._vectors._collections):
        index._vectors._client.delete_collection(name)

    assert "LC-4" in (await filled.search("launch code of project number 4"))[0].text
    assert await filled.knowledge._indexes.of("acme") is not index and await filled.knowledge.check() == []


async def test_an_index_that_breaks_while_it_is_written_is_built_again(filled: Base) -> None:
    index = await filled.knowledge._indexes.of("acme")
    assert index is not None
    for name in list(index._vectors._collections):
        index._vectors._client.delete_collection(name)
    row = await filled.load("new.md", "# New\n\nThe launch code of the new project is NW-9.\n")

    assert row.status == "searchable" and "NW-9" in await filled.texts("launch code of the new project")
    assert await filled.knowledge.check() == []


async def test_being_ready_means_that_every_workspace_is_up_to_date(filled: Base, opened: Opener) -> None:
    await filled.load("other.md", TEXTS["d1.md"], workspace="globex")
    await filled.knowledge.close()
    shutil.rmtree(filled.data / "index")
    again = await opened(folder=filled.folder)
    await again.knowledge.ready()

    assert len(list((again.data / "index").glob("w-*"))) == 2


async def test_vectors_that_got_lost_are_named_and_mended(filled: Base, opened: Opener) -> None:
    index = await filled.knowledge._indexes.of("acme")
    assert index is not None
    places = index.places()
    lost = sorted(places)[:2]
    index._vectors.remove((id_, places[id_]) for id_ in lost)

    assert sorted(d.passage for d in await filled.knowledge.check()) == lost
    assert all("in the database but not in the vector index" in d.what for d in await filled.knowledge.check())
    await filled.knowledge.close()
    again = await opened(folder=filled.folder)
    assert await again.knowledge.check() == []


async def test_a_vector_that_nobody_knows_is_named_and_mended(filled: Base, opened: Opener) -> None:
    """A crash between Chroma and the ledger."""
    index = await filled.knowledge._indexes.of("acme")
    assert index is not None
    [place] = set(index.places().values())
    vector = next(iter(index._vectors._collections.values())).get(include=["embeddings"], limit=1)["embeddings"][0]
    index._vectors.put([("ghost.1.0", place, vector)])

    [difference] = await filled.knowledge.check()
    assert difference.what == "passage ghost.1.0 is in the vector index but not in the database"
    assert "ghost" not in str(await filled.search("launch code"))
    await filled.knowledge.close()
    again = await opened(folder=filled.folder)
    assert await again.knowledge.check() == []


async def test_a_rebuild_that_was_cut_short_leaves_the_old_index(filled: Base, opened: Opener) -> None:
    await filled.knowledge.close()
    (folder_of(filled) / "vectors-7").mkdir()
    (folder_of(filled) / "vectors-7" / "chroma.sqlite3").write_bytes(b"half")
    again = await opened(folder=filled.folder)

    assert "LC-3" in await again.texts("launch code of project number 3")
    assert not (folder_of(again) / "vectors-7").exists()


async def test_rebuilding_changes_nothing_that_is_found(filled: Base) -> None:
    before = await filled.search("launch code of project number 4")
    assert await filled.knowledge.rebuild("acme") == 6

    assert await filled.search("launch code of project number 4") == before


async def test_searches_go_on_while_the_index_is_rebuilt(filled: Base) -> None:
    rebuilding = asyncio.create_task(filled.knowledge.rebuild("acme"))
    while not rebuilding.done():
        assert "LC-4" in await filled.texts("launch code of project number 4")
    await rebuilding


async def test_a_search_sees_the_old_version_or_the_new_one_never_both_or_half(filled: Base) -> None:
    """Each version is four passages that name it; loading goes on while others search."""

    def version(n: int) -> str:
        return "".join(f"## Part {part}\n\nThe gardening rota says version{n} part{part}.\n\n" for part in range(4))

    await filled.load("rota.md", version(0))
    seen: set[frozenset[str]] = set()
    done = asyncio.Event()

    async def look() -> None:
        while not done.is_set():
            found = await filled.texts("gardening rota version")
            seen.add(frozenset(f"{n}" for n in range(9) if f"version{n} " in found))

    looking = asyncio.create_task(look())
    for n in range(1, 9):
        await filled.load("rota.md", version(n))
    done.set()
    await looking
    assert all(len(versions) <= 1 for versions in seen) and len(seen) > 1


async def test_a_folder_keeps_workspaces_apart_whatever_they_are_called(base: Base) -> None:
    for workspace in ("T0/../x", "é 年", "a" * 300, ""):
        await base.load("x.md", f"# X\n\nThe code of {workspace[:9]} is here.\n", workspace=workspace)
        assert workspace[:9] in await base.texts("code", workspace=workspace)
    assert len(list((base.data / "index").glob("w-*"))) == 4
    assert await base.knowledge.check() == []


async def test_asking_a_workspace_without_documents_makes_no_index(base: Base) -> None:
    assert await base.texts("anything", workspace="T0NOBODY") == ""
    assert not list((base.data / "index").glob("w-*"))


def test_bm25_forgets_what_was_removed_and_finds_what_was_added() -> None:
    def entry(id_: str, text: str) -> Entry:
        return Entry(id_, "en", "workspace", Bag.of(text.split()))

    lexical = Lexical()
    for n in range(40):  # many small additions, so that segments are joined
        lexical = lexical.with_entries([entry(f"p{n}", f"common word{n} " + "filler " * (n % 7))])
    lexical = lexical.without(["p3", "p4", "nobody"])

    def best(*terms: str) -> list[str]:
        scores = lexical.score(dict.fromkeys(terms, 1.0), terms, lexical.readable(["workspace"])["en"])
        return lexical.best(scores, 50)

    assert best("word7") == ["p7"] and best("word3") == [] and len(best("common")) == 38
    assert best("nothing") == []
    assert best("common", "word9")[0] == "p9"


async def test_two_workers_on_one_postgresql_follow_each_other(opened: Opener, postgresql: str) -> None:
    one, two = await opened(url=postgresql), await opened(url=postgresql)
    await one.load("a.md", TEXTS["d1.md"])
    assert "LC-1" in await two.texts("launch code of project number 1")  # its first look builds its index
    await one.load("b.md", TEXTS["d2.md"])
    await two.load("c.md", TEXTS["d3.md"])

    async def everywhere() -> bool:
        found = [await w.texts(f"project number {n}") for w in (one, two) for n in (1, 2, 3)]
        return all(f"LC-{1 + n % 3}" in text for n, text in enumerate(found))

    await until(everywhere)
    await one.knowledge.remove("acme", "a.md")
    assert "LC-1" not in await two.texts("project number 1")  # at once: SQL is asked

    before = set(folder_of(two).glob("vectors-*"))
    await one.knowledge.remove("acme", "b.md", purge=True)

    async def purged() -> bool:
        return not before & set(folder_of(two).glob("vectors-*"))

    await until(purged)
    assert await one.knowledge.check() == [] and await two.knowledge.check() == []


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await true():
            await asyncio.sleep(0.05)


async def test_the_feed_on_postgresql_is_in_the_order_of_commits(opened: Opener, postgresql: str) -> None:
    """A reader that goes on from the last number it saw misses nothing, however many write."""
    bases = [await opened(url=postgresql) for _ in range(3)]
    stores = [Documents(base.database) for base in bases]
    seen: list[int] = []
    done = asyncio.Event()

    async def follow() -> None:
        while True:
            last = done.is_set()
            changes = await stores[0].changes(seen[-1] if seen else 0)
            seen.extend(change.seq for change in changes)
            if last and not changes:
                return

    async def put(store: Documents, n: int) -> None:
        from engine.store.documents import Document

        piece = Piece("text", "", "", "en", b"\0" * 16, b"")
        await store.put(
            Document("", "w", f"s{n}", "", "", "public", "", 0, "", "", 0.0), [piece], embedder="e", actor=""
        )

    following = asyncio.create_task(follow())
    await asyncio.gather(*(put(stores[n % 3], n) for n in range(90)))
    done.set()
    await following
    assert len(seen) == 90 and seen == sorted(seen)


async def test_a_crash_between_database_and_index_is_made_up_for(filled: Base, opened: Opener) -> None:
    """The process ends after the commit and before the index heard of it."""
    documents = Documents(filled.database)
    [row] = [d for d in await filled.knowledge.documents("acme") if d.source == "d1.md"]
    kept = await documents.passages(row.id)
    piece = Piece("The launch code is now NEW-1.", "", "", "en", kept[0].vector, b"")
    await documents.put(row, [piece], embedder=filled.embedder.name, actor="")
    await documents.remove("acme", "d2.md", actor="")
    await filled.knowledge.close()

    again = await opened(folder=filled.folder)
    found = await again.texts("launch code")
    assert "NEW-1" in found
    assert "LC-1." not in found
    assert "LC-2." not in found
    assert await again.knowledge.check() == []


async def test_a_search_before_the_index_heard_of_a_change_shows_nothing_old(filled: Base) -> None:
    documents = Documents(filled.database)
    [row] = [d for d in await filled.knowledge.documents("acme") if d.source == "d1.md"]
    kept = await documents.passages(row.id)
    piece = Piece("The launch code is now NEW-1.", "", "", "en", kept[0].vector, b"")
    await documents.put(row, [piece], embedder=filled.embedder.name, actor="")
    await documents.remove("acme", "d2.md", actor="")

    found = await filled.texts("launch code")
    assert "LC-1." not in found
    assert "LC-2." not in found


async def test_the_ledger_holds_hashes_and_no_words(filled: Base) -> None:
    await filled.knowledge.close()
    with sqlite3.connect(folder_of(filled) / "ledger.db") as ledger:
        assert ledger.execute("SELECT count(*) FROM entries").fetchone() == (6,)
    assert b"launch" not in (folder_of(filled) / "ledger.db").read_bytes()


async def test_passages_and_vectors_are_kept_in_sql(filled: Base) -> None:
    rows = await filled.database.read(
        lambda c: c.execute(sa.select(passages.c.vector, passages.c.language, passages.c.embedder)).all()
    )
    assert len(rows) == 6
    assert {(len(r.vector), r.language, r.embedder) for r in rows} == {(4 * 64, "en", "words")}
