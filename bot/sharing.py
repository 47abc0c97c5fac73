"""Puts an answer that only its asker may see before all who read where it was asked: by their wish, once, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Channel, Notice, Press
from bot.coming import answer_of
from bot.documents_shown import plain
from bot.only_you import ASIDE
from bot.phrases import say
from engine.errors import Refused, Unavailable
from engine.store.shared import SHARED as SHARED_REASON
from engine.store.shared import Kept, kept_as, note_shared
from engine.store.turns import PastTurn, message_of, turn_of
from engine.types import WORKSPACE, Addressed, Audience, Conversation, Message, Outcome, Passage, Receipt, Reply

if TYPE_CHECKING:
    from engine.claim import Claim
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: What the id of a question ends with whose private answer is put before everybody, and the command that this is.
SHARED: Final = ":shared"
_COMMAND: Final = "share"
_NAMED: Final = 5  # pages
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Share:
    """What may be shared now.

    ``private`` is the answer, ``asked`` the question where it was asked, ``audience`` those who read there; ``hidden``
    are the titles of the pages that not all of those may read.
    """

    private: PastTurn
    asked: Kept
    audience: Audience
    passages: tuple[Passage, ...]
    hidden: tuple[str, ...]

    @property
    def where(self) -> Conversation:
        """Where it would stand."""
        return self.asked.message.conversation


def is_share(message: Message) -> bool:
    """Whether a message is no question, but an answer that is to be put before everybody."""
    return message.command == _COMMAND and message.id.endswith(SHARED)


class Sharing:
    """Offers it, asks once more, and makes the post.

    The post is a message in the inbox, as a question is: so it is made once, in its turn, and after a crash too.  Who
    may read what is looked up when it is offered, at the click, and again right before it becomes visible.
    """

    def __init__(
        self, database: Database, knowledge: Knowledge, inbox: Inbox, channels: Mapping[str, Channel], *, on: bool
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._inbox = inbox
        self._channels = channels
        self._on = on

    def switch(self, *, on: bool) -> None:
        """Offer it, or not, from now on."""
        self._on = on

    def below(self, event: int, message: Message, reply: Reply) -> tuple[Button, ...]:
        """The button below an answer that only its asker sees."""
        if not self._on or not message.id.endswith(ASIDE) or reply.outcome is not Outcome.ANSWERED or not reply.sources:
            return ()
        return (Button(say("share", reply.language), "share.ask", str(event)),)

    async def pressed(self, press: Press) -> Notice:
        """The button was pressed (``share.ask``), or the one that it leads to (``share.now``)."""
        turn = await answer_of(self._database, press.value)
        event = turn.event if turn else 0
        found = await self._look(event, press.person, press.conversation.channel)
        if isinstance(found, str):
            return Notice(say(found, press.language or "en"))
        language = press.language or found.private.language
        message = self._message(found)
        if already := await self._database.read(lambda c: kept_as(c, message.key)):
            return Notice(say("share_refused" if already.ignored else "shared_already", language))
        room = await self._room(found.where, language)
        if press.action != "share.now":
            button = Button(say("share_now", language), "share.now", press.value)
            return Notice("\n\n".join(_asked(found, room, language)), (button,))
        documents = tuple(dict.fromkeys(p.document for p in found.passages))
        await self._inbox.accept(
            message,
            lambda c: note_shared(
                self._database, c, found.where, press.person,
                answer=event, documents=documents, hidden=len(found.hidden),
            ),
        )  # fmt: skip
        return Notice(say("shared", language, room=room))

    async def reply(self, claim: Claim) -> Reply:
        """What is put before everybody; nothing where that is not allowed any more, of which the sharer is told."""
        found = "share_late" if claim.overdue else await self._wished(claim.message)
        if isinstance(found, str):
            await self._tell(claim.message, found)
            return Reply.ignore(f"not shared: {found}")
        claim.audience, private = found.audience, found.private
        channel = self._channels[found.where.channel]
        name = plain(await channel.called(found.where, private.author)) or say("somebody", private.language)
        by = say("shared_by_hidden" if found.hidden else "shared_by", private.language, name=name)
        told = Receipt(passages=private.receipt.passages, gate=private.receipt.gate, notes=private.receipt.notes)
        return Reply(
            Outcome.ANSWERED,
            f"*{by}*\n\n{private.text}",
            private.language,
            private.sources,
            private.confidence,
            SHARED_REASON,
            receipt=told,
            used=found.passages,
        )

    async def still(self, message: Message) -> bool:
        """Whether it may be put there now."""
        return not isinstance(await self._wished(message), str)

    async def _wished(self, message: Message) -> _Share | str:
        key = message.key.removesuffix(SHARED) + ASIDE
        private = await self._database.read(lambda c: kept_as(c, key))
        return await self._look(private.event if private else 0, message.author, message.conversation.channel)

    async def _look(self, event: int, person: str, name: str) -> _Share | str:
        """What this person may share of this answer, as everything stands now; else the phrase that says why not."""
        private = await self._database.read(lambda c: turn_of(c, event))
        aside = await self._database.read(lambda c: message_of(c, event))
        if not self._on:
            return "share_off"
        if private is None or aside is None or not aside.id.endswith(ASIDE) or aside.conversation.channel != name:
            return "share_gone"
        if private.author != person:
            return "not_yours"
        asked = await self._database.read(lambda c: kept_as(c, aside.key.removesuffix(ASIDE)))
        if asked is None or asked.message.author != person:  # it was taken back, or forgotten
            return "share_gone"
        channel, where = self._channels[name], asked.message.conversation
        own = await channel.alone(person, where.workspace)
        audience = await channel.audience(asked.message, max_age_s=0.0)
        if own is None or not {WORKSPACE, f"room:{where.room}"} <= own.grants:
            return "share_left"
        if not audience.may_read(WORKSPACE):
            return "share_outside"
        pages = dict.fromkeys(filter(None, private.passages))  # in the order that the answer's markers count them
        passages = tuple(await self._knowledge.load_passages(list(pages), own))
        if not passages or len(passages) < len(pages):
            return "share_changed"
        hidden = {p.document: p.title or p.source for p in passages if not audience.may_read(p.grant)}
        return _Share(private, asked, audience, passages, tuple(hidden.values()))

    def _message(self, found: _Share) -> Message:
        """The post as a message: below the answer that everybody was given."""
        asked = found.asked.message
        below = self._channels[asked.conversation.channel].below(asked, found.asked.placed)
        return replace(
            below,
            id=asked.id + SHARED,
            addressed=Addressed.COMMAND,
            mentions_others=False,
            command=_COMMAND,
            files=(),
        )

    async def _room(self, where: Conversation, language: str) -> str:
        name = plain(await self._channels[where.channel].called(where))
        return f"**#{name}**" if name else say("share_there", language)

    async def _tell(self, message: Message, why: str) -> None:
        """Say to whoever wanted it that it was not shared."""
        key = message.key.removesuffix(SHARED) + ASIDE
        private = await self._database.read(lambda c: kept_as(c, key))
        if private is None or not private.message.author:
            return
        turn = await self._database.read(lambda c: turn_of(c, private.event))
        words = say("share_not", turn.language if turn else "en", why=say(why, turn.language if turn else "en"))
        channel = self._channels[message.conversation.channel]
        try:
            await channel.notice(private.message.conversation, Notice(words), person=message.author)
        except (Refused, Unavailable) as e:
            _log.info("nobody could be told that nothing was shared", why=str(e))


def _asked(found: _Share, room: str, language: str) -> list[str]:
    """What is asked before it is shared: where, and which pages not everybody there may read."""
    lines = [say("share_ask", language, room=room)]
    if found.hidden:
        lines.append(say("share_hidden", language, count=len(found.hidden)))
        named = [f"- {plain(title)}" for title in found.hidden[:_NAMED]]
        if len(found.hidden) > _NAMED:
            named.append(f"- … + {len(found.hidden) - _NAMED}")
        lines.append("\n".join(named))
    return [*lines, say("share_names", language)]
