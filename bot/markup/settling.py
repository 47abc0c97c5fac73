"""What of a text that is still being written may be shown already."""

from __future__ import annotations

import re

#: A bracket that stays open for longer than this was never meant to be a link.
HELD_BACK = 300
_FENCE = re.compile(r"(?m)^([ \t]{0,12})(`{3,}|~{3,})([^\n]*)$")
_WORD = re.compile(r"[!-~]+\Z")
_END = re.compile(r"(?:\[\d{1,3}\]|[.!?:;,)\]}*_~\"'])+\Z")
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
    while True:
        fence, start = _last_fence(text)
        if fence:
            body = text[:start] + _without_half_line(text[start:], fence)
            return body + ("" if body.endswith("\n") else "\n") + fence
        end = len(text)
        while (shorter := _shorter(text, start, end)) < end:
            end = shorter
        if end == len(text):
            return text
        text = text[:end]  # without its end, a line may open a fence


def _last_fence(text: str) -> tuple[str, int]:
    """The marks of a fence that is still open, with their indent, and where its code starts.

    Where none is open: nothing, and where the last one ended.
    """
    fence, indent, start = "", "", 0
    for match in _FENCE.finditer(text):
        space, marks, rest = match.groups()
        if fence:
            if marks.startswith(fence) and not rest.strip():
                fence, start = "", match.end()
        elif not (marks[0] == "`" and "`" in rest):
            fence, indent, start = marks, space, match.end()
    return indent + fence if fence else "", start


def _without_half_line(code: str, fence: str) -> str:
    """Code whose last line may be the start of the closing marks."""
    body, newline, last = code.rpartition("\n")
    return body + newline if newline and last.strip() and set(last.strip()) == {fence[-1]} else code


def _shorter(text: str, start: int, end: int) -> int:
    """Where ``text[start:end]`` should end, less the last unfinished thing in it."""
    start = max(start, end - HELD_BACK)
    line = max(start, text.rfind("\n", start, end) + 1)
    if line < end and (line > start or start == 0) and _LONELY.fullmatch(text, line, end):
        return max(line - 1, 0)
    start = max(start, text.rfind("\n\n", start, end) + 2)
    tail = text[start:end]
    place = _opened(tail)
    word = _WORD.search(tail)
    if place is None and word and _ADDRESS.search(_END.sub("", word.group())):
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
