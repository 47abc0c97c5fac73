"""What was removed, replaced or has vanished leaves no trace on this disk: text at once, vectors with a purge."""

from __future__ import annotations

import asyncio
import base64

import numpy as np
import pytest
import sqlalchemy as sa

from engine.errors import LoadFailed
from engine.knowledge import Entry, Wanted
from engine.store.documents import Documents
from engine.store.tables import metadata
from engine.types import File
from tests.loads.conftest import Base, Held, Opener, Site, Surfer, begin, end_of, sync

SECRET = "# Campion\n\nThe launch code of project Campion is CP-7781. It is kept in the Gentian safe.\n"
KEPT = "# Larkspur\n\nThe launch code of project Larkspur is LS-1187.\n"
WORDS = ("CP-7781", "Campion", "Gentian")


def on_disk(base: Base, *needles: bytes) -> list[str]:
    files = [p for p in base.data.rglob("*") if p.is_file()]
    return [p.name for p in files if any(needle in p.read_bytes() for needle in needles)]


def spellings(*words: str) -> list[bytes]:
    """A word as it may stand in a file; of base64 what does not depend on its place."""
    found = []
    for word in words:
        found += [word.encode(), word.lower().encode(), word.encode("utf-16-le"), word.encode("utf-16-be")]
        for shift in range(3):
            found.append(base64.b64encode(b"\x00" * shift + word.encode())[4:-4])
    return [needle for needle in found if len(needle) > 3]


async def vectors(base: Base, source: str) -> list[bytes]:
    """The first four numbers of each vector of a document."""
    document = await base.knowledge.document("acme", source)
    found = []
    for kept in await Documents(base.database).passages(document.id):
        size = 4 * len(np.frombuffer(kept.vector, "<f4"))
        found += [kept.vector[:16], *(kept.sentences[i : i + 16] for i in range(0, len(kept.sentences), size))]
    return found


async def rows_with(base: Base, *words: str) -> list[str]:
    def read(c: sa.Connection) -> dict[str, str]:
        return {t.name: str(c.execute(sa.select(t)).all()) for t in metadata.sorted_tables}

    return [name for name, text in (await base.database.read(read)).items() if any(word in text for word in words)]


@pytest.fixture
async def folder(base: Base) -> Base:
    base.write("wiki/secret.md", SECRET)
    base.write("wiki/kept.md", KEPT)
    await base.add("wiki")
    return base


async def test_replaced_text_leaves_the_disk_when_the_load_has_ended(folder: Base) -> None:
    assert on_disk(folder, *spellings(*WORDS))
    folder.write("wiki/secret.md", "# Plain\n\nNothing is secret here now.\n")
    await sync(folder)

    assert on_disk(folder, *spellings(*WORDS)) == []


async def test_what_vanished_at_its_source_leaves_the_disk_with_its_text(folder: Base) -> None:
    numbers = await vectors(folder, "wiki/secret.md")
    [document] = [d for d in await folder.knowledge.documents("acme") if d.source == "wiki/secret.md"]
    (folder.folder / "docs/wiki/secret.md").unlink()
    await sync(folder, purge=True)

    assert on_disk(folder, *spellings(*WORDS), *numbers) == []
    assert await rows_with(folder, *WORDS) == []
    assert await rows_with(folder, document.id) == ["changes"]


async def test_a_removed_folder_leaves_no_text_no_vectors_and_no_ids(folder: Base) -> None:
    numbers = [*await vectors(folder, "wiki/secret.md"), *await vectors(folder, "wiki/kept.md")]
    ids = [d.id for d in await folder.knowledge.documents("acme")]
    await folder.knowledge.remove("acme", "wiki", purge=True, actor="admin")

    assert on_disk(folder, *spellings(*WORDS, "Larkspur", "LS-1187"), *numbers) == []
    assert await rows_with(folder, *ids) == ["changes"]


async def test_what_is_removed_while_it_is_being_replaced_leaves_nothing_of_either(opened: Opener, held: Held) -> None:
    base = await opened(held)
    await base.load("wiki/secret.md", SECRET)
    base.write("wiki/secret.md", SECRET.replace("CP-7781", "HOLD-7782"))
    load = await begin(base, "wiki/secret.md")
    async with base.knowledge.loads.working():
        assert await asyncio.to_thread(held.reached.wait, 30)
        await base.knowledge.remove("acme", "wiki/secret.md", purge=True, actor="admin")
        held.go_on.set()
        await end_of(base, load)

    assert on_disk(base, *spellings(*WORDS, "HOLD-7782")) == []


async def test_an_entry_leaves_nothing_not_even_its_question(base: Base) -> None:
    entry = Entry("Where is the Gentian safe?", "Behind CP-7781.", ("Where do we keep Campion?",))
    document = await base.knowledge.put_entry(entry, workspace="acme", grant="workspace", actor="admin")
    assert "Behind" in await base.texts("Where do we keep Campion?")
    numbers = await vectors(base, document.source)
    await base.knowledge.remove("acme", document.source, purge=True, actor="admin")

    assert on_disk(base, *spellings(*WORDS), *numbers) == [] and await rows_with(base, *WORDS) == []


async def test_uploaded_bytes_are_kept_nowhere(opened: Opener) -> None:
    async def upload(channel: str, file: File) -> bytes:
        if file.name.startswith("bad"):
            raise LoadFailed("Slack does not have this file any more")
        return SECRET.encode()

    base = await opened(upload=upload)
    await base.add(Wanted("upload", "plan.md", 'slack:{"name":"plan.md","url":"https://files.example/1","size":60}'))
    numbers = await vectors(base, "plan.md")
    await base.knowledge.remove("acme", "plan.md", purge=True, actor="admin")

    assert on_disk(base, *spellings(*WORDS), *numbers) == []


async def test_reasons_of_what_was_removed_go_too(surfer: Surfer, site: Site) -> None:
    """A reason may name what the document is called where it stands."""
    base = await surfer()
    site.page("/x", "no", status=500)
    [row] = await base.add(site.url("/x"))
    assert row.status == "failed" and await rows_with(base, row.reason)
    await base.knowledge.remove("acme", site.url("/x"), actor="admin")

    assert await rows_with(base, row.reason, row.document) in ([], ["changes"])
