"""What the verbs of the knowledge base do, once: see ``bot.operations``, which they are part of."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import entry_files
from bot.grants import grants_of
from engine.errors import LoadFailed
from engine.knowledge import Document, Entry, Knowledge, Load, Loaded, wanted_of
from engine.knowledge.entry_file import Wrong, as_fields, as_table
from engine.store.audit import Audit
from engine.store.counts import passages_by_document
from engine.types import PUBLIC, WORKSPACE, Audience, Passage

if TYPE_CHECKING:
    from bot.app import App
    from bot.wire import Line
    from engine.knowledge.entries import Row

Arguments = Mapping[str, Any]


class KnowledgeOperations:
    """Each yields lines, as those of ``bot.operations`` do; ``load`` names the load that the next ones are about."""

    def __init__(self, app: App):
        self._app = app
        self._knowledge = app.knowledge

    @property
    def all(self) -> Mapping[str, Callable[[Arguments], AsyncIterator[Line]]]:
        """The operations by name."""
        return {
            "kb.add": self.add,
            "kb.sync": self.sync,
            "kb.cancel": self.cancel,
            "kb.list": self.list,
            "kb.sources": self.sources,
            "kb.show": self.show,
            "kb.named": self.named,
            "kb.remove": self.remove,
            "kb.audience": self.audience,
            "kb.entry": self.entry,
            "kb.entries": self.entries,
            "kb.search": self.search,
            "kb.rebuild": self.rebuild,
            "kb.check": self.check,
            "audit": self.audit,
        }

    async def add(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Load documents; a row for each as it ends.  Goes on without us when we are left.

        A file of entries that is named itself becomes entries of their own, a row each, or nothing of it where a line
        is wrong.
        """
        options = {name: arguments[name] for name in ("owner", "expires", "depth", "pages") if arguments.get(name)}
        wanted = []
        for source in arguments["sources"]:
            try:
                rows = None if "://" in source else await entry_files.of_file(Path(arguments["folder"]) / source)
            except Wrong as e:
                for problem in e.problems:
                    yield {"row": entry_files.failed(source, problem)}
                continue
            if rows is not None:
                async for line in self._add_entries(rows, source, arguments):
                    yield line
                continue
            try:
                wanted.append(wanted_of(source, folder=Path(arguments["folder"]), crawl=arguments.get("crawl", False),
                                        options=options))  # fmt: skip
            except LoadFailed as e:
                yield {"row": asdict(Loaded(source, "", "failed", str(e), 0))}
        if not wanted:
            return
        async for line in self._followed(self._knowledge.add(
            wanted, workspace=self._workspace(arguments), grant=_grant(arguments), folder=Path(arguments["folder"]),
            actor=_actor(arguments), every_s=arguments.get("every_s", 0.0),
        )):  # fmt: skip
            yield line

    async def _add_entries(self, rows: list[Row], source: str, arguments: Arguments) -> AsyncIterator[Line]:
        """Keep the entries of a file; what a row does not say of owner and expiry, the options do."""
        said = {name: arguments[name] for name in ("owner", "expires") if arguments.get(name)}
        rows = [
            replace(r, entry=replace(r.entry, **{n: v for n, v in said.items() if not getattr(r.entry, n)}))
            for r in rows
        ]
        async for row in entry_files.kept(
            self._knowledge, rows, source, workspace=self._workspace(arguments), grant=_grant(arguments),
            actor=_actor(arguments),
        ):  # fmt: skip
            yield {"row": row}

    async def sync(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Look at sources again; a row for each document as it ends, then one with the summary."""
        workspace, actor = self._workspace(arguments), _actor(arguments)
        if arguments.get("every_s") is not None:
            for source in arguments["sources"]:
                await self._knowledge.schedule(workspace, source, arguments["every_s"], actor=actor)
        async for line in self._followed(self._knowledge.sync(arguments["sources"], workspace=workspace, actor=actor)):
            if "summary" in line and arguments.get("purge"):
                await self._knowledge.cleaned(workspace, purge=True, actor=actor)
            yield line

    async def _followed(self, steps: AsyncIterator[Loaded | Load]) -> AsyncIterator[Line]:
        last: Load | None = None
        async for step in steps:
            if isinstance(step, Loaded):
                yield {"row": asdict(step)}
                continue
            if last is None:
                yield {"load": step.id}
            if step.reason and not step.ended and step.reason != (last.reason if last else ""):
                yield {"notice": f"it waits, and goes on by itself: {step.reason}"}
            last = step
            yield {"progress": asdict(step)}
        if last:
            if last.reason:
                yield {"notice": last.reason}
            yield {"summary": _summary(last)}

    async def cancel(self, arguments: Arguments) -> AsyncIterator[Line]:
        """End a load; a row with what it had done."""
        await self._knowledge.loads.cancel(arguments["load"], actor=_actor(arguments))
        yield {"row": _summary(await self._knowledge.loads.state(arguments["load"]))}

    async def list(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each document."""
        workspace = self._workspace(arguments)
        counts = await self._app.database.read(lambda c: passages_by_document(c, workspace))
        for document in await self._knowledge.documents(workspace):
            yield {"row": _document(document, counts.get(document.id, 0))}
        for said in await renewing(self._knowledge, workspace):
            yield {"notice": said}

    async def sources(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each source: what was named to be loaded."""
        workspace = self._workspace(arguments)
        counts: dict[str, int] = {}
        for document in await self._knowledge.documents(workspace):
            counts[document.origin] = counts.get(document.origin, 0) + 1
        for source in await self._knowledge.sources(workspace):
            yield {
                "row": {
                    "id": source.id,
                    "source": source.source,
                    "kind": source.kind,
                    "audience": source.grant,
                    "documents": counts.get(source.id, 0),
                    "every_s": source.every,
                    "due": source.due or None,
                    "synced": source.synced or None,
                }
            }

    async def show(self, arguments: Arguments) -> AsyncIterator[Line]:
        """One document with its passages."""
        document = await self._knowledge.document(self._workspace(arguments), arguments["id"])
        passages = await self._knowledge.passages_of(document.id)
        text = [{"heading": p.heading, "url": p.url, "text": p.text} for p in passages]
        yield {"row": {**_document(document, len(passages)), "text": text}}

    async def named(self, arguments: Arguments) -> AsyncIterator[Line]:
        """How many documents an id or source stands for."""
        found = await self._knowledge.named(self._workspace(arguments), arguments["id"])
        yield {"row": {"documents": len(found)}}

    async def remove(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Take out a document, or all that came from a source; a row for each."""
        for document in await self._knowledge.remove(
            self._workspace(arguments), arguments["id"], purge=arguments.get("purge", False), actor=_actor(arguments)
        ):
            yield {"row": {"document": document.id, "source": document.source, "removed": True}}

    async def audience(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Give a document, or all from a source, to another audience; a row for each that changed."""
        for document in await self._knowledge.regrant(
            self._workspace(arguments), arguments["id"], _grant(arguments), actor=_actor(arguments)
        ):
            yield {"row": {"document": document.id, "source": document.source, "audience": document.grant}}

    async def entry(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Keep a question with its answer; a row for it."""
        entry = Entry(arguments["question"], arguments["answer"], tuple(arguments.get("variants", ())),
                      arguments.get("owner", ""), arguments.get("expires", 0.0),
                      entry_files.second_of(arguments))  # fmt: skip
        document = await self._knowledge.put_entry(entry, workspace=self._workspace(arguments), grant=_grant(arguments),
                                                   actor=_actor(arguments))  # fmt: skip
        yield {"row": _document(document, len(entry.wordings))}

    async def entries(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each entry, as a file of entries has it; ``csv``: a row for each line of such a table."""
        rows = [as_fields(kept) for kept in await self._knowledge.entries.of(self._workspace(arguments))]
        for row in as_table(rows) if arguments.get("csv") and rows else rows:
            yield {"row": {"line": row} if isinstance(row, str) else row}

    async def search(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row of results for each query."""
        grants = grants_of(arguments.get("audience") or WORKSPACE)
        audience = Audience(self._workspace(arguments), frozenset((PUBLIC, *grants)))
        for query in arguments["queries"]:
            found = await self._knowledge.search(query["query"], audience, limit=arguments.get("k", 5))
            yield {
                "row": {
                    **({"id": query["id"]} if "id" in query else {}),
                    "query": query["query"],
                    "results": [_result(p) for p in found.passages],
                }
            }

    async def rebuild(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Rebuild the index from the database."""
        yield {"row": {"passages": await self._knowledge.rebuild(arguments.get("workspace") or None)}}

    async def check(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each difference between index and database; none when they agree."""
        for difference in await self._knowledge.check(arguments.get("workspace") or None):
            yield {"row": asdict(difference)}

    async def audit(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each entry of the audit, or one that says whether it was tampered with."""
        audit = Audit(self._app.database)
        if arguments.get("verify"):
            found = await audit.verify(head=arguments.get("head", ""), count=arguments.get("count", 0))
            yield {
                "row": {
                    "intact": not found.problems,
                    "rows": found.count,
                    "head": found.head,
                    "unsigned": found.older,
                    "problems": list(found.problems),
                }
            }
            return
        rows = await audit.rows(workspace=arguments.get("workspace") or None, since=arguments.get("since", 0.0))
        for row in rows:
            yield {"row": row.as_json()}

    def _workspace(self, arguments: Arguments) -> str:
        return str(arguments.get("workspace") or self._app.settings.workspace)


async def renewing(knowledge: Knowledge, workspace: str = "") -> list[str]:
    """A line for each workspace (or for this one) that is on its way to another embedder, and why one stands still."""
    said = [
        f"{one.workspace}: {one.done} of {one.total} passages have vectors of {one.embedder}; until all have, those of "
        f"{one.before} answer"
        for one in await knowledge.renewal.progress()
        if workspace in {"", one.workspace}
    ]
    return [*said, knowledge.renewal.trouble] if said and knowledge.renewal.trouble else said


def _grant(arguments: Arguments) -> str:
    return grants_of(arguments.get("audience") or WORKSPACE)[0]


def _actor(arguments: Arguments) -> str:
    """Who asks, for the audit."""
    return f"terminal:{arguments.get('person') or getpass.getuser()}"


def _summary(load: Load) -> dict[str, Any]:
    return {
        "load": load.id,
        "state": load.state,
        "found": load.found,
        "added": load.added,
        "changed": load.updated,
        "unchanged": load.unchanged,
        "gone": load.gone,
        "failed": load.failed,
        "left": load.waiting,
        "notes": list(load.notes),
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
        "checked": document.checked or None,
        "dated": document.dated or None,
        "encoding": document.encoding or None,
        "owner": document.owner or None,
        "expires": document.expires or None,
    }
