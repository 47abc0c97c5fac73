"""Questions that their authors edit or delete while they wait, while they are worked on and afterwards."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from engine.claim import Claim
from engine.store.database import Database
from engine.store.tables import turns
from tests.inbox.desk import said, until, working


async def test_an_edited_question_begins_anew(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("how do I rotate the kee?")
        await desk.inbox.accept(said("how do I rotate the kee?", number="1"))
        await until(lambda: desk.begun, "it is in work")
        await desk.inbox.edited("test:1", "how do I rotate the key?")
        await desk.settled()

    assert desk.begun == ["how do I rotate the kee?", "how do I rotate the key?"]
    assert desk.ended == ["how do I rotate the key?"]


async def test_an_edit_is_too_late_when_the_answer_is_being_posted(database: Database) -> None:
    async with working(database) as desk:
        posted, edited = asyncio.Event(), asyncio.Event()

        async def wait_after_posting(claim: Claim) -> None:
            await claim.posting()
            posted.set()
            await edited.wait()

        desk.fail = wait_after_posting
        await desk.inbox.accept(said("question", number="1"))
        await posted.wait()
        await desk.inbox.edited("test:1", "another question")
        edited.set()
        await desk.settled()

    assert desk.ended == ["question"]


async def test_a_question_deleted_while_it_is_worked_on_is_not_answered(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("never mind")
        await desk.inbox.accept(said("never mind", number="1"))
        await desk.inbox.accept(said("the next one", number="2"))
        await until(lambda: desk.begun, "it is in work")
        deleted = await desk.inbox.deleted("test:1")
        await desk.settled()
        rows = await desk.rows()

    assert deleted and deleted.open
    assert (rows["1"].state, rows["1"].reason) == ("ignored", "deleted by its author")
    assert "never mind" not in rows["1"].message
    assert desk.ended == ["the next one"]


async def test_a_question_deleted_while_its_answer_is_shown_is_withdrawn(database: Database) -> None:
    async with working(database) as desk:
        shown = asyncio.Event()

        async def show_for_ever(claim: Claim) -> None:
            await claim.posting()
            await claim.placed_at("p1")
            shown.set()
            await asyncio.Event().wait()

        desk.fail = show_for_ever
        await desk.inbox.accept(said("never mind", number="1"))
        await shown.wait()
        await desk.inbox.deleted("test:1")
        await desk.settled()
        rows = await desk.rows()

    assert [claim.deleted for claim in desk.claims] == [False, True]
    assert desk.claims[-1].placed == ("p1",)
    assert (rows["1"].state, rows["1"].reason) == ("ignored", "deleted by its author")


async def test_a_question_deleted_after_its_answer_leaves_the_history(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(said("my secret", number="1"))
        await desk.settled()
        await desk.inbox.deleted("test:1")
        rows = await desk.rows()
        left = await database.read(lambda c: c.execute(sa.select(turns)).all())

    assert rows["1"].state == "answered"
    assert "secret" not in rows["1"].message
    assert left == []
