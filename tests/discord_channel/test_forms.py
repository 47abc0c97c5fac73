"""Forms: buttons and commands that open one, what is written into it, and that a restart ends nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channel import Button, Entry, Form
from bot.discord.forms import filled, modal
from bot.discord.rendering import pressed
from engine.errors import Refused
from engine.types import Conversation
from tests.discord_channel.conftest import Side, answered, connected
from tests.discord_channel.test_controls import privately
from tests.stand_ins.fake_discord import FakeDiscord

Json = dict[str, Any]
WHY = Form(
    "What was wrong?",
    "feedback.said",
    "4711",
    (
        Entry("why", "What was wrong or missing?", "The price", "The admins read this", lines=True, most=500),
        Entry("better", "What would be right", required=False),
    ),
)


async def below_an_answer(side: Side) -> tuple[str, str]:
    """The room and the id of a private notice that has a button for a form."""
    side.notes.offers = (Button("Say why", "feedback.why", "4711"),)
    side.notes.forms = {"feedback.why": WHY}
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("For 90 days."), key="4711")
    used = await side.fake.click(question.id, side.placed[0].partition("/")[2], side.fake.bob, "fd:not_helpful:4711")
    await privately(side, used, side.fake.bob)
    return question.id, side.fake.outcome(used["token"])["original"]["id"]


async def test_a_button_opens_a_form_and_what_is_written_reaches_the_desk(side: Side) -> None:
    room, notice = await below_an_answer(side)
    used = await side.fake.click(room, notice, side.fake.bob, "fd:feedback.why:4711")
    shown = used["modal"]
    assert shown["title"] == "What was wrong?"
    assert [row["label"] for row in shown["components"]] == ["What was wrong or missing?", "What would be right"]
    why, better = (row["component"] for row in shown["components"])
    assert (why["style"], why["value"], why["placeholder"]) == (2, "The price", "The admins read this")
    assert (why["max_length"], why["required"], better["style"], better["required"]) == (500, True, 1, False)
    assert len(side.notes.presses) == 1  # the first button: nothing is acted on before the form comes back

    side.notes.offers = ()
    sent = await side.fake.submit_modal(used["token"], {"why": "It is 120 days <@1>\n@everyone", "better": ""})
    assert await privately(side, sent, side.fake.bob) == "Done."
    press = side.notes.presses[-1]
    assert (press.action, press.value, press.person) == ("feedback.said", "4711", side.fake.bob)
    assert press.filled == {"why": "It is 120 days <@1>\n@everyone", "better": ""}
    assert press.conversation == Conversation("discord", side.fake.guild_id, side.fake.general, room)


async def test_buttons_and_open_forms_work_after_a_restart(fake: FakeDiscord) -> None:
    async with connected(fake) as side:
        room, notice = await below_an_answer(side)
        opened = await fake.click(room, notice, fake.bob, "fd:feedback.why:4711")
    async with connected(fake) as side:
        sent = await fake.submit_modal(opened["token"], {"why": "Wrong"})
        await privately(side, sent, fake.bob)
        assert [(p.action, p.value, p.filled["why"]) for p in side.notes.presses] == [
            ("feedback.said", "4711", "Wrong")
        ]
        side.notes.forms = {"feedback.why": WHY}
        again = await fake.click(room, notice, fake.bob, "fd:feedback.why:4711")
        assert again["modal"]["custom_id"] == "fd:feedback.said:4711"


async def test_what_was_written_is_given_back_where_it_cannot_be_taken(side: Side) -> None:
    """Discord closes a form when it is sent, and keeps nothing of it."""
    room, notice = await below_an_answer(side)
    used = await side.fake.click(room, notice, side.fake.bob, "fd:feedback.why:4711")
    side.notes.fails = Refused("I do not understand the date 31.2.")
    sent = await side.fake.submit_modal(used["token"], {"why": "first line\nsecond @everyone", "better": ""})
    shown = await privately(side, sent, side.fake.bob)
    assert "the date 31.2." in shown
    assert "You wrote:" in shown
    assert "> first line" in shown
    assert "second" in shown


async def test_a_form_that_does_not_come_in_time_is_done_without(side: Side) -> None:
    room, notice = await below_an_answer(side)
    forever = asyncio.Event()

    async def never(press: object) -> None:
        await forever.wait()

    side.notes.form = never
    used = await side.fake.click(room, notice, side.fake.bob, "fd:feedback.why:4711")
    assert used["modal"] is None
    await privately(side, used, side.fake.bob)
    assert side.notes.presses[-1].action == "feedback.why"


async def test_what_goes_wrong_with_forms_and_suggestions_stays_inside(side: Side) -> None:
    room, notice = await below_an_answer(side)

    async def broken(_: object) -> None:
        raise ValueError("secret detail")

    side.notes.form = side.notes.suggest = broken
    used = await side.fake.click(room, notice, side.fake.bob, "fd:feedback.why:4711")
    assert await privately(side, used, side.fake.bob) == "Done."
    offered = await side.fake.autocomplete(side.fake.general, side.fake.bob, "kb show", "document", {"document": "x"})
    assert offered["choices"] == []


async def test_ask_without_a_question_opens_a_form(side: Side) -> None:
    side.notes.forms = {"ask.form": Form("Ask", "ask.said", "1", (Entry("question", "Your question", lines=True),))}
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "ask")
    assert used["modal"]["title"] == "Ask"
    await privately(side, await side.fake.submit_modal(used["token"], {"question": "How\nlong?"}), side.fake.bob)
    assert [(p.action, p.filled) for p in side.notes.presses] == [("ask.said", {"question": "How\nlong?"})]
    assert side.notes.messages == []


async def test_an_entry_without_words_opens_a_form(side: Side) -> None:
    side.notes.forms = {"kb.keep": Form("Add", "kb.entered", "workspace", (Entry("answer", "Answer", lines=True),))}
    used = await side.fake.slash_command(side.fake.general, side.fake.alice, "kb entry")
    assert used["modal"]["title"] == "Add"
    await privately(side, await side.fake.submit_modal(used["token"], {"answer": "two\nlines"}), side.fake.alice)
    assert [(p.action, p.filled) for p in side.notes.presses] == [("kb.entered", {"answer": "two\nlines"})]
    assert side.notes.commands == []


async def test_a_private_question_is_for_the_direct_messages(side: Side) -> None:
    used = await side.fake.slash_command(
        side.fake.general, side.fake.bob, "ask", {"question": "My pay?", "private": True}
    )
    await privately(side, used, side.fake.bob)
    (press,) = side.notes.presses
    assert (press.action, press.value, press.person) == ("ask.this", "My pay?", side.fake.bob)
    assert [m for m in side.fake.messages(side.fake.general, from_bot=True) if not m.get("_for")] == []


async def test_where_it_stands_elsewhere_nothing_goes_on_thinking(side: Side) -> None:
    side.notes.says = ""
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "kb list")
    await side.until(lambda: side.fake.outcome(used["token"])["original"] is None)


@pytest.mark.parametrize(
    "entries",
    [
        (Entry("a", "x" * 80, "y" * 6_000, "z" * 300, most=9_000),),
        tuple(Entry(str(n), f"field {n}") for n in range(5)),
    ],
    ids=["everything too long", "five fields"],
)
async def test_a_form_of_any_size_is_one_that_discord_takes(side: Side, entries: tuple[Entry, ...]) -> None:
    side.notes.forms = {"ask.form": Form("t" * 60, "ask.said", "v" * 70, entries)}
    used = await side.fake.slash_command(side.fake.general, side.fake.bob, "ask")
    assert len(used["modal"]["components"]) == len(entries)


def test_what_a_form_is_about_comes_back_or_it_is_not_shown() -> None:
    shown = modal(Form("Title", "kb.entered", "room:1300000000000000001", WHY.entries))
    assert shown is not None
    assert pressed(shown["custom_id"]) == ("kb.entered", "room:1300000000000000001", False)
    assert modal(Form("Title", "kb.entered", "x" * 90, WHY.entries)) is None


def test_fields_in_rows_are_read_too() -> None:
    field = {"type": 4, "custom_id": "why", "value": "because", "id": 2}
    rows = {"components": [{"type": 1, "id": 1, "components": [field]}]}
    assert filled(rows) == filled({"components": [{"type": 18, "id": 1, "component": field}]}) == {"why": "because"}
