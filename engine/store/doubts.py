"""Contradictions that answers have met: who should be told of which, at most once a day a pair of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.statements import insert
from engine.store.tables import disagreements, documents, events
from engine.types import Message, Receipt

_QUIET_S = 86400.0


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two passages that an answer met: their ids, the documents' owners (empty where there is none), and how often.

    ``message`` is the last question whose answer met it; None when it was forgotten.
    """

    workspace: str
    pair: str
    passages: tuple[str, str]
    owners: tuple[str, str]
    seen: int
    message: Message | None


def note_contradictions(
    database: Database, connection: sa.Connection, workspace: str, event: int, receipt: Receipt
) -> None:
    """Keep the contradictions that an answer met: ids alone, no text."""
    for one in receipt.doubts:
        new = insert(database, disagreements).values(
            workspace=workspace,
            pair=orjson.dumps(sorted(one["documents"])).decode(),
            passages=orjson.dumps(one["passages"]).decode(),
            event=event,
            seen=1,
            at=database.now(),
            told=0.0,
        )
        again = {
            "passages": new.excluded.passages,
            "event": new.excluded.event,
            "at": new.excluded.at,
            "seen": disagreements.c.seen + 1,
        }
        connection.execute(new.on_conflict_do_update(index_elements=["workspace", "pair"], set_=again))


def untold_contradictions(database: Database, connection: sa.Connection, limit: int = 20) -> list[Contradiction]:
    """Those that were met since somebody was told, and of which nobody was told within a day."""
    waiting = (
        sa.select(disagreements, events.c.message)
        .outerjoin(events, events.c.id == disagreements.c.event)
        .where(disagreements.c.at > disagreements.c.told, disagreements.c.told < database.now() - _QUIET_S)
        .order_by(disagreements.c.at)
        .limit(limit)
    )
    rows = connection.execute(waiting).all()
    owners = _owners(connection, [id_ for row in rows for id_ in orjson.loads(row.pair)])
    found = []
    for row in rows:
        first, second = orjson.loads(row.passages)
        whose = (owners.get(first.partition(".")[0], ""), owners.get(second.partition(".")[0], ""))
        message = Message.from_json(row.message) if row.message else None
        found.append(Contradiction(row.workspace, row.pair, (first, second), whose, row.seen, message))
    return found


def _owners(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(documents.c.id, documents.c.owner).where(documents.c.id.in_(ids))
    return {row[0]: row[1] for row in connection.execute(query)}


def contradiction_told(database: Database, connection: sa.Connection, workspace: str, pair: str) -> None:
    """Somebody has been told, or there is nothing to tell any more."""
    this = sa.and_(disagreements.c.workspace == workspace, disagreements.c.pair == pair)
    connection.execute(sa.update(disagreements).where(this).values(told=database.now()))
