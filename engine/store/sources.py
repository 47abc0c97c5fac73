"""What admins named to be loaded, and when each is looked at again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.tables import documents, loads, sources


@dataclass(frozen=True, slots=True)
class Source:
    """A folder, an address, a site.

    ``kind`` is ``path``, ``page``, ``sitemap``, ``crawl`` or ``upload``; ``grant`` is given to what is found in it
    from now on; ``every`` so many seconds it is looked at again (0: when asked), next at ``due``; the last look ended
    at ``synced``.
    """

    id: str
    workspace: str
    source: str
    kind: str
    location: str
    grant: str
    options: Mapping[str, Any]
    actor: str
    every: float
    due: float
    synced: float

    @property
    def without(self) -> frozenset[str]:
        """Documents that were removed by hand: no `kb sync` brings them back."""
        return frozenset(self.options.get("without", ()))


_source = sa.select(*(sources.c[name] for name in Source.__slots__))
_options = sa.select(sources.c.options).where(sources.c.id == sa.bindparam("which"))  # built once: see store/audit.py


class Sources:
    """The queries."""

    def __init__(self, database: Database):
        self._database = database

    async def of(self, workspace: str) -> list[Source]:
        """All sources of a workspace, by name."""
        query = _source.where(sources.c.workspace == workspace).order_by(sources.c.source)
        return await self._database.read(lambda c: [to_source(row) for row in c.execute(query)])

    async def one(self, workspace: str, given: str) -> Source | None:
        """The source with this id or name; a slash at the end makes no difference."""
        return await self._database.read(lambda c: find_source(c, workspace, given))

    async def by_id(self, id_: str) -> Source | None:
        """The source with this id."""
        query = _source.where(sources.c.id == id_)
        return await self._database.read(
            lambda c: to_source(row) if (row := c.execute(query).one_or_none()) else None
        )  # fmt: skip

    async def schedule(self, workspace: str, given: str, every_s: float, *, actor: str) -> Source | None:
        """Look at it again every so many seconds (0: only when asked)."""

        def write(c: sa.Connection) -> Source | None:
            self._database.take_turns(c)
            found = find_source(c, workspace, given)
            if found is None:
                return None
            set_schedule(self._database, c, found.id, every_s)
            record(self._database, c, actor=actor, action="kb schedule", workspace=workspace, subject=found.source,
                   every_s=every_s)  # fmt: skip
            return find_source(c, workspace, found.id)

        return await self._database.write(write)

    async def all_due(self) -> list[Source]:
        """Those whose time has come."""
        query = _source.where(sources.c.due > 0, sources.c.due <= self._database.now()).order_by(sources.c.due)
        return await self._database.read(lambda c: [to_source(row) for row in c.execute(query)])


def find_source(c: sa.Connection, workspace: str, given: str) -> Source | None:
    """The source with this id or name; a slash at the end makes no difference."""
    names = [given, given.rstrip("/"), given.rstrip("/") + "/"]
    query = _source.where(
        sources.c.workspace == workspace, sa.or_(sources.c.id == given, sources.c.source.in_(names))
    ).order_by(sa.case((sources.c.id == given, 0), (sources.c.source == given, 1), else_=2))
    row = c.execute(query.limit(1)).one_or_none()
    return to_source(row) if row else None


def options_of(c: sa.Connection, id_: str) -> Mapping[str, Any]:
    """The options of a source; none where it is gone."""
    options: dict[str, Any] = orjson.loads(c.scalar(_options, {"which": id_}) or "{}")
    return options


def keep_source(
    database: Database, c: sa.Connection, *, workspace: str, source: str, kind: str, location: str, grant: str,
    options: Mapping[str, Any], actor: str, every_s: float,
) -> str:  # fmt: skip
    """Write down what an admin named; what they say now holds from now on.  Returns its id."""
    values = {"kind": kind, "location": location, "grant": grant, "options": orjson.dumps(dict(options)).decode()}
    same = sa.and_(sources.c.workspace == workspace, sources.c.source == source)
    id_ = c.scalar(sa.select(sources.c.id).where(same))
    if id_ is None:
        id_ = uuid.uuid4().hex
        c.execute(sa.insert(sources).values(id=id_, workspace=workspace, source=source, actor=actor, every=0.0,
                                            due=0.0, synced=0.0, **values))  # fmt: skip
    else:
        c.execute(sa.update(sources).where(same).values(values))
    if every_s:
        set_schedule(database, c, id_, every_s)
    return str(id_)


def set_schedule(database: Database, c: sa.Connection, id_: str, every_s: float) -> None:
    """Look at it again in so many seconds, and so on."""
    due = database.clock(c) + every_s if every_s else 0.0
    c.execute(sa.update(sources).where(sources.c.id == id_).values(every=every_s, due=due))


def leave_out(c: sa.Connection, id_: str, document: str) -> None:
    """A document was removed from the source by hand: it does not come back by itself."""
    options = orjson.loads(c.scalar(sa.select(sources.c.options).where(sources.c.id == id_)) or "{}")
    options["without"] = sorted({*options.get("without", ()), document})
    c.execute(sa.update(sources).where(sources.c.id == id_).values(options=orjson.dumps(options).decode()))


def drop_empty(c: sa.Connection, load: str) -> None:
    """Sources that this load named first and that gave no document are forgotten."""
    named = orjson.loads(c.scalar(sa.select(loads.c.wanted).where(loads.c.id == load)) or "[]")
    ids = [wanted["origin"] for wanted in named]
    used = sa.exists().where(documents.c.origin == sources.c.id)
    c.execute(sa.delete(sources).where(sources.c.id.in_(ids), sources.c.synced == 0, ~used))


def to_source(row: Any) -> Source:
    """From the columns in the order of its fields."""
    values = dict(zip(Source.__slots__, row, strict=True))
    return Source(**{**values, "options": orjson.loads(values["options"])})
