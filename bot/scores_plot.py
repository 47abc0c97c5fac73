"""The scores as a PNG, where matplotlib is installed."""

from __future__ import annotations

import io
from collections.abc import Sequence

from bot.output import Row
from bot.scores_shown import judged
from engine.errors import FrontdeskError
from engine.scores import curve, reliability


def png(row: Row, cases: Sequence[Row]) -> bytes:
    """Precision against coverage, and reliability.  Raises ``FrontdeskError`` without matplotlib."""
    try:
        import matplotlib as mpl
    except ModuleNotFoundError:
        raise FrontdeskError(
            "--plot needs matplotlib (pip install matplotlib); --page FILE.html draws the same without it"
        ) from None
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.4))
    for name in ("", *(row["by_language"] if len(row["by_language"]) > 1 else ())):
        if points := curve(judged(cases, name)):
            left.plot(
                [p[0] for p in points], [p[1] for p in points], label=f"{name or 'all'} (n {len(judged(cases, name))})"
            )
    left.axhline(0.95, linestyle=":", color="gray")
    left.set(xlabel="share answered, surest first", ylabel="share of those that is right", xlim=(0, 1), ylim=(0, 1.02))
    if left.lines[1:]:
        left.legend(loc="lower left")
    bins = reliability(judged(cases))
    if bins:
        shares = [b.right.share for b in bins]
        spread = [[s - b.right.low for s, b in zip(shares, bins, strict=True)],
                  [b.right.high - s for s, b in zip(shares, bins, strict=True)]]  # fmt: skip
        right.errorbar([b.confidence for b in bins], shares, yerr=spread, fmt="o")
    right.plot([0, 1], [0, 1], linestyle=":", color="gray")
    right.set(xlabel="confidence", ylabel="share right (95 %)", xlim=(0, 1), ylim=(0, 1.02))
    figure.tight_layout()
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=150, format="png")
    pyplot.close(figure)
    return drawn.getvalue()
