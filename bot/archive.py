"""The past, as the web page asks for it."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from bot.web import Exchange, Talk
from engine.store.audit import record
from engine.store.talks import exchanges, talks
from engine.types import Conversation

if TYPE_CHECKING:
    from engine.store.database import Database


class StoreArchive:
    """``bot.web.Archive`` over the store."""

    def __init__(self, database: Database):
        self._database = database

    async def conversations(self, channel: str, workspace: str, room: str, *, limit: int) -> list[Talk]:
        """The conversations in this room, newest first; on the page a visitor's room has the visitor's name."""
        rows = await self._database.read(lambda c: talks(c, channel, workspace, room, limit))
        return [Talk(r.conversation, r.question, r.at) for r in rows]

    async def exchanges(self, conversation: Conversation, *, limit: int) -> list[Exchange]:
        """The last questions of a conversation, oldest first."""
        rows = await self._database.read(lambda c: exchanges(c, conversation, limit))
        return [
            Exchange(str(r.event), r.message.id, r.message.text, r.at, r.outcome, r.text, r.sources, r.helpful, below)
            for r in rows
            for below in [_below(r.version)]
        ]

    async def signed(self, what: str, person: str, workspace: str) -> None:
        """A visitor signed in or out, or was refused: a row of the audit."""
        await self._database.write(
            lambda c: record(self._database, c, actor=f"web:{person}", action=what, workspace=workspace,
                             subject="web page"))  # fmt: skip


def _below(version: int) -> tuple[str, ...]:
    """As ``Drafts.below`` has it, for an answer that stands there already."""
    return tuple(compress(("draft.export", "draft.versions"), (version > 0, version > 1)))
