"""Tells a thread what an admin has corrected in it: once, below the answer that was wrong, to whom it may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents_shown import plain
from bot.phrases import say
from engine.ladder import answer_of as answer_in
from engine.store.corrections import note_correction
from engine.store.shared import kept_as
from engine.store.statements import CORRECTED
from engine.store.turns import PastTurn, message_of
from engine.types import Addressed, Message, Outcome, Passage, Receipt, Reply, Source

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.claim import Claim
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: Stands in the id of the message that tells of a correction, between the question's and the passage's.
_MARK: Final = ":corrected."
_COMMAND: Final = "correct"


def is_correction(message: Message) -> bool:
    """Whether a message is no question, but a correction of which a thread is to be told."""
    return message.command == _COMMAND and _MARK in message.id


@dataclass(frozen=True, slots=True)
class _Told:
    """What a thread is told now: the passage of the entry, and by whom."""

    passage: Passage
    name: str


class Corrections:
    """The line in the thread is a message in the inbox, as a question is.

    So it is made once, in its turn, and after a crash too.  Who may read it is looked up when the correction is sent,
    and again right before it becomes visible.
    """

    def __init__(self, database: Database, knowledge: Knowledge, inbox: Inbox, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._inbox = inbox
        self._channels = channels

    async def tell(self, turn: PastTurn, person: str, passage: str, question: str, document: str, actor: str) -> str:
        """Keep that an entry corrects this answer, and tell the thread where it may be told.

        ``passage`` is what it is told from.  Returns the phrase that says whether the thread is told.
        """
        note = partial(
            note_correction, self._database, document=document, actor=actor, workspace=turn.workspace, answer=turn
        )
        message = await self._message(turn, person, passage, question)
        if message is None or isinstance(await self._look(message), str):
            await self._database.write(note)
            return "correct_untold"
        await self._inbox.accept(message, note)
        return "correct_told"

    async def reply(self, claim: Claim) -> Reply:
        """What the thread is told; nothing where that is not allowed any more."""
        found = "it is too late" if claim.overdue else await self._look(claim.message)
        if isinstance(found, str):
            return Reply.ignore(f"not told of a correction: {found}")
        channel = self._channels[claim.message.conversation.channel]
        claim.audience = await channel.audience(claim.message, max_age_s=0.0)
        p, language = found.passage, found.passage.language
        name = found.name or say("somebody", language)
        answer = answer_in(p)
        apart = "\n\n" if answer.endswith(("```", "~~~", "|")) else " "
        source = Source(1, p.title or p.source, p.section, p.url, p.document, p.dated)
        return Reply(
            Outcome.ANSWERED,
            f"**{say('corrected_by', language, name=name)}**\n\n{answer}{apart}[1]",
            language,
            (source,),
            1.0,
            CORRECTED,
            receipt=Receipt(passages=({"document": p.document, "title": p.title, "heading": p.section, "score": 1.0},)),
            used=(p,),
        )

    async def still(self, message: Message) -> bool:
        """Whether the thread may be told now."""
        return not isinstance(await self._look(message), str)

    async def _look(self, message: Message) -> _Told | str:
        """What may be told, as everything stands now; else why not."""
        channel = self._channels[message.conversation.channel]
        audience = await channel.audience(message, max_age_s=0.0)
        passages = await self._knowledge.load_passages([message.id.rpartition(_MARK)[2]], audience)
        if not passages:
            return "not everybody there may read it, or it has changed"
        return _Told(passages[0], plain(await channel.called(message.conversation, message.author)))

    async def _message(self, turn: PastTurn, person: str, passage: str, question: str) -> Message | None:
        """The line as a message: below the answer that is wrong."""
        asked = await self._database.read(lambda c: message_of(c, turn.event))
        kept = await self._database.read(lambda c: kept_as(c, asked.key)) if asked else None
        if asked is None or kept is None:
            return None
        below = self._channels[asked.conversation.channel].below(asked, kept.placed)
        return replace(
            below,
            id=f"{asked.id}{_MARK}{passage}",
            author=person,
            text=question,
            addressed=Addressed.COMMAND,
            mentions_others=False,
            command=_COMMAND,
            files=(),
        )
