"""The numbers of the ranking, as ``tests.fit.ranking`` fitted them; ``weights.json`` says on what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

_read = orjson.loads(Path(__file__).with_name("weights.json").read_bytes())
#: ``second``: share of the second vector in the packaged embedder's cosine; ``terms``: share of BM25 within a language;
#: ``standing``, ``cover``, ``covered``: how languages are merged, see rank.py.
WEIGHTS: Mapping[str, float] = {name: float(value) for name, value in _read.items() if name != "provenance"}
