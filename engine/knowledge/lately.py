"""Vectors of texts that were embedded lately: one sentence in eight stands on other pages of a site too."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

_MOST = 4_000  # vectors: 14 MB with the packaged embedder
_LONGEST = 1_000  # characters: longer texts hardly come again


class Lately:
    """Remembers vectors by a hash of their text and the embedder's name.  May be used from several threads."""

    def __init__(self, most: int = _MOST):
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()  # the one that was used last stands last

    def known(self, embedder: str, texts: Iterable[str]) -> dict[str, bytes]:
        """Those of the texts that are remembered, with their vectors."""
        found: dict[str, bytes] = {}
        keys = {text: _key(embedder, text) for text in texts if len(text) <= _LONGEST}
        with self._lock:
            for text, key in keys.items():
                if vector := self._kept.get(key):
                    self._kept.move_to_end(key)
                    found[text] = vector
        return found

    def keep(self, embedder: str, vectors: Mapping[str, bytes]) -> None:
        """Remember these, and forget those that were not used for the longest time."""
        fresh = {_key(embedder, text): vector for text, vector in vectors.items() if len(text) <= _LONGEST}
        with self._lock:
            self._kept.update(fresh)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _key(embedder: str, text: str) -> bytes:
    return hashlib.blake2b(f"{embedder}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
