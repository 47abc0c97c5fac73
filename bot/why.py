"""Tells one person how an answer came about: of the documents behind it, those that this person may read now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.channel import Notice
from bot.documents_shown import plain
from bot.phrases import reason_in_words, say
from engine.age import day
from engine.errors import NotFound
from engine.store.turns import PastTurn, history, last_turn, message_of
from engine.types import WORKSPACE, Audience

if TYPE_CHECKING:
    from bot.channel import Channel, Command
    from engine.knowledge import Knowledge
    from engine.store.database import Database

_ADDRESS = re.compile(r"https?://[^\s)]+")
_ARGUMENTS = 200  # characters
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

    async def tell(self, command: Command) -> Notice:
        """How the last answer in this thread or room came about, as Markdown for the person who asks."""
        turn = await self._database.read(lambda c: last_turn(c, command.conversation))
        if turn is None:
            return Notice(say("why_nothing", command.language))
        language = command.language or turn.language
        reader = await self._reader(command, turn)
        receipt, gate = turn.receipt, turn.receipt.gate
        searched = receipt.query if await self._may_read_history(turn, reader) else ""
        outcome = say(f"why_{turn.outcome}", language)
        lines = [say("why_heading", language, outcome=outcome), ""]
        lines.append("- " + say("why_searched", language, text=searched or turn.question))
        looked_at = [p for p in receipt.passages if await self._may_read(str(p.get("document")), reader)]
        if looked_at:
            lines.append("- " + say("why_looked_at", language))
            lines += [
                f"    - {p.get('title', '')}{' > ' if p.get('heading') else ''}{p.get('heading', '')}: "
                f"{p.get('score', 0):.2f}{_dated(p, language)}"
                for p in looked_at
            ]
        sure = say("why_sure", language, share=f"{turn.confidence:.0%}")
        if "needed" in gate:
            needed, precision = f"{gate['needed']:.0%}", f"{gate['precision']:.0%}"
            sure += say("why_needed", language, needed=needed, precision=precision)
        lines.append("- " + sure)
        inside = WORKSPACE in reader.grants  # customers are not told where our servers are
        told = [_of_us(text, inside=inside) for text in (*receipt.notes, turn.reason)]
        *notes, reason = (reason_in_words(text, language) for text in told)
        lines += [f"- {note[:1].upper()}{note[1:]}" for note in notes]
        if reason:
            lines.append("- " + say("why_reason", language, reason=reason))
        if receipt.model:
            counts = {name: receipt.tokens.get(name, 0) for name in ("prompt", "completion")}
            share = f"{receipt.cached_share:.0%}"
            lines.append("- " + say("why_model", language, model=receipt.model, share=share, **counts))
        if receipt.server and inside:
            lines.append("- " + say("why_server", language, server=f"`{receipt.server}`"))
        lines += _calls(receipt.calls, reader, language)
        if receipt.cut:
            lines.append("- " + say("why_cut", language, count=len(receipt.cut)))
        if "total" in receipt.ms:
            lines.append("- " + say("why_took", language, seconds=f"{receipt.ms['total'] / 1000:.1f}"))
        return Notice("\n".join(lines))

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


def _calls(calls: Sequence[Mapping[str, Any]], reader: Audience, language: str) -> list[str]:
    """The tools that were called; of those whose results this reader may not be told, only that they were."""
    if not calls:
        return []
    lines, hidden = ["- " + say("why_calls", language)], 0
    for call in calls:
        if call.get("grant") and not reader.may_read(str(call["grant"])):
            hidden += 1
            continue
        outcome = say(f"why_call_{call.get('outcome', 'refused')}", language)
        said = plain(str(call.get("arguments", "")))[:_ARGUMENTS]
        why = reason_in_words(str(call["why"]), language) if call.get("why") else ""
        told = "; ".join(filter(None, (outcome, plain(why))))
        lines.append(f"    - {plain(str(call.get('tool', '')))} {said}: {told}".replace(" :", ":"))
    if hidden:
        lines.append("    - " + say("why_calls_hidden", language, count=hidden))
    return lines


def _of_us(text: str, *, inside: bool) -> str:
    """A reason or note; for people from outside, without the addresses that it names."""
    return text if inside else _ADDRESS.sub("…", text)


def _dated(passage: Mapping[str, Any], language: str) -> str:
    """When the text is from, where that is known."""
    when = day(float(passage.get("dated", 0)), language)
    return say("why_dated", language, when=when) if when else ""
