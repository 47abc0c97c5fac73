"""Documents, their passages and the feed of changes that indexes follow."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import audit, changes, documents, passages

log = logging.getLogger(__name__)

#: The advisory lock that makes writers of the feed take turns, so that ``seq`` is the order of commits.
_FEED = 0x46445F66656564
_MANY = 500  # ids in one query


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a workspace.

    ``status`` is ``searchable`` or ``failed``; ``reason`` says why it, or the last attempt to reload it, failed.
    ``version`` counts the loads that went well (0: none yet); ``loaded`` is the time of the last one, seconds since
    1970.  ``hash`` stands for the bytes and for how they were read.  ``origin`` is the id of the source that an admin
    named (a folder, a site); ``etag`` and ``modified`` are what its web server said; ``dated`` is when the text is from
    (0: unknown), ``checked`` when it was last looked at there; ``encoding`` was guessed; from ``expires`` on (0: never)
    it is not used in answers, and its ``owner`` is told.
    """

    id: str
    workspace: str
    source: str
    location: str
    title: str
    grant: str
    hash: str
    version: int
    status: str
    reason: str
    loaded: float
    origin: str = ""
    etag: str = ""
    modified: str = ""
    dated: float = 0.0
    checked: float = 0.0
    encoding: str = ""
    owner: str = ""
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be kept, with its vectors: little-endian float32, the sentences' one after the other.

    ``variants`` are other ways to ask for it, a line each; their vectors stand among the sentences'.
    """

    text: str
    heading: str
    url: str
    language: str
    vector: bytes
    sentences: bytes
    variants: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A passage as it is kept, with its vectors and what its document says about it."""

    id: str
    document: str
    source: str
    title: str
    number: int
    grant: str
    text: str
    heading: str
    url: str
    language: str
    embedder: str
    vector: bytes
    sentences: bytes
    variants: str = ""
    dated: float = 0.0
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """Something about ``document`` is new: ``kind`` is ``put``, ``remove`` or ``purge`` (then of the workspace)."""

    seq: int
    workspace: str
    document: str
    kind: str


_document = sa.select(*(documents.c[name] for name in Document.__slots__))
_kept = sa.select(
    *((documents if name in {"source", "title", "dated", "expires"} else passages).c[name] for name in Kept.__slots__)
).join_from(passages, documents, documents.c.id == passages.c.document)


_readable = _kept.where(  # built once: it is on the way of every question
    passages.c.id.in_(sa.bindparam("ids", expanding=True)),
    passages.c.workspace == sa.bindparam("of"),
    passages.c.grant.in_(sa.bindparam("grants", expanding=True)),
)


