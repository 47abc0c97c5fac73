"""What admins do with a proposed entry: add it, as it is or mended in a window, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.channel import Form, Notice, Press
from bot.entries import Typed
from bot.entry_form import LINE, MOST, fields, typed_in
from bot.following import audience_in_words
from bot.phrases import say
from engine.errors import LoadFailed, Refused
from engine.store.mined import ADDED, DECLINED, NEW, PROPOSED, Mined, mined_of, note_mined
from engine.types import Conversation

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.entry_desk import EntryDesk
    from bot.knowledge_desk import KnowledgeDesk
    from bot.mining import Mining
    from engine.store.database import Database


class MinedForm:
    """For admins who read where it was said, looked up at each click."""

    def __init__(
        self,
        database: Database,
        desk: KnowledgeDesk,
        entries: EntryDesk,
        mining: Mining,
        channels: Mapping[str, Channel],
    ) -> None:
        self._database = database
        self._desk = desk
        self._entries = entries
        self._mining = mining
        self._channels = channels

    async def form(self, press: Press) -> Form | None:
        """The question and what the person answered, as both stand now; None where there is nothing to add."""
        one = await self._open(press) if press.action == "mined.add" else None
        found = await self._mining.words(one) if one else None
        if one is None or found is None:
            return None
        language = press.language or "en"
        grant = await self._grant(one, press.person)
        typed = Typed(found[0][:LINE], found[1][:MOST])
        readers = audience_in_words(grant, language)
        return Form(say("entry_title", language), "mined.kept", press.value, fields(typed, readers, language))

    async def pressed(self, press: Press) -> Notice:
        """The form was sent (``mined.kept``), it is not wanted (``mined.no``), or there is nothing to add any more.

        Raises ``Refused`` with what has to be written otherwise.
        """
        where, language = press.conversation, press.language or "en"
        if refusal := await self._desk.refusal(where.channel, press.person, where.workspace, language):
            return Notice(refusal)
        one = await self._open(press)
        if one is None or press.action not in ("mined.kept", "mined.no"):
            return Notice(say("mined_gone", language))
        if press.action == "mined.no":
            await self._database.write(lambda c: note_mined(c, one.event, state=DECLINED))
            return Notice(say("mined_declined", language))
        typed, grant = typed_in(press.filled, language), await self._grant(one, press.person)
        try:
            kept = await self._entries.keep(typed, where.workspace, grant, f"{where.channel}:{press.person}", language)
        except LoadFailed as e:
            raise Refused(str(e)) from None
        await self._database.write(lambda c: note_mined(c, one.event, state=ADDED))
        return kept

    async def _open(self, press: Press) -> Mined | None:
        """The proposal, where it waits and this person may see it."""
        event = int(press.value) if press.value.isdecimal() else 0
        one = await self._database.read(lambda c: mined_of(c, event))
        where = press.conversation
        if one is None or one.state not in (NEW, PROPOSED) or one.workspace != where.workspace:
            return None
        asked = Conversation.from_key(one.conversation)
        return one if asked.channel == where.channel and await self._mining.may_read(one, press.person) else None

    async def _grant(self, one: Mined, person: str) -> str:
        where = Conversation.from_key(one.conversation)
        return await self._channels[where.channel].default_grant(where, person)
