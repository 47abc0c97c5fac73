"""A process that is killed in the middle of loading, removing and regranting: it goes on, and the audit fits."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine.failpoints import ENVIRONMENT
from engine.store.audit import Audit
from engine.store.loads import LoadTables
from tests.loads.conftest import Base, Opener

CHILD = [sys.executable, "-m", "tests.loads.child"]
PUT, TAKEN = {"kb add", "kb sync", "kb audience"}, {"kb remove", "kb gone"}


async def run(folder: Path, fail_at: str = "") -> int:
    process = await asyncio.create_subprocess_exec(
        *CHILD, str(folder), env={**os.environ, ENVIRONMENT: fail_at}, cwd=Path(__file__).parents[2]
    )
    try:
        async with asyncio.timeout(120):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


async def told_by_the_audit(base: Base) -> dict[str, int]:
    """The documents and versions that there should be, if every effect has its row and every row its effect."""
    found: dict[str, int] = {}
    for row in await Audit(base.database).rows(workspace="acme"):
        if row.action in PUT:
            found[row.subject] = found.get(row.subject, 0) + 1
        elif row.action in TAKEN:
            del found[row.subject]
    return found


@pytest.mark.parametrize(
    "points",
    [
        ("load kept:1", "item ending:3", "item ended:2"),
        ("auditing:1", "auditing:4", "removing:1"),
        ("removed:1", "auditing:2", "item ending:2"),
    ],
    ids=lambda points: points[0],
)
async def test_whenever_it_is_killed_nothing_is_lost_or_done_twice(
    tmp_path: Path, opened: Opener, points: tuple[str, ...]
) -> None:
    folder = tmp_path / "killed"
    for n in range(5):
        file = folder / f"docs/wiki/page{n}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# Page {n}\n\nThe code of page {n} is CODE-{n}{n}{n}.\n")
    for point in points:
        assert await run(folder, point) in {-signal.SIGKILL, 0}
        base = await opened(folder=folder)
        assert await told_by_the_audit(base) == {d.source: d.version for d in await base.knowledge.documents("acme")
                                                 if d.version}  # fmt: skip
        await base.knowledge.close()
    assert await run(folder) == 0
    base = await opened(folder=folder)
    documents = {d.source: d for d in await base.knowledge.documents("acme")}

    assert await told_by_the_audit(base) == {d.source: d.version for d in documents.values()}
    assert set(documents) == {f"wiki/page{n}.md" for n in (2, 3, 4)}
    assert {d.grant for d in documents.values()} == {"room:C1"}
    assert [documents[f"wiki/page{n}.md"].version for n in (2, 3, 4)] == [3, 2, 2]
    for load in ("a" * 32, "b" * 32):
        ended = await LoadTables(base.database).one(load)
        assert ended is not None and (ended.state, ended.waiting, ended.failed) == ("done", 0, 0)
    verdict = await Audit(base.database).verify()
    assert verdict.problems == () and verdict.older == 0
    assert await base.knowledge.check() == []
    assert "CODE-22" in await base.texts("code of page 2", "room:C1") and await base.texts("code of page 2") == ""
