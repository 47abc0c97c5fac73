"""A program with nothing but the chat in it, for the tests to run in a terminal of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from bot.terminal import Chat
from engine.types import Outcome, Reply


class Parrot:
    async def ask(self, text: str) -> AsyncIterator[str | Reply]:
        yield f"You said {text}."
        yield Reply(Outcome.ANSWERED, f"You said {text}. That is all.")

    async def command(self, name: str, text: str) -> str:
        return f"{name}{text}!"


if __name__ == "__main__":
    asyncio.run(Chat(Parrot(), sys.stdin, sys.stdout).talk())
    print("ended")  # noqa: T201 - the test reads it
