"""Three layers keep passages apart; each is missed by its own test, and no one of them alone lets anything out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from engine.knowledge.index import Hits, Index
from engine.knowledge.indexes import Indexes
from engine.store.documents import Documents, Kept
from engine.types import Audience
from tests.isolation.desk import Desk
from tests.isolation.test_nobody_is_told_too_much import Life, live

ALL = frozenset({"public", "workspace", "room:C1", "user:U1"})


class Unfiltered(Index):
    """Searches as if every grant had been asked for."""

    def search(self, *how: Any) -> list[Hits]:
        everything = frozenset(place.grant for place in self.places().values())
        return super().search(*(everything if isinstance(one, frozenset) else one for one in how))


class UnfilteredIndexes(Indexes):
    async def of(self, workspace: str) -> Index | None:
        index = await super().of(workspace)
        if index is not None:
            index.__class__ = Unfiltered
        return index


class Merged:
    """The indexes of all workspaces, searched as one."""

    def __init__(self, indexes: list[Index]):
        self._indexes = indexes

    @property
    def position(self) -> int:
        return sum(index.position for index in self._indexes)

    @property
    def embedder(self) -> str:
        return next((index.embedder for index in self._indexes), "words")

    @property
    def dimensions(self) -> int:
        return next((index.dimensions for index in self._indexes), 0)

    def search(self, *how: Any) -> list[Hits]:
        return [hits for index in self._indexes for hits in index.search(*how)]


class MergedIndexes(Indexes):
    async def of(self, workspace: str) -> Any:
        found = [await super(MergedIndexes, self).of(one) for one in await self._documents.workspaces()]
        return Merged([index for index in found if index is not None])


class Unchecked(Documents):
    """Believes whatever the index says about who may read."""

    async def readable(self, workspace: str, ids: Iterable[str], grants: Iterable[str]) -> dict[str, Kept]:
        every = {one.grant for one in await self.of(workspace)}
        return await super().readable(workspace, ids, every)


def without_the_filter(app: App) -> None:
    app.knowledge._indexes.__class__ = UnfilteredIndexes


def without_the_second_check(app: App) -> None:
    app.knowledge._search._documents = Unchecked(app.database)


def without_the_split(app: App) -> None:
    app.knowledge._indexes.__class__ = MergedIndexes


class Listening(Documents):
    """Hears what the index offers, before it is checked."""

    offered: frozenset[str] = frozenset()

    async def readable(self, workspace: str, ids: Iterable[str], grants: Iterable[str]) -> dict[str, Kept]:
        self.offered = frozenset(ids)
        return await super().readable(workspace, self.offered, grants)


async def candidates(app: App, workspace: str, grants: frozenset[str]) -> frozenset[str]:
    """The ids that the index offers for a question that every document answers."""
    app.knowledge._search._documents = listening = Listening(app.database)
    await app.knowledge.search("How is the device calibrated with code every morning?", Audience(workspace, grants))
    return listening.offered


async def passages(app: App, workspace: str) -> dict[str, str]:
    """The ids of all passages of a workspace, and whom they are for."""
    found = {}
    for document in await app.knowledge.documents(workspace):
        found.update({p.id: document.grant for p in await app.knowledge.passages_of(document.id)})
    return found


async def the_index_filters(app: App) -> None:
    known = await passages(app, "W1")
    for grants in (frozenset({"public"}), frozenset({"public", "room:C1"}), ALL):
        assert await candidates(app, "W1", grants) == {id_ for id_, grant in known.items() if grant in grants}


async def sql_checks_again(app: App) -> None:
    known = await passages(app, "W1")
    documents = app.knowledge._search._documents
    for grants in (frozenset({"public"}), frozenset({"public", "room:C1"}), ALL):
        assert {*await documents.readable("W1", known, grants)} == {i for i, grant in known.items() if grant in grants}
        assert await documents.readable("W2", known, grants) == {}


async def workspaces_are_apart(app: App) -> None:
    for workspace in ("W1", "W2"):
        assert await candidates(app, workspace, ALL) == {*await passages(app, workspace)}


LAYERS = {
    "the filter": (without_the_filter, the_index_filters),
    "the second check": (without_the_second_check, sql_checks_again),
    "the split": (without_the_split, workspaces_are_apart),
}
Off = Callable[[App], None]
Check = Callable[[App], Awaitable[None]]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with the same four documents in each of two workspaces."""
    desk = Desk(tmp_path)
    for workspace in ("W1", "W2"):
        for _ in range(2):
            desk.world.new_person(workspace)
            desk.world.new_room(workspace, private=True)
    await desk.open()
    for workspace in ("W1", "W2"):
        for grant in sorted(ALL):
            await desk.write(desk.world.new_paper(workspace, grant))
    yield desk
    await desk.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize("layer", LAYERS)
async def test_a_layer_that_is_missing_is_missed_by_its_own_test(layer, desk):
    off, check = LAYERS[layer]
    await check(desk.app)

    off(desk.app)

    with pytest.raises(AssertionError):
        await check(desk.app)


def missing(*layers: str) -> type[Life]:
    """A life whose desk lacks these layers."""

    class Lacking(Desk):
        def knowledge_of(self, app: App) -> None:
            for layer in layers:
                LAYERS[layer][0](app)

    return type("Life", (Life,), {"desk_class": Lacking})


@pytest.mark.parametrize("layer", LAYERS)
def test_without_one_layer_still_nobody_is_told_too_much(layer):
    live(1, lives=1, steps=100, machine=missing(layer))


@pytest.mark.parametrize("layers", [("the filter", "the second check")])
def test_without_two_layers_it_is_noticed(layers):
    """The control: this way of looking does see what gets out."""
    with pytest.raises(AssertionError, match="reaches"):
        live(1, lives=1, steps=100, machine=missing(*layers))
