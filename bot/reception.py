"""Takes what channels hand in: messages into the inbox; edits, buttons and commands, answered alike everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.channel import Command, Form, Notice, Press
from bot.markup import clean
from bot.phrases import say
from engine.language import language_of
from engine.phrases import phrase
from engine.store.turns import PastTurn, add_feedback, forget_person, open_handoff, turn_of
from engine.types import Conversation, Message

if TYPE_CHECKING:
    from bot.health import Metrics
    from bot.knowledge_desk import KnowledgeDesk
    from bot.only_you import OnlyYou
    from bot.why import Why
    from engine.inbox import Inbox
    from engine.store.database import Database

_log = structlog.get_logger()


class Desk:
    """The ``Reception`` that channels see."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        knowledge: KnowledgeDesk,
        only_you: OnlyYou,
        why: Why,
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._knowledge = knowledge
        self._only_you = only_you
        self._why = why
        self._metrics = metrics

    async def accept(self, message: Message) -> bool:
        """Keep a message, without the characters that nobody sees; see ``Reception.accept``."""
        ours = await self._inbox.accept(replace(message, text=clean(message.text)))
        if ours:
            self._metrics.accepted(message.conversation.channel)
        return ours

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        """The author changed a question."""
        await self._inbox.edited(f"{channel}:{message_id}", clean(text))

    async def deleted(self, channel: str, message_id: str) -> None:
        """The author deleted a question."""
        if await self._inbox.deleted(f"{channel}:{message_id}"):
            await self._database.wipe()

    async def pressed(self, press: Press) -> Notice:
        """A button: of the knowledge desk, of an offer, or below an answer."""
        if press.action.startswith("kb."):
            return await self._knowledge.pressed(press)
        if press.action == "only.show":
            return await self._only_you.pressed(press)
        return Notice(await self._judged(press))

    async def form(self, press: Press) -> Form | None:
        """No button needs more than a press yet."""
        del press
        return None

    async def _judged(self, press: Press) -> str:
        """Feedback, or a person is asked for."""
        turn = await self._turn(press)
        if turn is None:
            return phrase("answer_gone", press.language or "en")
        if press.action == "person":
            reason = "the asker wants a person" if press.person == turn.author else "somebody asked for a person"
            new = await self._database.write(
                lambda c: open_handoff(self._database, c, turn.event, press.person, reason)
            )
            return phrase("marked" if new else "marked_already", turn.language)
        helpful = press.action == "helpful"
        await self._database.write(lambda c: add_feedback(self._database, c, turn.event, press.person, helpful=helpful))
        return phrase("noted", turn.language)

    async def _turn(self, press: Press) -> PastTurn | None:
        """The answer that the button belongs to; one of another room is as good as none."""
        event = press.value.partition("-")[0]  # of Claim.key
        if not event.isdecimal():
            return None
        turn = await self._database.read(lambda c: turn_of(c, int(event)))
        return turn if turn and _same_room(turn, press.conversation) else None

    async def command(self, command: Command) -> Notice:
        """A chat command, answered to one person."""
        language = command.language or language_of(command.text)
        match command.name:
            case "help":
                return Notice(say("help", language))
            case "why":
                return Notice(await self._why.tell(command))
            case "forget-me":
                return Notice(await self._forget(command))
        if command.name.startswith("kb"):
            return await self._knowledge.command(command)
        return Notice(say("unknown", language, name=command.name) + "\n\n" + say("help", language))

    async def _forget(self, command: Command) -> str:
        """Everything that this person asked in this workspace, with the answers."""
        workspace, person = command.conversation.workspace, command.person
        count = await self._database.write(lambda c: forget_person(self._database, c, workspace, person))
        await self._database.wipe()
        _log.info("forgot a person", workspace=workspace, questions=count)
        return say("forgotten", command.language or language_of(command.text), count=count)


def _same_room(turn: PastTurn, conversation: Conversation) -> bool:
    said = Conversation.from_key(turn.conversation)
    return (said.channel, said.workspace, said.room) == (
        conversation.channel,
        conversation.workspace,
        conversation.room,
    )
