"""What is searchable is whole: as many passages in the database as in the index, each found, old or new, never both."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from engine.store.audit import Audit
from engine.store.documents import Documents
from engine.store.tables import passages
from tests.loads.conftest import Base, sync


def page(version: int) -> str:
    parts = (f"## Part {n}\n\nStep {n} of version{version} needs tool T-{version}{n:02} today.\n" for n in range(20))
    return "# Manual\n\n" + "\n".join(parts)


async def counts(base: Base) -> tuple[int, int]:
    total = await base.database.read(lambda c: c.scalar(sa.select(sa.func.count()).select_from(passages)) or 0)
    return total, len(await base.knowledge.check())


async def test_each_passage_is_kept_indexed_and_found_by_its_own_text(base: Base) -> None:
    for n in range(3):
        base.write(f"wiki/manual{n}.md", page(n))
    rows = await base.add("wiki")

    assert await counts(base) == (sum(row.passages for row in rows), 0)
    for row in rows:
        for kept in await Documents(base.database).passages(row.document):
            assert kept.id in {p.id for p in await base.search(kept.text, limit=3)}


async def test_a_search_sees_the_old_version_or_the_new_one_never_both_and_never_neither(base: Base) -> None:
    base.write("wiki/manual.md", page(0))
    await base.add("wiki")
    seen: list[set[str]] = []

    async def look() -> None:
        while True:
            found = await base.search("Which tool does step need today?", limit=20)
            seen.append({word for p in found for word in p.text.split() if word.startswith("version")})
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    for version in range(1, 4):
        base.write("wiki/manual.md", page(version))
        await sync(base)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)

    assert seen and all(len(versions) == 1 for versions in seen)
    [last] = {p.text.split("version")[1][0] for p in await base.search("Which tool does step need?", limit=20)}
    assert last == "3"


async def test_what_failed_has_no_passages_and_the_same_bytes_twice_are_one_document(base: Base) -> None:
    base.write("wiki/broken.md", b"\x00\x01\x02" * 100)
    base.write("wiki/good.md", page(0))
    for _ in range(2):
        await base.add("wiki")
    broken = await base.knowledge.document("acme", "wiki/broken.md")

    assert await Documents(base.database).passages(broken.id) == []
    assert [d.source for d in await base.knowledge.documents("acme")] == ["wiki/broken.md", "wiki/good.md"]
    assert await counts(base) == (20, 0)


async def test_an_index_that_differs_is_mended_and_that_is_written_down(base: Base) -> None:
    await base.load("manual.md", page(0))
    assert await base.knowledge.reconcile() == 0
    index = await base.knowledge._indexes.caught_up("acme")
    [document] = index.documents
    index.put({document: []})

    assert await base.knowledge.reconcile() > 0
    assert await counts(base) == (20, 0)
    assert [row.action for row in await Audit(base.database).rows()][-1] == "kb index repaired"
