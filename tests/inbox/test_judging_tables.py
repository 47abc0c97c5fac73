"""Kept evaluations and contradictions, on SQLite and on PostgreSQL."""

import pytest

from engine.store.doubts import contradiction_told, note_contradictions, untold_contradictions
from engine.store.evaluations import Run, add_run, last_run, runs
from engine.store.review import answers_by_document, met_contradictions
from engine.types import Receipt

MET = Receipt(doubts=({"documents": ["d2", "d1"], "passages": ["d2.1.0", "d1.4.2"]},))


def a_run(name: str = "cases", *, retrieval_only: bool = False) -> Run:
    return Run(0, 0.0, "acme", name, {"retrieval_only": retrieval_only}, {"cases": 1}, [{"id": "1", "good": True}])


async def test_the_last_run_of_a_file_is_found_again(database):
    first = await database.write(lambda c: add_run(database, c, a_run()))
    second = await database.write(lambda c: add_run(database, c, a_run()))
    await database.write(lambda c: add_run(database, c, a_run("other")))
    await database.write(lambda c: add_run(database, c, a_run(retrieval_only=True)))

    found = await database.read(lambda c: last_run(c, "acme", "cases", retrieval_only=False))

    assert second > first
    assert (found.id, found.cases) == (second, [{"id": "1", "good": True}])
    assert await database.read(lambda c: last_run(c, "elsewhere", "cases", retrieval_only=False)) is None
    assert [r.name for r in await database.read(lambda c: runs(c, "acme", 2))] == ["cases", "other"]


async def test_of_a_contradiction_somebody_is_told_once_a_day(database):
    async def waiting() -> list:
        return await database.read(lambda c: untold_contradictions(database, c))

    async def meet() -> None:
        await database.write(lambda c: note_contradictions(database, c, "acme", 7, MET))

    await meet()
    await meet()
    [one] = await waiting()
    assert (one.passages, one.seen, one.owners, one.message) == (("d2.1.0", "d1.4.2"), 2, ("", ""), None)
    assert await database.read(lambda c: met_contradictions(c, "acme")) == {("d1", "d2"): 2}

    await database.write(lambda c: contradiction_told(database, c, "acme", one.pair))
    await meet()
    assert await waiting() == []


@pytest.mark.parametrize("since", [0.0, 9e9])
async def test_where_nothing_was_asked_nothing_was_used(database, since):
    assert await database.read(lambda c: answers_by_document(c, "acme", since)) == {}
