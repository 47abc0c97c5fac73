"""The index of one workspace: Chroma and BM25 side by side, kept equal to what the database says."""

from __future__ import annotations

import hashlib
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.knowledge.fullness import is_full
from engine.knowledge.giving_way import Way
from engine.knowledge.ledger import Ledger
from engine.knowledge.lexical import Bag, Entry, Floats, Lexical, Mask
from engine.knowledge.meanings import Meanings
from engine.knowledge.vectors import Damaged, Place, Vectors
from engine.store.documents import Kept
from engine.terms import names, parts, terms

log = logging.getLogger(__name__)

_FEW = 8  # passages


@dataclass(frozen=True, slots=True)
class Hits:
    """What one language of the index offers for a question: candidates, and what their terms say."""

    language: str
    questions: Floats  # the vectors of the question's forms, as passages in this language are searched with them
    ids: tuple[str, ...]
    dense: Floats  # how near the meaning of each candidate is: see Meanings.similarities
    common: Floats  # the same in numbers that can be compared between languages; zeros where the embedder has none
    lexical: Floats  # BM25 of each candidate
    held: Mask  # (terms of the question, candidates): the candidate holds the term
    rarity: Floats  # of the terms of the question: inverse document frequency
    exact: Floats  # share of the question's exact names that each candidate holds, weighted by how rare they are


class Switched(Exception):
    """The index holds another embedder's vectors by now: the question is to be embedded with that one."""


