"""The model has more to do than it can: people are told their place, and nothing of it is left in the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store.tables import events, leases, turns
from tests.scenarios.office import shown
from tests.scenarios.shop import ALICE, BOB, ROOM, Shop, opened
from tests.stand_ins import judges

VPN, PRINTERS = "How long are VPN certificates valid?", "Which rolls do the label printers use?"
ONE_AT_ONCE = "at_once = 1\n"
#: So sure that only an entry or the model will do.
DOUBTFUL = '[[plugins]]\nuse = "plugins.faq:Faq"\nprecision = 0.99\nconfidence = 0.0\nasks_back = false\n'


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(tmp_path, model=ONE_AT_ONCE) as shop:
        yield shop
        await shop.quiet()
        transcript = shop.slack.transcript
        assert judges.slack_safety(transcript, (ALICE, BOB)) + judges.slack_refusals(transcript) == []


@contextlib.asynccontextmanager
async def busy(shop: Shop) -> AsyncIterator[str]:
    """The model writes an answer that does not end before this block does; its thread."""
    shop.model.rule("VPN", "hang", after=0, times=1, passages=True)
    thread = await shop.ask(VPN)
    await shop.until(shop.model.running)
    try:
        yield thread
    finally:
        if shop.model.running():
            await shop.slack.user_delete(ROOM, thread)


async def told(shop: Shop, thread: str, words: str = "in line") -> dict[str, object]:
    """The message that says how one stands."""

    def found() -> dict[str, object] | None:
        return next((m for m in shop.said(thread) if words in str(m)), None)

    found_: dict[str, object] = await shop.until(found)
    return found_


async def test_who_waits_sees_the_place_where_the_answer_will_stand(shop: Shop) -> None:
    async with busy(shop):
        thread = await shop.ask(PRINTERS, user=BOB)
        status = await told(shop, thread)
        assert "Next in line" in str(status)
    answer = await shop.answer(thread, "Heather")
    assert answer["ts"] == status["ts"]
    assert "in line" not in answer["text"] + shown(answer)
    assert len(shop.said(thread)) == 1
    rows = await shop.app.database.read(lambda c: c.execute(sa.select(turns)).all())
    assert "in line" not in str(rows)
    asked = await shop.ask("And how wide are they?", user=BOB, thread=thread, mention=False)
    await shop.answer(asked, number=2)
    assert not shop.model.seen("in line")


async def test_a_chinese_question_is_told_its_place_in_chinese(shop: Shop) -> None:
    async with busy(shop):
        thread = await shop.ask("年假申请要提前多久提交?", user=BOB)
        await told(shop, thread, "正在排队")
    await shop.answer(thread, "海棠")


async def test_a_question_that_is_deleted_while_it_waits_never_reaches_the_model(shop: Shop) -> None:
    async with busy(shop):
        thread = await shop.ask(PRINTERS, user=BOB)
        await told(shop, thread)
        await shop.slack.user_delete(ROOM, thread)
        await shop.until(lambda: not shop.said(thread) and not shop.app.writer.gate.waiting)  # type: ignore[union-attr]  # it is there
    await shop.quiet()
    assert shop.said(thread) == []
    assert [r for r in shop.model.requests if "label printers" in r.last_user] == []


async def test_a_question_that_is_edited_while_it_waits_is_answered_as_it_stands(shop: Shop) -> None:
    async with busy(shop):
        thread = await shop.ask("Which wine rolls off the label?", user=BOB)
        status = await told(shop, thread)
        await shop.slack.user_edit(ROOM, thread, f"<@{shop.slack.bot_user_id}> {PRINTERS}")
        await asyncio.sleep(0.1)
    answer = await shop.answer(thread, "Heather")
    assert answer["ts"] == status["ts"]
    assert len(shop.said(thread)) == 1
    assert not shop.model.seen("wine")


async def test_who_came_to_read_along_while_it_waited_is_told_nothing_restricted(shop: Shop) -> None:
    """The look at who reads along comes after the place was shown, too."""
    shop.slack.add_user("U0GUEST", "guest", guest="multi")
    async with busy(shop):
        thread = await shop.ask(PRINTERS, user=BOB)
        await told(shop, thread)
        shop.slack.channels[ROOM]["members"].append("U0GUEST")
    await shop.quiet()
    said = [e for e in shop.slack.transcript if thread in str(e) and "Heather" in str(e) and e["kind"] != "event"]
    assert said == []
    assert "Heather" not in str(shop.said(thread))


async def test_the_server_dies_while_ten_wait_and_everybody_hears_what_the_documents_say(shop: Shop) -> None:
    async with busy(shop) as first:
        threads = [await shop.ask(PRINTERS, user=(ALICE, BOB)[n % 2]) for n in range(10)]
        await shop.until(lambda: shop.app.writer.gate.waiting == 10)  # type: ignore[union-attr]  # it is there
        await shop.model.stop()
        for thread in threads:
            answer = await shop.answer(thread, "Heather")
            assert "cannot write" in answer["text"]
        assert "Bluebell" in str(await shop.answer(first, "Bluebell"))
    rows = await shop.app.database.read(lambda c: c.execute(sa.select(turns.c.receipt)).scalars().all())
    assert len([r for r in rows if "the model did not answer: the best passage was quoted" in r]) == 11


async def test_a_stop_puts_back_who_waits_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path, model=ONE_AT_ONCE) as shop, busy(shop):
        threads = [await shop.ask(PRINTERS, user=BOB) for _ in range(3)]
        await told(shop, threads[0])
        stopping = asyncio.create_task(shop.app.finish(within_s=60))
        open_events = events.c.state.in_(["received", "working", "posting"])

        async def put_back() -> bool:
            rows = await shop.app.database.read(
                lambda c: c.execute(
                    sa.select(leases.c.until <= shop.app.database.now())
                    .join(events, events.c.conversation == leases.c.conversation)
                    .where(open_events, events.c.due <= shop.app.database.now())
                ).scalars().all()
            )  # fmt: skip
            return sum(map(bool, rows)) == 3

        async with asyncio.timeout(10):  # a lease lasts 30 s
            while not await put_back():
                await asyncio.sleep(0.05)
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)


async def test_what_only_the_model_can_answer_waits_for_it_and_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, more=DOUBTFUL) as shop:
        shop.model.rule("tape", "script", text="The label printers use 62 mm Heather rolls from the store room. [1]")
        port = shop.model.port
        await shop.model.stop()
        thread = await shop.ask("Is there any tape for parcels in the building?", user=BOB)
        status = await told(shop, thread, "will appear here")
        shop.model.port = port
        await shop.model.start()
        answer = await shop.answer(thread, "Heather")
        assert answer["ts"] == status["ts"]
        assert len(shop.said(thread)) == 1


async def test_an_entry_that_was_asked_for_is_given_as_it_stands_when_the_model_is_away(tmp_path: Path) -> None:
    async with opened(tmp_path, model_is_up=False, more=DOUBTFUL) as shop:
        entry = '"Where is the lost property?","In the Foxglove room.","Who keeps what was found?"'
        rows = await shop.add("faq.csv", f"question,answer,variants\n{entry}\n")
        assert rows[0]["status"] == "searchable"
        for asked in ("where is the lost property", "Hi, who keeps what was found?"):
            answer = await shop.answer(await shop.ask(asked), "Foxglove")
            assert "cannot write" not in answer["text"]
            assert "Where is" not in answer["text"].partition("Sources")[0]
        [first, _] = await shop.app.database.read(lambda c: c.execute(sa.select(turns.c.receipt)).scalars().all())
        assert "an entry was given as it stands" in first
