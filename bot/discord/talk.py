"""What people have said in a thread before they name us there."""

from __future__ import annotations

from contextlib import suppress

from bot.discord.handles import Handle
from bot.discord.rest import Rejected, Rest
from engine.types import Addressed, Message

#: Messages of a thread that are looked at, the last ones.
_MOST = 50
#: What people say: plain messages and replies.
_SAID = (0, 19)
#: How a message comes to us that may stand in a thread.
_IN_THREADS = (Addressed.MENTION, Addressed.THREAD, Addressed.COMMAND)


async def talk(rest: Rest, message: Message) -> tuple[str, ...]:
    """``Channel.talk``: the words of people, oldest first; nothing outside threads."""
    thread, (_, _, question) = message.conversation.thread, message.handle.partition(":")
    if message.addressed not in _IN_THREADS or not thread.isdecimal() or not question.isdecimal():
        return ()
    if message.handle.startswith("thread:"):
        return ()  # it stands in the channel, and begins its thread
    try:
        rows = await rest.before(int(thread), int(question), _MOST)
    except Rejected:
        return ()
    if not message.handle.startswith("post:"):  # a forum has no messages but those in its posts
        with suppress(Rejected):  # a thread has the id of the message that it was started on, if it was on one
            rows.insert(0, await rest.message(int(message.conversation.room), int(thread)))
    return tuple(str(r.get("content") or "") for r in rows if r["type"] in _SAID and not r["author"].get("bot"))


async def said_after(rest: Rest, message: Message, person: str) -> tuple[str, ...]:
    """``Channel.said_after``: the first hundred messages behind the question are looked at."""
    thread, question = message.conversation.thread, Handle.of(message).question
    if not thread.isdecimal() or not question.isdecimal():
        return ()
    try:
        rows = await rest.after(int(thread), int(question))
    except Rejected:
        return ()
    theirs = (r for r in rows if r["type"] in _SAID and str(r["author"]["id"]) == person)
    return tuple(str(r.get("content") or "") for r in theirs)
