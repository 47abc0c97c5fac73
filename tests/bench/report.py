"""What every bench prints: one JSON object with the machine in it, or a table, or a picture."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

Result = dict[str, Any]
_DRAWS = 10_000


def options(
    doc: str | None, *, data: bool = False, vectors: bool = False, url: bool = False, answers: bool = False
) -> argparse.Namespace:
    """``--quick``, ``--json`` and ``--plot FILE``, as every bench takes them; ``--data FOLDER`` where it reads some.

    ``--vectors FOLDER`` where much is embedded: to embed it only once on this machine.  ``--url ROOT`` where a model
    server is measured: one that runs already, instead of one that is started.  ``--answers FILE`` and ``--most N``
    where a model writes for long: what it wrote is kept, to go on from there, and fewer problems are given.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="within a minute, and coarser")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a PNG")
    if data:
        parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER", help="data sets")
    if vectors:
        parser.add_argument("--vectors", type=Path, metavar="FOLDER", help="keep vectors here between runs")
    if url:
        parser.add_argument("--url", default="", metavar="ROOT", help="a vLLM that runs, without /v1")
    if answers:
        parser.add_argument("--answers", type=Path, metavar="FILE", help="keep what was written, and go on from there")
        parser.add_argument("--most", type=int, default=0, metavar="N", help="a sample of so many problems")
    return parser.parse_args()


def interval(values: Sequence[float]) -> list[float]:
    """Of the median, 95 %, by drawing the values anew."""
    drawn = np.random.default_rng(1).choice(np.array(values), (_DRAWS, len(values)))
    return [round(float(x), 4) for x in np.percentile(np.median(drawn, axis=1), (2.5, 97.5))]


def machine(*packages: str) -> Result:
    """What it ran on: ``machine`` and ``versions`` of these packages."""
    model = ""
    if (info := Path("/proc/cpuinfo")).exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else ""
    return {
        "machine": {
            "cpus": os.cpu_count(),
            "cpu": model or platform.processor(),
            "load": [round(x, 2) for x in os.getloadavg()],
            "system": platform.platform(),
        },
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in packages},
    }


def show(
    result: Result,
    asked: argparse.Namespace,
    *,
    table: Callable[[Result], list[list[str]]],
    plot: Callable[[Result, Any], None] | None = None,
) -> None:
    """Print the result as asked; ``plot`` draws into matplotlib axes."""
    if asked.plot and plot:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(figsize=(7, 4))
        plot(result, axes)
        figure.tight_layout()
        figure.savefig(asked.plot, dpi=150)
    if asked.json:
        sys.stdout.write(orjson.dumps(result).decode() + "\n")
        return
    rows = table(result)
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
