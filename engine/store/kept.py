"""Documents, passages and changes as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a workspace.

    ``status`` is ``searchable`` or ``failed``; ``reason`` says why it, or the last attempt to reload it, failed.
    ``version`` counts the loads that went well (0: none yet); ``loaded`` is the time of the last one, seconds since
    1970.  ``hash`` stands for the bytes and for how they were read.  ``origin`` is the id of the source that an admin
    named (a folder, a site); ``etag`` and ``modified`` are what its web server said; ``dated`` is when the text is from
    (0: unknown), ``checked`` when it was last looked at there; ``encoding`` was guessed; from ``expires`` on (0: never)
    it is not used in answers, and its ``owner`` is told.  ``crawled`` is what a crawl read on the page (``web.seen``).
    """

    id: str
    workspace: str
    source: str
    location: str
    title: str
    grant: str
    hash: str
    version: int
    status: str
    reason: str
    loaded: float
    origin: str = ""
    etag: str = ""
    modified: str = ""
    dated: float = 0.0
    checked: float = 0.0
    encoding: str = ""
    owner: str = ""
    expires: float = 0.0
    crawled: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be kept, with its vectors: little-endian float32, the sentences' one after the other.

    ``variants`` are other ways to ask for it, a line each; their vectors stand among the sentences'.
    """

    text: str
    heading: str
    url: str
    language: str
    vector: bytes
    sentences: bytes
    variants: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A passage as it is kept, with its vectors and what its document says about it."""

    id: str
    document: str
    source: str
    title: str
    number: int
    grant: str
    text: str
    heading: str
    url: str
    language: str
    embedder: str
    vector: bytes
    sentences: bytes
    variants: str = ""
    dated: float = 0.0
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Before:
    """What there is before a document is loaded: the ``document`` as it was, where there was one.

    With it, the ``options`` of the source in which it is found, and the ``embedder`` by whose vectors the workspace is
    searched (empty: it never had a passage).
    """

    document: Document | None
    options: Mapping[str, Any]
    embedder: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something about ``document`` is new: ``kind`` is ``put`` or ``remove``.

    Or about the workspace: ``purge`` (no vector of what was removed is to be left), ``embedder`` (others are in use).
    """

    seq: int
    workspace: str
    document: str
    kind: str
