"""The quantities of a clause by kind and value: 2 weeks are 14 days, 1 GB is 1000 MB, 9 pm is 21:00."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.numbers import located


@dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` in the unit of its ``kind``: seconds, bytes, minutes after midnight; ``rough``: months or years."""

    kind: str
    value: float
    rough: bool = False

    def equals(self, other: Quantity) -> bool:
        """Whether both are the same; a month may have 28 to 31 days, a year 360 to 366."""
        near = 0.08 if self.rough != other.rough else 1e-6
        return abs(self.value - other.value) <= near * max(abs(self.value), abs(other.value))


#: Kinds that tell when something holds, where something else is said beside them.
WHEN = frozenset({"date", "year", "weekday"})

_DAY = 86400.0
_UNITS: tuple[tuple[str, str, float], ...] = (
    ("workday", r"(?:working|business|work|week)[- ]?days?\b|个?工作日", 1.0),
    ("time", r"(?:milliseconds?|ms)\b|毫秒", 0.001),
    ("time", r"(?:seconds?|secs?|s)\b|秒钟?", 1.0),
    ("time", r"(?:minutes?|mins?)\b|分钟", 60.0),
    ("time", r"(?:hours?|hrs?|h)\b|个?小时|个?钟头", 3600.0),
    ("time", r"(?:(?:calendar |full )?days?)\b|个?(?:自然|日历)?[天日](?!期|常|志|报)", _DAY),
    ("time", r"weeks?\b|个?(?:周|星期|礼拜)(?![一二三四五六日天末])", 7 * _DAY),
    ("month", r"months?\b|个月", 30.4 * _DAY),
    ("month", r"years?\b|年(?!度|假|级|龄|会|终|初|底)", 364.8 * _DAY),
    ("bytes", r"(?:bytes?|b)\b|字节", 1.0),
    ("bytes", r"(?:kb|kib|kilobytes?)\b", 1e3),
    ("bytes", r"(?:mb|mib|megabytes?)\b|兆", 1e6),
    ("bytes", r"(?:gb|gib|gigabytes?)\b", 1e9),
    ("bytes", r"(?:tb|tib|terabytes?)\b", 1e12),
    ("share", r"%|percent\b|per cent\b", 1.0),
    ("money $", r"(?:us ?)?dollars?\b|usd\b|\$|美元", 1.0),
    ("money €", r"euros?\b|eur\b|€|欧元", 1.0),
    ("money £", r"pounds?\b|gbp\b|£|英镑", 1.0),
    ("money ¥", r"yuan\b|rmb\b|cny\b|¥|元|块钱?|人民币", 1.0),
    ("length", r"mm\b|millimet(?:er|re)s?\b|毫米", 0.001),
    ("length", r"cm\b|centimet(?:er|re)s?\b|厘米|公分", 0.01),
    ("length", r"km\b|kilomet(?:er|re)s?\b|公里|千米", 1000.0),
    ("length", r"(?:m|met(?:er|re)s?)\b|米", 1.0),
    ("weight", r"kg\b|kilograms?\b|kilos?\b|公斤|千克", 1000.0),
    ("weight", r"(?:g|grams?)\b|克", 1.0),
    ("heat", r"°c?\b|degrees?\b|摄氏度|度", 1.0),
)
_UNIT = re.compile("|".join(f"(?P<u{n}>{pattern})" for n, (_, pattern, _) in enumerate(_UNITS)))
_SIGNS = {"$": "money $", "€": "money €", "£": "money £", "¥": "money ¥"}
_SCALE = re.compile(r"\s*(万|亿|thousand\b|million\b|billion\b|k\b)")
_SCALES = {"万": 1e4, "亿": 1e8, "thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3}
#: A counted thing follows the number: a noun, or a Chinese measure word.
_COUNTED = re.compile(
    r"\s*(?!(?:and|or|to|of|in|on|at|for|is|are|with|as|by|takes?|costs?|has|needs?|opens?|closes?|means?|returns?)\b)"
    r"[a-z]{2,}|\s*[个次名位人条台页件项份张套间层组种倍]"
)
#: A bare number says something where it stands behind such words; behind others it names something (port 80, step 3).
_STATES = re.compile(
    r"(?:\b(?:is|are|was|to|of|than|at|by|exactly|least|most|about|around|costs?|have|has|equals?|allows?|supports?|holds?"
    r"|up to|limit|default|defaults to|=|:)|[为是约达到有限过:=])\s*$"
)
_MONTHS = {
    name: n
    for n, names in enumerate(
        ["jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"], 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAYS = {name: n for n, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
_WIDE_WEEKDAYS = {c: n for n, c in enumerate("一二三四五六日")} | {"天": 6}
_WHEN = re.compile(
    r"(?P<iso>\b(?P<iy>\d{4})[-/.](?P<im>\d{1,2})[-/.](?P<id>\d{1,2})\b)"
    rf"|(?P<dm>\b(?P<dd>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<dmon>{_MONTH})\b\.?(?:,? (?P<dy>\d{{4}})\b)?)"
    rf"|(?P<md>\b(?P<mmon>{_MONTH})\.? (?P<mday>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<my>\d{{4}})\b)?)"
    r"|(?P<zh>(?:(?P<zy>\d{4})\s*年\s*)?(?P<zm>\d{1,2})\s*月\s*(?P<zd>\d{1,2})\s*[日号])"
    r"|(?P<clock>\b(?P<h>\d{1,2}):(?P<min>\d{2})(?::\d{2})?(?:\s*(?P<half>[ap])\.?m\b\.?)?)"
    r"|(?P<hour>\b(?P<h2>\d{1,2})\s*(?P<half2>[ap])\.?m\b\.?)"
    r"|(?P<zhour>(?P<part>上午|下午|晚上|早上|中午|凌晨)?\s*(?P<h3>\d{1,2}|[一二两三四五六七八九十]{1,3})\s*[点时](?!间|击|段|候)(?:(?P<halfhour>半)|(?P<zmin>\d{1,2})分?)?)"
    r"|(?P<year>\b(?:19|20)\d{2}\b(?:\s*年)?(?!\s*[a-z%€$]))"
    rf"|(?P<weekday>\b(?P<wd>{'|'.join(_WEEKDAYS)})s?\b)"
    r"|(?P<zweekday>(?:周|星期|礼拜)(?P<zwd>[一二三四五六日天]))"
)
_CLOCK_NUMBER = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "十一": 11, "十二": 12}


def read(clause: str) -> tuple[list[Quantity], str]:
    """The quantities of a clause (lower case, NFKC) in order, and the clause without them.

    Numbers that name something (port 8080, version 3.2, step 4) stay in the clause.
    """
    found: list[tuple[int, Quantity]] = []
    spans: list[tuple[int, int]] = []
    for m in _WHEN.finditer(clause):
        found.append((m.start(), _when(m)))
        spans.append(m.span())
    for begin, end, number in located(clause):
        start = begin
        if any(a < end and start < b for a, b in spans) or re.search(r"[\w][-._/]$|v$", clause[:start]):
            continue
        value, stop = number, end
        if scale := _SCALE.match(clause, end):
            value, stop = number * _SCALES[scale[1]], scale.end()
        sign = clause[:start].rstrip()[-1:]
        unit = _UNIT.match(clause, stop + len(clause[stop:]) - len(clause[stop:].lstrip(" -")))
        if sign in _SIGNS:
            quantity = Quantity(_SIGNS[sign], value)
            start = clause.rindex(sign, 0, start)
        elif unit:
            kind, _, factor = _UNITS[int(str(unit.lastgroup)[1:])]
            rough = kind == "month"
            quantity, stop = Quantity("time" if rough else kind, value * factor, rough), unit.end()
        elif _COUNTED.match(clause, stop) or _STATES.search(clause[:start]):
            quantity = Quantity("count", value)
        else:
            continue
        found.append((start, quantity))
        spans.append((start, stop))
    rest = clause
    for start, stop in sorted(spans, reverse=True):
        rest = f"{rest[:start]} {rest[stop:]}"
    return [q for _, q in sorted(found, key=lambda f: f[0])], rest


def _when(m: re.Match[str]) -> Quantity:
    """A date as days (the year, where none is named, is 0), a time of day as minutes."""
    match m.lastgroup:
        case _ if m["iso"]:
            return _date(m["iy"], int(m["im"]), m["id"])
        case _ if m["dm"]:
            return _date(m["dy"], _MONTHS[m["dmon"]], m["dd"])
        case _ if m["md"]:
            return _date(m["my"], _MONTHS[m["mmon"]], m["mday"])
        case _ if m["zh"]:
            return _date(m["zy"], int(m["zm"]), m["zd"])
        case _ if m["clock"]:
            return _clock(int(m["h"]), int(m["min"]), m["half"] == "p")
        case _ if m["hour"]:
            return _clock(int(m["h2"]), 0, m["half2"] == "p")
        case _ if m["zhour"]:
            hour = int(m["h3"]) if m["h3"].isdigit() else _CLOCK_NUMBER.get(m["h3"], 0)
            return _clock(hour, 30 if m["halfhour"] else int(m["zmin"] or 0), m["part"] in {"下午", "晚上"})
        case _ if m["year"]:
            return Quantity("year", float(m["year"][:4]))
        case _ if m["weekday"]:
            return Quantity("weekday", float(_WEEKDAYS[m["wd"]]))
    return Quantity("weekday", float(_WIDE_WEEKDAYS[m["zwd"]]))


def _date(year: str | None, month: int, day: str) -> Quantity:
    return Quantity("date", int(year or 0) * 372.0 + month * 31 + int(day))


def _clock(hour: int, minute: int, afternoon: bool) -> Quantity:
    return Quantity("clock", float((hour + 12 if afternoon and hour < 12 else hour) * 60 + minute))
