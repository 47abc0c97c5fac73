"""`frontdesk chat`: the terminal, with the desk behind it, wherever that runs."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.direct import Status
from bot.reach import reach
from bot.terminal import Chat
from engine.types import Outcome, Reply, Source

if TYPE_CHECKING:
    from bot.wire import Operate
    from engine.config import Loaded


async def chat(loaded: Loaded, where: Mapping[str, Any]) -> int:
    """Talk until the person leaves; returns the exit status."""
    async with reach(loaded, "chat") as operate:
        await Chat(_Line(operate, where), sys.stdin, sys.stdout).talk()
    return 0


@dataclass(frozen=True, slots=True)
class _Line:
    """The terminal's way to the desk; ``where`` says in which conversation and for which audience."""

    operate: Operate
    where: Mapping[str, Any]

    async def ask(self, text: str) -> AsyncIterator[str | Reply]:
        """States of the text, before them perhaps a ``Status``, at last the reply."""
        async for line in self.operate("ask", {**self.where, "text": text}):
            if "state" in line:
                yield line["state"]
            elif "status" in line:
                yield Status(line["status"])
            elif "row" in line:
                row = line["row"]
                yield Reply(
                    Outcome(row["outcome"]),
                    row["text"],
                    row["language"],
                    tuple(Source(**s) for s in row["sources"]),
                    row["confidence"],
                    row["reason"] or "",
                )

    async def command(self, name: str, text: str) -> str:
        """A chat command; returns Markdown."""
        async for line in self.operate("command", {**self.where, "name": name, "text": text}):
            return str(line["row"]["text"])
        return ""
