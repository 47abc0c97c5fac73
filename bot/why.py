"""Tells one person how an answer came about: of the documents behind it, those that this person may read now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.age import day
from engine.errors import NotFound
from engine.store.turns import PastTurn, history, last_turn, message_of
from engine.types import Audience

if TYPE_CHECKING:
    from bot.channel import Channel, Command
    from engine.knowledge import Knowledge
    from engine.store.database import Database

_HISTORY = 20  # earlier questions that a follow-up may have been rewritten from


class Why:
    """Looks up receipts.

    Since the answer was given somebody may have left a room, become a guest, or a document may have been taken out or
    given to others: then neither its title nor a question that was rewritten with its help is shown.
    """

    def __init__(self, database: Database, knowledge: Knowledge, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._channels = channels

    async def tell(self, command: Command) -> str:
        """How the last answer in this thread or room came about, as Markdown for the person who asks."""
        turn = await self._database.read(lambda c: last_turn(c, command.conversation))
        if turn is None:
            return "I have not answered anything here yet."
        reader = await self._reader(command, turn)
        receipt = turn.receipt
        searched = receipt.query if await self._may_read_history(turn, reader) else ""
        lines = [
            f"**How the last answer here came about** ({turn.outcome.replace('_', ' ')})",
            "",
            f"- Searched for: {searched or turn.question}",
        ]
        looked_at = [p for p in receipt.passages if await self._may_read(str(p.get("document")), reader)]
        if looked_at:
            lines.append("- Looked at:")
            lines += [
                f"    - {p.get('title', '')}{' > ' if p.get('heading') else ''}{p.get('heading', '')}: "
                f"{p.get('score', 0):.2f}{_dated(p)}"
                for p in looked_at
            ]
        sure, gate = f"- Sure to {turn.confidence:.0%}", receipt.gate
        if "needed" in gate:
            sure += f"; {gate['needed']:.0%} would be needed for {gate['precision']:.0%} of such answers to be right"
        lines.append(sure)
        lines += [f"- {note[:1].upper()}{note[1:]}" for note in receipt.notes]
        if turn.reason:
            lines.append(f"- Reason: {turn.reason}")
        if receipt.model:
            tokens = receipt.tokens
            lines.append(
                f"- Written by {receipt.model}: {tokens.get('prompt', 0)} tokens read "
                f"({tokens.get('cached', 0)} from the cache), {tokens.get('completion', 0)} written"
            )
        if receipt.cut:
            lines.append(f"- Taken out, because it does not stand in the documents: {len(receipt.cut)} sentences")
        if "total" in receipt.ms:
            lines.append(f"- It took {receipt.ms['total'] / 1000:.1f} s")
        return "\n".join(lines)

    async def _reader(self, command: Command, turn: PastTurn) -> Audience:
        """What the person who asks may be told, looked up now; where nobody is told alone, what may be said here."""
        where = command.conversation
        nothing = Audience.of(where.workspace)
        channel = self._channels.get(where.channel)
        if channel is None:
            return nothing
        if alone := await channel.alone(command.person, where.workspace):
            return alone
        message = await self._database.read(lambda c: message_of(c, turn.event))
        return await channel.audience(message, max_age_s=0.0) if message else nothing

    async def _may_read(self, document: str, reader: Audience) -> bool:
        try:
            return reader.may_read((await self._knowledge.document(reader.workspace, document)).grant)
        except NotFound:
            return False

    async def _may_read_history(self, turn: PastTurn, reader: Audience) -> bool:
        """Whether all that a rewritten question can be made from is still there for this reader."""
        earlier = await self._database.read(lambda c: history(c, turn.conversation, limit=_HISTORY))
        ids = {id_ for one in earlier for id_ in one.passages}
        return len(await self._knowledge.load_passages(list(ids), reader)) == len(ids)


def _dated(passage: Mapping[str, Any]) -> str:
    """When the text is from, where that is known."""
    when = day(float(passage.get("dated", 0)), "en")
    return f", of {when}" if when else ""
