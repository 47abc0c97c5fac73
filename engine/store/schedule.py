"""Sources that are looked at again by themselves: when the time of one has come, a `kb sync` of it begins."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.loads import OPEN, Wanted, start_load
from engine.store.tables import loads, sources


async def start_due(database: Database) -> int:
    """Start a `kb sync` of each source whose time has come; returns how many.

    One that is still being loaded is left out until its next time.
    """
    due = sa.and_(sources.c.due > 0, sources.c.due <= database.now())

    def write(c: sa.Connection) -> int:
        database.take_turns(c)
        now, started = database.clock(c), 0
        busy = {one["origin"] for text in c.scalars(sa.select(loads.c.wanted).where(loads.c.state.in_(OPEN)))
                for one in orjson.loads(text)}  # fmt: skip
        for row in c.execute(sa.select(sources).where(due).order_by(sources.c.due)).all():
            c.execute(sa.update(sources).where(sources.c.id == row.id).values(due=now + row.every))
            if row.id not in busy:
                wanted = Wanted(row.kind, row.source, row.location, orjson.loads(row.options), row.id)
                start_load(database, c, [wanted], workspace=row.workspace, grant=row.grant, actor="schedule",
                           kind="sync")  # fmt: skip
                started += 1
        return started

    if not await database.read(lambda c: c.scalar(sa.select(sources.c.id).where(due).limit(1))):
        return 0
    return await database.write(write)
