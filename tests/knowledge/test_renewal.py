"""Another embedder in the settings: the old vectors answer until the new ones are all there."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.kb_operations import renewing
from engine.config import KnowledgeSettings
from engine.failpoints import ENVIRONMENT
from engine.knowledge.aside import aside
from engine.knowledge.embedders import Embedders, ServerEmbedder
from engine.store.documents import Documents
from engine.store.embedding import Embedding
from engine.store.tables import documents, fresh_vectors, passages
from engine.types import Audience
from tests.knowledge.conftest import Base, Opener, Words
from tests.knowledge.model_server import ModelServer, serving
from tests.loads.test_traces import on_disk, vectors

OLD = Words("old")
PLACES = "Bluebell Campion Gentian Larkspur Mallow Tansy Yarrow Betony Comfrey Teasel Sorrel Vetch".split()

SOME = 16  # texts: eight of the twelve passages with a sentence each, or four
NEW = 'server:["words","","p: "]'

Over = Callable[..., Awaitable[Base]]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving() as running:
        yield running


@pytest.fixture
async def over(opened: Opener, server: ModelServer) -> AsyncIterator[Over]:
    """Opens the same data with the embedder of the server; ``former``: whether the old one can still be had."""
    given: list[Embedders] = []

    async def make(base: Base, *, former: bool = True, url: str = "") -> Base:
        await shut(base)
        settings = KnowledgeSettings(
            embedder="server", embedder_url=server.url, embedder_model="words", embedder_passage="p: "
        )
        given.append(Embedders(None, settings, [OLD] if former else []))
        return await opened(given[-1], settings=settings, folder=base.folder, url=url)

    yield make
    server.go_on.set()
    for embedders in given:
        await asyncio.to_thread(embedders.close)


async def shut(base: Base) -> None:
    """As a knowledge base does that made its embedder: nobody waits for its server any more."""
    await asyncio.to_thread(base.knowledge.embedders.close)
    await base.knowledge.close()


@pytest.fixture
async def filled(opened: Opener) -> Base:
    """Twelve documents with the vectors of the old embedder."""
    return await fill(await opened(OLD))


async def fill(base: Base) -> Base:
    for place in PLACES:
        base.write(f"all/{place}.md", page(place))
    await base.add("all")
    return base


def page(place: str) -> str:
    return f"# The {place} safe\n\nThe key of the {place} safe hangs in room {place}-7. Ask there.\n"


async def made_anew(base: Base) -> dict[str, bytes]:
    """The sources whose passage has a vector of the server's by now, with its beginning."""
    both = sa.select(documents.c.source, fresh_vectors.c.vector).where(
        passages.c.id == fresh_vectors.c.passage, documents.c.id == passages.c.document
    )
    return await base.database.read(lambda c: {source: vector[:16] for source, vector in c.execute(both)})


async def held(server: ModelServer, base: Base, *, some: bool = False) -> int:
    """Wait until the server holds what comes; returns how many passages have new vectors by then."""
    async with asyncio.timeout(30):
        while True:
            [state] = await base.knowledge.renewal.progress()
            if server.lets < 0 and (state.done or not some):
                return state.done
            await asyncio.sleep(0.01)


async def finds(base: Base, place: str) -> bool:
    """By its meaning: with vectors that belong to the question's."""
    found = await base.knowledge.search(f"Where is the key of the {place} safe?", Audience.of("acme", "workspace"))
    return found.passages[0].source == f"all/{place}.md" and not found.notes


async def in_use(base: Base) -> str:
    return await Embedding(base.database).used("acme")


async def test_the_old_vectors_answer_until_the_new_ones_are_all_there(filled, over, server):
    server.lets = 0
    now = await over(filled)
    done = await held(server, now)

    assert await in_use(now) == OLD.name and done < 12
    [said] = await renewing(now.knowledge, "acme")
    assert f"{done} of 12 passages" in said and f"those of {OLD.name} answer" in said
    assert await renewing(now.knowledge, "other") == []
    assert all([await finds(now, place) for place in PLACES])
    server.go_on.set()
    await now.knowledge.renewed()
    assert await in_use(now) == NEW and await now.knowledge.renewal.progress() == []
    assert all([await finds(now, place) for place in PLACES])
    assert await now.knowledge.check() == []
    assert isinstance(now.knowledge.embedder, ServerEmbedder)


async def test_who_asks_while_the_vectors_change_is_answered_from_one_or_the_other(filled, over, server):
    now = await over(filled)
    asked = 0

    async def ask(places: list[str]) -> None:
        nonlocal asked
        while asked < 100 or await now.knowledge.renewal.progress():
            for place in places:
                assert await finds(now, place), place
                asked += 1

    await asyncio.gather(ask(PLACES[:6]), ask(PLACES[6:]), now.knowledge.renewed())
    assert await in_use(now) == NEW and await now.knowledge.check() == []


