"""How old a text is, in the words of the reader's language."""

from __future__ import annotations

import datetime
import time

from engine.phrases import phrase

#: Younger than this, a source's age is nothing to mention.  Seconds.
WORTH_SAYING_S = 180 * 86400.0
_MONTH_S = 30.44 * 86400.0
_YEARS = 24  # months from which on years are told


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
    if months >= _YEARS:
        return phrase("age_years", language, n=months // 12)
    return phrase("age_months", language, n=months)


def in_brackets(dated: float, language: str, *, now: float = 0.0) -> str:
    """The age as it stands behind a title: ``" (2 years old)"``; empty where there is nothing to say."""
    said = age(dated, language, now=now)
    return phrase("in_brackets", language, said=said) if said else ""


def day(dated: float, language: str) -> str:
    """The date (UTC): ``3 May 2024``, ``2024年5月3日``; empty where it is unknown."""
    if dated <= 0:
        return ""
    date = datetime.datetime.fromtimestamp(dated, datetime.UTC)
    return phrase("date", language, day=date.day, month=date.month, year=str(date.year))
