"""Cuts growing text into sentences and code fences, each as soon as it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Kind(Enum):
    """What a unit is."""

    SENTENCE = "sentence"
    FENCE = "fence"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that can be judged by itself; joined again, the units are the text."""

    kind: Kind
    text: str


#: A full stop behind these ends no sentence.
_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "etc",
        "vs",
        "cf",
        "ca",
        "approx",
        "no",
        "nr",
        "fig",
        "sec",
        "min",
        "max",
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "inc",
        "ltd",
        "co",
        "dept",
        "est",
        "resp",
    ]
)
_CLOSED = "[" + re.escape("\"'”’»)]）」』】*_`") + "]*"
_MARKERS = r"(?:[ \t]*(?:\[[^\[\]\n]{1,24}\]|【[^【】\n]{1,12}】))*"
#: Western stops need a space behind them, Chinese ones nothing; markers behind the stop belong to the sentence.
_STOP = re.compile(
    rf"(?P<west>[.!?…]+{_CLOSED}(?=[ \t]|[\[【](?:\d|source|passage|来源))|[.!?…]+{_CLOSED}$)"
    rf"|(?P<east>[。！？]+{_CLOSED})",
    re.IGNORECASE,
)
_BEHIND = re.compile(_MARKERS + r"[ \t]*")
_UNFINISHED_MARKER = re.compile(r"[ \t]*(?:\[[^\[\]\n]{0,24}|【[^【】\n]{0,12})?$")
_FENCE = re.compile(r"[ \t]{0,3}(?P<mark>`{3,}|~{3,})[^\n]*\n")


class Splitter:
    """Feed it text as it comes; it gives back the units that are complete."""

    def __init__(self) -> None:
        self._rest = ""
        self._line_start = True

    def feed(self, text: str) -> Iterator[Unit]:
        """The units that this text completes."""
        self._rest += text
        while unit := self._next(final=False):
            yield unit

    def flush(self) -> Iterator[Unit]:
        """What is left at the end."""
        while unit := self._next(final=True):
            yield unit

    def _next(self, *, final: bool) -> Unit | None:
        if not self._rest:
            return None
        blank = re.match(r"\s+", self._rest) if self._line_start else re.match(r"\n\s*", self._rest)
        if blank:  # indentation stays with its line
            if cut := blank.group().rfind("\n") + 1:
                return self._take(cut, Kind.SPACE)
            if blank.end() == len(self._rest):
                return self._take(len(self._rest), Kind.SPACE) if final else None
        if self._line_start and (fence := self._fence(final=final)) is not None:
            return fence or None
        return self._sentence(final=final)

    def _fence(self, *, final: bool) -> Unit | Literal[False] | None:
        """A whole fence; False: one has begun and is not complete; None: there is none here."""
        stripped = self._rest.lstrip(" \t")
        if not final and ("```".startswith(stripped[:3]) or "~~~".startswith(stripped[:3])) and "\n" not in self._rest:
            return False
        opened = _FENCE.match(self._rest)
        if not opened:
            return None
        closed = re.compile(rf"^[ \t]{{0,3}}{re.escape(opened['mark'])}[ \t]*(?:\n|$)", re.MULTILINE).search(
            self._rest, opened.end()
        )
        if closed and (final or closed.group().endswith("\n") or closed.end() < len(self._rest)):
            return self._take(closed.end(), Kind.FENCE)
        return self._take(len(self._rest), Kind.FENCE) if final else False

    def _sentence(self, *, final: bool) -> Unit | None:
        line_end = self._rest.find("\n")
        line = self._rest if line_end < 0 else self._rest[:line_end]
        for stop in _STOP.finditer(line):
            at_end = stop.end() == len(line)
            if at_end and line_end < 0 and not final:
                return None  # more of the sentence, or its marker, may follow
            if stop["west"] and not self._ends(line, stop):
                continue
            behind = _BEHIND.match(line, stop.end())
            end = behind.end() if behind else stop.end()
            if line_end < 0 and not final and (end == len(line) or _UNFINISHED_MARKER.match(line, end)):
                return None
            return self._take(end, Kind.SENTENCE)
        if line_end >= 0 or final:
            return self._take(len(line), Kind.SENTENCE)
        return None

    @staticmethod
    def _ends(line: str, stop: re.Match[str]) -> bool:
        """Whether a western stop really ends a sentence."""
        before, after = line[: stop.start()], line[stop.end() :].lstrip(" \t")
        if stop["west"].startswith(".") and len(stop["west"]) == 1:
            word = re.search(r"[\w.]*$", before)
            last = word.group().lower() if word else ""
            if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()):
                return False
            if re.fullmatch(r"\s*(?:[-*+>#]\s*)*\d{1,3}", before):  # "1. First step"
                return False
        return not (after[:1].isascii() and after[:1].islower())

    def _take(self, end: int, kind: Kind) -> Unit:
        text, self._rest = self._rest[:end], self._rest[end:]
        self._line_start = text.endswith("\n")
        return Unit(kind, text)


def sentences(text: str) -> list[Unit]:
    """The whole text, cut."""
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.flush()]
