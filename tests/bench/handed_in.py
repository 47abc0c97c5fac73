"""The channel of the benches: questions are handed in by them, and they see the answers grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from bot.channel import Channel, Placed, Post, Reception
from engine.growing import Growing
from engine.types import Audience, Message


class HandedIn(Channel):
    """Everybody may read what the workspace may; nothing is shown anywhere."""

    name: ClassVar[str] = "bench"

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Nothing comes by itself."""
        raise AssertionError("questions are handed in by the bench")

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """The workspace."""
        return Audience.of(message.conversation.workspace, "workspace")

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """Follow the answer to its end; ``grows`` and ``ends`` are told."""
        async for _ in growing.states():
            self.grows()
        await placed(post.key)
        self.ends(post, growing)

    def grows(self) -> None:
        """There is more of the answer."""

    def ends(self, post: Post, growing: Growing) -> None:
        """It is whole, or was left."""

    async def withdraw(self, post: Post) -> None:
        """A stop takes back what was under way."""

    async def tell(self, where: str, text: str) -> None:
        """Nobody is here to be told anything."""
        raise AssertionError("nobody is told anything here")
