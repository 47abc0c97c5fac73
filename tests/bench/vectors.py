"""An embedder that embeds each text once: within a bench, and where a folder is given, once on this machine."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engine.knowledge import Packaged
from engine.knowledge.lexical import Floats


class Kept:
    """``inner`` with a memory, in a file of ``folder`` named by the embedder."""

    def __init__(self, inner: Packaged, folder: Path | None):
        self.inner, self.name, self.dimensions = inner, inner.name, inner.dimensions
        self.towards, self.common = inner.towards, inner.common
        self._lock = threading.Lock()
        where = ":memory:"
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            where = str(folder / f"{hashlib.sha256(inner.name.encode()).hexdigest()[:16]}.db")
        self._file = sqlite3.connect(where, check_same_thread=False, isolation_level=None, timeout=60)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB)")

    def open(self) -> None:
        """Nothing yet: where everything is known the embedder need not be loaded."""

    def queries(self, texts: Sequence[str]) -> Floats:
        """As ``inner`` gives them."""
        return self._each("q", self.inner.queries, texts)

    def passages(self, texts: Sequence[str]) -> Floats:
        """As ``inner`` gives them."""
        return self._each("p", self.inner.passages, texts)

    def _each(self, kind: str, embed: Callable[[Sequence[str]], Floats], texts: Sequence[str]) -> Floats:
        return np.stack([self._one(kind, embed, text) for text in texts]) if texts else embed(texts)

    def _one(self, kind: str, embed: Callable[[Sequence[str]], Floats], text: str) -> Floats:
        key = hashlib.sha256(f"{kind}{text}".encode()).digest()[:16]
        with self._lock:
            row = self._file.execute("SELECT vector FROM vectors WHERE text = ?", (key,)).fetchone()
        if row:
            known: Floats = np.frombuffer(row[0], np.float32)
            return known
        vector: Floats = embed([text])[0]
        with self._lock:
            self._file.execute("INSERT OR IGNORE INTO vectors VALUES (?, ?)", (key, vector.tobytes()))
        return vector