class Documents:
    """The queries; each method is one transaction."""

    def __init__(self, database: Database):
        self._database = database

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
        query = _document.where(documents.c.workspace == workspace).order_by(documents.c.source)
        return await self._database.read(lambda c: [_to_document(row) for row in c.execute(query)])

    async def one(self, workspace: str, id_or_source: str) -> Document | None:
        """The document with this id, else with this source."""
        query = _document.where(
            documents.c.workspace == workspace,
            sa.or_(documents.c.id == id_or_source, documents.c.source == id_or_source),
        ).order_by(sa.case((documents.c.id == id_or_source, 0), else_=1))

        def read(c: sa.Connection) -> Document | None:
            row = c.execute(query.limit(1)).one_or_none()
            return _to_document(row) if row else None

        return await self._database.read(read)

    async def put(self, document: Document, pieces: Sequence[Piece], *, embedder: str, actor: str) -> Document:
        """Replace what is known of (workspace, source) by this version, at once for everybody who reads.

        ``document.id`` and ``version`` are decided here: an older row keeps its id and counts on.
        """

        def write(c: sa.Connection) -> Document:
            old = self._lock_feed_and_find(c, document)
            new = _replace(document, id=old.id if old else _new_id(), version=old.version + 1 if old else 1,
                           status="searchable", reason="", loaded=time.time())  # fmt: skip
            self._write_row(c, old, new)
            c.execute(sa.delete(passages).where(passages.c.document == new.id))
            rows = [
                {
                    "id": f"{new.id}.{new.version}.{number}", "document": new.id, "workspace": new.workspace,
                    "number": number, "language": piece.language, "grant": new.grant, "heading": piece.heading,
                    "url": piece.url, "text": piece.text, "embedder": embedder, "vector": piece.vector,
                    "sentences": piece.sentences, "variants": piece.variants,
                }
                for number, piece in enumerate(pieces)
            ]  # fmt: skip
            for start in range(0, len(rows), _MANY):
                c.execute(sa.insert(passages), rows[start : start + _MANY])
            self._tell(c, new.workspace, new.id, "put")
            _audit(c, actor, "kb add", new)
            return new

        return await self._database.write(write)

    async def regrant(self, document: Document, grant: str, *, actor: str, hash_: str | None = None) -> Document | None:
        """Give what is kept to another audience, without loading it again; None when it is gone."""

        def write(c: sa.Connection) -> Document | None:
            old = self._lock_feed_and_find(c, document)
            if old is None:
                return None
            new = _replace(old, grant=grant, version=old.version + 1 if old.version else 0, hash=hash_ or old.hash)
            self._write_row(c, old, new)
            kept = c.execute(sa.select(passages.c.id, passages.c.number).where(passages.c.document == new.id)).all()
            if kept:
                c.execute(
                    sa.update(passages).where(passages.c.id == sa.bindparam("old")).values(
                        {passages.c.id: sa.bindparam("new"), passages.c.grant: grant}),
                    [{"old": id_, "new": f"{new.id}.{new.version}.{number}"} for id_, number in kept],
                )  # fmt: skip
            self._tell(c, new.workspace, new.id, "put")
            _audit(c, actor, f"kb grant {grant}", new)
            return new

        return await self._database.write(write)

    async def fail(self, document: Document, reason: str, *, actor: str) -> Document:
        """Note that loading failed; the last good version, where there is one, stays."""

        def write(c: sa.Connection) -> Document:
            old = _find(c, document)
            if old and old.version:
                new = _replace(old, reason=reason)
            else:
                new = _replace(document, id=old.id if old else _new_id(), version=0, status="failed", reason=reason,
                               hash="", loaded=time.time())  # fmt: skip
            self._write_row(c, old, new)
            _audit(c, actor, "kb add failed", new)
            return new

        return await self._database.write(write)

    async def mend(self, document: Document) -> None:
        """Forget that a reload failed: the bytes are those of the version that is searched again."""
        query = sa.update(documents).where(documents.c.id == document.id).values(reason="", status="searchable")
        await self._database.write(lambda c: c.execute(query).rowcount)

    async def remove(self, workspace: str, id_or_source: str, *, actor: str) -> Document | None:
        """Take a document out; None when there is none.  Its text is off the disk when ``wipe`` has returned."""
        document = await self.one(workspace, id_or_source)
        if document is None:
            return None
        found = document

        def write(c: sa.Connection) -> Document | None:
            self._take_turns(c)
            if not c.execute(sa.delete(documents).where(documents.c.id == found.id)).rowcount:
                return None
            c.execute(sa.delete(passages).where(passages.c.document == found.id))
            self._tell(c, workspace, found.id, "remove")
            _audit(c, actor, "kb remove", found)
            return found

        return await self._database.write(write)

    async def purge(self, workspace: str, *, actor: str) -> None:
        """Tell every index of the workspace to write itself anew, so that no vector of a removed document is left."""

        def write(c: sa.Connection) -> None:
            self._take_turns(c)
            self._tell(c, workspace, "", "purge")
            c.execute(sa.insert(audit).values(at=time.time(), actor=actor, action="kb purge", workspace=workspace,
                                              subject=""))  # fmt: skip

        await self._database.write(write)

    async def wipe(self) -> None:
        """Take deleted text off the disk; see ``Database.wipe``."""
        await self._database.wipe()

    async def passages(self, document: str) -> list[Kept]:
        """The passages of a document, in order."""
        query = _kept.where(passages.c.document == document).order_by(passages.c.number)
        return await self._database.read(lambda c: [_to_kept(row) for row in c.execute(query)])

    async def readable(self, workspace: str, ids: Iterable[str], grants: Iterable[str]) -> dict[str, Kept]:
        """Those of the passages that exist now and that an audience with these grants may read, by id."""
        wanted, allowed = list(dict.fromkeys(ids)), list(grants)

        def read(c: sa.Connection) -> dict[str, Kept]:
            found: dict[str, Kept] = {}
            for start in range(0, len(wanted), _MANY):
                given = {"ids": wanted[start : start + _MANY], "of": workspace, "grants": allowed}
                found.update((row[0], _to_kept(row)) for row in c.execute(_readable, given))
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

    async def of_other_embedders(self, workspace: str, embedder: str) -> list[Kept]:
        """Passages whose vectors another embedder made."""
        query = _kept.where(passages.c.workspace == workspace, passages.c.embedder != embedder)
        return await self._database.read(lambda c: [_to_kept(row) for row in c.execute(query)])

    async def embed_anew(self, workspace: str, embedder: str, vectors: dict[str, tuple[bytes, bytes]]) -> None:
        """Replace the vectors of these passages; those that have gone meanwhile are left out."""
        rows = [{"which": id_, "of_text": vector, "of_sentences": sentences}
                for id_, (vector, sentences) in vectors.items()]  # fmt: skip

        def write(c: sa.Connection) -> None:
            self._take_turns(c)
            c.execute(
                sa.update(passages).where(passages.c.id == sa.bindparam("which")).values(
                    vector=sa.bindparam("of_text"), sentences=sa.bindparam("of_sentences"), embedder=embedder),
                rows,
            )  # fmt: skip
            touched = sa.select(passages.c.document).where(passages.c.id.in_(list(vectors))).distinct()
            for document in c.scalars(touched).all():
                self._tell(c, workspace, document, "put")

        await self._database.write(write)

    def _take_turns(self, c: sa.Connection) -> None:
        """Until this transaction ends nobody else appends to the feed (SQLite: there is one writer anyway)."""
        if self._database.shared:
            c.execute(sa.select(sa.func.pg_advisory_xact_lock(_FEED)))

    def _lock_feed_and_find(self, c: sa.Connection, document: Document) -> Document | None:
        self._take_turns(c)
        return _find(c, document)

    @staticmethod
    def _tell(c: sa.Connection, workspace: str, document: str, kind: str) -> None:
        """Append to the feed; a document's older rows say nothing new and go."""
        if document:
            c.execute(sa.delete(changes).where(changes.c.workspace == workspace, changes.c.document == document))
        c.execute(sa.insert(changes).values(workspace=workspace, document=document, kind=kind, at=time.time()))

    @staticmethod
    def _write_row(c: sa.Connection, old: Document | None, new: Document) -> None:
        values = {name: getattr(new, name) for name in Document.__slots__}
        if old is None:
            c.execute(sa.insert(documents).values(values))
        else:
            c.execute(sa.update(documents).where(documents.c.id == old.id).values(values))


def _find(c: sa.Connection, document: Document) -> Document | None:
    row = c.execute(
        _document.where(documents.c.workspace == document.workspace, documents.c.source == document.source)
    ).one_or_none()
    return _to_document(row) if row else None


def _to_document(row: Any) -> Document:
    return Document(*row)  # the columns are selected in the order of its fields


def _to_kept(row: Any) -> Kept:
    return Kept(*row)


def _replace(document: Document, **changed: Any) -> Document:
    return Document(**{name: getattr(document, name) for name in Document.__slots__} | changed)


def _new_id() -> str:
    return uuid.uuid4().hex


def _audit(c: sa.Connection, actor: str, action: str, document: Document) -> None:
    c.execute(sa.insert(audit).values(at=time.time(), actor=actor, action=action, workspace=document.workspace,
                                      subject=document.source))  # fmt: skip
