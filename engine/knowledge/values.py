"""What loading and checking report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Loaded:
    """The end of loading one source: ``document`` is its id (empty where it never became one).

    ``searchable``: searches find it now; ``unchanged``: it was there already, byte for byte; ``failed``: ``reason``
    says why, and a version loaded earlier is still searched.  ``passages`` counts what is searched.
    """

    source: str
    document: str
    status: Literal["searchable", "unchanged", "failed"]
    reason: str
    passages: int


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` passages of a source are embedded."""

    source: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the index and the database do not agree; ``what`` is a sentence."""

    workspace: str
    passage: str
    what: str
