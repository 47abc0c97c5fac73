"""What people said in a thread: a little of it beside a question, nearly all of it where it is asked about."""

import pytest

from bot.thread_talk import said_before, said_in
from engine.errors import Refused, Unavailable
from engine.types import Addressed, Conversation, Message

NAMED = Message("1", Conversation("slack", "T", "C", "1.0"), "ann", "summarise this", Addressed.MENTION)
GOING_ON = Message("2", Conversation("slack", "T", "C", "1.0"), "ann", "summarise this", Addressed.THREAD)


class Thread:
    """A platform's thread; ``fails`` instead, where there is such an error."""

    def __init__(self, *said: str, fails: Exception | None = None) -> None:
        self.said, self.fails = said, fails

    async def talk(self, message: Message) -> tuple[str, ...]:
        if self.fails:
            raise self.fails
        return self.said


async def test_much_more_counts_where_the_thread_itself_is_asked_about():
    thread = Thread(*(f"{n} " + "x" * 500 for n in range(40)))
    assert len(await said_before(thread, NAMED)) == 2
    assert [line.split()[0] for line in await said_in(thread, NAMED)] == [str(n) for n in range(17, 40)]


async def test_a_message_that_goes_on_has_the_thread_only_when_it_asks_about_it():
    thread = Thread("The lift is stuck")
    assert await said_before(thread, GOING_ON) == ()
    assert await said_in(thread, GOING_ON) == ("The lift is stuck",)


async def test_a_question_does_without_the_thread_and_a_summary_waits_for_it():
    away = Thread(fails=Unavailable("Slack is away"))
    assert await said_before(away, NAMED) == ()
    with pytest.raises(Unavailable):
        await said_in(away, NAMED)


async def test_what_can_never_be_read_is_nothing():
    assert await said_in(Thread(fails=Refused("not in this channel")), NAMED) == ()
