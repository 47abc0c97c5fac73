"""The vectors of one workspace in embedded Chroma: the only place that imports it."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.knowledge.giving_way import Way
from engine.types import PUBLIC, WORKSPACE

Floats = NDArray[np.float32]
_BATCH = 1000  # Chroma takes 5,461 at most
#: Added at once: Chroma holds the interpreter until they are in (2 ms each among 100,000, and 10 ms for the call), so
#: that all else in this process stands still.
_ADDED, _WHILE_SEARCHED = 64, 8
_M_PERTURB = -6  # mallopt's name for it


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
    """Import Chroma (1 to 2 s of CPU), so that the first search need not."""
    import chromadb  # noqa: F401 - imported for the time it takes


class Vectors:
    """Ids, vectors and grants; no text.  Its methods block; a folder has one owner."""

    def __init__(self, folder: Path, way: Way | None = None):
        """Open or make the folder; raises ``Damaged``.  Changes give ``way`` to searches; None: to nobody."""
        import chromadb
        from chromadb.config import Settings

        _clean_memory()
        self.folder, self._way = folder, way or Way()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _damage():
            self._client: Any = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
            try:
                self._collections: dict[str, Any] = {
                    name: self._client.get_collection(name, embedding_function=None)
                    for name in (collection.name for collection in self._client.list_collections())
                }
            except BaseException:
                self.close()  # else Chroma gives this broken client to whoever opens the folder's successor
                raise

    def put(self, items: Sequence[tuple[str, Place, Floats]]) -> None:
        """Add or replace (id, place, vector)."""
        by_name: dict[str, list[tuple[str, Place, Floats]]] = {}
        for item in items:
            by_name.setdefault(item[1].collection, []).append(item)
        for name, some in by_name.items():
            collection, start = self._collection(name), 0
            while start < len(some):
                self._way.give()
                part = some[start : start + (_ADDED if self._way.still else _WHILE_SEARCHED)]
                start += len(part)
                with _damage():
                    collection.upsert(
                        ids=[id_ for id_, _, _ in part],
                        embeddings=np.stack([vector for _, _, vector in part]),
                        metadatas=[{"grant": place.grant} for _, place, _ in part],
                    )

    def remove(self, ids: Iterable[tuple[str, Place]]) -> None:
        """Take these out; their bytes stay on disk until the folder is written anew."""
        by_name: dict[str, list[str]] = {}
        for id_, place in ids:
            by_name.setdefault(place.collection, []).append(id_)
        for name, some in by_name.items():
            if name in self._collections:
                for start in range(0, len(some), _BATCH):
                    self._way.give()
                    with _damage():
                        self._collections[name].delete(ids=some[start : start + _BATCH])

    def nearest(self, vector: Floats, language: str, grants: frozenset[str], limit: int) -> list[tuple[str, float]]:
        """(id, cosine) of the nearest passages that may be read with these grants, best first."""
        found: list[tuple[str, float]] = []
        for kind in sorted({readers(grant) for grant in grants}):
            collection = self._collections.get(f"{language}-{kind}")
            if collection is None:
                continue
            # Only $in on a key that every record has: $ne and $nin also find records without it (FACTS, 2).
            narrowed = sorted(grant for grant in grants if readers(grant) == kind)
            where: Mapping[str, Any] | None = {"grant": {"$in": narrowed}} if kind == "restricted" else None
            with _damage():
                result = collection.query(
                    query_embeddings=vector[None], n_results=limit, where=where, include=["distances"]
                )
            ids, distances = result["ids"][0], result["distances"][0]
            found.extend((id_, 1.0 - distance) for id_, distance in zip(ids, distances, strict=True))
        return sorted(found, key=lambda item: -item[1])[:limit]

    def everything(self) -> dict[str, Place]:
        """Every id with its place, as Chroma has them."""
        found: dict[str, Place] = {}
        for name, collection in self._collections.items():
            language = name.rpartition("-")[0]
            with _damage():
                result = collection.get(include=["metadatas"])
            for id_, metadata in zip(result["ids"], result["metadatas"], strict=True):
                found[id_] = Place(language, str(metadata["grant"]))
        return found

    def count(self) -> int:
        """How many vectors there are."""
        with _damage():
            return sum(collection.count() for collection in self._collections.values())

    def close(self) -> None:
        """Let go of the folder."""
        self._collections = {}
        with contextlib.suppress(Exception):  # a damaged folder may fail here too; it is set aside anyway
            self._client.close()

    def delete(self) -> None:
        """Close, and take the folder off the disk."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _collection(self, name: str) -> Any:
        if name not in self._collections:
            with _damage():
                self._collections[name] = self._client.get_or_create_collection(
                    name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
                )
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
