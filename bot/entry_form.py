"""A question and its answer, written into the knowledge base through a form: from a message, or from feedback."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bot.channel import Entry, Form, Notice, Press
from bot.entries import Mistyped, Typed, expires_of
from bot.following import audience_in_words
from bot.markup import clean
from bot.phrases import say
from bot.sight import Sight
from engine.errors import Refused
from engine.store.feedback import opinion_of
from engine.store.turns import last_turn, turn_of
from engine.types import WORKSPACE, Conversation

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.knowledge_desk import KnowledgeDesk
    from engine.store.database import Database

_MOST: Final = 2_000  # characters of an answer
_LINE: Final = 300
_GRANT: Final = re.compile(rf"{WORKSPACE}|(?:room|user):[\w.-]+")


class EntryForm:
    """For admins; everybody else is told who is one.

    It is for whom documents from that place are: its form says so, and keeps it until it is sent.
    """

    def __init__(self, database: Database, knowledge: KnowledgeDesk, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._channels = channels

    async def form(self, press: Press) -> Form | None:
        """The form; None where this person may not, or where there is nothing to begin from."""
        where, language = press.conversation, press.language or "en"
        if press.action not in ("kb.keep", "kb.better") or await self._refusal(press, language):
            return None
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
        grant = await self._grant(where, press.person)
        return Form(
            say("entry_title", language),
            "kb.entered",
            grant,
            (
                Entry("question", say("entry_question", language), " ".join(question.split())[:_LINE], most=_LINE),
                Entry("also", say("entry_also", language), lines=True, required=False, most=1_000),
                Entry("answer", say("entry_answer", language), answer.strip()[:_MOST],
                      audience_in_words(grant, language), lines=True, most=_MOST),
                Entry("owner", say("entry_owner", language), required=False, most=100),
                Entry("expires", say("entry_last_day", language), hint="2027-01-31", required=False, most=20),
            ),
        )  # fmt: skip

    async def pressed(self, press: Press) -> Notice:
        """The form was sent (``kb.entered``), or could not be shown.

        Raises ``Refused`` with what has to be written otherwise.
        """
        language = press.language or "en"
        if refusal := await self._refusal(press, language):
            return Notice(refusal)
        if press.action != "kb.entered":
            return Notice(say("entry_how", language) if press.action == "kb.keep" else say("load_gone", language))
        where = press.conversation
        typed = _typed(press.filled, language)
        grant = press.value if _GRANT.fullmatch(press.value) else await self._grant(where, press.person)
        return await self._knowledge.keep(typed, where.workspace, grant, f"{where.channel}:{press.person}", language)

    async def _refusal(self, press: Press, language: str) -> str:
        where = press.conversation
        return await self._knowledge.refusal(where.channel, press.person, where.workspace, language)

    async def _grant(self, where: Conversation, person: str) -> str:
        """For whom it is, as for documents from there."""
        channel = self._channels[where.channel]
        return await channel.default_grant(where, person) if where.room else WORKSPACE


def _typed(filled: Mapping[str, str], language: str) -> Typed:
    """What was written, as if it had been typed."""
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
