"""Whether a new post asks what a solved one asked: how many offers are right, from which cosine on.

BANKING77 (one bank's customers, 77 intents) and CLINC150 (150 intents of an assistant): 300 questions are solved
posts, 600 others are new ones (``--quick``: 200).  Each new post is offered the nearest solved one where their cosine
reaches the threshold; that is right when both have the same intent.  ``control`` is the share of new posts of which
some solved one has the intent at all: no offer could be right for the others.

    .venv/bin/python -m tests.bench.same_question --json
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.knowledge import Embedder, Packaged
from engine.knowledge.embed import Twofold
from engine.knowledge.questions import SAME
from tests.bench import report
from tests.bench.vectors import Kept

_SOLVED, _NEW, _QUICK = 300, 600, 200
_STEPS = (0.80, 0.82, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94)
_SETS = ("banking77", "clinc150")
Labelled = list[tuple[str, str]]


def banking(data: Path) -> Labelled:
    """Questions with their intents."""
    with (data / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def clinc(data: Path) -> Labelled:
    """Questions with their intents."""
    sets = json.loads((data / "clinc150" / "train_val.json").read_text("utf-8"))
    return [(text, intent) for text, intent in sets["train"]]


def judged(questions: Labelled, embedder: Embedder, new: int, thresholds: Sequence[float]) -> report.Result:
    """Precision and coverage by threshold."""
    drawn = random.Random(7).sample(questions, _SOLVED + new)
    vectors = embedder.queries([text for text, _ in drawn])
    if isinstance(embedder, Twofold):
        vectors = embedder.common(vectors)
    intents = np.array([intent for _, intent in drawn])
    alike = vectors[_SOLVED:] @ vectors[:_SOLVED].T
    best, nearest = alike.max(1), alike.argmax(1)
    right = intents[:_SOLVED][nearest] == intents[_SOLVED:]
    by = {}
    for t in thresholds:
        offered = best >= t
        count = int(offered.sum())
        by[f"{t:.2f}"] = {
            "precision": round(float(right[offered].mean()), 4) if count else None,
            "offered": round(count / new, 4),
        }
    return {
        "by_threshold": by,
        "control": round(float(np.isin(intents[_SOLVED:], intents[:_SOLVED]).mean()), 4),
        "n": new,
    }


def main() -> None:
    """Measure and print."""
    wanted = report.options(__doc__, data=True, vectors=True)
    embedder, new = Kept(Packaged(), wanted.vectors), _QUICK if wanted.quick else _NEW
    steps = sorted({*_STEPS, SAME[embedder.name]} if embedder.name in SAME else _STEPS)
    sets = dict(zip(_SETS, (banking(wanted.data), clinc(wanted.data)), strict=True))
    result = {name: judged(rows, embedder, new, steps) for name, rows in sets.items()}
    report.show({**report.machine("onnxruntime"), "threshold": SAME.get(embedder.name), **result}, wanted, table=table)


def table(result: report.Result) -> list[list[str]]:
    """A row a threshold."""
    rows = [["cosine", *(f"{name} {what}" for name in _SETS for what in ("right", "offered"))]]
    for step in result[_SETS[0]]["by_threshold"]:
        shown = [result[name]["by_threshold"][step][what] for name in _SETS for what in ("precision", "offered")]
        rows.append([step, *(str(value) for value in shown)])
    return rows


if __name__ == "__main__":
    main()
