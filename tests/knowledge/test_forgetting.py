"""Documents out: gone from answers at once, their text from the disk, and with a purge their vectors too."""

from __future__ import annotations

import base64
import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from engine.errors import NotFound, Unavailable
from engine.knowledge import Entry
from engine.knowledge.fullness import is_full
from engine.knowledge.vectors import Damaged
from engine.store.documents import Documents
from engine.store.tables import audit, metadata
from tests.knowledge.conftest import Base, Opener

SECRET = "# Project Campion\n\nThe launch code of project Campion is CP-7781. It is kept in the Gentian safe.\n"
KEPT = "# Project Larkspur\n\nThe launch code of project Larkspur is LS-1187.\n"


def on_disk(base: Base, *needles: bytes) -> list[str]:
    """The files below ``data.path`` that hold one of the needles."""
    files = [p for p in base.data.rglob("*") if p.is_file()]
    return [p.name for p in files if any(needle in p.read_bytes() for needle in needles)]


def spellings(word: str) -> list[bytes]:
    return [word.encode(), word.encode("utf-16-le"), base64.b64encode(word.encode())[:8], word.lower().encode()]


@pytest.fixture
async def two(base: Base) -> Base:
    await base.load("secret.md", SECRET)
    await base.load("kept.md", KEPT)
    return base


async def test_a_removed_document_is_found_no_more(two: Base) -> None:
    assert "CP-7781" in await two.texts("launch code of project Campion")
    [removed] = await two.knowledge.remove("acme", "secret.md", actor="admin")

    assert removed.source == "secret.md"
    assert "CP-7781" not in await two.texts("launch code of project Campion")
    assert "LS-1187" in await two.texts("launch code of project Campion")
    assert [d.source for d in await two.knowledge.documents("acme")] == ["kept.md"]
    with pytest.raises(NotFound):
        await two.knowledge.remove("acme", "secret.md")
    assert await two.knowledge.check() == []


async def test_its_text_is_off_the_disk_when_removing_returns(two: Base) -> None:
    assert on_disk(two, b"CP-7781")
    await two.knowledge.remove("acme", "secret.md")

    assert not on_disk(two, *spellings("CP-7781"), *spellings("Campion"), *spellings("Gentian"))
    assert on_disk(two, b"LS-1187")


async def test_text_that_a_reload_replaced_leaves_the_disk_with_the_next_removal(two: Base) -> None:
    await two.load("secret.md", "# Project Campion\n\nThe launch code is secret now.\n")
    await two.knowledge.remove("acme", "kept.md")

    assert not on_disk(two, b"CP-7781")


async def test_no_table_names_it_but_the_feed_and_the_audit(two: Base) -> None:
    [document] = await two.knowledge.remove("acme", "secret.md", actor="admin")

    def rows(c: sa.Connection) -> dict[str, str]:
        return {t.name: str(c.execute(sa.select(t)).all()) for t in metadata.sorted_tables}

    tables = await two.database.read(rows)
    assert [name for name, text in tables.items() if document.id in text] == ["changes"]
    assert [name for name, text in tables.items() if "CP-7781" in text or "Campion" in text] == []
    actions = await two.database.read(lambda c: c.execute(sa.select(audit.c.actor, audit.c.action)).all())
    assert ("admin", "kb remove") in [tuple(row) for row in actions]


async def test_a_purge_takes_its_vectors_too_without_embedding_anything(two: Base) -> None:
    documents = Documents(two.database)
    [row] = [d for d in await two.knowledge.documents("acme") if d.source == "secret.md"]
    kept = await documents.passages(row.id)
    vectors = [kept[0].vector[:16], *(kept[0].sentences[i : i + 16] for i in range(0, len(kept[0].sentences), 256))]
    assert on_disk(two, *vectors)
    embedded = two.embedder.embedded  # type: ignore[attr-defined] # Words counts
    await two.knowledge.remove("acme", "secret.md", purge=True)

    assert not on_disk(two, *vectors, *spellings("CP-7781"))
    assert two.embedder.embedded == embedded
    assert "LS-1187" in await two.texts("launch code") and await two.knowledge.check() == []


