"""What people say of answers is kept as their last word, and goes with who said it and with what it was said of."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.channel import Press
from bot.correct_form import CorrectForm
from bot.feedback import Feedback
from bot.knowledge_desk import KnowledgeDesk
from bot.mining import Mining
from engine.claim import Claim
from engine.store.database import Database
from engine.store.feedback import Opinion, add_feedback, add_words, opinion_of, take_back, unhelpful
from engine.store.standing import questions_of, standing, waiting_for_a_person
from engine.store.tables import feedback
from engine.store.turns import forget_person, open_handoff
from engine.types import Outcome
from tests.inbox.desk import Desk, said, until, working


async def answered(database: Database, *texts: str) -> list[int]:
    """Questions of Ann's with answers; the ids of their events."""
    async with working(database) as desk:
        return await ask(desk, *texts)


async def ask(desk: Desk, *texts: str) -> list[int]:
    for text in texts:
        await desk.inbox.accept(said(text, number=text))
        await desk.settled()
    return [row.id for row in (await desk.rows()).values()]


async def judge(database: Database, event: int, person: str, *, helpful: bool) -> None:
    assert await database.write(lambda c: add_feedback(database, c, event, person, helpful=helpful))


async def explain(database: Database, event: int, person: str, why: str, better: str = "") -> None:
    assert await database.write(lambda c: add_words(database, c, event, person, why=why, better=better))


async def opinion(database: Database, event: int, person: str) -> Opinion | None:
    return await database.read(lambda c: opinion_of(c, event, person))


async def test_words_are_kept_with_the_opinion_and_go_when_it_changes(database: Database) -> None:
    [event] = await answered(database, "hello")
    await judge(database, event, "bob", helpful=False)
    await explain(database, event, "bob", "it is o\x00ld" + "!" * 3_000, "the new one")
    await judge(database, event, "bob", helpful=False)  # pressed once more
    kept = await opinion(database, event, "bob")
    assert kept is not None
    assert (kept.helpful, kept.why[:11], kept.better) == (False, "it is o\ufffdld!", "the new one")
    assert len(kept.why) == 2_000

    await judge(database, event, "bob", helpful=True)
    assert await opinion(database, event, "bob") == Opinion(True, "", "")
    assert not await database.write(lambda c: add_words(database, c, 999, "bob", why="gone", better=""))


async def test_what_is_taken_back_is_gone_unless_it_was_changed_or_explained(database: Database) -> None:
    [event] = await answered(database, "hello")
    for person in ("ann", "bob", "eve"):
        await judge(database, event, person, helpful=False)
    await judge(database, event, "bob", helpful=True)
    await explain(database, event, "eve", "too old")
    for person in ("ann", "bob", "eve"):
        await database.write(lambda c, p=person: take_back(c, event, p, helpful=False))

    assert await opinion(database, event, "ann") is None
    assert await opinion(database, event, "bob") == Opinion(True, "", "")
    assert await opinion(database, event, "eve") == Opinion(False, "too old", "")


async def test_what_did_not_help_is_listed_those_with_words_first(database: Database) -> None:
    first, second, third = await answered(database, "one", "two", "three")
    await explain(database, first, "bob", "too old", "the new one")
    await judge(database, second, "bob", helpful=False)
    await judge(database, third, "bob", helpful=True)
    await judge(database, third, "ann", helpful=False)

    rows, count = await database.read(lambda c: unhelpful(c, "acme", limit=2))
    more, _ = await database.read(lambda c: unhelpful(c, "acme", limit=2, offset=2))
    assert count == 3
    assert [(r.question, r.author, r.person, r.why, r.better) for r in rows] == [
        ("one", "ann", "bob", "too old", "the new one"),
        ("three", "ann", "ann", "", ""),
    ]
    assert [r.question for r in more] == ["two"]
    assert await database.read(lambda c: unhelpful(c, "elsewhere", limit=5)) == ([], 0)


async def test_words_are_forgotten_with_who_wrote_them_and_with_whose_answer_they_are_about(database: Database) -> None:
    first, second = await answered(database, "one", "two")
    await explain(database, first, "bob", "a secret", "a secret")
    await explain(database, second, "ann", "a secret", "a secret")
    await database.write(lambda c: forget_person(database, c, "acme", "bob"))
    assert await opinion(database, first, "bob") is None
    await explain(database, second, "bob", "a secret")
    await database.write(lambda c: forget_person(database, c, "acme", "ann"))  # who asked both

    left = await database.read(lambda c: c.execute(sa.select(feedback)).all())
    assert [(row.person, row.why, row.better) for row in left] == [("bob", "", "")]
    assert await database.read(lambda c: unhelpful(c, "acme", limit=5)) == ([], 0)


async def test_who_presses_before_the_answer_is_written_down_is_heard(database: Database) -> None:
    """It is visible a moment earlier."""
    async with working(database) as desk:
        desk.hold("hello")

        async def show(claim: Claim) -> None:
            await claim.posting()

        desk.fail = show
        await desk.inbox.accept(said("hello", number="1"))
        await until(lambda: desk.claims and desk.claims[0].state == "posting", "it is being posted")
        claim = desk.claims[0]
        press = Press("not_helpful", claim.key, "bob", claim.message.conversation)
        desk_of_admins = KnowledgeDesk(database, None, {}, None)
        correct = CorrectForm(database, None, desk_of_admins, None, None, {})
        feedback_of_all = Feedback(database, desk_of_admins, correct, Mining(database, {}), {})
        pressed = asyncio.create_task(feedback_of_all.pressed(press))
        await asyncio.sleep(0)
        desk.open("hello")
        notice = await pressed
        await desk.settled()

    assert notice.text == "Thank you, noted."
    assert await opinion(database, claim.event, "bob") == Opinion(False, "", "")


async def test_how_a_workspace_stands_is_counted_for_it_alone(database: Database) -> None:
    first, second = await answered(database, "one", "two")
    await judge(database, first, "bob", helpful=True)
    await judge(database, second, "bob", helpful=False)
    await database.write(lambda c: open_handoff(database, c, second, "ann", "the asker wants a person"))

    now = await database.read(lambda c: standing(c, "acme"))
    assert (now.ended, now.helpful, now.unhelpful, now.waiting) == ({Outcome.ANSWERED: 2}, 1, 1, 0)
    there = await database.read(lambda c: standing(c, "elsewhere"))
    assert (there.ended, there.helpful, there.unhelpful, there.documents) == ({}, 0, 0, 0)

    [waiting], count = await database.read(lambda c: waiting_for_a_person(c, "acme", 5))
    assert (waiting.message.text, waiting.reason, count) == ("two", "the asker wants a person", 1)
    own = await database.read(lambda c: questions_of(c, "test", "acme", "ann", 5))
    assert [o.message.text for o in own] == ["two", "one"]
    assert await database.read(lambda c: questions_of(c, "slack", "acme", "ann", 5)) == []
    assert await database.read(lambda c: questions_of(c, "test", "acme", "bob", 5)) == []
