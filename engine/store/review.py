"""What the check of a knowledge base reads: passages without vectors, documents, and which answers used which."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import sqlalchemy as sa

from engine.store.tables import disagreements, documents, passages, turns
from engine.types import Passage

_passage = sa.select(
    passages.c.id,
    passages.c.document,
    documents.c.source,
    documents.c.title,
    passages.c.heading,
    passages.c.url,
    passages.c.text,
    passages.c.language,
    passages.c.grant,
    sa.literal(0.0),
    documents.c.dated,
).join_from(passages, documents, documents.c.id == passages.c.document)


def passages_of_workspace(connection: sa.Connection, workspace: str) -> list[Passage]:
    """Every passage of a workspace, in the order of its documents; for whoever it was loaded."""
    query = _passage.where(passages.c.workspace == workspace).order_by(passages.c.document, passages.c.number)
    return [Passage(*row) for row in connection.execute(query)]


def passages_with_variants(connection: sa.Connection, workspace: str) -> list[tuple[Passage, tuple[str, ...]]]:
    """Every passage with the other ways to ask for it."""
    query = _passage.add_columns(passages.c.variants).where(passages.c.workspace == workspace)
    rows = connection.execute(query.order_by(passages.c.document, passages.c.number))
    return [(Passage(*row[:-1]), tuple(row[-1].splitlines())) for row in rows]


def passages_by_id(connection: sa.Connection, workspace: str, ids: Sequence[str]) -> list[Passage]:
    """Those of these passages that still exist."""
    query = _passage.where(passages.c.workspace == workspace, passages.c.id.in_(ids))
    return [Passage(*row) for row in connection.execute(query)]


def answers_by_document(connection: sa.Connection, workspace: str, since: float) -> dict[str, set[int]]:
    """The answers (their events) given since then, by the documents that stood in their prompts."""
    query = sa.select(turns.c.event, turns.c.passages).where(turns.c.workspace == workspace, turns.c.at >= since)
    used: dict[str, set[int]] = {}
    for event, ids in connection.execute(query):
        for id_ in orjson.loads(ids):
            used.setdefault(id_.partition(".")[0], set()).add(event)
    return used


def met_contradictions(connection: sa.Connection, workspace: str) -> dict[tuple[str, str], int]:
    """How many answers have met a contradiction, by the ids of both documents."""
    query = sa.select(disagreements.c.pair, disagreements.c.seen).where(disagreements.c.workspace == workspace)
    return {
        (pair[0], pair[1]): seen for row in connection.execute(query) for pair, seen in [(orjson.loads(row[0]), row[1])]
    }
