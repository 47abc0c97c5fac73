"""Correct this: an admin writes what is right into a window, it becomes an entry, and the thread is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Form, Notice, Press
from bot.coming import answer_of
from bot.documents_shown import plain
from bot.entries import Typed
from bot.entry_form import LINE, MOST, fields, typed_in
from bot.following import audience_in_words
from bot.phrases import say
from engine.errors import FrontdeskError, LoadFailed, NotFound, Refused
from engine.knowledge import KeptEntry, Wording
from engine.ladder import same_question
from engine.store.solved import is_in_room
from engine.store.turns import PastTurn
from engine.types import Conversation, Outcome

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.corrections import Corrections
    from bot.entry_desk import EntryDesk
    from bot.knowledge_desk import KnowledgeDesk
    from engine.knowledge import Knowledge
    from engine.store.database import Database

_ASK_S: Final = 1.0  # so long whoever pressed may wait for who they are
_NUMBER: Final = re.compile(r"[ \t]*\[\d{1,2}\]")
_LEAD: Final = re.compile(r"\*[^*\n]+\*\n\n")
_log = structlog.get_logger()


class CorrectForm:
    """For admins who read the answer; everybody else is told who is one."""

    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        desk: KnowledgeDesk,
        entries: EntryDesk,
        corrections: Corrections,
        channels: Mapping[str, Channel],
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._desk = desk
        self._entries = entries
        self._corrections = corrections
        self._channels = channels

    async def button(self, press: Press, language: str) -> tuple[Button, ...]:
        """The button for an admin who calls an answer unhelpful; nothing where that cannot be known at once."""
        channel = self._channels.get(press.conversation.channel)
        if channel is None or not channel.takes_forms:
            return ()
        try:
            async with asyncio.timeout(_ASK_S):
                admin = await channel.is_admin(press.person, press.conversation.workspace)
        except (FrontdeskError, TimeoutError) as e:
            _log.info("it is not known who pressed", why=str(e))
            return ()
        return (Button(say("correct_this", language), "correct.this", press.value),) if admin else ()

    async def form(self, press: Press) -> Form | None:
        """The answer in a window, with its question; an entry that it was given from is itself what is corrected."""
        turn = await self._turn(press)
        if press.action != "correct.this" or turn is None or await self._refusal(press, turn.language):
            return None
        language = press.language or turn.language
        question = " ".join(turn.question.split())
        found = await self._entry_of(turn, press)
        if found is None:
            grant = await self._grant(turn, press.person)
            answer = _answer(turn)
            typed, value = Typed(question[:LINE], answer[:MOST]), f"{turn.event}|"
        else:
            kept, number = found
            one, grant = kept.entry.wordings[number], kept.grant
            ways = one.variants
            if (
                question
                and len(question) <= LINE
                and not any(same_question(question, w) for w in (one.question, *ways))
            ):
                ways = (*ways, question)
            typed = Typed(one.question, one.answer, ways, kept.entry.owner, kept.entry.expires)
            value = f"{turn.event}|{kept.id}.{kept.version}.{number}"
        readers = f"{audience_in_words(grant, language)} {say('correct_seen', language)}"
        return Form(say("correct_title", language), "correct.sent", value, fields(typed, readers, language))

    async def pressed(self, press: Press) -> Notice:
        """The form was sent (``correct.sent``), or could not be shown.

        Raises ``Refused`` with what has to be written otherwise.
        """
        turn = await self._turn(press)
        language = press.language or (turn.language if turn else "en")
        if refusal := await self._refusal(press, language):
            return Notice(refusal)
        if turn is None or press.action != "correct.sent":
            return Notice(say("correct_no_answer", language))
        typed = typed_in(press.filled, language)
        which, version, number = (*press.value.partition("|")[2].split("."), "", "", "")[:3]
        grant, n = await self._grant(turn, press.person), 0
        if which:
            old = await self._knowledge.entries.find(turn.workspace, which)
            if old is None or not await self._mine(press, old):
                raise Refused(say("entry_gone", language))
            typed, grant, n = _in_place(old, typed, int(number == "1")), old.grant, int(number == "1")
        where = press.conversation
        actor = f"{where.channel}:{press.person}"
        try:
            document = await self._entries.put(
                typed, turn.workspace, grant, actor, which=which, version=int(version) if version.isdecimal() else 0
            )
        except (LoadFailed, NotFound) as e:
            raise Refused(str(e)) from None
        passage = f"{document.id}.{document.version}.{n}"
        told = await self._corrections.tell(turn, press.person, passage, typed.question, document.id, actor)
        said = say("correct_kept", language, question=plain(typed.question))
        return Notice(f"{said} {audience_in_words(grant, language)} {say(told, language)}")

    async def _turn(self, press: Press) -> PastTurn | None:
        """The answer; one of another room is as good as none."""
        turn = await answer_of(self._database, press.value.partition("|")[0])
        answered = turn and turn.outcome in (Outcome.ANSWERED, Outcome.HANDED_OFF)
        return turn if turn and answered and is_in_room(turn.conversation, press.conversation) else None

    async def _refusal(self, press: Press, language: str) -> str:
        where = press.conversation
        return await self._desk.refusal(where.channel, press.person, where.workspace, language)

    async def _mine(self, press: Press, kept: KeptEntry) -> bool:
        where = press.conversation
        return await self._entries.may_read(where.channel, press.person, where.workspace, kept.grant)

    async def _grant(self, turn: PastTurn, person: str) -> str:
        where = Conversation.from_key(turn.conversation)
        return await self._channels[where.channel].default_grant(where, person)

    async def _entry_of(self, turn: PastTurn, press: Press) -> tuple[KeptEntry, int] | None:
        """The one entry that the answer was given from, and in which of its languages."""
        documents = {source.document for source in turn.sources}
        if len(documents) != 1:
            return None
        kept = await self._knowledge.entries.find(turn.workspace, documents.pop())
        if kept is None or not await self._mine(press, kept):
            return None
        number = next((p.rpartition(".")[2] for p in turn.passages if p.startswith(f"{kept.id}.")), "0")
        n = int(number == "1" and kept.entry.second is not None)
        one = kept.entry.wordings[n]
        return (kept, n) if len(one.answer) <= MOST and len(one.question) <= LINE else None


def _answer(turn: PastTurn) -> str:
    """The text of an answer without the numbers of its sources and the line of ours above it."""
    if turn.outcome is Outcome.HANDED_OFF:
        return ""
    return _NUMBER.sub("", _LEAD.sub("", turn.text, count=1) if _LEAD.match(turn.text) else turn.text).strip()


def _in_place(old: KeptEntry, typed: Typed, number: int) -> Typed:
    """What was written in the place of one of the entry's languages."""
    first, second = old.entry.wordings[0], old.entry.second
    if number:
        return replace(
            typed,
            question=first.question,
            answer=first.answer,
            variants=first.variants,
            second=Wording(typed.question, typed.answer, typed.variants),
        )
    return replace(typed, second=second)
