"""Takes what channels hand in: messages into the inbox; edits, buttons and commands, answered alike everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import SOLVED, Command, Form, Notice, Press, Suggestion
from bot.markup import clean
from bot.meanings import MEANT
from bot.only_you import ASIDE
from bot.phrases import say
from bot.sharing import SHARED
from engine.language import written_in
from engine.store.shared import kept_among
from engine.store.turns import forget_person, was_ignored
from engine.types import Conversation, Message

if TYPE_CHECKING:
    from bot.asking import Asking
    from bot.entry_form import EntryForm
    from bot.feedback import Feedback
    from bot.health import Metrics
    from bot.home import Home
    from bot.knowledge_desk import KnowledgeDesk
    from bot.meanings import Meanings
    from bot.only_you import OnlyYou
    from bot.prompts import Prompts
    from bot.sharing import Sharing
    from bot.solved import Solved
    from bot.suggesting import Suggesting
    from bot.why import Why
    from engine.inbox import Inbox
    from engine.store.database import Database

#: Of a question and its answer that are written into a form.
_ENTRIES: Final = ("kb.keep", "kb.better", "kb.entered")
#: What the id of a message ends with that was nothing for us, and is to be answered nevertheless.
WANTED: Final = ":wanted"
_MEANINGS: Final = ("", MEANT + "0", MEANT + "1")
#: What can stand behind the id of a question in those of its copies: it goes, and they go.
_COPIES: Final = ["".join(parts) for parts in product(("", WANTED), _MEANINGS, ("", ASIDE, SHARED), _MEANINGS)][1:]
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
        *,
        feedback: Feedback,
        asking: Asking,
        entries: EntryForm,
        home: Home,
        prompts: Prompts,
        suggesting: Suggesting,
        solved: Solved,
        sharing: Sharing,
        meanings: Meanings,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._knowledge = knowledge
        self._only_you = only_you
        self._why = why
        self._metrics = metrics
        self._feedback = feedback
        self._asking = asking
        self._entries = entries
        self._home = home
        self._prompts = prompts
        self._suggesting = suggesting
        self._solved = solved
        self._sharing = sharing
        self._meanings = meanings

    async def accept(self, message: Message) -> bool:
        """Keep a message, without the characters that nobody sees; see ``Reception.accept``.

        What was said to others and was nothing for us is answered when somebody wants it to be.
        """
        if message.command == "ask" and await self._database.read(lambda c: was_ignored(c, message.key)):
            message = replace(message, id=message.id + WANTED)
        ours = await self._inbox.accept(replace(message, text=clean(message.text)))
        if ours:
            self._metrics.accepted(message.conversation.channel)
        return ours

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        """The author changed a question."""
        await self._inbox.edited(f"{channel}:{message_id}", clean(text))

    async def deleted(self, channel: str, message_id: str) -> None:
        """The author deleted a question."""
        if not await self._inbox.deleted(f"{channel}:{message_id}"):
            return
        copies = [f"{channel}:{message_id}{suffix}" for suffix in _COPIES]
        for copy in await self._database.read(lambda c: kept_among(c, copies)):
            await self._inbox.deleted(copy)
        await self._database.wipe()

    async def pressed(self, press: Press) -> Notice:
        """A button or a form: of the knowledge desk, of an offer, a question, or what is thought of an answer."""
        if press.action in _ENTRIES:
            return await self._entries.pressed(press)
        if press.action.startswith("kb."):
            return await self._knowledge.pressed(press)
        if press.action.startswith("ask."):
            return await self._asking.pressed(press)
        if press.action == SOLVED:
            return await self._solved.pressed(press)
        if press.action.startswith("share."):
            return await self._sharing.pressed(press)
        if press.action == "meant.this":
            return await self._meanings.pressed(press)
        if press.action == "only.show":
            return await self._only_you.pressed(press)
        return await self._feedback.pressed(press)

    async def form(self, press: Press) -> Form | None:
        """What has to be filled in first; see ``Reception.form``."""
        if press.action in _ENTRIES:
            return await self._entries.form(press)
        if press.action.startswith("feedback."):
            return await self._feedback.form(press)
        return self._asking.form(press)

    async def command(self, command: Command) -> Notice:
        """A chat command, answered to one person."""
        language = command.language or written_in(command.text)
        match command.name:
            case "help":
                return Notice(say("help", language))
            case "leave":  # what follows from it, the inbox reads in the event's reason
                return Notice(say("left" if command.conversation.thread else "leave_where", language))
            case "why":
                return Notice(await self._why.tell(command))
            case "forget-me":
                return Notice(await self._forget(command))
            case "feedback":
                return await self._feedback.listed(command)
            case "home":
                return await self._home.tell(command)
        if command.name.startswith("kb"):
            return await self._knowledge.command(command)
        return Notice(say("unknown", language, name=command.name) + "\n\n" + say("help", language))

    async def suggest(self, command: Command) -> Sequence[Suggestion]:
        """What could be meant by a command that is still being typed; see ``Reception.suggest``."""
        return await self._suggesting.suggest(command)

    async def _forget(self, command: Command) -> str:
        """Everything that this person asked in this workspace, with the answers."""
        workspace, person = command.conversation.workspace, command.person
        count = await self._database.write(lambda c: forget_person(self._database, c, workspace, person))
        await self._database.wipe()
        _log.info("forgot a person", workspace=workspace, questions=count)
        return say("forgotten", command.language or written_in(command.text), count=count)

    async def prompts(self, where: Conversation, person: str, language: str) -> tuple[str, ...]:
        """Questions that this person could begin with; see ``Reception.prompts``."""
        return await self._prompts.for_person(where, person, language)
