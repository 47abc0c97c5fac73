"""What the verbs do, once: run in the process that owns the data, called from it or through its socket."""

from __future__ import annotations

import getpass
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.channel import Command
from bot.direct import question
from bot.judging import Judging
from engine.errors import FrontdeskError
from engine.knowledge import Document, Load, Loaded
from engine.store.counts import passages_by_document, searchable
from engine.types import PUBLIC, WORKSPACE, Audience, Conversation, Passage, Reply

if TYPE_CHECKING:
    from bot.app import App
    from bot.wire import Line

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
            "kb.add": self.kb_add,
            "kb.list": self.kb_list,
            "kb.show": self.kb_show,
            "kb.remove": self.kb_remove,
            "kb.search": self.kb_search,
            "kb.rebuild": self.kb_rebuild,
            "kb.check": self.kb_check,
            **Judging(self._app).operations,
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
                yield {"state": state}

    async def command(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A chat command of the terminal; its owner may do what an admin may."""
        person = arguments.get("person") or getpass.getuser()
        conversation = Conversation("terminal", self._workspace(arguments), person, arguments.get("conversation", ""))
        notice = await self._app.reception.command(Command(arguments["name"], arguments["text"], person, conversation))
        yield {"row": {"text": notice.text}}

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
            }
        }

    async def kb_add(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Load documents; a row for each as it ends."""
        grant = grants_of(arguments.get("audience") or WORKSPACE)[0]
        loading = self._app.knowledge.add(
            arguments["sources"],
            workspace=self._workspace(arguments),
            grant=grant,
            folder=Path(arguments["folder"]),
            actor=arguments.get("person", ""),
        )
        async for event in loading:
            match event:
                case Loaded():
                    yield {"row": asdict(event)}
                case Load():
                    yield {"progress": asdict(event)}

    async def kb_list(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each document."""
        workspace = self._workspace(arguments)
        counts = await self._app.database.read(lambda c: passages_by_document(c, workspace))
        for document in await self._app.knowledge.documents(workspace):
            yield {"row": _document(document, counts.get(document.id, 0))}

    async def kb_show(self, arguments: Arguments) -> AsyncIterator[Line]:
        """One document with its passages."""
        document = await self._app.knowledge.document(self._workspace(arguments), arguments["id"])
        passages = await self._app.knowledge.passages_of(document.id)
        text = [{"heading": p.heading, "url": p.url, "text": p.text} for p in passages]
        yield {"row": {**_document(document, len(passages)), "text": text}}

    async def kb_remove(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Take a document out; a row for it."""
        removed = await self._app.knowledge.remove(
            self._workspace(arguments),
            arguments["id"],
            purge=arguments.get("purge", False),
            actor=arguments.get("person", ""),
        )
        for document in removed:
            yield {"row": {"document": document.id, "source": document.source, "removed": True}}

    async def kb_search(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row of results for each query."""
        audience = Audience(
            self._workspace(arguments), frozenset((PUBLIC, *grants_of(arguments.get("audience") or WORKSPACE)))
        )
        for query in arguments["queries"]:
            found = await self._app.knowledge.search(query["query"], audience, limit=arguments.get("k", 5))
            yield {
                "row": {
                    **({"id": query["id"]} if "id" in query else {}),
                    "query": query["query"],
                    "results": [_result(p) for p in found.passages],
                }
            }

    async def kb_rebuild(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Rebuild the index from the database."""
        yield {"row": {"passages": await self._app.knowledge.rebuild(arguments.get("workspace") or None)}}

    async def kb_check(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each difference between index and database; none when they agree."""
        for difference in await self._app.knowledge.check(arguments.get("workspace") or None):
            yield {"row": asdict(difference)}

    def _workspace(self, arguments: Arguments) -> str:
        return str(arguments.get("workspace") or self._app.settings.workspace)


def grants_of(audience: str) -> tuple[str, ...]:
    """The grants that ``--audience`` names.  Raises ``FrontdeskError`` for anything else."""
    kind, _, name = audience.partition(":")
    if audience in (PUBLIC, WORKSPACE) or (kind in ("room", "user") and name):
        return (audience,) if audience in (PUBLIC, WORKSPACE) else (audience, WORKSPACE)
    raise FrontdeskError(f"--audience {audience}: write public, workspace, room:ID or user:ID")


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
            "tokens": dict(receipt.tokens),
            "ms": dict(receipt.ms),
            "cut": [dict(c) for c in receipt.cut],
        },
    }


def _result(p: Passage) -> dict[str, Any]:
    return {
        "document": p.document,
        "source": p.source,
        "title": p.title,
        "heading": p.heading,
        "url": p.url,
        "score": round(p.score, 6),
        "text": p.text,
    }


def _document(document: Document, passages: int) -> dict[str, Any]:
    return {
        "document": document.id,
        "source": document.source,
        "title": document.title,
        "audience": document.grant,
        "status": document.status,
        "reason": document.reason or None,
        "version": document.version,
        "passages": passages,
        "loaded": document.loaded,
    }
