"""How passages are named below an answer, quoted in it, and written into its receipt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from engine.types import ATTACHED, Passage, Source

_QUOTE_CHARS: Final = 900


def sources_of(passages: Sequence[Passage], numbers: Iterable[int]) -> tuple[Source, ...]:
    """The passages with these numbers, counted from 1, as an answer names them."""
    cited = ((n, passages[n - 1]) for n in sorted(numbers))
    return tuple(
        Source(n, p.title or p.source, p.section, p.url, p.document, p.dated, p.grant == ATTACHED) for n, p in cited
    )


def rows_of(passages: Iterable[Passage]) -> tuple[dict[str, Any], ...]:
    """What a receipt keeps of them."""
    return tuple(
        {"document": p.document, "title": p.title, "heading": p.section, "score": round(p.score, 4), "dated": p.dated}
        for p in passages
    )


def quotation(text: str) -> str:
    """A block quote, cut at a line or sentence where it is long."""
    if len(text) > _QUOTE_CHARS:
        text = text[:_QUOTE_CHARS].rsplit("\n", 1)[0].rstrip() + " …"
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
