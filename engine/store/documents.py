"""Documents, their passages and the feed of changes that indexes follow."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson
import sqlalchemy as sa

from engine.failpoints import reach
from engine.store.audit import record
from engine.store.database import Database
from engine.store.embedding import NOBODY, as_shown, check_embedder, first_of, passages_of, shown, used_in
from engine.store.kept import Before, Change, Document, Kept, Piece
from engine.store.load_items import documents_of, forget_items, regrant_items
from engine.store.loads import Superseded, Ticket
from engine.store.rows import (
    audit_row,
    count_passages,
    every_document,
    find_document,
    named,
    regrant_row,
    regrant_source,
    remove_row,
    tell,
    to_document,
    write_passages,
    write_row,
)
from engine.store.sources import leave_out, options_of
from engine.store.tables import changes, documents, load_items, loads, passages, sources

__all__ = ["Before", "Change", "Document", "Documents", "Kept", "Piece"]

_MANY = 500  # ids in one query


#: Built once: it is on the way of every question.  The workspace is an expression, or SQLite would walk its index
#: through all the passages there are, rather than look up the 50 that are asked for.
_readable = shown.where(
    passages.c.id.in_(sa.bindparam("ids", expanding=True)),
    passages.c.workspace.concat("") == sa.bindparam("of"),
    passages.c.grant.in_(sa.bindparam("grants", expanding=True)),
)


class Documents:
    """The queries; each method is one transaction."""

    def __init__(self, database: Database):
        self._database = database
        expired = sa.and_(documents.c.expires > 0, documents.c.expires <= database.now())
        self._readable = _readable.where(~expired)

    @property
    def shared(self) -> bool:
        """Whether other workers may change documents too."""
        return self._database.shared

    async def workspaces(self) -> list[str]:
        """The workspaces that have documents."""
        query = sa.select(documents.c.workspace).distinct()
        return await self._database.read(lambda c: list(c.scalars(query)))

    async def any(self, workspace: str) -> bool:
        """Whether the workspace has a document."""
        query = sa.select(sa.exists().where(documents.c.workspace == workspace))
        return await self._database.read(lambda c: bool(c.scalar(query)))

    async def of(self, workspace: str) -> list[Document]:
        """All documents of a workspace, by source."""
        query = every_document.where(documents.c.workspace == workspace).order_by(documents.c.source)
        return await self._database.read(lambda c: [to_document(row) for row in c.execute(query)])

    async def of_origin(self, origin: str) -> list[Document]:
        """The documents that came from a source, by their own."""
        query = every_document.where(documents.c.origin == origin).order_by(documents.c.source)
        return await self._database.read(lambda c: [to_document(row) for row in c.execute(query)])

    async def before(self, workspace: str, source: str, origin: str) -> Before:
        """What there is before the document that is found there, in the source ``origin``, is loaded."""
        return await self._database.read(
            lambda c: Before(find_document(c, workspace, source), options_of(c, origin), used_in(c, workspace))
        )  # fmt: skip

    async def one(self, workspace: str, id_or_source: str) -> Document | None:
        """The document with this id, else with this source."""
        query = every_document.where(
            documents.c.workspace == workspace,
            sa.or_(documents.c.id == id_or_source, documents.c.source == id_or_source),
        ).order_by(sa.case((documents.c.id == id_or_source, 0), else_=1))

        def read(c: sa.Connection) -> Document | None:
            row = c.execute(query.limit(1)).one_or_none()
            return to_document(row) if row else None

        return await self._database.read(read)

    async def put(
        self, document: Document, pieces: Sequence[Piece], *, embedder: str, actor: str, ticket: Ticket | None = None,
        action: str = "kb add", stopgap: bool = False,
    ) -> Document:  # fmt: skip
        """Replace what is known of (workspace, source) by this version, at once for everybody who reads.

        ``document.id`` and ``version`` are decided here: an older row keeps its id and counts on.  With a ticket the
        audience is decided by it, and its item ends here too; raises ``Superseded`` when it must not be written, and
        ``OtherEmbedder`` when ``embedder`` is not the one by whose vectors the workspace is searched.  ``stopgap``: the
        vectors only have that one's length, and are to be made as soon as there is an embedder.
        """

        def write(c: sa.Connection) -> Document:
            old = self._lock_feed_and_find(c, document)
            check_embedder(c, document.workspace, embedder)
            grant = ticket.grant(c, old) if ticket else document.grant
            new = replace(document, id=old.id if old else _new_id(), version=old.version + 1 if old else 1, grant=grant,
                          status="searchable", reason="", loaded=time.time())  # fmt: skip
            write_row(c, old, new)
            rows = [
                {
                    "id": f"{new.id}.{new.version}.{number}", "document": new.id, "workspace": new.workspace,
                    "number": number, "language": piece.language, "grant": new.grant, "heading": piece.heading,
                    "url": piece.url, "text": piece.text, "embedder": NOBODY if stopgap else embedder,
                    "vector": piece.vector,
                    "sentences": piece.sentences, "variants": piece.variants,
                }
                for number, piece in enumerate(pieces)
            ]  # fmt: skip
            write_passages(c, new, rows, old=old is not None)
            tell(c, new.workspace, new.id, "put")
            audit_row(self._database, c, actor, action, new, passages=len(pieces))
            if ticket:
                ticket.end(c, "searchable", new, len(pieces))
            return new

        return await self._database.write(write)

    async def regrant(
        self, document: Document, grant: str, *, actor: str, ticket: Ticket | None = None
    ) -> Document | None:
        """Give what is kept to another audience, without loading it again; None when it is gone."""

        def write(c: sa.Connection) -> Document | None:
            old = self._lock_feed_and_find(c, document)
            if old is None:
                return None
            given = ticket.grant(c, old) if ticket else grant
            new = regrant_row(self._database, c, old, given, actor)
            if ticket:
                ticket.end(c, "searchable", new, count_passages(c, new))
            else:
                regrant_items(c, new.workspace, new.source, given)
            return new

        return await self._database.write(write)

    async def regrant_all(self, workspace: str, id_or_source: str, grant: str, *, actor: str) -> list[Document]:
        """Give a document, or all that came from a source, to another audience; what comes from it later too."""

        def write(c: sa.Connection) -> list[Document]:
            self._database.take_turns(c)
            found, source = named(c, workspace, id_or_source)
            if source:
                regrant_source(self._database, c, source, grant, actor, workspace)
            for document in found:
                regrant_items(c, workspace, document.source, grant)
            return [
                regrant_row(self._database, c, document, grant, actor) for document in found if document.grant != grant
            ]

        return await self._database.write(write)

    async def narrow(self, load: str, grant: str, *, actor: str) -> int:
        """Give all documents of a load to another audience, also those that it will still bring; returns how many."""

        def write(c: sa.Connection) -> int:
            self._database.take_turns(c)
            row = c.execute(sa.select(loads.c.workspace, loads.c.wanted).where(loads.c.id == load)).one_or_none()
            if row is None:
                return 0
            c.execute(sa.update(loads).where(loads.c.id == load).values(grant=grant, changed=self._database.now()))
            for wanted in orjson.loads(row.wanted):
                regrant_source(self._database, c, wanted["origin"], grant, actor, row.workspace)
            ids = documents_of(c, load)
            for id_ in ids:
                [old] = c.execute(every_document.where(documents.c.id == id_))
                regrant_items(c, row.workspace, old.source, grant)
                if old.grant != grant:
                    regrant_row(self._database, c, to_document(old), grant, actor)
            return len(ids)

        return await self._database.write(write)

    async def fail(self, document: Document, reason: str, *, actor: str, ticket: Ticket | None = None,
                   action: str = "kb add failed") -> Document:  # fmt: skip
        """Note that loading failed; the last good version, where there is one, stays."""

        def write(c: sa.Connection) -> Document:
            old = self._lock_feed_and_find(c, document)
            grant = ticket.grant(c, old) if ticket else document.grant
            if old and old.version:
                new = replace(old, reason=reason, checked=time.time())
                write_row(c, old, new)
                if grant != old.grant:  # who may read it is decided now, whatever became of the text
                    new = regrant_row(self._database, c, new, grant, actor)
            else:
                new = replace(document, id=old.id if old else _new_id(), version=0, status="failed", reason=reason,
                              grant=grant, hash="", loaded=time.time())  # fmt: skip
                write_row(c, old, new)
            audit_row(self._database, c, actor, action, new)
            if ticket:
                ticket.end(c, "failed", new, 0, reason)
            return new

        return await self._database.write(write)

    async def keep(self, document: Document, *, actor: str, ticket: Ticket) -> Document:
        """What is kept is what stands at the source: note that, and what else is known of it now.

        Its audience may have changed: then that is written as ``regrant`` does.
        """

        def write(c: sa.Connection) -> Document:
            old = self._lock_feed_and_find(c, document)
            grant = ticket.grant(c, old)
            if old is None:
                raise Superseded("it was removed while it was being loaded")
            new = replace(document, id=old.id, version=old.version, grant=old.grant, status="searchable", reason="",
                          checked=time.time())  # fmt: skip
            write_row(c, old, new)
            if (old.owner, old.expires) != (new.owner, new.expires):
                audit_row(self._database, c, actor, "kb owner or expiry", new, owner=new.owner, expires=new.expires)
            if grant != old.grant:
                new = regrant_row(self._database, c, new, grant, actor)
            ticket.end(c, "unchanged" if grant == old.grant else "searchable", new, count_passages(c, new))
            return new

        return await self._database.write(write)

    async def lose(self, document: Document, *, actor: str, ticket: Ticket, silently: bool = False) -> None:
        """It has vanished at its source: take it out, as ``remove`` does.

        ``silently``: its item goes too, and nobody is told (it was an archive that could not be opened).
        """

        def write(c: sa.Connection) -> None:
            old = self._lock_feed_and_find(c, document)
            ticket.grant(c, old)
            if old:
                remove_row(self._database, c, old, actor, "kb gone")
                forget_items(self._database, c, old.workspace, [replace(old, source="")])
            if silently:
                mine = (load_items.c.load == ticket.load.id) & (load_items.c.number == ticket.item.number)
                c.execute(sa.delete(load_items).where(mine))
            else:
                ticket.end(c, "gone", None, 0, "it is not there any more")

        await self._database.write(write)

    async def remove(self, workspace: str, id_or_source: str, *, actor: str) -> list[Document]:
        """Take out a document, or all that came from a source; empty when there is neither.

        Its text is off the disk when ``wipe`` has returned.  A load under way does not bring it back, and neither does
        a later `kb sync` of the folder or site that it came from.
        """

        def write(c: sa.Connection) -> list[Document]:
            self._database.take_turns(c)
            found, source = named(c, workspace, id_or_source)
            for document in found:
                remove_row(self._database, c, document, actor, "kb remove")
                if document.origin not in {"", source}:  # of a folder or site that stays
                    leave_out(c, document.origin, document.source)
            forget_items(self._database, c, workspace, found, source)
            if source:
                name = c.scalar(sa.select(sources.c.source).where(sources.c.id == source))
                c.execute(sa.delete(sources).where(sources.c.id == source))
                record(self._database, c, actor=actor, action="kb remove source", workspace=workspace,
                       subject=str(name), documents=len(found))  # fmt: skip
            reach("removing")
            return found

        return await self._database.write(write)

    async def named(self, workspace: str, id_or_source: str) -> list[Document]:
        """What ``remove`` would take out."""
        return await self._database.read(lambda c: named(c, workspace, id_or_source)[0])

    async def purge(self, workspace: str, *, actor: str) -> None:
        """Tell every index of the workspace to write itself anew, so that no vector of a removed document is left."""

        def write(c: sa.Connection) -> None:
            self._database.take_turns(c)
            tell(c, workspace, "", "purge")
            record(self._database, c, actor=actor, action="kb purge", workspace=workspace, subject="")

        await self._database.write(write)

    async def note_repair(self, workspace: str, differences: int) -> None:
        """An index was written anew, because it differed from the database."""
        await self._database.write(
            lambda c: record(self._database, c, actor="daily check", action="kb index repaired", workspace=workspace,
                             subject="", differences=differences))  # fmt: skip

    async def wipe(self) -> None:
        """Take deleted text off the disk; see ``Database.wipe``."""
        await self._database.wipe()

    async def passages(self, document: str) -> list[Kept]:
        """The passages of a document, in order."""
        return await self._database.read(lambda c: passages_of(c, [document])[document])

    async def passages_of(self, which: Sequence[str], enough: int) -> dict[str, list[Kept]]:
        """The passages of the first of these documents, in order: of so many that they have no more than ``enough``.

        One that has more by itself comes alone.
        """
        return await self._database.read(lambda c: passages_of(c, first_of(c, which, enough)))

    async def variants(self, passage: str) -> tuple[str, ...]:
        """The other ways to ask for a passage, by its id."""
        query = sa.select(passages.c.variants).where(passages.c.id == passage)
        return tuple((await self._database.read(lambda c: c.scalar(query)) or "").splitlines())

    async def readable(self, workspace: str, ids: Iterable[str], grants: Iterable[str]) -> dict[str, Kept]:
        """Those of the passages that exist now, may be read with these grants and have not expired, by id.

        They come without vectors and variants.
        """
        wanted, allowed = list(dict.fromkeys(ids)), list(grants)

        def read(c: sa.Connection) -> dict[str, Kept]:
            found: dict[str, Kept] = {}
            for start in range(0, len(wanted), _MANY):
                given = {"ids": wanted[start : start + _MANY], "of": workspace, "grants": allowed}
                found.update((row[0], as_shown(row)) for row in c.execute(self._readable, given))
            return found

        return await self._database.read(read)

    async def ids(self, workspace: str) -> tuple[int, dict[str, list[str]]]:
        """The feed's end, and the ids of all passages by document, as they are at that point."""
        last = sa.select(sa.func.coalesce(sa.func.max(changes.c.seq), 0))
        query = (
            sa.select(passages.c.document, passages.c.id)
            .where(passages.c.workspace == workspace)
            .order_by(passages.c.document, passages.c.number)
        )

        def read(c: sa.Connection) -> tuple[int, dict[str, list[str]]]:
            # The end first: what is committed between the two queries is then followed once more, not missed.
            end, by_document = c.scalar(last) or 0, dict[str, list[str]]()
            for document, id_ in c.execute(query):
                by_document.setdefault(document, []).append(id_)
            return end, by_document

        return await self._database.read(read)

    async def changes(self, after: int, workspace: str | None = None, *, limit: int = 1000) -> list[Change]:
        """The next part of the feed."""
        query = sa.select(changes.c.seq, changes.c.workspace, changes.c.document, changes.c.kind).where(
            changes.c.seq > after
        )
        if workspace is not None:
            query = query.where(changes.c.workspace == workspace)
        query = query.order_by(changes.c.seq).limit(limit)
        return await self._database.read(lambda c: [Change(*row) for row in c.execute(query)])

    async def end(self) -> int:
        """The last ``seq`` of the feed."""
        query = sa.select(sa.func.coalesce(sa.func.max(changes.c.seq), 0))
        return await self._database.read(lambda c: c.scalar(query) or 0)

    def _lock_feed_and_find(self, c: sa.Connection, document: Document) -> Document | None:
        self._database.take_turns(c)
        return find_document(c, document.workspace, document.source)


def _new_id() -> str:
    return uuid.uuid4().hex
