"""Takes everything of a workspace out of the database, but for the audit that says so."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.statements import POSTING, is_open
from engine.store.tables import (
    disagreements,
    embedders,
    evaluations,
    events,
    fresh_vectors,
    leases,
    loads,
    mcp_tokens,
    sources,
    wishes,
)
from engine.store.turns import forget_event


def erase_workspace(database: Database, c: sa.Connection, workspace: str, channel: str, *, actor: str) -> int:
    """Erase what was asked, answered, loaded and measured there; returns the messages that are still under way.

    Those are an answer that is just being posted: whoever posts it takes it back, then this has to be done again.
    Documents are taken out by ``Knowledge.remove`` before, so that every index hears of it.
    """
    mine = events.c.workspace == workspace
    for row in c.execute(sa.select(events).where(mine, is_open).with_for_update()).all():
        forget_event(database, c, row)
    posting = sa.select(events.c.conversation).where(mine, events.c.state == POSTING)
    under_way = list(c.execute(posting).scalars())
    c.execute(sa.delete(events).where(mine, events.c.state != POSTING))  # turns, feedback and hand-offs go with them
    for table in (sources, loads, evaluations, disagreements, embedders, fresh_vectors, mcp_tokens, wishes):
        c.execute(sa.delete(table).where(table.c.workspace == workspace))
    begins = (
        orjson.dumps([channel, workspace]).decode().removesuffix("]") + ","
    )  # a key is JSON: channel, workspace, ...
    theirs = leases.c.conversation.startswith(begins, autoescape=True)
    c.execute(sa.delete(leases).where(theirs, leases.c.conversation.not_in(under_way)))
    if not under_way:
        record(database, c, actor=actor, action="workspace erased", workspace=workspace, subject=workspace)
    return len(under_way)
