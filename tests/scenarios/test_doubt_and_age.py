"""Documents that contradict each other, and documents that are old: people see it, and owners are told."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from bot.doubts import notice
from engine.knowledge.disagreement import disagreements
from engine.store.tables import disagreements as met
from engine.store.tables import documents
from engine.types import Passage
from tests.scenarios.shop import ALICE, BOB, opened
from tests.stand_ins import judges

YEAR_S = 365.25 * 86400
OTHER = "# VPN certificates FAQ\n\nVPN certificates are valid for 60 days.\n"
QUESTION = "How long are VPN certificates valid?"


@pytest.fixture
async def shop(tmp_path):
    async with opened(tmp_path) as shop:
        yield shop
        await shop.quiet()
        assert judges.slack_safety(shop.slack.transcript, (ALICE, BOB)) == []


async def told(shop, room: str) -> list[str]:
    """What was said there about contradictions."""
    return [m["text"] for m in shop.slack.messages(room, from_bot=True) if "contradict" in m["text"]]


async def dated(shop, source: str, at: float, owner: str = "") -> None:
    await shop.app.database.write(
        lambda c: (
            c.execute(sa.update(documents).where(documents.c.source == source).values(dated=at, owner=owner)).rowcount
        )
    )


async def test_an_answer_shows_both_sides_with_their_dates_and_somebody_is_told_once(shop):
    assert (await shop.add("faq.md", OTHER))[-1]["status"] == "searchable"
    await dated(shop, "vpn.md", 1_714_694_400.0)
    await dated(shop, "faq.md", 0.0)

    answer = await shop.answer(await shop.ask(QUESTION), "disagree")

    shown = str(answer["blocks"])
    for words in ("90 days", "60 days", "3 May 2024", "no date", "VPN certificates FAQ"):
        assert words in shown
    [said] = await shop.until(lambda: list(shop.slack.messages("C0OTHER", from_bot=True)))
    assert "contradict each other" in said["text"]
    assert "60 days" in str(said["blocks"])

    await shop.answer(await shop.ask(QUESTION), "disagree")
    await asyncio.sleep(6)  # longer than the desk waits between two looks
    assert len(await told(shop, "C0OTHER")) == 1, "at most once a day"
    seen = await shop.app.database.read(lambda c: c.scalar(sa.select(met.c.seen)))
    assert seen == 2


async def test_the_owners_are_told_themselves(shop):
    await shop.add("faq.md", OTHER)
    await dated(shop, "faq.md", 0.0, owner=BOB)
    await shop.answer(await shop.ask(QUESTION), "disagree")

    def posted() -> list[dict]:
        return [m for room in shop.slack.channels for m in shop.slack.messages(room, from_bot=True)
                if "contradict" in m["text"]]  # fmt: skip

    await shop.until(posted)
    sent = [e for e in shop.slack.transcript if "contradict" in str(e) and BOB in str(e)]
    assert sent, "to the owner, not to a room"
    assert await told(shop, "C0OTHER") == []


async def test_an_answer_that_nothing_contradicts_is_left_alone(shop):
    await shop.add("rolls.md", "# Till rolls\n\nThe tills use 80 mm Heather rolls from the store room.\n")
    answer = await shop.answer(await shop.ask("Which rolls do the label printers use?"), "Heather")
    assert "disagree" not in str(answer["blocks"])


async def test_the_age_of_an_old_source_stands_in_the_list(shop):
    await dated(shop, "vpn.md", time.time() - 3.1 * YEAR_S)
    answer = await shop.answer(await shop.ask(QUESTION), "Bluebell")
    assert "(3 years old)" in str(answer["blocks"])
    await dated(shop, "nianjia.md", time.time() - 3.1 * YEAR_S)
    assert "（3 年前）" in str((await shop.answer(await shop.ask("年假申请要提前多久提交?"), "海棠"))["blocks"])


def passages(grant: str) -> list[Passage]:
    texts = ("VPN certificates are valid for 90 days.", "VPN certificates are valid for 60 days.")
    grants = ("workspace", grant)
    return [
        Passage(f"d{n}.1.0", f"d{n}", f"page{n}.md", "VPN", "", "", text, "en", given)
        for n, (text, given) in enumerate(zip(texts, grants, strict=True), 1)
    ]


def test_an_owner_is_not_shown_what_was_loaded_for_others():
    [found] = disagreements(passages("room:C1"))
    assert "60 days" not in notice(found, 1, (True, False))
    assert "page2.md" not in notice(found, 1, (True, False))
    assert "60 days" in notice(found, 1, (True, True))
    [found] = disagreements(passages("workspace"))
    assert "60 days" in notice(found, 1, (True, False))