async def test_an_index_that_was_set_aside_goes_when_another_stands(two: Base, opened: Opener) -> None:
    [row] = [d for d in await two.knowledge.documents("acme") if d.source == "secret.md"]
    vector = (await Documents(two.database).passages(row.id))[0].vector[:16]
    await two.knowledge.close()
    for file in two.data.rglob("chroma.sqlite3"):
        file.write_bytes(b"not a database" + file.read_bytes()[14:])
    again = await opened(folder=two.folder)
    assert "CP-7781" in await again.texts("launch code")
    assert not list(again.data.rglob("*.damaged-*"))
    await again.knowledge.remove("acme", "secret.md", purge=True)

    assert not on_disk(again, vector, *spellings("CP-7781"))


async def test_what_a_crash_left_set_aside_goes_at_the_next_start(two: Base, opened: Opener) -> None:
    [row] = [d for d in await two.knowledge.documents("acme") if d.source == "secret.md"]
    vector = (await Documents(two.database).passages(row.id))[0].vector[:16]
    [folder] = [p for p in (two.data / "index").iterdir() if p.is_dir()]
    await two.knowledge.close()
    shutil.copytree(folder, folder.with_name(f"{folder.name}.damaged-20260101-000000"))
    again = await opened(folder=two.folder)
    await again.knowledge.ready()
    await again.knowledge.remove("acme", "secret.md", purge=True)

    assert not list(again.data.rglob("*.damaged-*")) and not on_disk(again, vector)


async def test_a_full_disk_is_waited_for_and_no_damage(two: Base) -> None:
    """SQLite says so of the index's ledger, which may not grow."""
    [folder] = [p for p in (two.data / "index").iterdir() if p.is_dir()]
    index = await two.knowledge._indexes.caught_up("acme")
    ledger = index._ledger._file
    [(pages,)] = ledger.execute("PRAGMA page_count").fetchall()
    ledger.execute(f"PRAGMA max_page_count = {pages}")
    long = Entry("Which words are there?", " ".join(f"word{n}" for n in range(2_000)))
    with pytest.raises(Unavailable, match="disk is full"):
        await two.knowledge.put_entry(long, workspace="acme", grant="workspace", actor="tester")

    assert await two.knowledge._indexes.of("acme") is index and not list(two.data.rglob("*.damaged-*"))
    assert "LS-1187" in await two.texts("launch code")
    ledger.execute("PRAGMA max_page_count = 1000000")
    await two.knowledge.ready()
    assert "word1999" in await two.texts("Which words are there?") and await two.knowledge.check() == []
    assert [p for p in (two.data / "index").iterdir() if p.is_dir()] == [folder]


@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EDQUOT, "Disk quota exceeded"),
    Damaged("InternalError: error returned from database: (code: 13) database or disk is full"),
    Damaged("InternalError: IO error: No space left on device (os error 28)"),
])  # fmt: skip
def test_a_full_disk_has_many_words(error: Exception, tmp_path: Path) -> None:
    assert is_full(error, tmp_path)
    try:
        raise Damaged("somehow") from error
    except Damaged as e:
        assert is_full(e, tmp_path)
    assert not is_full(Damaged("file is not a database"), tmp_path / "not there yet")


async def test_the_last_document_can_be_purged(base: Base) -> None:
    await base.load("secret.md", SECRET)
    await base.knowledge.remove("acme", "secret.md", purge=True)

    assert await base.texts("launch code") == "" and await base.knowledge.check() == []
    assert not on_disk(base, np.float32(1).tobytes() * 4)
    await base.load("kept.md", KEPT)
    assert "LS-1187" in await base.texts("launch code")


async def test_a_document_that_never_loaded_can_be_removed(base: Base) -> None:
    await base.load("empty.md", "")
    await base.knowledge.remove("acme", "empty.md")

    assert await base.knowledge.documents("acme") == []
