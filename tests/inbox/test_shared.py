"""An answer that is shared: written down together with what says so, once, and no question of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.shared import SHARED, kept_among, kept_as, note_shared
from engine.store.standing import questions_of, standing
from engine.types import Outcome, Reply
from tests.inbox.desk import said, working


async def test_it_is_kept_with_its_row_in_the_audit_once_or_not_at_all(database: Database) -> None:
    asked = said("how?")
    share = replace(asked, id=asked.id + ":shared", command="share")

    def note(c: sa.Connection) -> None:
        note_shared(database, c, asked.conversation, asked.author, answer=7, documents=["d1"], hidden=1)

    def broken(c: sa.Connection) -> None:
        note(c)
        raise ValueError("the disk is full")

    async with working(database) as desk:
        await desk.inbox.accept(asked)
        await desk.settled()
        with pytest.raises(ValueError, match="full"):
            await desk.inbox.accept(share, broken)
        assert await database.read(lambda c: kept_as(c, share.key)) is None
        assert await Audit(database).rows() == []
        for _ in range(3):
            await desk.inbox.accept(share, note)
        await desk.settled()

    [row] = await Audit(database).rows()
    assert (row.actor, row.action, row.workspace, row.subject) == ("test:ann", "answer shared", "acme", "hall")
    assert row.details == '{"answer":7,"documents":["d1"],"hidden":1}'
    assert (await Audit(database).verify()).problems == ()
    assert await database.read(lambda c: kept_among(c, [share.key, "test:another"])) == [share.key]
    assert desk.begun == ["how?", "how?"]


async def test_it_is_nobodys_question(database: Database) -> None:
    async with working(database) as desk:

        async def end(claim) -> None:
            await claim.finish(Reply(Outcome.ANSWERED, "So.", reason=SHARED if claim.message.command else ""))

        desk.inbox._handle = end
        for message in (said("how?"), replace(said("how?", number="2"), command="share")):
            await desk.inbox.accept(message)
        await desk.settled()
    own = await database.read(lambda c: questions_of(c, "test", "acme", "ann", 9))
    assert [asked.message.command for asked in own] == [""]
    assert (await database.read(lambda c: standing(c, "acme"))).ended == {Outcome.ANSWERED: 1}
