"""How passages are named below an answer, quoted in it, and written into its receipt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from engine.phrases import phrase
from engine.store.wishes import WAITS, Wish, as_shown
from engine.types import ATTACHED, TOOL, Audience, Outcome, Passage, Receipt, Reply, Source

_QUOTE_CHARS: Final = 900
_ADDRESS: Final = re.compile(r"https?://[^\s<>()\[\]\"'`，。；、）】]+", re.IGNORECASE)
_END: Final = ".,;:!?*_~"


def sources_of(passages: Sequence[Passage], numbers: Iterable[int]) -> tuple[Source, ...]:
    """The passages with these numbers, counted from 1, as an answer names them."""
    cited = ((n, passages[n - 1]) for n in sorted(numbers))
    return tuple(
        Source(n, p.title or p.source, p.section, p.url, p.document, p.dated, p.grant == ATTACHED) for n, p in cited
    )


def is_result(passage: Passage) -> bool:
    """Whether a tool found it."""
    return passage.document.startswith(TOOL)


def may_be_told(id_: str, audience: Audience) -> bool:
    """Whether what a tool found under this passage's id may be told to them; False for all other passages."""
    return id_.startswith(TOOL) and audience.may_read(id_.removeprefix(TOOL).partition(":")[2])


def result_of(id_: str) -> Passage:
    """What stands for a tool's result of which only this passage's id is known: nothing but who may be told it."""
    return Passage(id_, TOOL, "", "", "", "", "", "", id_.removeprefix(TOOL).partition(":")[2])


def not_ours(source: Source) -> bool:
    """Whether it is no document of the organisation."""
    return source.attached or source.document.startswith(TOOL)


def asking(wish: Wish, receipt: Receipt, used: Sequence[Passage]) -> Reply:
    """The question to those who may allow a call: which tool, exactly what, and its effect.

    Its arguments may say what stands in the passages that the model had, ``used``: whoever reads it may read these.
    """
    language = wish.language
    shown = as_shown(wish.arguments)
    fence = "`" * max(4, 1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    lines = [
        phrase("tool_asks", language),
        f"`{wish.tool}`: {phrase(f'tool_can_{wish.can}', language)}",
        f"{fence}json\n{shown}\n{fence}",
        phrase("tool_who", language),
    ]
    return Reply(Outcome.ANSWERED, "\n\n".join(lines), language, reason=WAITS, receipt=receipt, used=tuple(used))


def rows_of(passages: Iterable[Passage]) -> tuple[dict[str, Any], ...]:
    """What a receipt keeps of them."""
    return tuple(
        {"document": p.document, "title": p.title, "heading": p.section, "score": round(p.score, 4), "dated": p.dated}
        for p in passages
        if not is_result(p)
    )


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses of pages that stand in a text, each once."""
    return tuple(dict.fromkeys(found.rstrip(_END) for found in _ADDRESS.findall(text)))


def quotation(text: str) -> str:
    """A block quote, cut at a line or sentence where it is long."""
    if len(text) > _QUOTE_CHARS:
        text = text[:_QUOTE_CHARS].rsplit("\n", 1)[0].rstrip() + " …"
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
