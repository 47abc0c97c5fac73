"""What loading and checking report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Loaded:
    """The end of loading one source: ``document`` is its id (empty where it never became one).

    ``searchable``: searches find it now; ``unchanged``: it was there already, byte for byte; ``failed``: ``reason``
    says why, and a version loaded earlier is still searched; ``gone``: it has vanished at its source, or was removed
    meanwhile.  ``passages`` counts what is searched.
    """

    source: str
    document: str
    status: Literal["searchable", "unchanged", "failed", "gone"]
    reason: str
    passages: int


@dataclass(frozen=True, slots=True)
class Wording:
    """A question and its answer in one language; ``variants`` are other ways to ask it: searched, never shown."""

    question: str
    answer: str
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A question and its answer, typed by an admin, and perhaps the same in a ``second`` language.

    From ``expires`` on (seconds since 1970, 0: never) it is not used in answers; its ``owner`` is told.
    """

    question: str
    answer: str
    variants: tuple[str, ...] = ()
    owner: str = ""
    expires: float = 0.0
    second: Wording | None = None

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """What is asked and answered, by language: one or two."""
        first = Wording(self.question, self.answer, self.variants)
        return (first, self.second) if self.second else (first,)


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is kept: its document's id, source and version, and the grant of those who may be told."""

    id: str
    source: str
    version: int
    grant: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the index and the database do not agree; ``what`` is a sentence."""

    workspace: str
    passage: str
    what: str
