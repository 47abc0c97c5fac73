"""What is done for several documents at once: brought into the index, and nothing wasted on one."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Unavailable
from engine.knowledge.giving_way import Way
from engine.knowledge.index import Index
from engine.knowledge.indexes import Indexes
from engine.knowledge.load import LARGEST
from engine.knowledge.loading import file_bytes
from engine.knowledge.waiting import Gathered
from engine.store.documents import Change, Documents, Kept
from engine.store.embedding import Embedding
from tests.knowledge.conftest import Base


def passage(document: str, number: int, version: int = 1) -> Kept:
    """A passage as it stands in the database."""
    vector = np.eye(8, dtype="<f4")[number].tobytes()
    values = {"id": f"{document}.{version}.{number}", "document": document, "language": "en", "grant": "workspace",
              "text": f"text {number} of {document}", "vector": vector, "sentences": b"", "embedder": "e"}  # fmt: skip
    return Kept(
        **{name: values.get(name, 0.0 if name in {"dated", "expires", "number"} else "") for name in Kept.__slots__}
    )


def test_several_documents_are_brought_in_together_replaced_and_taken_out(tmp_path: Path) -> None:
    index = Index(tmp_path / "index", "e")
    index.put({name: [passage(name, n) for n in range(3)] for name in "abc"})
    assert index.documents == {name: {f"{name}.1.{n}" for n in range(3)} for name in "abc"}

    index.put({"a": [passage("a", 5, 2)], "b": [], "d": [passage("d", 6)]})
    held = {"a.2.5", "c.1.0", "c.1.1", "c.1.2", "d.1.6"}
    assert index.documents == {"a": {"a.2.5"}, "c": {"c.1.0", "c.1.1", "c.1.2"}, "d": {"d.1.6"}}
    assert index.vectors().keys() == index.places().keys() == held

    index.close()
    again = Index(tmp_path / "index", "e")
    assert again.vectors().keys() == again.places().keys() == held
    assert not again.doubtful
    again.close()


def test_reading_a_small_file_makes_no_room_for_the_largest(tmp_path: Path) -> None:
    (tmp_path / "small.md").write_bytes(b"few bytes")
    (tmp_path / "large.md").write_bytes(b"x" * (LARGEST + 5))
    tracemalloc.start()
    try:
        assert file_bytes(tmp_path / "small.md")[0] == b"few bytes"
        assert tracemalloc.get_traced_memory()[1] < LARGEST / 10
    finally:
        tracemalloc.stop()

    assert len(file_bytes(tmp_path / "large.md")[0]) == LARGEST + 1


def test_loading_waits_for_searches_and_not_for_ever(tmp_path: Path) -> None:
    way, given = Way(patience_s=3600), threading.Event()

    def load() -> None:
        way.give()
        given.set()

    assert Way().still
    with way.taken(), way.taken():
        loading = threading.Thread(target=load, daemon=True)
        loading.start()
        with way.left():
            assert not given.wait(0.05)  # the other one is still under way
    assert given.wait(60) and not way.still

    given.clear()
    with way.taken(), way.left():  # it waits for the index itself
        load()
    assert given.is_set()

    index = Index(tmp_path / "index", "e", hurried := Way(patience_s=0.001))
    with hurried.taken():
        index.put({"a": [passage("a", n, version) for version in range(3) for n in range(8)]})
    assert len(index.places()) == len(index.vectors()) == 24
    index.close()


async def test_what_many_ask_for_is_done_once_and_at_the_end_at_once() -> None:
    done = list[int]()

    async def work() -> None:
        done.append(1)

    soon, late = Gathered(work, 0.01), Gathered(work, 3600)
    for _ in range(5):
        await soon.ask()
    while not done:
        await asyncio.sleep(0.001)
    assert len(done) == 1

    await late.now()
    assert len(done) == 1  # nobody had asked
    await late.ask()
    await late.now()
    assert len(done) == 2


async def test_what_went_wrong_is_told_to_who_asks_next() -> None:
    tried = asyncio.Event()

    async def work() -> None:
        tried.set()
        raise Unavailable("the disk is full")

    gathered = Gathered(work, 0)
    await gathered.ask()
    await tried.wait()
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable, match="full"):
        await gathered.ask()
    with pytest.raises(Unavailable, match="full"):
        await gathered.now()


class BusyFeed(Documents):
    """The feed of a workspace in which a document is loaded whenever somebody looks: a large load that goes on."""

    def __init__(self, base: Base) -> None:
        super().__init__(base.database)
        self.base, self.looks = base, 0

    async def changes(self, after: int, workspace: str | None = None, *, limit: int = 1000) -> list[Change]:
        self.looks += 1
        found = await super().changes(after, workspace, limit=limit)
        if self.looks < 20:
            await self.base.load(f"page{self.looks}.md", f"# Page {self.looks}\n\nIts code is {self.looks}.\n")
        return found


async def test_who_waits_for_what_is_loaded_does_not_wait_for_what_is_loaded_meanwhile(
    base: Base, tmp_path: Path
) -> None:
    await base.load("first.md", "# First\n\nThe code is SW-1000.\n")
    feed = BusyFeed(base)
    indexes = Indexes(feed, Embedding(base.database), tmp_path / "another", base.embedder.name)
    await indexes.open()
    index = await indexes.caught_up("acme")
    assert len(index.documents) == 1 and feed.looks == 1

    assert len((await indexes.caught_up("acme")).documents) == 2
    await indexes.close()
