"""What of a text that is still being written may be shown already."""

from __future__ import annotations

import re

#: A bracket that stays open for longer than this was never meant to be a link.
HELD_BACK = 300
_FENCE = re.compile(r"(?m)^ {0,3}(`{3,}|~{3,})([^\n]*)$")
_ADDRESS = re.compile(r"[!-~]+\Z")
_LONELY = re.compile(r"(?:^|\n)[ \t]*(?:[-*+#>|`~=]+|\d{1,9}[.)]?)[ \t]*\Z")


def settled(text: str) -> str:
    """The text without an unfinished end: a link, a tag, an address or code that is being typed; an open fence is closed.

    What is shown of a growing answer is ``parse(settled(text))``: safe without it, quieter with it.
    """
    opened = _open_fence(text)
    if opened is not None:
        fence, start = opened
        body = text[:start] + _without_half_line(text[start:], fence)
        return body + ("" if body.endswith("\n") else "\n") + fence
    while (shorter := _settled_once(text)) != text:
        text = shorter
    return text


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


def _settled_once(text: str) -> str:
    """One unfinished thing less at the end."""
    lonely = _LONELY.search(text)
    if lonely and text[lonely.start() :].strip():
        return text[: lonely.start()]
    start = max(text.rfind("\n\n") + 2 if "\n\n" in text else 0, len(text) - HELD_BACK)
    tail = text[start:]
    for place in _unfinished(tail):
        return text[: start + place].rstrip(" ")
    word = _ADDRESS.search(tail)
    if word and re.search(
        r"[./:@&\\].*[^.!?:;,)\]]\Z|://|\A[/@&\\]|\Awww\.", word.group().rstrip(".!?:;,)]*_\"'"), re.S
    ):
        return text[: start + word.start()].rstrip(" ")
    return text


def _unfinished(tail: str) -> list[int]:
    """Where something was opened in the last paragraph and not closed yet: the first such place."""
    ticks = [m.start() for m in re.finditer("`+", tail)]
    if len(ticks) % 2:
        return [ticks[-1]]
    places = []
    angle = tail.rfind("<")
    if angle >= 0 and ">" not in tail[angle:] and re.match(r"<[A-Za-z/!@#:?]|<\Z", tail[angle:]):
        places.append(angle)
    bracket = tail.rfind("[")
    if bracket >= 0:
        rest = tail[bracket:]
        closed = re.match(r"\[[^\[\]]*\](\((?:[^()\n]|\([^()\n]*\))*\)|.)?", rest, re.S)
        if (
            closed is None
            or (closed.group(1) is None and not re.match(r"\[\d{1,3}\]\Z", rest))
            or closed.group(1) == "("
        ):
            image = bracket > 0 and tail[bracket - 1] == "!"
            places.append(bracket - image)
    return sorted(places)[:1]
