"""The channel of the command line: whoever asked through it listens for the reply, in this process or another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import ClassVar

import orjson
from pydantic import PrivateAttr

from bot.channel import Channel, Placed, Post, Reception
from engine.growing import Growing
from engine.types import WORKSPACE, Addressed, Audience, Conversation, Message, Reply


class Status(str):
    """Text that stands in the place of an answer and is no part of it."""

    __slots__ = ()


class Direct(Channel):
    """Questions of the verbs ``ask`` and ``chat``; what nobody listens for any more stands in the history all the same.

    The audience is the one that the verb named: it is kept with the message.
    """

    name: ClassVar[str] = "terminal"
    _reception: Reception | None = PrivateAttr(default=None)
    _listeners: dict[str, asyncio.Queue[str | Reply]] = PrivateAttr(default_factory=dict)

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Nothing comes by itself here: ``ask`` hands messages on."""
        self._reception = reception
        connected()
        await asyncio.Event().wait()

    async def ask(self, message: Message) -> AsyncIterator[str | Reply]:
        """Accept a message and follow its reply: states of the text, at last the reply itself."""
        if self._reception is None:
            raise AssertionError("run comes first")
        states: asyncio.Queue[str | Reply] = asyncio.Queue()
        self._listeners[message.id] = states
        try:
            await self._reception.accept(message)
            while True:
                state = await states.get()
                yield state
                if isinstance(state, Reply):
                    return
        finally:
            self._listeners.pop(message.id, None)

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """What the verb asked for."""
        del max_age_s
        return Audience.of(message.conversation.workspace, *orjson.loads(message.handle))

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """Every state to whoever listens."""
        listener = self._listeners.get(post.message.id)
        async for state in growing.states():
            if listener:
                listener.put_nowait(Status(state) if growing.waits else state)
        if listener and growing.left:
            listener.put_nowait(Status(growing.shown))
        await placed(post.key)

    def settle(self, message: Message, reply: Reply) -> None:
        """The reply is final and kept: the listener may have it (replies that show nothing end here too)."""
        if listener := self._listeners.get(message.id):
            listener.put_nowait(reply)

    async def withdraw(self, post: Post) -> None:
        """Begin anew."""
        if listener := self._listeners.get(post.message.id):
            listener.put_nowait("")

    async def is_admin(self, person: str, workspace: str) -> bool:
        """Who can reach the owner's socket or terminal is the owner."""
        del person, workspace
        return True

    async def default_grant(self, where: Conversation, person: str) -> str:
        """As the verb ``kb add`` does without ``--audience``."""
        del where, person
        return WORKSPACE

    async def tell(self, where: str, text: str) -> None:
        """Nobody sits here."""


def question(
    text: str, *, workspace: str, person: str, conversation: str, grants: tuple[str, ...], uuid: str
) -> Message:
    """A message as the command line sends it."""
    return Message(
        f"{person}:{uuid}",
        Conversation("terminal", workspace, person, conversation),
        person,
        text,
        Addressed.DIRECT,
        handle=orjson.dumps(grants).decode(),
    )
