"""A second reply to the same question stands below the first, and a crash does not mistake one for the other."""

from __future__ import annotations

from engine.types import Message
from tests.discord_channel.conftest import Side, answered, connected
from tests.stand_ins.fake_discord import FakeDiscord


async def twice(side: Side, question: Message, room: str) -> tuple[str, str]:
    """Both replies, the second by two tries that are told of an earlier one: the first's id, what the second is to."""
    await side.answer(question, reply=answered("For 90 days."))
    first = list(side.placed)
    side.placed.clear()
    second = side.channel.below(question, first)
    await side.answer(second, reply=answered("For a year, says another page."), key="8", again=True)
    side.placed.clear()
    await side.answer(second, reply=answered("For a year, says another page."), key="8", again=True)
    assert side.shown(room) == ["For 90 days.", "For a year, says another page."]
    one, other = side.fake.messages(room, from_bot=True)
    return one["id"], other["message_reference"]["message_id"]


async def test_in_the_thread_of_the_question_it_is_a_reply_to_the_first(side: Side) -> None:
    question = await side.asked("How long?")
    first, answers = await twice(side, question, question.id)
    assert answers == first


async def test_beside_the_question_and_in_threads_of_people_it_is_another_reply_to_it(fake: FakeDiscord) -> None:
    async with connected(fake, threads=False) as side:
        question = await side.asked("How long?")
        _, answers = await twice(side, question, fake.general)
        assert answers == question.id
        assert await side.channel.link(side.channel.below(question, ["1/2"])) == await side.channel.link(question)


async def test_a_long_answer_to_somebody_else_in_between_is_left_alone(side: Side) -> None:
    question = await side.asked("How long?")
    await side.answer(question, reply=answered("For 90 days."))
    second = side.channel.below(question, side.placed)
    other = await side.asked("And for servers?", room=question.id, mention=False)
    long = "\n\n".join(f"Paragraph {n} has a few words of its own, and then some more of them." for n in range(40))
    await side.answer(other, reply=answered(long), key="9")
    before = side.shown(question.id)
    await side.answer(second, reply=answered("For a year."), key="8", again=True)
    assert side.shown(question.id) == [*before, "For a year."]


async def test_what_stands_nowhere_has_nothing_below_it(side: Side) -> None:
    question = await side.asked("How long?")
    assert side.channel.below(question, []) == question
