"""A question and its answer, written into the knowledge base through a form: anew, or in the place of what is there."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.channel import Entry, Form, Notice, Press
from bot.documents_shown import day
from bot.entries import Mistyped, Typed, expires_of
from bot.entry_desk import EntryDesk, say_readers
from bot.following import audience_in_words
from bot.markup import clean
from bot.phrases import say
from bot.sight import Sight
from engine.errors import LoadFailed, NotFound, Refused
from engine.knowledge import KeptEntry, Wording
from engine.store.feedback import opinion_of
from engine.store.turns import last_turn, turn_of
from engine.types import WORKSPACE, Conversation

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.knowledge_desk import KnowledgeDesk
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: Characters that every platform takes in a window: of an answer, of a question, of the other ways to ask it.
MOST: Final = 3_000
LINE: Final = 300
_WAYS: Final = 1_500
_GRANT: Final = re.compile(rf"{WORKSPACE}|(?:room|user):[\w.-]+")


class EntryForm:
    """For admins; everybody else is told who is one.

    It is for whom documents from that place are: its form says so, and keeps it until it is sent.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        desk: KnowledgeDesk,
        entries: EntryDesk,
        channels: Mapping[str, Channel],
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._desk = desk
        self._entries = entries
        self._channels = channels

    async def form(self, press: Press) -> Form | None:
        """The form; None where this person may not, or where there is nothing to begin from."""
        where, language = press.conversation, press.language or "en"
        known = press.action in ("kb.keep", "kb.better", "entry.edit")
        if not known or await self._refusal(press, language):
            return None
        if press.action == "entry.edit":
            return await self._edit(press, language)
        if press.action == "kb.keep":
            turn = await self._database.read(lambda c: last_turn(c, where)) if where.thread else None
            question, answer = turn.question if turn else "", press.filled.get("text", "")
        else:
            event, _, person = press.value.partition("|")
            turn = await self._database.read(lambda c: turn_of(c, int(event) if event.isdecimal() else 0))
            found = await self._database.read(lambda c: opinion_of(c, turn.event, person)) if turn else None
            if turn is None or found is None or turn.workspace != where.workspace:
                return None
            asked = Conversation.from_key(turn.conversation)
            sight = Sight(self._channels, press.person, where.channel, where.workspace)
            may = turn.author == person or await sight.may_read(asked, turn.author, turn.grants)
            question, answer = turn.question if may else "", found.better
            where = asked if asked.channel == where.channel else where
        if answer.strip() == question.strip():  # the question itself was chosen
            answer = ""
        grant = await self.grant(where, press.person)
        typed = Typed(" ".join(question.split())[:LINE], answer.strip()[:MOST])
        readers = audience_in_words(grant, language)
        return Form(say("entry_title", language), "kb.entered", grant, fields(typed, readers, language))

    async def pressed(self, press: Press) -> Notice:
        """A form was sent (``kb.entered``, ``entry.edited``), or could not be shown.

        Raises ``Refused`` with what has to be written otherwise.
        """
        language = press.language or "en"
        if refusal := await self._refusal(press, language):
            return Notice(refusal)
        if press.action == "entry.edited":
            return await self._edited(press, language)
        if press.action == "entry.edit":
            id_, _, number = press.value.rpartition(".")
            kept = await self._mine(press, id_)
            return Notice(say("entry_too_long" if kept and _too_long(kept, number) else "entry_gone", language))
        if press.action != "kb.entered":
            return Notice(say("entry_how", language) if press.action == "kb.keep" else say("load_gone", language))
        where = press.conversation
        typed = typed_in(press.filled, language)
        grant = press.value if _GRANT.fullmatch(press.value) else await self.grant(where, press.person)
        try:
            actor = f"{where.channel}:{press.person}"
            return await self._entries.keep(typed, where.workspace, grant, actor, language)
        except LoadFailed as e:
            raise Refused(str(e)) from None

    async def _refusal(self, press: Press, language: str) -> str:
        where = press.conversation
        return await self._desk.refusal(where.channel, press.person, where.workspace, language)

    async def grant(self, where: Conversation, person: str) -> str:
        """For whom it is, as for documents from there."""
        channel = self._channels[where.channel]
        return await channel.default_grant(where, person) if where.room else WORKSPACE

    # An entry that is there

    async def _mine(self, press: Press, id_: str) -> KeptEntry | None:
        """The entry, where this person may be told what stands in it."""
        where = press.conversation
        kept = await self._knowledge.entries.find(where.workspace, id_)
        if kept and await self._entries.may_read(where.channel, press.person, where.workspace, kept.grant):
            return kept
        return None

    async def _edit(self, press: Press, language: str) -> Form | None:
        """The entry in its first language (``ID.0``), with all that is said of it, or in its second (``ID.1``)."""
        id_, _, number = press.value.rpartition(".")
        kept = await self._mine(press, id_)
        if kept is None or _too_long(kept, number):
            return None
        entry, readers = kept.entry, say_readers(kept.grant, language)
        value = f"{kept.id}.{kept.version}.{number}"
        if number == "1":
            one = entry.second or Wording("", "")
            made = fields(Typed(one.question, one.answer, one.variants), readers, language)[:3]
            optional = tuple(replace(field, required=False) for field in made)  # empty: it is taken out
            return Form(say("entry_second_title", language), "entry.edited", value, optional)
        typed = Typed(entry.question, entry.answer, entry.variants, entry.owner, entry.expires)
        return Form(say("entry_edit_title", language), "entry.edited", value, fields(typed, readers, language))

    async def _edited(self, press: Press, language: str) -> Notice:
        id_, version, number = (*press.value.split("."), "", "")[:3]
        kept = await self._mine(press, id_)
        if kept is None:
            raise Refused(say("entry_gone", language))
        entry = kept.entry
        now = Typed(entry.question, entry.answer, entry.variants, entry.owner, entry.expires, entry.second)
        if number != "1":
            now = replace(typed_in(press.filled, language), second=entry.second)
        elif any(press.filled.get(name, "").strip() for name in ("question", "answer")):
            typed = typed_in(press.filled, language)
            now = replace(now, second=Wording(typed.question, typed.answer, typed.variants))
        else:
            now = replace(now, second=None)
        where = press.conversation
        try:
            return await self._entries.keep(
                now, where.workspace, kept.grant, f"{where.channel}:{press.person}", language,
                which=kept.id, version=int(version) if version.isdecimal() else 0,
            )  # fmt: skip
        except (LoadFailed, NotFound) as e:
            raise Refused(str(e)) from None