class Index:
    """Ids, vectors and hashed terms of one workspace, in one folder.  Its methods block.

    ``search`` may be called from any thread at any time; all others by one thread at a time.
    """

    def __init__(self, folder: Path, embedder: str, way: Way | None = None):
        """Open the folder, or begin anew where there is none, it is damaged, or other vectors are in it.

        Changes give ``way`` to searches; None: to nobody.
        Raises ``Damaged`` or ``sqlite3.Error`` only where the disk is full (``is_full``): then it stays as it is.
        """
        self.folder = folder
        self._embedder, self._way = embedder, way or Way()
        self.doubtful = False  # whether documents may be missing although the feed was followed
        try:
            self._open()
        except Switched:
            log.info("the search index %s is built anew with the vectors of %s", folder, embedder)
            shutil.rmtree(folder, ignore_errors=True)
            self._open()
        except (Damaged, sqlite3.DatabaseError) as e:
            if is_full(e, folder):
                raise
            self._set_aside(e)
            self._open()

    @staticmethod
    def folder_of(workspace: str) -> str:
        """The folder's name: a workspace may be called anything."""
        return "w-" + hashlib.sha256(workspace.encode()).hexdigest()[:32]

    def _open(self) -> None:
        self._ledger = Ledger(self.folder / "ledger.db")
        try:
            if self._ledger.fact("embedder") not in {"", self._embedder}:
                raise Switched
            self._ledger.note(embedder=self._embedder)
            self.position = int(self._ledger.fact("position") or 0)
            name = self._ledger.fact("vectors") or "vectors-1"
            self._ledger.use(name)
            for other in self.folder.glob("vectors-*"):
                if other.name != name:  # half of a rebuild
                    shutil.rmtree(other, ignore_errors=True)
            if self.position and not (self.folder / name).exists():
                raise Damaged("the folder of the vectors is gone")
            self._vectors = Vectors(self.folder / name, self._way)
            dimensions = int(self._ledger.fact("dimensions") or 0)
            self._meanings = Meanings(self.folder / name / "meanings", self._ledger.extents(name), dimensions)
        except BaseException:
            self._ledger.close()
            raise
        self._documents: dict[str, dict[str, Place]] = {}
        for document, entry in self._ledger.entries():
            self._documents.setdefault(document, {})[entry.id] = _place(entry)
        held = sum(map(len, self._documents.values()))
        if self._vectors.count() != held or self._meanings.count() != held or self._meanings.lost:
            self._reconcile()
        self._lexical = self._from_ledger()
        self._show()

    @property
    def embedder(self) -> str:
        """Whose vectors searches are answered by."""
        return self._seen[0]

    @property
    def dimensions(self) -> int:
        """The length of its vectors; 0 while it is empty."""
        return self._seen[2].dimensions

    def _show(self) -> None:
        """What searches see from now on, all of it at once."""
        self._seen = (self._embedder, self._vectors, self._meanings, self._lexical)

    def _reconcile(self) -> None:
        """After a crash between two steps: keep only what all of them hold, for ``_compare`` to bring the rest."""
        meant = self._meanings.held() - self._meanings.lost
        found, known = self._vectors.everything(), self.places()
        lost = {id_ for id_, place in known.items() if found.get(id_) != place or id_ not in meant}
        self._vectors.remove(
            (id_, place) for id_, place in found.items() if known.get(id_) != place or id_ in lost
        )  # fmt: skip
        self._meanings.remove(self._meanings.held() - (known.keys() - lost))
        self._ledger.remove(lost)
        for document, places in list(self._documents.items()):
            self._documents[document] = {id_: place for id_, place in places.items() if id_ not in lost}
            if not self._documents[document]:
                del self._documents[document]
        self.doubtful = True

    def _from_ledger(self) -> Lexical:
        return Lexical().with_entries([entry for _, entry in self._ledger.entries()])

    def set_aside(self, why: Exception) -> None:
        """Close it, and keep the damaged folder until another stands; the next ``Index`` here begins anew."""
        self.close()
        self._set_aside(why)

    def _set_aside(self, why: Exception) -> None:
        aside = self.folder.with_name(f"{self.folder.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        number = 0
        while aside.exists():
            number += 1
            aside = aside.with_name(f"{aside.name.partition('~')[0]}~{number}")
        log.warning("the search index %s is damaged (%s): set aside as %s and built anew", self.folder, why, aside.name)
        self.folder.rename(aside)

    def close(self) -> None:
        """Let go of the files."""
        self._meanings.close()
        self._vectors.close()
        self._ledger.close()

    def followed(self, position: int) -> None:
        """All changes up to ``position`` are in."""
        self.position = position
        self._ledger.note(position=str(position))

    @property
    def documents(self) -> dict[str, set[str]]:
        """The ids it holds, by document."""
        return {document: set(places) for document, places in self._documents.items()}

    def put(self, by_document: Mapping[str, Sequence[Kept]]) -> None:
        """Make what is held of each document equal to what is given; searches see the old or the new, never both.

        Several documents cost little more than one: a call of Chroma's takes 10 ms, whatever is in it.
        """
        old: dict[str, Place] = {}
        entries: dict[str, list[Entry]] = {}
        for document, passages in by_document.items():
            before = self._documents.get(document, {})
            old |= before
            entries[document] = self._entries([p for p in passages if before.get(p.id) != Place(p.language, p.grant)])
        self._ledger.put(entries)
        fresh = [entry for some in entries.values() for entry in some]
        kept = [passage for passages in by_document.values() for passage in passages]
        new = {passage.id: Place(passage.language, passage.grant) for passage in kept}
        gone = {id_: place for id_, place in old.items() if new.get(id_) != place}
        self._mean(self._meanings, self._vectors.folder.name, [p for p in kept if p.id not in self._meanings.held()])
        self._vectors.put([(p.id, new[p.id], np.frombuffer(p.vector, "<f4")) for p in kept])
        lexical = self._lexical.without(gone).with_entries(fresh)
        self._lexical = lexical if lexical.mostly_alive else self._from_ledger().without(gone)
        self._show()
        for document, passages in by_document.items():
            self._documents[document] = {p.id: new[p.id] for p in passages}
            if not passages:
                del self._documents[document]
        # A passage that only has other readers now may still be in the same collection, under the same id.
        self._vectors.remove(
            (id_, place) for id_, place in gone.items() if id_ not in new or new[id_].collection != place.collection
        )
        if removed := gone.keys() - new.keys():
            self._meanings.remove(removed)
            self._ledger.remove(removed)

    def _entries(self, passages: Sequence[Kept]) -> list[Entry]:
        """What is found by its terms; a few at a time: cutting a text into them takes a millisecond or more."""
        entries = []
        for number, passage in enumerate(passages):
            if number % _FEW == 0:
                self._way.give()
            entries.append(_entry(passage))
        return entries

    def _mean(self, meanings: Meanings, folder: str, kept: Sequence[Kept]) -> None:
        """Write what these passages and their sentences mean, and where that is."""
        known = meanings.dimensions
        self._ledger.put_extents(folder, meanings.put([(passage.id, unpacked(passage)) for passage in kept]))
        if meanings is self._meanings and meanings.dimensions != known:
            self._ledger.note(dimensions=str(meanings.dimensions))

    def vectors(self) -> dict[str, Place]:
        """What Chroma holds, by id."""
        return self._vectors.everything()

    def places(self) -> dict[str, Place]:
        """What is found by its terms, by id."""
        return {id_: place for places in self._documents.values() for id_, place in places.items()}

    def rewrite(self, by_document: Iterable[tuple[str, Sequence[Kept]]], position: int, embedder: str) -> int:
        """Write everything anew into a new folder, with this embedder's vectors, swap, and delete the old one.

        Returns the number of passages.  Searches are answered from the old folder until the swap, and a crash before
        it leaves that one in use.
        """
        number = int(self._ledger.fact("vectors").rpartition("-")[2]) + 1
        shutil.rmtree(self.folder / f"vectors-{number}", ignore_errors=True)
        fresh = Vectors(self.folder / f"vectors-{number}", self._way)
        meanings = Meanings(fresh.folder / "meanings", {})
        documents: dict[str, dict[str, Place]] = {}
        for document, kept in by_document:
            self._ledger.put({document: self._entries(kept)})
            documents[document] = {passage.id: Place(passage.language, passage.grant) for passage in kept}
            fresh.put([(p.id, documents[document][p.id], np.frombuffer(p.vector, "<f4")) for p in kept])
            self._mean(meanings, fresh.folder.name, kept)
        old, self._vectors = self._vectors, fresh
        before, self._meanings = self._meanings, meanings
        self._embedder = embedder
        self._ledger.use(fresh.folder.name, position=str(position), embedder=embedder,
                         dimensions=str(meanings.dimensions))  # fmt: skip
        self.position = position
        known = {id_ for places in documents.values() for id_ in places}
        self._ledger.remove(self.places().keys() - known)
        self._documents = documents
        self._lexical = self._from_ledger()
        self._show()
        before.close()
        old.delete()
        self.forget_aside()
        return len(known)

    def forget_aside(self) -> None:
        """This one stands: take away what was set aside before, which may hold vectors that are to be gone."""
        for aside in self.folder.parent.glob(f"{self.folder.name}.damaged-*"):
            shutil.rmtree(aside, ignore_errors=True)

    def search(
        self,
        embedder: str,
        vectors: Callable[[str], tuple[Floats, Floats]],
        weights: Mapping[str, float],
        asked: Sequence[str],
        named: Sequence[str],
        grants: frozenset[str],
        limit: int,
    ) -> list[Hits]:
        """The candidates of each language: the ``limit`` nearest to each vector, and the best by their terms.

        ``vectors`` gives those of the question's forms for passages in a language, and those for comparing languages;
        ``weights`` are those of the terms that are searched for, ``asked`` the ones that tell what the question is
        about, ``named`` the exact names in it.  ``embedder`` made the vectors: raises ``Switched`` when those here are
        another one's.  Without any, what holds the terms is found.
        """
        used, near_to, meanings, lexical = self._seen
        if used != embedder:
            raise Switched
        hits, about = list[Hits](), len(asked)
        for language, readable in lexical.readable(grants).items():
            scores = lexical.score(weights, [*asked, *named], readable)
            questions, common = vectors(language)
            found = self._nearest(near_to, questions, language, grants, limit)
            found.update(dict.fromkeys(lexical.best(scores, limit)))
            places = lexical.places(found)
            known = places >= 0  # Chroma may know a passage a moment longer
            ids = tuple(id_ for id_, here in zip(found, known, strict=True) if here)
            at = places[known]
            forms = len(questions)
            near = meanings.similarities(ids, np.vstack([questions, common])) if forms else np.zeros((len(ids), 1))
            dense, alike = near[:, :forms].sum(1) / max(forms, 1), near[:, forms:].sum(1) / max(len(common), 1)
            held, rarity = scores.held(at), scores.rarity
            exact = rarity[about:] @ held[about:] / max(float(rarity[about:].sum()), 1e-9)
            hits.append(
                Hits(language, questions, ids, dense, alike, scores.values[at], held[:about], rarity[:about], exact)
            )
        return hits

    def _nearest(
        self, vectors: Vectors, questions: Floats, language: str, grants: frozenset[str], limit: int
    ) -> dict[str, None]:
        try:
            return dict.fromkeys(id_ for one in questions for id_, _ in vectors.nearest(one, language, grants, limit))
        except Damaged:
            if self._seen[1] is vectors:
                raise
            raise Switched from None  # it was swapped under our feet


def _place(entry: Entry) -> Place:
    return Place(entry.language, entry.grant)


def _entry(passage: Kept) -> Entry:
    return Entry(passage.id, passage.language, passage.grant, Bag.of(indexed_terms(indexed(passage))))


def indexed_terms(text: str) -> list[str]:
    """What of a text can be found by its terms."""
    return [*terms(text), *parts(text), *names(text)]


def unpacked(passage: Kept) -> Floats:
    """Its vector, and those of its sentences below."""
    vector = np.frombuffer(passage.vector, "<f4")
    sentences = np.frombuffer(passage.sentences, "<f4").reshape(-1, len(vector))
    return np.vstack([vector, sentences])


def indexed(passage: Kept) -> str:
    """The text that is searched: the passage under its headings, and other ways to ask for it."""
    return "\n".join(filter(None, (passage.title, passage.heading, passage.text, passage.variants)))
