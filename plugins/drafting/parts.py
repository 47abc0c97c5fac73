"""A text cut into what is translated and what stays: headings, lists, tables and fences keep their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

_FENCE: Final = re.compile(r"^[\s>]*+(?:[-*+]\s++|\d{1,9}[.)]\s++)?(`{3,}|~{3,})")
#: What stands before the words of a line: quotes, a mark of a list, a box to tick, a heading.
_LEAD: Final = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:(?:[-*+•]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|#{1,6}[ \t]+)?")
_CODE: Final = re.compile(r"(?: {4}|\t)\s*\S")
_DEFINITION: Final = re.compile(r"\s*\[[^\]]+\]:\s")
_COMMENT: Final = re.compile(r"^(?P<lead>\s*(?:#|//|--|;|%|\*|REM)[ \t]+)(?P<words>\S.*?)(?P<end>\s*)$", re.DOTALL)
#: A line of code that somebody has commented out.
_LIKE_CODE: Final = re.compile(r"[={};]|\w\(|->|::|^\S+$")
_CELL: Final = re.compile(r"(?:\\.|`[^`\n]*`|[^|\\])+")
_ENDS: Final = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；", "…", "  ", "\\")
#: A line that is shorter than this was ended by whoever wrote it, and not by the width of their window.
_WRAPPED: Final = 60
_WIDE: Final = "\u3000-\u9fff\uff00-\uffef"


@dataclass(frozen=True, slots=True)
class Part:
    """``words`` are translated, what stands before and after them stays."""

    before: str
    words: str = ""
    after: str = ""

    @property
    def flat(self) -> str:
        """The words in one line."""
        words = re.sub(rf"(?<=[{_WIDE}])\s*\n[ \t>]*(?=[{_WIDE}])", "", self.words)
        return re.sub(r"[ \t]*\n[ \t>]*", " ", words)


def parts(text: str) -> list[Part]:
    """The whole text: joined again (``together``) it is the same."""
    found: list[Part] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        opening = _FENCE.match(line)
        if fence:
            closes = opening and opening[1].startswith(fence) and not line.strip().lstrip("> ").strip(fence[0])
            fence = "" if closes else fence
            found.append(Part(line) if closes else _in_a_fence(line))
        elif opening:
            fence = opening[1]
            found.append(Part(line))
        elif found and _goes_on(found[-1], line):
            last = found[-1]
            body, end = _without_end(line)
            found[-1] = replace(last, words=last.words + last.after + body, after=end)
        else:
            found += _of_a_line(line, found[-1] if found else None)
    return found


def together(cut: Sequence[Part], said: Sequence[str]) -> str:
    """The text with these words in the place of those of each part."""
    return "".join(part.before + words + part.after for part, words in zip(cut, said, strict=True))


def _of_a_line(line: str, last: Part | None) -> Iterator[Part]:
    body, end = _without_end(line)
    code = _CODE.match(line) and not (last and last.words) and not _lead(line).strip()
    if not any(c.isalpha() for c in body) or _DEFINITION.match(line) or code:
        yield Part(line)
    elif body.lstrip(" \t>").startswith("|"):
        yield from _cells(body, end)
    else:
        lead = _lead(body)
        yield Part(lead, body[len(lead) :], end)


def _lead(line: str) -> str:
    found = _LEAD.match(line)
    return found.group() if found else ""


def _cells(body: str, end: str) -> Iterator[Part]:
    at = 0
    for cell in _CELL.finditer(body):
        words = cell.group().strip()
        if any(c.isalpha() for c in words):
            start = cell.start() + cell.group().index(words)
            yield Part(body[at:start], words)
            at = start + len(words)
    yield Part(body[at:] + end)


def _in_a_fence(line: str) -> Part:
    """Code stays; of a line that is a comment the words are translated."""
    found = _COMMENT.match(line)
    if not found or found["words"].startswith(("-*-", "!", "type:", "noqa")) or _LIKE_CODE.search(found["words"]):
        return Part(line)
    return Part(found["lead"], found["words"], found["end"])


def _goes_on(last: Part, line: str) -> bool:
    """Whether a line is the rest of the one before, which was too wide for somebody's window."""
    if not last.words or last.after not in ("\n", "\r\n") or last.before.lstrip(" >").startswith("#"):
        return False
    if len(last.words.rsplit("\n", 1)[-1]) < _WRAPPED or last.words.endswith(_ENDS):
        return False
    lead = _lead(line)
    rest = line[len(lead) :].strip()
    return bool(rest) and not lead.strip(" \t>") and lead.count(">") == last.before.count(">") and rest[0] not in "|`~"


def _without_end(line: str) -> tuple[str, str]:
    body = line.rstrip()
    return body, line[len(body) :]
