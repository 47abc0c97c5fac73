"""Runs of `eval`: kept whole or not at all, listed, and found again to compare the next one with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import evaluations

_KEPT = 100  # runs of one file; older ones go


@dataclass(frozen=True, slots=True)
class Run:
    """One run: ``name`` of the file, ``options`` it ran with, ``scores`` as printed, ``cases`` by case id.

    ``at`` in seconds since 1970.  No text of a document, question or answer is kept: those can be deleted elsewhere.
    """

    id: int
    at: float
    workspace: str
    name: str
    options: Mapping[str, Any]
    scores: Mapping[str, Any]
    cases: Sequence[Mapping[str, Any]]


def add_run(database: Database, connection: sa.Connection, run: Run) -> int:
    """Keep a run; returns its id."""
    inserted = connection.execute(
        sa.insert(evaluations)
        .values(
            at=database.now(),
            workspace=run.workspace,
            name=run.name,
            options=orjson.dumps(run.options).decode(),
            scores=orjson.dumps(run.scores).decode(),
            cases=orjson.dumps(run.cases).decode(),
        )
        .returning(evaluations.c.id)
    )
    new = int(inserted.scalar_one())
    same = sa.and_(evaluations.c.workspace == run.workspace, evaluations.c.name == run.name)
    newest = sa.select(evaluations.c.id).where(same).order_by(evaluations.c.id.desc()).limit(_KEPT)
    connection.execute(sa.delete(evaluations).where(same, evaluations.c.id.not_in(newest)))
    return new


def runs(connection: sa.Connection, workspace: str, limit: int) -> list[Run]:
    """The last runs in a workspace, newest first; without their cases."""
    columns = [c for c in evaluations.c if c is not evaluations.c.cases]
    query = sa.select(*columns).where(evaluations.c.workspace == workspace).order_by(evaluations.c.id.desc())
    return [_run(row, "[]") for row in connection.execute(query.limit(limit))]


def last_run(connection: sa.Connection, workspace: str, name: str, *, retrieval_only: bool) -> Run | None:
    """The last run of a file that left the model out, or did not, as this one."""
    query = sa.select(evaluations).where(evaluations.c.workspace == workspace, evaluations.c.name == name)
    for row in connection.execute(query.order_by(evaluations.c.id.desc()).limit(_KEPT)):
        run = _run(row, row.cases)
        if bool(run.options.get("retrieval_only")) is retrieval_only:
            return run
    return None


def _run(row: sa.Row[Any], cases: str) -> Run:
    return Run(
        row.id,
        row.at,
        row.workspace,
        row.name,
        orjson.loads(row.options),
        orjson.loads(row.scores),
        orjson.loads(cases),
    )