async def test_a_restart_in_between_goes_on_where_it_was(filled, over, server):
    server.lets = SOME
    done = await held(server, first := await over(filled), some=True)
    made = [text for text in server.passages if text.startswith("p: ")]
    server.embedded.clear()
    server.lets = 1_000
    again = await over(first)
    await again.knowledge.renewed()

    assert 0 < done < 12
    assert all([await finds(again, place) for place in PLACES])
    later = [text for text in server.passages if text.startswith("p: ")]
    assert len(later) == 2 * (12 - done) and len(made) == 24, "each has a text and a sentence"
    assert await again.knowledge.check() == []


async def test_new_replaced_and_removed_documents_are_right_in_both_phases(filled, over, server):
    server.lets = 0
    now = await over(filled)
    await held(server, now)
    await now.load("all/Bryony.md", page("Bryony"))
    await now.load("all/Vetch.md", page("Vetch").replace("Vetch-7", "Vetch-8"))
    await now.knowledge.regrant("acme", "all/Sorrel.md", "user:U1")
    await now.knowledge.remove("acme", "all/Tansy.md")

    async def right() -> None:
        assert await finds(now, "Bryony") and await finds(now, "Vetch")
        assert "Vetch-8" in (text := await now.texts("the key of the safe")) and "Vetch-7" not in text
        assert "Tansy" not in await now.texts("the key of the Tansy safe")
        assert "Sorrel" not in await now.texts("the key of the Sorrel safe")
        assert "Sorrel" in await now.texts("the key of the Sorrel safe", "user:U1")

    await right()
    server.go_on.set()
    await now.knowledge.renewed()
    await right()
    assert await in_use(now) != OLD.name and await now.knowledge.check() == []
    assert (await now.load("all/Orpine.md", page("Orpine"))).status == "searchable" and await finds(now, "Orpine")


async def test_where_the_old_embedder_is_gone_words_answer_and_new_documents_are_found(filled, over, server):
    server.lets = 0
    now = await over(filled, former=False)
    await held(server, now)
    assert (await now.load("all/Bryony.md", page("Bryony"))).status == "searchable"
    for place in ("Bluebell", "Bryony"):
        found = await now.knowledge.search(f"the {place} safe", Audience.of("acme", "workspace"))
        assert found.passages[0].source == f"all/{place}.md" and "words alone" in found.notes[0]
    server.go_on.set()
    await now.knowledge.renewed()

    assert await finds(now, "Bryony") and await finds(now, "Bluebell") and await now.knowledge.check() == []


async def test_what_came_while_there_was_no_embedder_gets_vectors_also_on_the_way_back(filled, over, server, opened):
    server.lets = 0
    now = await over(filled, former=False)
    await held(server, now)
    await now.load("all/Bryony.md", page("Bryony"))
    await shut(now)
    embedded = OLD.embedded
    back = await opened(OLD, folder=filled.folder)
    await back.knowledge.renewed()
    [document] = [d for d in await back.knowledge.documents("acme") if d.source == "all/Bryony.md"]

    assert OLD.embedded == embedded + 2, "its text and its sentence, and nothing else"
    assert {kept.embedder for kept in await Documents(back.database).passages(document.id)} == {OLD.name}
    assert await finds(back, "Bryony") and await finds(back, "Bluebell") and await back.knowledge.check() == []


async def test_what_is_removed_meanwhile_leaves_neither_old_nor_new_vectors(filled, over, server):
    server.lets = SOME
    now = await over(filled)
    assert 0 < await held(server, now, some=True) < 12
    source, new = next(iter((await made_anew(now)).items()))  # which are made first is open
    old, named = await vectors(now, source), source.removeprefix("all/").removesuffix(".md").encode()
    assert on_disk(now, new)
    await now.knowledge.remove("acme", source, purge=True)

    assert source not in await made_anew(now)
    assert on_disk(now, *old, new, named + b"-7") == []


async def test_after_the_change_the_old_vectors_are_gone_from_the_disk(filled, over, server):
    old = [number for place in PLACES for number in await vectors(filled, f"all/{place}.md")]
    assert on_disk(filled, *old)
    now = await over(filled)
    await now.knowledge.renewed()

    assert on_disk(now, *old) == []


async def test_a_server_that_is_away_is_waited_for(filled, over, server):
    server.refusals = [(404, {})] * 2  # a wrong model: no other try helps, until it is there
    now = await over(filled)
    assert await finds(now, "Bluebell")
    await now.knowledge.renewed()

    assert await in_use(now) != OLD.name and await finds(now, "Bluebell") and now.knowledge.renewal.trouble == ""


