"""The packaged encoders, once for each process of tests: they hold 300 MB and take 4 s to open."""

from __future__ import annotations

import functools

from engine.knowledge import Embedder
from engine.knowledge.embed import Packaged


@functools.cache
def packaged() -> Embedder:
    """The one for all tests of this process; it keeps nothing of what it embeds."""
    return Packaged()
