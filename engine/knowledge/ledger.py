"""What the index of a workspace holds, in a small SQLite file beside it: ids, hashed terms, and how far it followed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from engine.knowledge.lexical import Bag, Entry
from engine.knowledge.meanings import Extent

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, language TEXT NOT NULL, grant_ TEXT NOT NULL,
    hashes BLOB NOT NULL, counts BLOB NOT NULL, length INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_document ON entries (document);
CREATE TABLE IF NOT EXISTS extents (
    vectors TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (vectors, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
#: Changes whenever terms or entries are made differently: an older file is then made anew from the database.
_FORMAT = "3"


class Ledger:
    """Every id in it may be in Chroma, and every id in Chroma is in it: an id is written here first and taken out last.

    It holds no text, only 32-bit hashes of terms, and what is removed is overwritten.  Its methods block; one thread
    at a time.
    """

    def __init__(self, file: Path):
        """Open or make the file; raises ``sqlite3.DatabaseError`` when it is damaged."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        try:
            # A crash of the machine may cost the last entries, which the feed brings again; a crash of ours nothing.
            self._file.executescript(
                "PRAGMA secure_delete=ON; PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=NORMAL;"
            )
            self._file.executescript(_SCHEMA)
            if self.fact("format") not in {"", _FORMAT}:
                raise sqlite3.DatabaseError("written by another version")
            self.note(format=_FORMAT)
        except BaseException:
            self._file.close()
            raise

    def fact(self, name: str) -> str:
        """A value kept with ``note``; nothing when there is none."""
        row = self._file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, **facts: str) -> None:
        """Keep these values."""
        self._file.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """(document, entry) of all."""
        rows = self._file.execute("SELECT document, id, language, grant_, hashes, counts, length FROM entries")
        for document, id_, language, grant, hashes, counts, length in rows:
            yield document, Entry(id_, language, grant, Bag(hashes, counts, length))

    def put(self, by_document: Mapping[str, Sequence[Entry]]) -> None:
        """Add or replace entries of these documents, in one transaction: each waits for the disk."""
        rows = [
            (e.id, document, e.language, e.grant, e.bag.hashes, e.bag.counts, e.bag.length)
            for document, entries in by_document.items()
            for e in entries
        ]
        if not rows:
            return
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def extents(self, vectors: str) -> dict[str, Extent]:
        """Where the vectors of each id stand among the meanings in the folder ``vectors``."""
        rows = self._file.execute("SELECT id, at, count FROM extents WHERE vectors = ?", (vectors,))
        return {id_: (at, count) for id_, at, count in rows}

    def put_extents(self, vectors: str, extents: Mapping[str, Extent]) -> None:
        """Add or replace them, in one transaction."""
        if not extents:
            return
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            rows = [(vectors, id_, at, count) for id_, (at, count) in extents.items()]
            self._file.executemany("INSERT OR REPLACE INTO extents VALUES (?, ?, ?, ?)", rows)

    def use(self, vectors: str, **facts: str) -> None:
        """From now on the folder ``vectors`` is the one in use; what was known of others is forgotten."""
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("DELETE FROM extents WHERE vectors <> ?", (vectors,))
            self.note(vectors=vectors, **facts)

    def remove(self, ids: Iterable[str]) -> None:
        """Take entries out, in one transaction."""
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            gone = [(id_,) for id_ in ids]
            self._file.executemany("DELETE FROM entries WHERE id = ?", gone)
            self._file.executemany("DELETE FROM extents WHERE id = ?", gone)

    def clear(self) -> None:
        """Take everything out."""
        self._file.executescript("DELETE FROM entries; DELETE FROM extents;")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
