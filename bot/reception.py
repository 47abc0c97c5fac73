"""Takes what channels hand in: messages into the inbox; edits, buttons and commands, answered alike everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Command, Form, Notice, Press, Suggestion
from bot.markup import clean
from bot.meanings import MEANT
from bot.only_you import ASIDE
from bot.phrases import command_in_words, say
from bot.sharing import SHARED
from bot.wishes import CALLED
from engine.language import written_in
from engine.store.shared import kept_among, kept_behind
from engine.store.turns import forget_person, was_ignored
from engine.types import Conversation, Message

if TYPE_CHECKING:
    from bot.health import Metrics
    from bot.mining import Mining
    from bot.prompts import Prompts
    from bot.suggesting import Suggesting
    from engine.inbox import Inbox
    from engine.store.database import Database

#: What the id of a message ends with that was nothing for us, and is to be answered nevertheless.
WANTED: Final = ":wanted"
_MEANINGS: Final = ("", MEANT + "0", MEANT + "1")
#: What can stand behind the id of a question in those of its copies: it goes, and they go.
_COPIES: Final = ["".join(parts) for parts in product(("", WANTED), _MEANINGS, ("", ASIDE, SHARED), _MEANINGS)][1:]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Duties:
    """Who answers what, by name.

    A press is looked up by its whole action (``kb.keep``), then by what stands before the point (``kb``), at last by
    nothing (``""``); a form likewise, and where nobody has one there is none.  A command is looked up by its whole name
    (``kb add``), then by its first word.
    """

    presses: Mapping[str, Callable[[Press], Awaitable[Notice]]]
    forms: Mapping[str, Callable[[Press], Awaitable[Form | None]]]
    commands: Mapping[str, Callable[[Command], Awaitable[Notice]]]


class Desk:
    """The ``Reception`` that channels see.

    ``claimed``: the commands that are messages for a plugin, each with what it is for.
    """

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        duties: Duties,
        metrics: Metrics,
        *,
        prompts: Prompts,
        suggesting: Suggesting,
        claimed: Mapping[str, str],
        mining: Mining,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._duties = duties
        self._metrics = metrics
        self._prompts = prompts
        self._suggesting = suggesting
        self.claimed = claimed
        self._mining = mining

    async def accept(self, message: Message) -> bool:
        """Keep a message, without the characters that nobody sees; see ``Reception.accept``.

        What was said to others and was nothing for us is answered when somebody wants it to be.
        """
        if message.command == "ask" and await self._database.read(lambda c: was_ignored(c, message.key)):
            message = replace(message, id=message.id + WANTED)
        ours = await self._inbox.accept(replace(message, text=clean(message.text)))
        if ours:
            self._metrics.accepted(message.conversation.channel)
        else:
            await self._mining.heard(message)
        return ours

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        """The author changed a question."""
        await self._inbox.edited(f"{channel}:{message_id}", clean(text))

    async def deleted(self, channel: str, message_id: str) -> None:
        """The author deleted a question."""
        if not await self._inbox.deleted(f"{channel}:{message_id}"):
            return
        copies = [f"{channel}:{message_id}{suffix}" for suffix in _COPIES]
        own = f"{channel}:{message_id}"
        for copy in await self._database.read(lambda c: [*kept_among(c, copies), *kept_behind(c, own, CALLED)]):
            await self._inbox.deleted(copy)
        await self._database.wipe()

    async def pressed(self, press: Press) -> Notice:
        """A button or a form: of the knowledge desk, of an offer, a question, or what is thought of an answer."""
        presses = self._duties.presses
        duty = presses.get(press.action) or presses.get(press.action.partition(".")[0]) or presses[""]
        return await duty(press)

    async def form(self, press: Press) -> Form | None:
        """What has to be filled in first; see ``Reception.form``."""
        forms = self._duties.forms
        duty = forms.get(press.action) or forms.get(press.action.partition(".")[0])
        return await duty(press) if duty else None

    async def command(self, command: Command) -> Notice:
        """A chat command, answered to one person."""
        language = command.language or written_in(command.text)
        match command.name:
            case "help":
                return Notice(self._help(language))
            case "leave":  # what follows from it, the inbox reads in the event's reason
                return Notice(say("left" if command.conversation.thread else "leave_where", language))
            case "forget-me":
                return Notice(await self._forget(command))
        commands = self._duties.commands
        if duty := commands.get(command.name) or commands.get(command.name.partition(" ")[0]):
            return await duty(command)
        return Notice(say("unknown", language, name=command.name) + "\n\n" + self._help(language))

    def _help(self, language: str) -> str:
        """What the desk does; the commands of plugins stand among those for everybody."""
        lines = [f"\n- `{name} …`: {command_in_words(name, about, language)}" for name, about in self.claimed.items()]
        return say("help", language, plugins="".join(lines))

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
