"""After a hand-off in a thread: who takes over is left alone, and nobody who still asks is taken for them."""

from __future__ import annotations

from dataclasses import replace

from engine.claim import Claim
from engine.store.database import Database
from engine.store.turns import open_handoff
from engine.types import Addressed, File, Message, Outcome, Reply
from tests.inbox.desk import Desk, said, working


def in_thread(text: str, *, by: str = "ann", how: Addressed = Addressed.THREAD) -> Message:
    return replace(said(text, thread="t1", how=how), author=by)


async def handed_over(desk: Desk) -> None:
    async def no_answer(claim: Claim) -> None:
        if "thanks" in claim.message.text:
            await claim.finish(Reply.ignore("thanks"))
        elif "nobody knows" in claim.message.text:
            await claim.finish(Reply.hand_off("nothing answers this"))

    desk.fail = no_answer
    await desk.inbox.accept(in_thread("what nobody knows", how=Addressed.MENTION))
    await desk.settled()


async def test_of_whoever_takes_over_neither_words_nor_files_are_kept(database: Database) -> None:
    async with working(database) as desk:
        await handed_over(desk)
        bob = replace(in_thread("see here", by="bob"), files=(File("plan.pdf", "https://files.example/plan.pdf"),))
        assert not await desk.inbox.accept(bob)
        mark = (await desk.rows())[bob.id]

    kept = Message.from_json(mark.message)
    assert (mark.state, kept.text, kept.files) == (Outcome.IGNORED.value, "", ())


async def test_thanks_after_a_hand_off_change_nothing_for_whoever_takes_over(database: Database) -> None:
    async with working(database) as desk:
        await handed_over(desk)
        await desk.inbox.accept(in_thread("thanks, I shall wait"))
        await desk.settled()
        assert not await desk.inbox.accept(in_thread("it is under the mat", by="bob"))
        assert not await desk.inbox.accept(in_thread("found it"))


async def test_whoever_asked_may_go_on_when_somebody_else_wanted_a_person_for_them(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(in_thread("how?", how=Addressed.MENTION))
        await desk.settled()
        event = desk.claims[0].event
        assert await database.write(lambda c: open_handoff(database, c, event, "bob", "somebody asked for a person"))
        assert await desk.inbox.accept(in_thread("and until when?"))
        await desk.settled()

    assert desk.ended == ["how?", "and until when?"]


async def test_whoever_wanted_a_person_for_somebody_else_does_not_take_over(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(in_thread("how?", how=Addressed.MENTION))
        await desk.settled()
        event = desk.claims[0].event
        await database.write(lambda c: open_handoff(database, c, event, "bob", "somebody asked for a person"))
        assert await desk.inbox.accept(in_thread("and until when?", by="bob"))
        await desk.settled()

    assert desk.ended == ["how?", "and until when?"]
