"""What a message's ``handle`` says on Discord: how, to which message and behind which one its reply stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.types import Message


@dataclass(frozen=True, slots=True)
class Handle:
    """``how`` is ``thread``, ``beside``, ``reply``, ``post`` (``Place.handle_on``) or ``new``; ``question`` a message.

    ``new`` replies to nothing: ``question`` is 0, and what stands there is told apart by its words.

    ``after``: this and what stands before it is not the reply; the question itself where nothing else is said.  Empty
    for what was asked in a form.
    """

    how: str
    question: str
    after: str

    @classmethod
    def of(cls, message: Message) -> Handle:
        """As the message has it."""
        how, _, rest = message.handle.partition(":")
        question, _, after = rest.partition(":")
        return cls(how, question, after or question)


def below(message: Message, placed: Sequence[str]) -> Message:
    """``Channel.below``: in a thread of its own a reply to the first answer, elsewhere another one to the question."""
    handle = Handle.of(message)
    if not placed or not handle.question:
        return message
    channel, _, last = placed[-1].partition("/")
    if handle.how == "thread" and channel == message.conversation.thread:
        return replace(message, handle=f"reply:{last}")
    how = "beside" if handle.how in ("thread", "beside") else "reply"
    return replace(message, handle=f"{how}:{handle.question}:{last}")
