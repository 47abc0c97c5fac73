"""Tells a full disk from a damaged index: the one is waited for, the other is built anew."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

_LITTLE = 1_000_000  # bytes: with less room than that, whatever fails fails for that
#: How SQLite, the system, and Chroma, which hands on the words of both, call it.
_WORDS = ("disk is full", "no space left", "quota exceeded", "os error 28", "(code: 13)")


def is_full(error: BaseException, folder: Path) -> bool:
    """Whether this went wrong because there is no room left where ``folder`` is."""
    said: BaseException | None = error
    while said is not None:
        if isinstance(said, OSError) and said.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if isinstance(said, sqlite3.Error) and getattr(said, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            return True
        if any(words in str(said).lower() for words in _WORDS):
            return True
        said = said.__cause__
    return _room(folder) < _LITTLE


def _room(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
