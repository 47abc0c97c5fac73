"""Plugins that wait for a test, for settings that name them."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from engine import Outcome, Plugin, Reply, Turn


class Says(Plugin):
    """Says its word, once it may; with a model, what that writes."""

    word: str = "before"
    gate: ClassVar[asyncio.Event | None] = None
    waiting: ClassVar[int] = 0

    async def answer(self, turn: Turn) -> Reply | None:
        if self.gate and "slowly" in turn.question:
            Says.waiting += 1
            await self.gate.wait()
        text = (await turn.compose("Write.", turn.question)).text if turn.writes else self.word
        return turn.drafted(f"{self.word}: {text}") if turn.writes else Reply(Outcome.ANSWERED, text, turn.language)


class Poems(Says):
    """Has a command."""

    commands: ClassVar[dict[str, str]] = {"poem": "Write a poem"}
