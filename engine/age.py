"""How old a text is, in the words of the reader's language."""

from __future__ import annotations

import datetime
import time

#: Younger than this, a source's age is nothing to mention.  Seconds.
WORTH_SAYING_S = 180 * 86400.0
_MONTH_S = 30.44 * 86400.0
_MONTHS = "January February March April May June July August September October November December".split()


def age(dated: float, language: str, *, now: float = 0.0) -> str:
    """``2 years old``, ``7 个月前``; empty for what is young or of unknown age.

    Args:
        dated: when the text is from, seconds since 1970; 0: unknown.
        language: of the reader.
        now: the present, likewise; 0: by the clock.
    """
    seconds = (now or time.time()) - dated
    if dated <= 0 or seconds < WORTH_SAYING_S:
        return ""
    months = int(seconds / _MONTH_S)
    if language == "zh":
        return f"{months // 12} 年前" if months >= 24 else f"{months} 个月前"
    return f"{months // 12} years old" if months >= 24 else f"{months} months old"


def in_brackets(dated: float, language: str, *, now: float = 0.0) -> str:
    """The age as it stands behind a title: ``" (2 years old)"``; empty where there is nothing to say."""
    said = age(dated, language, now=now)
    if not said:
        return ""
    return f"（{said}）" if language == "zh" else f" ({said})"


def day(dated: float, language: str) -> str:
    """The date (UTC): ``3 May 2024``, ``2024年5月3日``; empty where it is unknown."""
    if dated <= 0:
        return ""
    date = datetime.datetime.fromtimestamp(dated, datetime.UTC)
    if language == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"
