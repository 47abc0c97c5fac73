"""Spans of time and dates as people write them: 30m, 6h, 1d, 2w; 2026-12-31."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

_SPAN = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)", re.IGNORECASE)
_SECONDS = {"m": 60.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
SHORTEST_S = 300.0  # between two looks at a source


def seconds(text: str) -> float:
    """``6h`` as seconds; ``never`` is 0.  Raises ``ValueError`` with what to write instead."""
    if text.strip().lower() in {"never", "0"}:
        return 0.0
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no span of time: write 30m, 6h, 1d or 2w (or never)")
    return int(found[1]) * _SECONDS[found[2].lower()]


def interval(text: str) -> float:
    """A span between two looks at a source: five minutes at least, or 0 for never.  Raises ``ValueError``."""
    found = seconds(text)
    if 0 < found < SHORTEST_S:
        raise ValueError(f"{text} is too often: 5m is the shortest")
    return found


def until(text: str, now: float | None = None) -> float:
    """When something ends, in seconds since 1970: the end of a day (``2026-12-31``, UTC), or a span from now (``90d``).

    Raises ``ValueError`` with what to write instead.
    """
    from engine.knowledge.entries import end_of_day  # late: the command line starts without it

    now = time.time() if now is None else now
    try:
        end = end_of_day(text)
    except ValueError:
        end = now + _span(text)
    if end <= now:
        raise ValueError(f"{text} is past: write a day to come, as 2027-12-31, or a span, as 90d")
    return end


def since(text: str, now: float | None = None) -> float:
    """When something began: the beginning of a day (UTC), or so long ago.  Raises ``ValueError``."""
    now = time.time() if now is None else now
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return now - _span(text)


def _span(text: str) -> float:
    try:
        found = seconds(text)
    except ValueError:
        found = 0.0
    if not found:
        raise ValueError(f"{text!r} is no day and no span of time: write 2026-12-31, or 90d")
    return found
