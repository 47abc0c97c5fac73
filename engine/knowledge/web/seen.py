"""What a crawl read on a page: kept, so that a page that has not changed need not be sent again to be crawled."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from yarl import URL

_MOST = 50_000  # characters that are kept of one page: with more links than that it is fetched each time


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was: ``etag`` and ``modified`` as its server gave them, ``crawled`` as ``kept`` makes it."""

    etag: str
    modified: str
    crawled: str

    @property
    def can_be_asked(self) -> bool:
        """Whether its server can tell that it has not changed, and nothing else is needed then."""
        return bool((self.etag or self.modified) and self.crawled)

    @property
    def body(self) -> bytes:
        """What ``digest`` said of its bytes."""
        return bytes.fromhex(orjson.loads(self.crawled)["body"])

    def links(self, page: URL) -> tuple[URL, ...]:
        """Where it links to, of the site; ``page`` is its address."""
        return tuple(page.join(URL(link, encoded=True)) for link in orjson.loads(self.crawled)["links"])


def digest(data: bytes) -> bytes:
    """Tells pages with the same bytes."""
    return hashlib.sha256(data).digest()


def kept(page: URL, data: bytes, links: Sequence[URL]) -> str:
    """What is kept of a page; nothing where that would be too much."""
    there = [str(link.relative()) if link.origin() == page.origin() else str(link) for link in links]
    said = orjson.dumps({"body": digest(data).hex(), "links": list(dict.fromkeys(there))}).decode()
    return said if len(said) <= _MOST else ""
