"""What the inbox promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from engine.claim import Claim
from engine.errors import Unavailable
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.tables import events, handoffs, turns
from engine.types import Addressed, Outcome, Reply
from tests.inbox.desk import Desk, said, until, working


async def test_a_message_is_on_disk_when_accept_returns(database: Database, url: str) -> None:
    inbox = Inbox(database, Desk(database).handle)
    assert await inbox.accept(said("hello"))

    other = Database(url)
    assert await other.read(lambda c: c.execute(sa.select(events.c.state)).scalars().all()) == ["received"]
    await other.close()


async def test_a_redelivered_message_is_answered_once(database: Database) -> None:
    """A platform sends again what was acknowledged too late; an edit may have come between."""
    async with working(database) as desk:
        again = [await desk.inbox.accept(said("hello")) for _ in range(3)]
        await desk.settled()
        again.append(await desk.inbox.accept(replace(said("hello"), text="hello, edited")))
        await desk.settled()

    assert again == [True] * 4
    assert desk.begun == ["hello"]


async def test_talk_between_people_is_not_kept(database: Database) -> None:
    async with working(database) as desk:
        ours = await desk.inbox.accept(said("shall we have lunch?", thread="t1", how=Addressed.THREAD))

    assert not ours
    assert await desk.rows() == {}


async def test_a_thread_that_the_bot_is_in_needs_no_mention(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(said("bot, how?", thread="t1", how=Addressed.MENTION))
        assert await desk.inbox.accept(said("and then?", thread="t1", how=Addressed.THREAD))
        await desk.settled()

    assert desk.ended == ["bot, how?", "and then?"]


async def test_a_conversation_is_answered_in_order_and_holds_up_no_other(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("a1")
        for text in ("a1", "a2", "a3"):
            await desk.inbox.accept(said(text, room="a"))
        await desk.inbox.accept(said("b1", room="b"))
        await until(lambda: desk.ended == ["b1"], "the other conversation is answered")
        assert "a2" not in desk.begun
        desk.open("a1")
        await desk.settled()

    assert [text for text in desk.ended if text.startswith("a")] == ["a1", "a2", "a3"]


async def test_no_more_conversations_are_worked_on_than_allowed(database: Database) -> None:
    async with working(database, concurrency=2) as desk:
        texts = [f"q{n}" for n in range(12)]
        desk.hold(*texts)
        for text in texts:
            await desk.inbox.accept(said(text, room=text))
        await until(lambda: len(desk.begun) == 2, "two are in work")
        desk.open(*texts)
        await desk.settled()

    assert desk.most == 2
    assert sorted(desk.ended) == sorted(texts)


async def test_a_long_conversation_gives_way_to_others(database: Database) -> None:
    """Somebody pastes ten questions at once; whoever asks one does not wait for all ten."""
    async with working(database, concurrency=1) as desk:
        desk.hold("a0")
        for n in range(10):
            await desk.inbox.accept(said(f"a{n}", room="a"))
        for room in "bcde":
            await desk.inbox.accept(said(room, room=room))
        desk.open("a0")
        await desk.settled()

    assert all(desk.ended.index(room) < desk.ended.index("a6") for room in "bcde"), desk.ended


async def test_an_idle_conversation_is_no_task_and_no_memory_of_ours(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(said("first"))
        await desk.settled()
        await asyncio.sleep(0)
        before = len(asyncio.all_tasks())
        for n in range(300):
            await desk.inbox.accept(said("hello", room=f"room {n}"))
        await desk.settled()
        await until(lambda: len(asyncio.all_tasks()) <= before, "all tasks have ended")
        held = [v for v in vars(desk.inbox).values() if isinstance(v, (dict, set, list)) and len(v) > 2]

    assert held == []


async def test_only_what_opens_a_conversation_is_known_to_have_no_history(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("one", "other")
        for text, room in (("one", "hall"), ("two", "hall"), ("other", "yard")):
            await desk.inbox.accept(said(text, number=text, room=room))
        await until(lambda: len(desk.begun) == 2, "both rooms are worked on")
        await desk.inbox.edited("test:other", "other again")
        desk.open("one", "other")
        await desk.settled()
        await desk.inbox.accept(said("three"))
        await desk.settled()

    assert {claim.message.text: claim.first for claim in desk.claims} == {
        "one": True, "two": False, "other": True, "other again": False, "three": False
    }  # fmt: skip


async def test_what_cannot_be_answered_now_is_tried_again_and_only_its_conversation_waits(database: Database) -> None:
    async with working(database) as desk:
        up = asyncio.Event()

        async def down(claim: Claim) -> None:
            if claim.message.text == "a1" and not up.is_set():
                raise Unavailable("the model server is down")

        desk.fail = down
        await desk.inbox.accept(said("a1", room="a"))
        await desk.inbox.accept(said("a2", room="a"))
        await desk.inbox.accept(said("b1", room="b"))
        await until(lambda: desk.begun.count("a1") >= 3 and desk.ended, "it is tried again, and the other is answered")
        assert desk.ended == ["b1"]
        up.set()
        await desk.settled()

    assert desk.ended == ["b1", "a1", "a2"]
    assert desk.claims[-2].tries >= 3


async def test_a_retry_waits_as_long_as_it_was_asked_to(database: Database) -> None:
    async with working(database) as desk:

        async def limited(claim: Claim) -> None:
            raise Unavailable("rate limited", retry_after_s=120)

        desk.fail = limited
        await desk.inbox.accept(said("hello", number="1"))
        await until(lambda: desk.begun, "it is tried")
        while (row := (await desk.rows())["1"]).tries == 0:
            await asyncio.sleep(0.01)

    assert row.state == "received"
    assert 119 < row.due - row.changed <= 120


async def test_a_try_that_may_have_shown_something_says_so_to_the_next(database: Database) -> None:
    async with working(database) as desk:

        async def breaks_after_posting(claim: Claim) -> None:
            if claim.tries == 0:
                await claim.posting()
                await claim.placed_at("p1")
                raise Unavailable("the platform is gone")

        desk.fail = breaks_after_posting
        await desk.inbox.accept(said("hello"))
        await desk.settled()

    assert [(c.again, c.placed[:1]) for c in desk.claims] == [(False, ("p1",)), (True, ("p1",))]
    assert len({c.key for c in desk.claims}) == 1
    assert len(desk.claims[0].key) <= 25


async def test_after_three_errors_the_person_hears_that_somebody_takes_over(database: Database) -> None:
    async with working(database) as desk:

        async def broken(claim: Claim) -> None:
            if not claim.overdue:
                raise ValueError("a bug")

        desk.fail = broken
        await desk.inbox.accept(said("hello", number="1"))
        await desk.settled()
        rows = await desk.rows()
        handed = await database.read(lambda c: c.execute(sa.select(handoffs)).one())

    assert [c.overdue for c in desk.claims] == [False, False, False, True]
    assert (rows["1"].state, rows["1"].reason) == ("handed_off", "answering failed 3 times")
    assert (handed.person, handed.state, handed.told) == ("ann", "open", False)


async def test_when_not_even_the_hand_off_succeeds_the_event_ends_all_the_same(database: Database) -> None:
    async with working(database) as desk:

        async def broken(claim: Claim) -> None:
            raise ValueError("a bug")

        desk.fail = broken
        await desk.inbox.accept(said("hello", number="1"))
        await desk.inbox.accept(said("hello again", number="2"))
        await desk.settled()

    assert await desk.states() == {"1": "handed_off", "2": "handed_off"}


async def test_a_handler_that_forgets_to_end_its_claim_counts_as_failed(database: Database) -> None:
    async def forgets(claim: Claim) -> None:
        pass

    desk = Desk(database)
    desk.inbox = Inbox(database, forgets, backoff_s=0.01)
    await desk.inbox.start()
    await desk.inbox.accept(said("hello", number="1"))
    await desk.settled()
    await desk.inbox.stop(within_s=0)

    assert await desk.states() == {"1": "handed_off"}


async def test_what_waits_too_long_goes_to_a_person(database: Database) -> None:
    """The model server stays down: within the time the asker hears that a person takes over."""
    async with working(database, give_up_s=0.5) as desk:

        async def down(claim: Claim) -> None:
            if not claim.overdue:
                raise Unavailable("the model server is down")

        desk.fail = down
        await desk.inbox.accept(said("hello", number="1"))
        await desk.settled()
        rows = await desk.rows()

    assert (rows["1"].state, rows["1"].reason) == ("handed_off", "it could not be answered in time")
    assert desk.ended == ["hello"]  # by the handler, so the person was told


async def test_a_handler_that_hangs_is_stopped_and_the_question_goes_to_a_person(database: Database) -> None:
    async with working(database, give_up_s=0.3) as desk:

        async def hangs(claim: Claim) -> None:
            if not claim.overdue:
                await asyncio.Event().wait()

        desk.fail = hangs
        await desk.inbox.accept(said("hello", number="1"))
        await desk.settled()

    assert [c.overdue for c in desk.claims] == [False, True]


async def test_a_stop_finishes_what_is_under_way(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("slow")
        await desk.inbox.accept(said("slow", number="1"))
        await desk.inbox.accept(said("next", number="2"))
        await until(lambda: desk.begun, "it is in work")
        stopping = asyncio.create_task(desk.inbox.stop(within_s=20))
        await asyncio.sleep(0.05)
        assert await desk.inbox.accept(said("late", number="3"))
        desk.open("slow")
        await stopping

    assert await desk.states() == {"1": "answered", "2": "received", "3": "received"}
    assert desk.begun == ["slow"]


async def test_what_a_stop_could_not_finish_is_answered_after_the_next_start(database: Database) -> None:
    async with working(database, concurrency=1) as desk:
        desk.hold("a")
        for text in "abc":
            await desk.inbox.accept(said(text, room=text))
        await until(lambda: desk.begun == ["a"], "the first is in work")
        await desk.inbox.stop(within_s=0.05)
        assert set((await desk.states()).values()) == {"received"}

    async with working(database) as second:
        await second.settled()

    assert sorted(second.ended) == ["a", "b", "c"]
    assert [c.tries for c in second.claims] == [0, 0, 0]


async def test_the_end_is_written_with_its_receipt(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(said("hello", number="1"))
        await desk.settled()
        turn = await database.read(lambda c: c.execute(sa.select(turns)).one())
        row = (await desk.rows())["1"]

    assert (row.state, row.placed) == ("answered", f'["p{row.id}"]')
    assert (turn.event, turn.question, turn.text, turn.outcome) == (row.id, "hello", "answer to hello", "answered")
    assert '"tokens"' in turn.receipt


async def test_a_claim_ends_once(database: Database) -> None:
    lost = []

    async def ends_twice(claim: Claim) -> None:
        await claim.finish(Reply(Outcome.ANSWERED, "one"))
        try:
            await claim.finish(Reply(Outcome.ANSWERED, "two"))
        except Exception as e:
            lost.append(type(e).__name__)

    desk = Desk(database)
    desk.inbox = Inbox(database, ends_twice)
    await desk.inbox.start()
    await desk.inbox.accept(said("hello"))
    await desk.settled()
    await until(lambda: lost, "the second end is refused")
    await desk.inbox.stop(within_s=1)

    assert lost == ["LeaseLost"]
    assert await database.read(lambda c: c.execute(sa.select(turns.c.text)).scalars().all()) == ["one"]


async def test_text_that_no_database_can_hold_is_kept_mended(database: Database) -> None:
    async with working(database) as desk:
        await desk.inbox.accept(said("a\x00b\ud800c", number="1"))
        await desk.settled()

    assert desk.ended == ["a\ufffdb?c"]


async def test_open_events_are_counted(database: Database) -> None:
    async with working(database) as desk:
        desk.hold("a1")
        await desk.inbox.accept(said("a1"))
        await desk.inbox.accept(said("a2"))
        await until(lambda: desk.begun, "it is in work")
        counts = await desk.inbox.open_events()
        desk.open("a1")
        await desk.settled()
        after = await desk.inbox.open_events()

    assert (counts.received, counts.working, counts.posting, counts.total) == (1, 1, 0, 2)
    assert counts.oldest_s >= 0
    assert (after.total, after.oldest_s) == (0, 0.0)