async def test_back_to_the_old_embedder_nothing_is_embedded_and_nothing_is_left(filled, over, server, opened):
    server.lets = SOME
    now = await over(filled)
    assert 0 < await held(server, now, some=True) < 12
    await shut(now)
    embedded = OLD.embedded
    back = await opened(OLD, folder=filled.folder)
    await back.knowledge.renewed()

    assert OLD.embedded == embedded and await finds(back, "Bluebell")
    assert (await Embedding(back.database).dimensions(NEW)) == 0


async def test_a_crash_after_the_change_and_before_the_move_loses_nothing(filled, over, server):
    """As if the process had ended right after ``switch``: the index is of the old one, and no vector was moved."""
    await filled.knowledge.close()
    embedding, kept_documents = Embedding(filled.database), Documents(filled.database)
    name, made = NEW, Words("server", 48)
    while rows := await embedding.without("acme", name, after="", limit=5):
        await embedding.keep(
            "acme", name, {k.id: (made.passages([k.text])[0].astype("<f4").tobytes(), b"") for k in rows}
        )
    assert await embedding.switch("acme", name)
    [one, *_] = await filled.knowledge.documents("acme")
    assert {kept.embedder for kept in await kept_documents.passages(one.id)} == {name}
    now = await over(filled)

    assert all([await finds(now, place) for place in PLACES[:3]])
    await now.knowledge.renewed()
    assert await now.knowledge.check() == [] and not [t for t in server.passages if t.startswith("p: ")]
    assert all([await finds(now, place) for place in PLACES])


async def killed(server: ModelServer, folder: Path, point: str, *, lets: int = 1_000) -> int:
    """A process that goes over to the server's vectors dies at this point; how many texts of passages it embedded."""
    server.lets, made = lets, len(server.passages)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.knowledge.renewing_child", str(folder), server.url,
        env={**os.environ, ENVIRONMENT: point}, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        async with asyncio.timeout(120):
            assert await child.wait() == -signal.SIGKILL, point
    finally:
        if child.returncode is None:
            child.kill()
    server.lets = 0  # nothing more is embedded while it is looked at
    return sum(text.startswith("p: ") for text in server.passages[made:])


@pytest.mark.parametrize("point", ["embedder changed:1", "vectors moved:1"])
async def test_killed_in_the_middle_the_vectors_in_use_answer_and_the_change_goes_on(filled, over, server, point):
    """By SIGKILL: when some of the new vectors are made, and right after the change or before the log is wiped."""
    await shut(filled)
    # One request is answered and no other: else both may be kept before it dies, and nothing is left to be done.
    await killed(server, filled.folder, "vectors kept:1", lets=SOME)
    now = await over(filled)
    assert await in_use(now) == OLD.name and all([await finds(now, place) for place in PLACES])

    await shut(now)
    assert await killed(server, filled.folder, point) < 24, "what was made is not made again"
    now = await over(now)
    assert await in_use(now) == NEW and all([await finds(now, place) for place in PLACES])
    await now.knowledge.renewed()
    assert await now.knowledge.renewal.progress() == [] and await now.knowledge.check() == []
    assert all([await finds(now, place) for place in PLACES])


async def test_a_copy_made_meanwhile_has_the_vectors_in_use(filled, over, server):
    server.lets = 0
    now = await over(filled)
    await held(server, now)
    # Until the server has heard of all: what comes then is the copy's.
    while sum(text.startswith("p: ") for text in server.passages) < len(PLACES):
        await asyncio.sleep(0.01)
    asked = len(server.embedded)
    async with aside(now.database, now.knowledge, "acme", now.data) as copy:
        await copy.remove("acme", "all/Tansy.md")
        found = await copy.search("Where is the key of the Bluebell safe?", Audience.of("acme", "workspace"))
        assert found.passages[0].source == "all/Bluebell.md" and found.notes == () and await copy.check() == []
    # A request that the server holds for long is sent again, as it was.
    assert [texts for texts in server.embedded[asked:] if texts[0].startswith("p: ")
            and texts not in server.embedded[:asked]] == []  # fmt: skip


async def test_on_postgresql_another_worker_follows(opened, over, server, postgresql):
    one = await fill(await opened(OLD, url=postgresql))
    embedders: Any = Embedders(OLD, KnowledgeSettings(embedder_url=server.url))
    other = await opened(embedders, url=postgresql)
    assert await finds(other, "Bluebell")
    now = await over(one, url=postgresql)
    await now.knowledge.renewed()
    assert await finds(now, "Bluebell") and await now.knowledge.check() == []
    async with asyncio.timeout(20):
        while other.knowledge._indexes._open["acme"].embedder == OLD.name:
            await asyncio.sleep(0.05)

    assert await finds(other, "Bluebell"), "it can ask the server too, by the name that is kept with the vectors"
    assert (await other.load("all/Bryony.md", page("Bryony"))).status == "searchable" and await finds(other, "Bryony")
    await asyncio.to_thread(embedders.close)
