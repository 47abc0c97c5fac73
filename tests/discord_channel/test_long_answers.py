"""A long answer: its beginning as messages, all of it in a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.discord.long_answers import MOST
from engine.types import Source
from tests.discord_channel.conftest import Side, answered, connected
from tests.stand_ins.fake_discord import DEFAULT_PERMS, PERM, FakeDiscord

LONG = "\n\n".join(f"Paragraph {n} has a few words of its own, and then some more of them." for n in range(200))
HANDBOOK = Source(1, "Certificates", "Validity", "https://docs.example.com/certificates", "d1")


def files(side: Side, message: dict[str, Any]) -> list[str]:
    return [side.fake.attachments[a["id"]]["_data"].decode() for a in message["attachments"]]


async def test_a_long_answer_is_its_beginning_with_all_of_it_in_a_file(side: Side) -> None:
    question = await side.asked("Tell me everything")
    await side.answer(question, LONG[:1500], LONG[1500:9000], LONG[9000:], reply=answered(LONG, HANDBOOK))
    messages = side.fake.messages(question.id, from_bot=True)
    assert len(messages) == MOST == len(side.placed)
    assert LONG.startswith("\n\n".join(m["content"] for m in messages[:-1]))
    last = messages[-1]
    assert last["content"].startswith("The full answer is in the attached file.")
    assert "(<https://docs.example.com/certificates>)" in last["content"]
    assert last["components"]
    (whole,) = files(side, last)
    assert LONG in whole
    assert "https://docs.example.com/certificates" in whole
    assert not any(m["attachments"] for m in messages[:-1])


async def test_a_body_with_a_file_mentions_nobody_and_lets_nothing_unfold(side: Side) -> None:
    question = await side.asked("Tell me everything")
    await side.answer(question, reply=answered(f"@everyone <@{side.fake.bot}>\n\n{LONG}"))
    sent = [e["body"] for e in side.fake.transcript if e["kind"] == "rest" and isinstance(e["body"], dict)]
    (body,) = [b for b in sent if "attachments" in b]
    assert (body["flags"], body["allowed_mentions"]) == (4, {"parse": [], "replied_user": False})
    assert json.dumps(body["attachments"]) == '[{"id": 0, "filename": "answer.txt"}]'


async def test_what_fits_into_a_few_messages_has_no_file(side: Side) -> None:
    question = await side.asked("Tell me much")
    await side.answer(question, reply=answered(LONG[:7000]))
    messages = side.fake.messages(question.id, from_bot=True)
    assert len(messages) == MOST
    assert not any(m["attachments"] for m in messages)


async def test_where_no_files_are_allowed_all_of_it_is_said(pointed: None) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS & ~PERM["attach_files"]) as fake, connected(fake) as side:
        question = await side.asked("Tell me everything")
        text = LONG[: LONG.index("\n\nParagraph 120")]
        await side.answer(question, reply=answered(text))
        messages = fake.messages(question.id, from_bot=True)
        assert len(messages) > MOST
        assert "\n\n".join(m["content"] for m in messages) == text
        assert [bool(m["components"]) for m in messages] == [False] * (len(messages) - 1) + [True]


@pytest.mark.parametrize("recorded", [0, 2, 4])
async def test_after_a_crash_there_is_one_file(side: Side, recorded: int) -> None:
    question = await side.asked("Tell me everything")
    await side.answer(question, reply=answered(LONG))
    placed = tuple(side.placed[:recorded])
    await side.answer(question, reply=answered(LONG), placed=placed, again=True)
    messages = side.fake.messages(question.id, from_bot=True)
    assert [len(m["attachments"]) for m in messages] == [0] * (MOST - 1) + [1]


async def test_an_answer_that_is_made_anew_and_short_keeps_no_file(side: Side) -> None:
    """Also where the message that held the file now holds text."""
    question = await side.asked("Tell me everything")
    await side.answer(question, reply=answered(LONG))
    placed = tuple(side.placed)
    await side.answer(question, reply=answered(LONG[:7000]), placed=placed, again=True)
    messages = side.fake.messages(question.id, from_bot=True)
    assert "\n\n".join(m["content"] for m in messages) == LONG[:7000].strip()
    assert not any(m["attachments"] for m in messages)
