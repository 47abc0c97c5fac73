"""What stays of a conversation, and what is forgotten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.feedback import add_feedback
from engine.store.tables import events, feedback, handoffs, turns
from engine.store.turns import (
    close_handoff,
    forget_person,
    history,
    is_handed_off,
    is_ours,
    last_turn,
    mark_told,
    open_handoff,
    turn_of,
    untold_handoffs,
)
from engine.types import Audience, Conversation, Outcome, Passage, Receipt, Reply, Source
from tests.inbox.desk import Desk, said, until, working

_PASSAGE = Passage("d1.1.0", "d1", "a.md", "Keys", "Keys > Rotate", "", "Every 90 days.", "en", "workspace", 0.9)
_RECEIPT = Receipt(
    "rotate key", ({"document": "d1", "heading": "Keys", "score": 0.9},), {"top": 0.9}, "small", ms={"model": 12.5}
)


async def ask(desk: Desk, *texts: str, room: str = "hall", thread: str = "") -> None:
    for n, text in enumerate(texts):
        await desk.inbox.accept(said(text, room=room, thread=thread, number=f"{room} {thread} {n}"))
        await desk.settled()


async def test_history_is_the_last_turns_the_oldest_first(database: Database) -> None:
    async with working(database) as desk:
        await ask(desk, *"abcd")
        await ask(desk, "elsewhere", room="other")
        past = await database.read(lambda c: history(c, Conversation("test", "acme", "hall").key, 3))

    assert [(t.question, t.text) for t in past] == [(q, f"answer to {q}") for q in "bcd"]


async def test_a_turn_is_read_as_it_was_written(database: Database) -> None:
    source = Source(1, "Keys", "Rotate", "https://x.test/keys", "d1")
    reply = Reply(Outcome.ANSWERED, "Every 90 days [1].", "en", (source,), 0.75, "", _RECEIPT, (_PASSAGE,))
    async with working(database) as desk:

        async def answer(claim) -> None:
            claim.audience = Audience.of("acme", "workspace", "room:hall")
            await claim.posting()
            await claim.finish(reply)

        desk.inbox._handle = answer
        await ask(desk, "how often?")
        turn = await database.read(lambda c: last_turn(c, Conversation("test", "acme", "hall")))

    assert turn is not None
    assert (turn.sources, turn.passages, turn.receipt) == ((source,), ("d1.1.0",), _RECEIPT)
    assert turn.grants == {"public", "workspace", "room:hall"}
    assert (turn.confidence, turn.language, turn.outcome) == (0.75, "en", Outcome.ANSWERED)
    assert await database.read(lambda c: turn_of(c, turn.event)) == turn


async def test_a_receipt_with_odd_values_is_kept(database: Database) -> None:
    """Numbers of numpy, and text that is no Unicode."""
    odd = Receipt("a\ud800b", gate={"top": np.float32(0.5)}, cut=({"text": "x\x00y", "why": "no marker"},))
    async with working(database) as desk:

        async def answer(claim) -> None:
            await claim.finish(Reply(Outcome.ANSWERED, "a\x00b", receipt=odd))

        desk.inbox._handle = answer
        await ask(desk, "how often?")
        turn = await database.read(lambda c: last_turn(c, Conversation("test", "acme", "hall")))

    assert turn is not None
    assert (turn.text, turn.receipt.gate["top"], turn.receipt.query) == ("a\ufffdb", 0.5, "a?b")


async def test_the_last_turn_is_of_the_thread_or_of_the_whole_room(database: Database) -> None:
    async with working(database) as desk:
        await ask(desk, "one", thread="t1")
        await ask(desk, "two", thread="t2")
        await ask(desk, "elsewhere", room="hall2")

    async def last(room: str, thread: str = "", person: str = "") -> str | None:
        turn = await database.read(lambda c: last_turn(c, Conversation("test", "acme", room, thread), person))
        return turn and turn.question

    assert await last("hall", "t1") == "one"
    assert await last("hall") == "two"
    assert await last("hall", person="ann") == "two"
    assert await last("hall", person="bob") is None
    assert await last("hal") is None


async def test_a_conversation_is_ours_from_its_first_message(database: Database) -> None:
    async with working(database) as desk:
        await ask(desk, "hello")
    assert await database.read(lambda c: is_ours(c, Conversation("test", "acme", "hall").key))
    assert not await database.read(lambda c: is_ours(c, Conversation("test", "acme", "hall", "t1").key))


async def test_of_a_persons_feedback_the_last_word_counts(database: Database) -> None:
    async with working(database) as desk:
        await ask(desk, "hello")
        event = desk.claims[0].event
    for person, helpful in (("ann", True), ("bob", True), ("ann", False)):
        assert await database.write(lambda c, p=person, h=helpful: add_feedback(database, c, event, p, helpful=h))
    rows = await database.read(lambda c: c.execute(sa.select(feedback.c.person, feedback.c.helpful)).all())

    assert sorted(map(tuple, rows)) == [("ann", False), ("bob", True)]
    assert not await database.write(lambda c: add_feedback(database, c, 999, "ann", helpful=True))


async def test_a_hand_off_is_told_once_and_closed_by_a_person(database: Database) -> None:
    async with working(database) as desk:
        await ask(desk, "hello")
        event, key = desk.claims[0].event, desk.claims[0].message.conversation.key
    assert await database.write(lambda c: open_handoff(database, c, event, "ann", "asked for a person"))
    assert not await database.write(lambda c: open_handoff(database, c, event, "ann", "pressed twice"))
    (waiting,) = await database.read(untold_handoffs)
    assert (waiting.event, waiting.reason, waiting.message.text) == (event, "asked for a person", "hello")

    await database.write(lambda c: mark_told(c, event))
    assert await database.read(untold_handoffs) == []
    assert await database.read(lambda c: is_handed_off(c, key))
    assert await database.write(lambda c: close_handoff(c, key)) == 1
    assert not await database.read(lambda c: is_handed_off(c, key))
    assert await database.write(lambda c: open_handoff(database, c, event, "ann", "once more"))
    assert not await database.write(lambda c: open_handoff(database, c, 999, "ann", "of nothing"))


async def test_a_person_who_wants_to_be_forgotten_is(database: Database) -> None:
    async with working(database) as desk:
        await ask(desk, "my secret")
        event = desk.claims[0].event
        await database.write(lambda c: add_feedback(database, c, event, "ann", helpful=True))
        await database.write(lambda c: open_handoff(database, c, event, "ann", "why"))
        desk.hold("an open secret")
        await desk.inbox.accept(said("an open secret", number="2"))
        await until(lambda: len(desk.begun) == 2, "it is in work")
        assert await database.write(lambda c: forget_person(database, c, "elsewhere", "ann")) == 0
        count = await database.write(lambda c: forget_person(database, c, "acme", "ann"))
        desk.open("an open secret")
        await desk.settled()

    def everything(c: sa.Connection) -> str:
        return repr([c.execute(sa.select(table)).all() for table in (events, turns, feedback, handoffs)])

    left = await database.read(everything)
    assert count == 2
    assert "secret" not in left
    assert "'ann'" not in left
    assert '"ann"' not in left
    assert desk.ended == ["my secret"]


async def test_what_was_kept_of_somebodys_words_for_later_turns_goes_with_them(database: Database) -> None:
    receipt = Receipt(plugin="drafting", kept={"request": {"asked": "My name is Anna Kowalska"}})
    async with working(database) as desk:

        async def answer(claim) -> None:
            claim.audience = Audience.of("acme", "workspace")
            await claim.posting()
            await claim.finish(Reply(Outcome.ANSWERED, "a draft", receipt=receipt))

        desk.inbox._handle = answer
        await desk.inbox.accept(said("draft", number="1"))
        await desk.settled()
        await desk.inbox.accept(replace(said("shorter", number="2"), author="bob"))
        await desk.settled()
        await database.write(lambda c: forget_person(database, c, "acme", "ann"))
        rows = await database.read(lambda c: c.execute(sa.select(turns)).all())

    assert [(row.author, row.question) for row in rows] == [("bob", "shorter")]
    assert "Anna" not in rows[0].receipt


async def test_what_is_visible_of_a_forgotten_question_is_withdrawn(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("shown")

        async def show(claim) -> None:
            if not claim.deleted:
                await claim.posting()

        desk.fail = show
        await desk.inbox.accept(said("shown", number="1"))
        await until(lambda: desk.claims and desk.claims[0].state == "posting", "it is being posted")
        await database.write(lambda c: forget_person(database, c, "acme", "ann"))
        desk.open("shown")
        await desk.settled()
        rows = await desk.rows()

    assert desk.claims[-1].deleted
    assert (rows["1"].state, rows["1"].author) == ("ignored", "")
    assert "shown" not in rows["1"].message