def fields(typed: Typed, readers: str, language: str) -> tuple[Entry, ...]:
    """The fields of an entry, with what is known; ``readers`` says who may be told."""
    expires = day(typed.expires - 1) if typed.expires else ""
    return (
        Entry("question", say("entry_question", language), typed.question, most=LINE),
        Entry("also", say("entry_also", language), "\n".join(typed.variants), lines=True, required=False, most=_WAYS),
        Entry("answer", say("entry_answer", language), typed.answer, readers, lines=True, most=MOST),
        Entry("owner", say("entry_owner", language), typed.owner, required=False, most=100),
        Entry("expires", say("entry_last_day", language), expires, hint="2027-01-31", required=False, most=20),
    )


def typed_in(filled: Mapping[str, str], language: str) -> Typed:
    """What was written, as if it had been typed.  Raises ``Refused`` with what has to be written otherwise."""
    said = {name: clean(value).strip() for name, value in filled.items()}
    try:
        question = " ".join(said.get("question", "").split())
        if not question:
            raise Mistyped("entry_no_question")
        if not said.get("answer"):
            raise Mistyped("entry_no_answer")
        expires = expires_of(said.get("expires", ""), time.time())
    except Mistyped as e:
        raise Refused(say(e.phrase, language, **e.values)) from None
    others = (" ".join(line.split()) for line in said.get("also", "").splitlines())
    variants = tuple(dict.fromkeys(line for line in others if line and line != question))
    return Typed(question, said["answer"], variants, " ".join(said.get("owner", "").split()), expires)


def _too_long(kept: KeptEntry, number: str) -> bool:
    """Whether it does not fit into a window: what was cut off there would be lost."""
    entry = kept.entry
    one = entry.second if number == "1" else entry.wordings[0]
    return one is not None and (
        len(one.question) > LINE or len(one.answer) > MOST or len("\n".join(one.variants)) > _WAYS
    )
