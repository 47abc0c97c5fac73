"""Tells small talk from questions by their meaning: a linear classifier over the packaged second encoder's vectors.

``small_talk.json`` holds its weights (8-bit) and says what they were fitted on; ``tests.bench.fit_small_talk``
writes it, ``python -m tests.bench.smalltalk`` measures it on other data.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from engine.knowledge.embed import E5, Packaged
from engine.knowledge.lexical import Floats

FILE: Final = Path(__file__).with_name("small_talk.json")
#: Whose vectors it was fitted on: others' mean something else.
EMBEDDER: Final = Packaged.name


class SmallTalk:
    """The weights: a row that decides, and a row for each kind."""

    def __init__(self, file: Path = FILE) -> None:
        read = orjson.loads(file.read_bytes())
        self.kinds: tuple[str, ...] = tuple(read["kinds"])
        rows = np.frombuffer(base64.b64decode(read["weights"]), np.int8).reshape(len(self.kinds) + 1, -1)
        self._weights = rows.astype(np.float32) * np.array(read["scales"], np.float32)[:, None]
        self._constants = np.array(read["constants"], np.float32)

    def kind(self, question: Floats, least: float = 0.0) -> str:
        """The kind that the question with this vector is; empty: it is no small talk.

        ``least``: how sure it must be, 0: as sure as not, 1: as most small talk is.
        """
        half = question[E5.dimensions :]
        scores = np.einsum("kd,d->k", self._weights, half / max(float(np.linalg.norm(half)), 1e-9)) + self._constants
        return self.kinds[int(scores[1:].argmax())] if scores[0] > least else ""
