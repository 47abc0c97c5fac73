"""Fenced code in texts: what people paste, and what a model writes."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Final

from engine.code.languages import Language, language_of_fence

_FENCE: Final = re.compile(r"(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)")
#: As people type it in chat: the code may begin right behind the fence, and end right before it.
_PASTED: Final = re.compile(r"```(?:(?P<info>[A-Za-z][\w+#.-]{0,19})?[ \t]*\n)?(?P<code>.*?)(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fence: its language as written (may be empty), what stands in it, and whether it has an end."""

    info: str
    code: str
    closed: bool = True

    @property
    def language(self) -> Language | None:
        """The language that is written there, where we know it."""
        return language_of_fence(self.info)

    def __str__(self) -> str:
        """As Markdown, closed, and with a fence that nothing in it can close."""
        longest = max((len(run) for run in re.findall(r"`{3,}", self.code)), default=2)
        fence = "`" * (longest + 1)
        return f"{fence}{self.info}\n{self.code}\n{fence}"


def parts_of(text: str) -> list[str | Block]:
    """A Markdown text as prose and fences, in order; fences inside of lists come out unindented."""
    parts: list[str | Block] = []
    prose: list[str] = []
    held: list[str] = []
    opened: re.Match[str] | None = None
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if opened is None:
            if fence and not (fence["mark"][0] == "`" and "`" in line[fence.end() :]):
                parts += ["\n".join(prose).strip()] if any(map(str.strip, prose)) else []
                prose, held, opened = [], [], fence
            else:
                prose.append(line)
            continue
        mark = opened["mark"]
        if fence and fence["mark"].startswith(mark) and not fence["info"].strip() and not line[fence.end() :].strip():
            parts.append(_block(opened, held, closed=True))
            opened = None
        else:
            held.append(line)
    if opened is not None:
        parts.append(_block(opened, held, closed=False))
    elif any(map(str.strip, prose)):
        parts.append("\n".join(prose).strip())
    return parts


def pasted(text: str) -> tuple[str, list[Block]]:
    """What a person wrote besides the fences of a message, and the fences, as chat programs take them."""
    blocks = [Block(found["info"] or "", found["code"].strip("\n").rstrip()) for found in _PASTED.finditer(text)]
    return _PASTED.sub(" ", text).strip(), [block for block in blocks if block.code.strip()]


def _block(opened: re.Match[str], lines: list[str], *, closed: bool) -> Block:
    indent = opened["indent"]
    inside = [line.removeprefix(indent) if line.startswith(indent) else line for line in lines]
    info = opened["info"].strip().split()
    return Block(info[0] if info else "", textwrap.dedent("\n".join(inside)).strip("\n").rstrip(), closed)
