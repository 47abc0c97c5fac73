"""The vectors of one workspace in embedded Chroma: the only place that imports it.

It calls Chroma's engine (``chromadb_rust_bindings``, part of the same package) as ``chromadb.PersistentClient`` does.
That client's import brings OpenTelemetry, gRPC, its telemetry and 20 makers of embeddings, takes 1 s of CPU, and adds
nothing to what is needed here.  The folder is an ordinary one of Chroma's: a test opens it with that client.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import resource
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from engine.types import PUBLIC, WORKSPACE

Floats = NDArray[np.float32]
_BATCH = 1000  # Chroma takes 5,461 at most
_M_PERTURB = -6  # mallopt's name for it
_CONFIGURATION = '{"hnsw": {"space": "cosine"}, "spann": null, "embedding_function": {"type": "legacy"}}'
_FILES = 5  # that Chroma holds open for a collection


class Damaged(Exception):
    """Chroma cannot read its folder any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vector belongs: passages of different languages and of different readers are kept apart."""

    language: str
    grant: str

    @property
    def collection(self) -> str:
        """``en-workspace``: what everybody there may read is searched without a filter (64 ms against 4, FACTS, 2)."""
        return f"{self.language}-{readers(self.grant)}"


def readers(grant: str) -> str:
    """The class of a grant: ``public``, ``workspace`` or ``restricted``."""
    return grant if grant in {PUBLIC, WORKSPACE} else "restricted"


def load_chroma() -> None:
    """Load Chroma's engine, so that the first search need not."""
    import chromadb_rust_bindings  # type: ignore[import-untyped]  # noqa: F401 - for the time it takes; has no types


class Vectors:
    """Ids, vectors and grants; no text.  Its methods block; a folder has one owner."""

    def __init__(self, folder: Path):
        """Open or make the folder; raises ``Damaged``."""
        import chromadb_rust_bindings as chroma

        _clean_memory()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = chroma.SqliteDBConfig(
            hash_type=chroma.MigrationHash.MD5,
            migration_mode=chroma.MigrationMode.Apply,
            url=str(folder / "chroma.sqlite3"),
        )
        with _damage():
            self._engine: Any = chroma.Bindings(
                allow_reset=False,
                sqlite_db_config=file,
                persist_path=str(folder),
                hnsw_cache_size=resource.getrlimit(resource.RLIMIT_NOFILE)[0] // _FILES,
            )
            self._collections: dict[str, str] = {one.name: str(one.id) for one in self._engine.list_collections()}

    def put(self, items: Sequence[tuple[str, Place, Floats]]) -> None:
        """Add or replace (id, place, vector)."""
        by_name: dict[str, list[tuple[str, Place, Floats]]] = {}
        for item in items:
            by_name.setdefault(item[1].collection, []).append(item)
        for name, some in by_name.items():
            collection = self._collection(name)
            for start in range(0, len(some), _BATCH):
                part = some[start : start + _BATCH]
                with _damage():
                    self._engine.upsert(
                        collection,
                        [id_ for id_, _, _ in part],
                        [vector for _, _, vector in part],
                        [{"grant": place.grant} for _, place, _ in part],
                        None,
                        None,
                    )

    def remove(self, ids: Iterable[tuple[str, Place]]) -> None:
        """Take these out; their bytes stay on disk until the folder is written anew."""
        by_name: dict[str, list[str]] = {}
        for id_, place in ids:
            by_name.setdefault(place.collection, []).append(id_)
        for name, some in by_name.items():
            if name in self._collections:
                for start in range(0, len(some), _BATCH):
                    with _damage():
                        self._engine.delete(self._collections[name], some[start : start + _BATCH])

    def nearest(self, vector: Floats, language: str, grants: frozenset[str], limit: int) -> list[tuple[str, float]]:
        """(id, cosine) of the nearest passages that may be read with these grants, best first."""
        found: list[tuple[str, float]] = []
        for kind in sorted({readers(grant) for grant in grants}):
            collection = self._collections.get(f"{language}-{kind}")
            if collection is None:
                continue
            # Only $in on a key that every record has: $ne and $nin also find records without it (FACTS, 2).
            narrowed = sorted(grant for grant in grants if readers(grant) == kind)
            where = orjson.dumps({"grant": {"$in": narrowed}}).decode() if kind == "restricted" else None
            with _damage():
                result = self._engine.query(collection, None, [vector], limit, where, None, ["distances"])
            near = zip(result.ids[0], result.distances[0], strict=True)
            found.extend((id_, 1.0 - distance) for id_, distance in near)
        return sorted(found, key=lambda item: -item[1])[:limit]

    def everything(self) -> dict[str, Place]:
        """Every id with its place, as Chroma has them."""
        found: dict[str, Place] = {}
        for name, collection in self._collections.items():
            language = name.rpartition("-")[0]
            with _damage():
                result = self._engine.get(collection, include=["metadatas"])
            for id_, metadata in zip(result.ids, result.metadatas, strict=True):
                found[id_] = Place(language, str(metadata["grant"]))
        return found

    def count(self) -> int:
        """How many vectors there are."""
        with _damage():
            return sum(self._engine.count(collection) for collection in self._collections.values())

    def close(self) -> None:
        """Let go of the folder."""
        self._collections = {}
        self._engine = None  # closes its files

    def delete(self) -> None:
        """Close, and take the folder off the disk."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _collection(self, name: str) -> str:
        if name not in self._collections:
            with _damage():
                made = self._engine.create_collection(name, _CONFIGURATION, get_or_create=True)
                self._collections[name] = str(made.id)
        return self._collections[name]


@functools.cache
def _clean_memory() -> None:
    """Make the C library fill what is given back and given out anew, where it can be told to.

    Chroma writes whole blocks of memory to disk, what it has not filled too.  A block that was in use before still
    holds what it held then, and that may be a vector of a document that is to be gone.
    """
    with contextlib.suppress(OSError, AttributeError):  # glibc only
        ctypes.CDLL(None).mallopt(_M_PERTURB, 0xA5)


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """Whatever Chroma raises for a folder of ours means that the folder is broken: our calls are always the same."""
    try:
        yield
    except Exception as e:
        raise Damaged(f"{type(e).__name__}: {e}") from e
    except BaseException as e:
        if type(e).__name__ == "PanicException":  # from its Rust part, not an Exception
            raise Damaged(str(e)) from e
        raise
