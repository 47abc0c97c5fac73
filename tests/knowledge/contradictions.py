"""Pairs of passages: some contradict each other, some only look as if they did.  Written by hand for these tests.

Each side is (title, heading, text).  ``SEEN`` was in view while the rules were written, ``UNSEEN`` was written when
they stood; its one false alarm at first sight ("Step 3 takes 10 minutes") was mended afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

Side = tuple[str, str, str]


@dataclass(frozen=True)
class Pair:
    """Two passages, and whether they contradict each other."""

    seen: bool
    language: str
    contradicts: bool
    first: Side
    second: Side


_LINES = Path(__file__).with_suffix(".jsonl").read_text("utf-8").splitlines()
_ALL = [Pair(**json.loads(line)) for line in _LINES]
SEEN = [pair for pair in _ALL if pair.seen]
UNSEEN = [pair for pair in _ALL if not pair.seen]
