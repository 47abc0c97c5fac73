"""Cuts a section into passages on paragraph boundaries, and a passage into sentences, without losing a character."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: About 800 characters of English or 250 of Chinese (FACTS, 3): a Chinese character weighs as much as 3.2 others.
BUDGET = 800.0
_WIDE = 2.2  # what a wide character weighs beyond 1
_LONGEST = 6 * int(BUDGET)  # characters: a "sentence" longer than this is no sentence and is cut at a space
_LONGEST_FENCE = 40_000  # characters: a longer fence is a data file and is cut between lines

_WIDE_CHARACTER = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\U00020000-\U0003134f]")
_FENCE = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(```+|~~~+)")
_BLANK = re.compile(r"[ \t]*\n?\Z")
_LIST_OR_TABLE = re.compile(r"[ \t]*(?:[-*+•|]|\d+[.)])")

_ENDS = re.compile(
    r"[。！？；…]+[”’」』）)】》]*\s*"  # Chinese and Japanese: no space follows
    r"|[.!?]+[\"'”’)\]]*(?:\s+|\Z)"
    r"|\n\s*\n\s*|\n(?=[ \t]*(?:[-*+•|]|\d+[.)])[ \t]?)"
)
#: A full stop after one of these does not end a sentence.
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|mr|mrs|ms|dr|prof|st|no|nr|fig|sec|vol|inc|ltd|co|jan|feb|mar|apr|jun|jul|aug"
    r"|sep|sept|oct|nov|dec|u\.s|u\.k|a\.m|p\.m)|\b[A-Z])\.\Z",
    re.IGNORECASE,
)


def weight(text: str) -> float:
    """The length of ``text`` in characters, where a wide (Chinese, Japanese, Korean) one counts 3.2."""
    return len(text) + _WIDE * len(_WIDE_CHARACTER.findall(text))


def passages(text: str) -> list[str]:
    """``text`` in pieces of about ``BUDGET``; joined again they are ``text``, character for character.

    A piece ends between paragraphs; where one paragraph is too long, between its lines (lists, tables) or sentences;
    never inside a fenced block and never inside a sentence.  What introduces a fence stays with it.
    """
    pieces: list[str] = []
    held: list[str] = []  # blocks of the piece that is growing
    introduction = ""  # the last of them, where it may introduce a fence
    for block, fence in _blocks(text):
        if held and _weights(held) + weight(block) > BUDGET:
            stays = [introduction] if fence and introduction else []
            pieces.append("".join(held[: len(held) - len(stays)]))
            held = stays
        held.append(block)
        introduction = block if not fence and weight(block) <= BUDGET / 4 else ""
    last = "".join(held)
    if pieces and weight(last) < BUDGET / 8 and weight(pieces[-1]) + weight(last) <= BUDGET * 1.25:
        pieces[-1] += last  # a last line alone says too little
    elif last:
        pieces.append(last)
    pieces = [piece for piece in pieces if piece]
    if len(pieces) > 1 and not pieces[0].strip():
        pieces[:2] = [pieces[0] + pieces[1]]
    return pieces


def _weights(blocks: list[str]) -> float:
    return sum(map(weight, blocks))


def sentences(text: str) -> list[str]:
    """The sentences of ``text``, each with the space that follows it; joined again they are ``text``."""
    found, start = [], 0
    for end in _ENDS.finditer(text):
        candidate = text[start : end.end()]
        if not candidate.strip():
            continue
        if end.group().lstrip("\n")[:1] == "." and end.end() < len(text) and _goes_on(candidate, text[end.end()]):
            continue
        found.append(candidate)
        start = end.end()
    if start < len(text):
        found.append(text[start:])
    return found


def _goes_on(so_far: str, following: str) -> bool:
    return following.islower() or bool(_ABBREVIATION.search(so_far.rstrip()))


def _blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Paragraphs and whole fenced blocks in order, each with the blank lines after it; True for a fence."""
    for block, fence in _paragraphs(text):
        if fence:
            yield from ((part, True) for part in _cut(block, _LONGEST_FENCE, block.splitlines(keepends=True)))
        elif weight(block) <= BUDGET * 1.25:
            yield block, False
        else:
            units = sentences(block)
            if _LIST_OR_TABLE.match(block):
                units = block.splitlines(keepends=True)
            for part in _even(units):
                yield from ((piece, False) for piece in _cut(part, _LONGEST, _words(part)))


def _paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    held: list[str] = []
    fence, ended = "", False
    for line in text.splitlines(keepends=True):
        opening = _FENCE.match(line)
        if fence:
            held.append(line)
            if opening and opening.group(1).startswith(fence) and not line.strip().lstrip(">").strip().strip(fence[0]):
                fence, ended = "", True
                yield "".join(held), True
                held = []
            continue
        if opening:
            if held:
                yield "".join(held), False
            held, fence, ended = [line], opening.group(1), False
            continue
        if _BLANK.match(line):
            ended = True
        elif ended and any(not _BLANK.match(earlier) for earlier in held):
            yield "".join(held), False
            held, ended = [], False
        else:
            ended = False
        held.append(line)
    if held:
        yield "".join(held), bool(fence)


def _even(units: list[str]) -> Iterator[str]:
    """Units joined to parts of about equal weight, none above the budget unless one unit is."""
    total = sum(map(weight, units))
    parts = max(1, -int(-total // BUDGET))
    target, held, held_weight = total / parts, "", 0.0
    for unit in units:
        its_weight = weight(unit)
        if held and (held_weight + its_weight > BUDGET or held_weight + its_weight / 2 > target):
            yield held
            held, held_weight = "", 0.0
        held += unit
        held_weight += its_weight
    if held:
        yield held


def _cut(text: str, longest: int, units: list[str]) -> Iterator[str]:
    """``text`` as it is, unless it is longer than any prose: then cut between ``units``."""
    if len(text) <= longest:
        yield text
        return
    held = ""
    for unit in units:
        for start in range(0, len(unit), longest):
            part = unit[start : start + longest]
            if held and len(held) + len(part) > longest:
                yield held
                held = ""
            held += part
    if held:
        yield held


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+\s*", text) or [text]
