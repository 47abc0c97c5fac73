"""Takes what channels hand in: messages into the inbox; edits, buttons and commands, answered alike everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.channel import Command, Press
from bot.markup import clean
from engine.phrases import phrase
from engine.store.counts import passages_by_document
from engine.store.turns import PastTurn, add_feedback, forget_person, last_turn, open_handoff, turn_of
from engine.types import WORKSPACE, Audience, Conversation, Message

if TYPE_CHECKING:
    from bot.health import Metrics
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database

_log = structlog.get_logger()
_LISTED = 50
_FOUND = 5

_HELP = """\
**What I do.** I answer questions from our documents and show where it stands. Mention me, write to me directly, \
or go on in a thread that I am in.

- `ask` QUESTION: an answer here
- `why`: how my last answer here came about
- `help`: this
- `forget-me`: delete what you asked me and what I answered you
"""
_HELP_ADMIN = """
For admins:

- `kb list`: the documents that are loaded
- `kb search` TEXT: the passages that are found, with scores

Below each answer: *helpful*, *not helpful*, and *ask a person*.
"""


class Desk:
    """The ``Reception`` that channels see."""

    def __init__(self, database: Database, inbox: Inbox, knowledge: Knowledge, metrics: Metrics):
        self._database = database
        self._inbox = inbox
        self._knowledge = knowledge
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

    async def pressed(self, press: Press) -> str:
        """A button below an answer: feedback, or a person is asked for."""
        turn = await self._turn(press)
        if turn is None:
            return phrase("answer_gone", "en")
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
        event = press.event.partition("-")[0]  # of Claim.key
        if not event.isdecimal():
            return None
        turn = await self._database.read(lambda c: turn_of(c, int(event)))
        return turn if turn and _same_room(turn, press.conversation) else None

    async def command(self, command: Command) -> str:
        """A chat command, answered to one person."""
        match command.name:
            case "help":
                return _HELP + (_HELP_ADMIN if command.is_admin else "")
            case "why":
                return await self._why(command)
            case "forget-me":
                return await self._forget(command)
        if not command.name.startswith("kb"):
            return f"I do not know `{command.name}`.\n\n{_HELP}"
        if not command.is_admin:
            admins = ", ".join(command.admins) or "the people who installed me"
            return f"Only an admin may do that. Admins here: {admins}."
        match command.name:
            case "kb list":
                return await self._list(command.conversation.workspace)
            case "kb search":
                return await self._search(command)
        return (
            f"`{command.name}` is done on the command line for now: `frontdesk {command.name}`. Here: `kb list`, "
            "`kb search` TEXT."
        )

    async def _why(self, command: Command) -> str:
        """How the last answer in this thread or room came about."""
        turn = await self._database.read(lambda c: last_turn(c, command.conversation))
        if turn is None:
            return "I have not answered anything here yet."
        receipt = turn.receipt
        lines = [
            f"**How the last answer here came about** ({turn.outcome.replace('_', ' ')})",
            "",
            f"- Searched for: {receipt.query or turn.question}",
        ]
        if receipt.passages:
            lines.append("- Looked at:")
            lines += [
                f"    - {p.get('title', '')}{' > ' if p.get('heading') else ''}{p.get('heading', '')}: "
                f"{p.get('score', 0):.2f}"
                for p in receipt.passages
            ]
        lines.append(f"- Sure to {turn.confidence:.0%}")
        if turn.reason:
            lines.append(f"- Reason: {turn.reason}")
        if receipt.model:
            tokens = receipt.tokens
            lines.append(
                f"- Written by {receipt.model}: {tokens.get('prompt', 0)} tokens read "
                f"({tokens.get('cached', 0)} from the cache), {tokens.get('completion', 0)} written"
            )
        if receipt.cut:
            lines.append(f"- Taken out, because it does not stand in the documents: {len(receipt.cut)} sentences")
        if "total" in receipt.ms:
            lines.append(f"- It took {receipt.ms['total'] / 1000:.1f} s")
        return "\n".join(lines)

    async def _forget(self, command: Command) -> str:
        """Everything that this person asked in this workspace, with the answers."""
        workspace, person = command.conversation.workspace, command.person
        count = await self._database.write(lambda c: forget_person(self._database, c, workspace, person))
        await self._database.wipe()
        _log.info("forgot a person", workspace=workspace, questions=count)
        return (
            f"Done: {count} of your questions and their answers are deleted here. What stands in this chat itself, "
            "only you or your workspace can delete."
        )

    async def _list(self, workspace: str) -> str:
        documents = await self._knowledge.documents(workspace)
        counts = await self._database.read(lambda c: passages_by_document(c, workspace))
        if not documents:
            return "Nothing is loaded yet. On the command line: `frontdesk kb add FOLDER`."
        lines = [
            f"- {d.title} ({d.source}), for {d.grant}, {counts.get(d.id, 0)} passages"
            + (f", {d.status}: {d.reason}" if d.status == "failed" else "")
            for d in documents[:_LISTED]
        ]
        more = f"\n\n… and {len(documents) - _LISTED} more" if len(documents) > _LISTED else ""
        return f"**{len(documents)} documents**\n\n" + "\n".join(lines) + more

    async def _search(self, command: Command) -> str:
        if not command.text.strip():
            return "What should I look for? `kb search` TEXT"
        audience = Audience.of(command.conversation.workspace, WORKSPACE, f"user:{command.person}")
        found = await self._knowledge.search(command.text, audience, limit=_FOUND)
        if not found.passages:
            return "Nothing was found."
        return "\n\n".join(
            f"{n}. **{p.title}** {p.heading} ({p.score:.2f})\n\n" + _quoted(p.text)
            for n, p in enumerate(found.passages, 1)
        )


def _quoted(text: str) -> str:
    short = text if len(text) <= 300 else text[:300].rsplit(" ", 1)[0] + " …"
    return "\n".join(f"> {line}".rstrip() for line in short.splitlines())


def _same_room(turn: PastTurn, conversation: Conversation) -> bool:
    said = Conversation.from_key(turn.conversation)
    return (said.channel, said.workspace, said.room) == (
        conversation.channel,
        conversation.workspace,
        conversation.room,
    )
