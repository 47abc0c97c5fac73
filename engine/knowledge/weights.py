"""The numbers of the ranking, as ``tests.bench.fit_ranking`` fitted them; ``weights.json`` says on what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

FILE = Path(__file__).with_name("weights.json")
_read = orjson.loads(FILE.read_bytes())
#: ``second`` and ``second_across``: the share of the packaged embedder's second encoder in a cosine, within a language
#: and across; ``terms`` and ``terms_across``: BM25's share, likewise; the others: see rank.orders.
WEIGHTS: Mapping[str, float] = {name: float(value) for name, value in _read.items() if name != "provenance"}
