"""Whose vectors a workspace is searched by, and the change from one embedder to another while it is searched.

The new embedder's vectors are kept beside the old ones until every passage of the workspace has them.  Then one row
says that they are the ones in use (``switch``), and they are moved to their passages a few at a time (``settle``):
no transaction holds up the others for long, and whoever reads a passage finds the vectors in use throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.errors import FrontdeskError
from engine.store.audit import record
from engine.store.database import Database
from engine.store.kept import Kept
from engine.store.rows import tell
from engine.store.tables import documents, embedders, fresh_vectors, passages

#: In the place of an embedder's name: vectors that only have the right length (see knowledge.embedders.Stopgap).
NOBODY = ""
_OF_DOCUMENT = {"source", "title", "dated", "expires"}
_OF_VECTORS = {"embedder", "vector", "sentences"}
_fresh = sa.and_(
    fresh_vectors.c.passage == passages.c.id,
    fresh_vectors.c.embedder == embedders.c.embedder,
    fresh_vectors.c.embedder != passages.c.embedder,
)


def _in_use(name: str) -> sa.ColumnElement[Any]:
    here, there = fresh_vectors.c[name], passages.c[name]
    return sa.case((fresh_vectors.c.passage.is_not(None), here), else_=there).label(name)


def in_use(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """A query of passages with their documents, whose row of vectors is the one in use."""
    return (
        sa.select(*columns)
        .select_from(passages)
        .join(documents, documents.c.id == passages.c.document)
        .outerjoin(embedders, embedders.c.workspace == passages.c.workspace)
        .outerjoin(fresh_vectors, _fresh)
    )


def passages_in_use() -> sa.Select[Any]:
    """Rows of the table of passages as they are once everything is settled."""
    return in_use(*(_in_use(c.name) if c.name in _OF_VECTORS else c for c in passages.c))


def _column(name: str) -> sa.ColumnElement[Any]:
    return (documents if name in _OF_DOCUMENT else passages).c[name]


#: Passages with the vectors in use, in the order of the fields of ``Kept``.
with_vectors = in_use(*(_in_use(name) if name in _OF_VECTORS else _column(name) for name in Kept.__slots__))
_these = passages.c.document.in_(sa.bindparam("which", expanding=True))
_counts = sa.select(passages.c.document, sa.func.count()).where(_these).group_by(passages.c.document)
_of_documents = with_vectors.where(_these).order_by(passages.c.document, passages.c.number)
#: The same without vectors, from fewer tables.
without_vectors = sa.select(
    *(sa.literal(b"", sa.LargeBinary).label(name) if name in {"vector", "sentences"} else _column(name)
      for name in Kept.__slots__)
).join_from(passages, documents, documents.c.id == passages.c.document)  # fmt: skip
#: What is shown of a passage, for ``as_shown``: on the way of every question.  The variants are not read, since they
#: stand behind the vectors in SQLite's rows.
_SHOWN = [name for name in Kept.__slots__ if name not in {"vector", "sentences", "variants"}]
_HIDDEN = Kept.__slots__.index("vector")  # these three stand together
shown = sa.select(*map(_column, _SHOWN)).join_from(passages, documents, documents.c.id == passages.c.document)


def as_shown(row: sa.Row[Any]) -> Kept:
    """A row of ``shown``: a passage without vectors and variants."""
    fields: tuple[Any, ...] = (*row[:_HIDDEN], b"", b"", "", *row[_HIDDEN:])
    return Kept(*fields)


def passages_of(c: sa.Connection, which: Sequence[str]) -> dict[str, list[Kept]]:
    """The passages of these documents, in order."""
    found: dict[str, list[Kept]] = {document: [] for document in which}
    for row in c.execute(_of_documents, {"which": which}):
        kept = Kept(*row)
        found[kept.document].append(kept)
    return found


def first_of(c: sa.Connection, which: Sequence[str], enough: int) -> list[str]:
    """The first of these documents: so many that they have no more than ``enough`` passages, but one at least."""
    counted = {row[0]: int(row[1]) for row in c.execute(_counts, {"which": which})}
    count, first = 0, list[str]()
    for document in which:
        count += counted.get(document, 0)
        if first and count > enough:
            break
        first.append(document)
    return first


class OtherEmbedder(FrontdeskError):
    """The workspace is searched by the vectors of ``embedder``: these are of another one, embed again with it."""

    def __init__(self, embedder: str):
        super().__init__(f"the workspace is searched by the vectors of {embedder}")
        self.embedder = embedder


@dataclass(frozen=True, slots=True)
class Renewing:
    """How far a workspace is on its way from one embedder to the next: ``done`` of ``total`` passages."""

    workspace: str
    before: str
    embedder: str
    done: int
    total: int


_used = sa.select(embedders.c.embedder).where(embedders.c.workspace == sa.bindparam("of"))  # built once: store/audit.py


def used_in(c: sa.Connection, workspace: str) -> str:
    """The embedder whose vectors the workspace is searched by; empty where it never had a passage."""
    return c.scalar(_used, {"of": workspace}) or ""


def check_embedder(c: sa.Connection, workspace: str, embedder: str) -> None:
    """Within a transaction that writes vectors: raise ``OtherEmbedder`` unless the workspace is searched by these."""
    used = c.scalar(_used, {"of": workspace})
    if used is None:
        c.execute(sa.insert(embedders).values(workspace=workspace, embedder=embedder))
    elif used != embedder:
        raise OtherEmbedder(used)


class Embedding:
    """The queries; each method is one transaction."""

    def __init__(self, database: Database):
        self._database = database

    async def used(self, workspace: str) -> str:
        """The embedder whose vectors the workspace is searched by; empty where it never had a passage."""
        return await self._database.read(lambda c: used_in(c, workspace))

    async def dimensions(self, embedder: str) -> int:
        """The length of the vectors that are kept of an embedder; 0 where there are none."""
        kept = sa.select(sa.func.length(passages.c.vector)).where(passages.c.embedder == embedder).limit(1)
        fresh = sa.select(sa.func.length(fresh_vectors.c.vector)).where(fresh_vectors.c.embedder == embedder).limit(1)
        return await self._database.read(lambda c: int(c.scalar(kept) or c.scalar(fresh) or 0) // 4)

    async def outdated(self, embedder: str) -> list[str]:
        """The workspaces that have vectors of another one, or are searched by them."""
        used = sa.select(embedders.c.workspace).where(embedders.c.embedder != embedder)
        kept = sa.select(passages.c.workspace).where(passages.c.embedder != embedder)
        query = sa.union(used, kept)
        return await self._database.read(lambda c: sorted(c.scalars(query)))

    async def progress(self, embedder: str) -> list[Renewing]:
        """How far each workspace is that is still searched by another one's vectors."""
        fresh = fresh_vectors.c
        made = (
            sa.select(fresh.workspace, sa.func.count().label("n"))
            .where(fresh.embedder == embedder)
            .group_by(fresh.workspace)
            .subquery()
        )
        kept = sa.select(passages.c.workspace, sa.func.count().label("n")).group_by(passages.c.workspace).subquery()
        query = (
            sa.select(embedders.c.workspace, embedders.c.embedder, made.c.n, kept.c.n)
            .outerjoin(made, made.c.workspace == embedders.c.workspace)
            .outerjoin(kept, kept.c.workspace == embedders.c.workspace)
            .where(embedders.c.embedder != embedder)
            .order_by(embedders.c.workspace)
        )
        return await self._database.read(
            lambda c: [Renewing(of, used, embedder, done or 0, all_ or 0) for of, used, done, all_ in c.execute(query)]
        )

    async def without(self, workspace: str, embedder: str, *, after: str, limit: int) -> list[Kept]:
        """The next passages that have no vectors of this embedder yet, by id; they come without any."""
        here = sa.and_(fresh_vectors.c.passage == passages.c.id, fresh_vectors.c.embedder == embedder)
        query = (
            without_vectors.where(passages.c.workspace == workspace, passages.c.id > after, _lacks(embedder, here))
            .order_by(passages.c.id)
            .limit(limit)
        )
        return await self._database.read(lambda c: [Kept(*row) for row in c.execute(query)])

    async def keep(self, workspace: str, embedder: str, vectors: Mapping[str, tuple[bytes, bytes]]) -> None:
        """Keep these vectors (of the text, of the sentences) beside those in use; what has gone meanwhile is left."""

        def write(c: sa.Connection) -> None:
            self._database.take_turns(c)  # nobody removes one of them meanwhile
            there = c.scalars(sa.select(passages.c.id).where(passages.c.id.in_(list(vectors)))).all()
            c.execute(sa.delete(fresh_vectors).where(fresh_vectors.c.passage.in_(there)))
            if there:
                c.execute(
                    sa.insert(fresh_vectors),
                    [{"passage": id_, "workspace": workspace, "embedder": embedder, "vector": vectors[id_][0],
                      "sentences": vectors[id_][1]} for id_ in there],
                )  # fmt: skip

        await self._database.write(write)

    async def switch(self, workspace: str, embedder: str) -> bool:
        """From now on the workspace is searched by this embedder's vectors; False while a passage has none."""
        here = sa.and_(fresh_vectors.c.passage == passages.c.id, fresh_vectors.c.embedder == embedder)
        lacking = sa.select(sa.exists().where(passages.c.workspace == workspace, _lacks(embedder, here)))

        def write(c: sa.Connection) -> bool:
            self._database.take_turns(c)
            if c.scalar(lacking):
                return False
            before = c.scalar(sa.select(embedders.c.embedder).where(embedders.c.workspace == workspace))
            c.execute(sa.delete(embedders).where(embedders.c.workspace == workspace))
            c.execute(sa.insert(embedders).values(workspace=workspace, embedder=embedder))
            tell(c, workspace, "", "embedder")
            record(self._database, c, actor="settings", action="kb embedder", workspace=workspace, subject=embedder,
                   before=before or "")  # fmt: skip
            return True

        return await self._database.write(write)

    async def settle(self, workspace: str, limit: int) -> int:
        """Move vectors in use to their passages, over the old ones; returns how many, 0 when all are there."""
        used = sa.select(embedders.c.embedder).where(embedders.c.workspace == workspace).scalar_subquery()
        query = sa.select(fresh_vectors).where(
            fresh_vectors.c.workspace == workspace, fresh_vectors.c.embedder == used
        ).limit(limit)  # fmt: skip

        def write(c: sa.Connection) -> int:
            self._database.take_turns(c)
            rows = c.execute(query).all()
            if not rows:
                return 0
            c.execute(
                sa.update(passages).where(passages.c.id == sa.bindparam("which")).values(
                    vector=sa.bindparam("of_text"), sentences=sa.bindparam("of_sentences"),
                    embedder=sa.bindparam("by")),
                [{"which": r.passage, "of_text": r.vector, "of_sentences": r.sentences, "by": r.embedder}
                 for r in rows],
            )  # fmt: skip
            c.execute(sa.delete(fresh_vectors).where(fresh_vectors.c.passage.in_([r.passage for r in rows])))
            return len(rows)

        return await self._database.write(write)

    async def forget(self, embedder: str) -> None:
        """Delete vectors beside those in use that are not this embedder's: the settings were changed once more."""
        used = sa.select(embedders.c.embedder).where(embedders.c.workspace == fresh_vectors.c.workspace)
        others = sa.delete(fresh_vectors).where(
            fresh_vectors.c.embedder != embedder, fresh_vectors.c.embedder != used.scalar_subquery()
        )
        await self._database.write(lambda c: c.execute(others).rowcount)


def _lacks(embedder: str, here: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(passages.c.embedder != embedder, ~sa.exists().where(here))
