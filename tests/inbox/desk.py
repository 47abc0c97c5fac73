"""A desk for tests: the real inbox over a real database, and a person who says things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.claim import Claim
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.tables import events
from engine.types import Addressed, Conversation, Message, Outcome, Reply


def said(
    text: str, *, room: str = "hall", thread: str = "", number: str = "", how: Addressed = Addressed.DIRECT
) -> Message:
    """A message; its id is its text unless it has a number."""
    return Message(number or f"{room}/{text}", Conversation("test", "acme", room, thread), "ann", text, how)


async def until(true: Callable[[], Any], what: str, seconds: float = 30.0) -> None:
    """Wait for something that is going to be."""
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


@dataclass
class Desk:
    """What was handled, in order; ``gates`` hold up questions until a test opens them."""

    database: Database
    inbox: Inbox = field(init=False)
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    most: int = 0
    fail: Callable[[Claim], Awaitable[None]] | None = None

    def hold(self, *texts: str) -> None:
        for text in texts:
            self.gates[text] = asyncio.Event()

    def open(self, *texts: str) -> None:
        for text in texts:
            self.gates[text].set()

    async def handle(self, claim: Claim) -> None:
        text = claim.message.text
        self.begun.append(text)
        self.claims.append(claim)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        if claim.deleted:
            await claim.finish(Reply.ignore(claim.reason))
            return
        if self.fail:
            await self.fail(claim)
        if text in self.gates:
            await self.gates[text].wait()
        if claim.overdue:
            await claim.posting()
            await claim.finish(Reply.hand_off(claim.reason, text="Somebody will take over."))
        else:
            await claim.posting()
            await claim.placed_at(f"p{claim.event}")
            await claim.finish(Reply(Outcome.ANSWERED, f"answer to {text}"))
        self.ended.append(text)

    async def rows(self) -> dict[str, Any]:
        """The events by the keys of their messages, without the channel."""
        rows = await self.database.read(lambda c: c.execute(sa.select(events).order_by(events.c.id)).all())
        return {row.key.removeprefix("test:"): row for row in rows}

    async def states(self) -> dict[str, str]:
        return {key: row.state for key, row in (await self.rows()).items()}

    async def settled(self) -> None:
        """Nothing is open."""
        async with asyncio.timeout(30):
            while (await self.inbox.open_events()).total:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def working(database: Database, **settings: Any) -> AsyncIterator[Desk]:
    """A desk at work."""
    desk = Desk(database)
    desk.inbox = Inbox(database, desk.handle, **{"backoff_s": 0.02, **settings})
    await desk.inbox.start()
    try:
        yield desk
    finally:
        await desk.inbox.stop(within_s=0)
