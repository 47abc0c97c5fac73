"""What of a text that is still being written may be shown already."""

from __future__ import annotations

import re

#: A bracket that stays open for longer than this was never meant to be a link.
HELD_BACK = 300
_FENCE = re.compile(r"(?m)^ {0,3}(`{3,}|~{3,})([^\n]*)$")
_WORD = re.compile(r"[!-~]+\Z")
_END = ".!?:;,)]}*_~\"'"
#: A word with a mark inside that addresses and mentions are made of, or with one at its start.
_ADDRESS = re.compile(r"[./:@&\\]")
_FINISHED = re.compile(
    r"`[^`\n]*`|!?\[[^\[\]]*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|!?\[[^\[\]]*\](?=[^(\[])|\[\d{1,3}\](?!\()"
)
_BRACKET = re.compile(r"!?\[")
_TAG = re.compile(r"<+(?:[A-Za-z/!@#:?][^>]*)?\Z")
_LONELY = re.compile(r"[ \t]*(?:[-*+#>|`~=]+|\d{1,9}[.)]?)[ \t]*")


def settled(text: str) -> str:
    """The text without an unfinished end: a link, a tag, an address, code being typed.  An open fence is closed.

    What is shown of a growing answer is ``parse(settled(text))``: safe without it, quieter with it.  Doing it twice
    changes nothing.
    """
    opened = _open_fence(text)
    if opened is not None:
        fence, start = opened
        body = text[:start] + _without_half_line(text[start:], fence)
        return body + ("" if body.endswith("\n") else "\n") + fence
    end = len(text)
    while (shorter := _shorter(text, end)) < end:
        end = shorter
    return text[:end]


def _open_fence(text: str) -> tuple[str, int] | None:
    """The marks of a fence that is still open, and where its code starts."""
    fence, start = "", 0
    for match in _FENCE.finditer(text):
        marks, rest = match.groups()
        if fence:
            if marks.startswith(fence) and not rest.strip():
                fence = ""
        elif not (marks[0] == "`" and "`" in rest):
            fence, start = marks, match.end()
    return (fence, start) if fence else None


def _without_half_line(code: str, fence: str) -> str:
    """Code whose last line may be the start of the closing marks."""
    body, newline, last = code.rpartition("\n")
    return body + newline if newline and last.strip() and set(last.strip()) == {fence[0]} else code


def _shorter(text: str, end: int) -> int:
    """Where the first ``end`` characters should end, less the last unfinished thing in them."""
    start = max(0, end - HELD_BACK)
    line = max(start, text.rfind("\n", start, end) + 1)
    if line < end and _LONELY.fullmatch(text, line, end):
        return max(line - 1, 0)
    start = max(start, text.rfind("\n\n", start, end) + 2 if "\n\n" in text[start:end] else 0)
    tail = text[start:end]
    place = _opened(tail)
    word = _WORD.search(tail)
    if place is None and word and _ADDRESS.search(word.group().rstrip(_END)):
        place = word.start()
    return end if place is None else start + len(tail[:place].rstrip(" "))


def _opened(tail: str) -> int | None:
    """Where something begins in the last paragraph that is not closed yet: the first such place."""
    ticks = list(re.finditer("`+", tail))
    if len(ticks) % 2:
        return ticks[-1].start()
    for _ in range(2):  # a finished link, also around an image, is in nobody's way
        tail = _FINISHED.sub(lambda match: "x" * len(match.group()), tail)
    places = [match.start() for pattern in (_TAG, _BRACKET) if (match := pattern.search(tail))]
    return min(places, default=None)
