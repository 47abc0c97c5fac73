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
class Entry:
    """A question and its answer, typed by an admin.

    ``variants`` are other ways to ask it: searched, never shown.  From ``expires`` on (seconds since 1970, 0: never) it
    is not used in answers; its ``owner`` is told.
    """

    question: str
    answer: str
    variants: tuple[str, ...] = ()
    owner: str = ""
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the index and the database do not agree; ``what`` is a sentence."""

    workspace: str
    passage: str
    what: str
