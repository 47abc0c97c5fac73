"""Files of entries: recognised among what is loaded, and kept row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import LoadFailed
from engine.knowledge import Wording
from engine.knowledge import entry_file as files
from engine.knowledge.entries import UNCHANGED, Row
from engine.knowledge.loading import file_bytes

if TYPE_CHECKING:
    from engine.knowledge import Knowledge
    from engine.types import Audience


async def of_file(path: Path) -> list[Row] | None:
    """The entries of a file on this machine; None where it is no file of entries.  Raises ``files.Wrong``."""

    def read() -> list[Row] | None:
        return files.read_entries(file_bytes(path)[0], path.name) if path.is_file() else None

    if not files.may_be_entries(path.name):
        return None
    try:
        return await asyncio.to_thread(read)
    except (LoadFailed, OSError):
        return None  # loading it as a document says what is wrong


async def of_bytes(data: bytes, name: str) -> list[Row] | None:
    """The entries of a file that was sent; see ``of_file``."""
    try:
        return await asyncio.to_thread(files.read_entries, data, name)
    except LoadFailed:
        return None


async def kept(
    knowledge: Knowledge,
    rows: list[Row],
    source: str,
    *,
    workspace: str,
    grant: str,
    actor: str,
    reader: Audience | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """Keep them; a row of `kb add` for each: what it is called, or which line of ``source`` could not be kept."""
    async for row, document, why in knowledge.entries.load(
        rows, workspace=workspace, grant=grant, actor=actor, reader=reader
    ):
        if document is None:
            yield failed(source, f"line {row.line}: {why}")
        else:
            yield {
                "source": document.source,
                "document": document.id,
                "status": "unchanged" if why == UNCHANGED else "searchable",
                "reason": "",
                "passages": len(row.entry.wordings),
            }


def failed(source: str, why: str) -> dict[str, Any]:
    """A row of `kb add` for what could not be kept."""
    return {"source": source, "document": "", "status": "failed", "reason": why, "passages": 0}


def second_of(arguments: Mapping[str, Any]) -> Wording | None:
    """The second language of an entry that is typed in a terminal."""
    question, answer = arguments.get("second_question", ""), arguments.get("second_answer", "")
    return Wording(question, answer, tuple(arguments.get("second_variants", ()))) if question or answer else None
