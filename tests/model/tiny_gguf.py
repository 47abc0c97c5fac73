"""Writes the smallest GGUF file that llama.cpp runs: random weights, a letter for a token.  It can talk, not think."""

import struct
from pathlib import Path

import numpy as np

WIDTH, HEADS, LAYERS, INNER = 64, 4, 1, 128
STRING, ARRAY, U32, F32, I32 = 8, 9, 4, 6, 5
SPECIAL = ["<unk>", "<s>", "</s>"]
#: The template of the file; the real ones are longer.
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "


def write_tiny_gguf(path: Path) -> None:
    """A llama model of some 100 kB at ``path``."""
    letters = [chr(c) for c in range(97, 123)] + ["▁", ".", ","]
    tokens = SPECIAL + [f"<0x{b:02X}>" for b in range(256)] + letters
    kinds = [2, 3, 3] + [6] * 256 + [1] * len(letters)
    meta = [
        _pair("general.architecture", STRING, _string("llama")),
        _pair("general.name", STRING, _string("tiny")),
        _pair("llama.context_length", U32, struct.pack("<I", 8192)),
        _pair("llama.embedding_length", U32, struct.pack("<I", WIDTH)),
        _pair("llama.block_count", U32, struct.pack("<I", LAYERS)),
        _pair("llama.feed_forward_length", U32, struct.pack("<I", INNER)),
        _pair("llama.attention.head_count", U32, struct.pack("<I", HEADS)),
        _pair("llama.attention.head_count_kv", U32, struct.pack("<I", HEADS)),
        _pair("llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", 1e-5)),
        _pair("llama.rope.dimension_count", U32, struct.pack("<I", WIDTH // HEADS)),
        _pair("tokenizer.ggml.model", STRING, _string("llama")),
        _pair("tokenizer.ggml.tokens", ARRAY, _array(STRING, [_string(t) for t in tokens])),
        _pair("tokenizer.ggml.scores", ARRAY, _array(F32, [struct.pack("<f", -float(n)) for n in range(len(tokens))])),
        _pair("tokenizer.ggml.token_type", ARRAY, _array(I32, [struct.pack("<i", k) for k in kinds])),
        _pair("tokenizer.ggml.bos_token_id", U32, struct.pack("<I", 1)),
        _pair("tokenizer.ggml.eos_token_id", U32, struct.pack("<I", 2)),
        _pair("tokenizer.chat_template", STRING, _string(TEMPLATE)),
    ]
    random = np.random.default_rng(7)
    output = random.standard_normal((len(tokens), WIDTH))
    output[: len(tokens) - len(letters)] = 0.0  # never the end, never a byte: letters only
    tensors = {
        "token_embd.weight": random.standard_normal((len(tokens), WIDTH)),
        "output_norm.weight": np.ones(WIDTH),
        "output.weight": output,
    }
    for n in range(LAYERS):
        for name, shape in {
            "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH),
            "ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER),
        }.items():  # fmt: skip
            tensors[f"blk.{n}.{name}.weight"] = random.standard_normal(shape) * 0.3
        tensors[f"blk.{n}.attn_norm.weight"] = tensors[f"blk.{n}.ffn_norm.weight"] = np.ones(WIDTH)
    _write(path, meta, {name: np.asarray(t, np.float32) for name, t in tensors.items()})


def _write(path: Path, meta: list[bytes], tensors: dict[str, np.ndarray]) -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(meta)) + b"".join(meta)
    offset, data = 0, b""
    for name, tensor in tensors.items():
        shape = b"".join(struct.pack("<Q", n) for n in reversed(tensor.shape))
        head += _string(name) + struct.pack("<I", tensor.ndim) + shape + struct.pack("<IQ", 0, offset)
        raw = tensor.tobytes()
        data += raw + b"\0" * (-len(raw) % 32)
        offset = len(data)
    path.write_bytes(head + b"\0" * (-len(head) % 32) + data)


def _string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _pair(key: str, kind: int, value: bytes) -> bytes:
    return _string(key) + struct.pack("<I", kind) + value


def _array(kind: int, values: list[bytes]) -> bytes:
    return struct.pack("<IQ", kind, len(values)) + b"".join(values)
