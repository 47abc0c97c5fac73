"""What the verbs do, once: run in the process that owns the data, called from it or through its socket."""

from __future__ import annotations

import getpass
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.channel import Command
from bot.cli_tools import ToolOperations
from bot.direct import Status, question
from bot.grants import grants_of
from bot.judging import Judging
from bot.kb_operations import KnowledgeOperations, renewing
from bot.mcp.operations import McpOperations
from bot.topics import Topics
from engine.errors import FrontdeskError
from engine.store.counts import searchable
from engine.types import WORKSPACE, Conversation, Reply

if TYPE_CHECKING:
    from bot.app import App
    from bot.wire import Line
    from engine.tools.shed import Stand

Arguments = Mapping[str, Any]


class Operations:
    """Each operation yields lines: ``row`` for a result, ``progress`` for eyes, ``state`` for text that grows.

    A ``FrontdeskError`` says what is wrong with what was asked.
    """

    def __init__(self, app: App):
        self._app = app

    async def __call__(self, operation: str, arguments: Arguments) -> AsyncIterator[Line]:
        """Run the operation of this name."""
        found = {
            "ask": self.ask,
            "command": self.command,
            "state": self.state,
            "reload": self.reload,
            "topics": self.topics,
            **KnowledgeOperations(self._app).all,
            **Judging(self._app).operations,
            **ToolOperations(self._app.tools).all,
            **McpOperations(self._app).all,
        }.get(operation)
        if found is None:
            raise FrontdeskError(f"`frontdesk run` is of another version: it does not know {operation}")
        async for line in found(arguments):
            yield line

    async def ask(self, arguments: Arguments) -> AsyncIterator[Line]:
        """One question through the whole path; the row is the contract's JSON of ``ask``."""
        message = question(
            arguments["text"],
            workspace=self._workspace(arguments),
            person=arguments.get("person") or getpass.getuser(),
            conversation=arguments.get("conversation") or uuid.uuid4().hex,
            uuid=uuid.uuid4().hex,
            grants=grants_of(arguments.get("audience") or WORKSPACE),
        )
        async for state in self._app.direct.ask(message):
            if isinstance(state, Reply):
                yield {"row": {**said(state), "conversation": message.conversation.thread}}
            else:
                yield {"status" if isinstance(state, Status) else "state": state}

    async def command(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A chat command of the terminal; its owner may do what an admin may."""
        person = arguments.get("person") or getpass.getuser()
        conversation = Conversation("terminal", self._workspace(arguments), person, arguments.get("conversation", ""))
        notice = await self._app.reception.command(Command(arguments["name"], arguments["text"], person, conversation))
        yield {"row": {"text": notice.text}}

    async def reload(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Read the settings file again and work by it."""
        del arguments
        yield {"row": (await self._app.reloading.reload()).as_json()}

    async def topics(self, arguments: Arguments) -> AsyncIterator[Line]:
        """What was asked in vain, a topic a row."""
        of_app = Topics(self._app.database, self._app.knowledge, {})
        async for line in of_app.rows(arguments, self._workspace(arguments)):
            yield line

    async def state(self, arguments: Arguments) -> AsyncIterator[Line]:
        """What `doctor` looks at: the database and the knowledge base, all workspaces together."""
        del arguments
        kind = "PostgreSQL" if self._app.database.shared else "SQLite"
        documents, passages = await self._app.database.read(searchable)
        yield {
            "row": {
                "database": kind,
                "documents": documents,
                "passages": passages,
                "differences": len(await self._app.knowledge.check()),
                "renewing": await renewing(self._app.knowledge),
                "tools": [asdict(one) for one in await self._standing()],
                "plugins": [asdict(s) | {"trouble": s.trouble} for s in self._app.assistant.standings],
            }
        }

    async def _standing(self) -> list[Stand]:
        self._app.tools.start()
        return await self._app.tools.standing()

    def _workspace(self, arguments: Arguments) -> str:
        return str(arguments.get("workspace") or self._app.settings.workspace)


def said(reply: Reply) -> dict[str, Any]:
    """A reply as ``ask`` prints it."""
    receipt = reply.receipt
    return {
        "outcome": str(reply.outcome),
        "text": reply.text,
        "language": reply.language,
        "confidence": round(reply.confidence, 4),
        "reason": reply.reason or None,
        "sources": [asdict(s) for s in reply.sources],
        "receipt": {
            "query": receipt.query,
            "passages": [dict(p) for p in receipt.passages],
            "gate": dict(receipt.gate),
            "model": receipt.model,
            "server": receipt.server,
            "plugin": receipt.plugin,
            "tokens": dict(receipt.tokens),
            "cached_share": receipt.cached_share,
            "ms": dict(receipt.ms),
            "cut": [dict(c) for c in receipt.cut],
            "notes": list(receipt.notes),
            "calls": [dict(c) for c in receipt.calls],
        },
    }
