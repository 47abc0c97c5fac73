"""How a draft is shown: the text, below it which version it is, what changed, and what could not be met."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine import phrase
from plugins.drafting import spans
from plugins.drafting.checks import counted
from plugins.drafting.differences import Difference, difference
from plugins.drafting.draft import Draft
from plugins.drafting.languages import NAMES
from plugins.drafting.limit import Limit

_TITLE_CHARS: Final = 60
_DOUBTS: Final = 4
_DOUBT_CHARS: Final = 160


@dataclass(frozen=True, slots=True)
class Shown:
    """A version and what is said below it; ``text`` has the markers of sources, ``again`` is the version it repeats."""

    draft: Draft
    text: str
    before: Draft | None = None
    again: int = 0
    unmet: Sequence[str] = ()
    doubts: Sequence[str] = ()


def said(shown: Shown, language: str) -> str:
    """The reply, as Markdown."""
    changes = difference(shown.before.text, shown.draft.text) if shown.before else None
    lines = [_version(shown, changes, language)]
    if changes:
        for old, new in changes.places:
            lines.append("- " + " → ".join(filter(None, (old and f"~~{old}~~", new and f"**{new}**"))))
        if changes.more:
            lines.append(f"- {phrase('draft_more_places', language, n=changes.more)}")
    if shown.unmet:
        lines.append(phrase("draft_unmet", language, what="; ".join(shown.unmet)))
    if shown.doubts:
        listed = " ".join(f"“{_plain(doubt)}”" for doubt in shown.doubts[:_DOUBTS])
        lines.append(phrase("draft_unfounded", language, n=len(shown.doubts), what=listed))
    if shown.draft.version == 1:
        lines.append(f"*{phrase('draft_go_on', language)}*")
    below = "\n".join(lines[:1]) + "".join(("\n" if line.startswith("- ") else "\n\n") + line for line in lines[1:])
    return f"{_as_block(shown.text)}\n\n---\n\n{below}"


def _version(shown: Shown, changes: Difference | None, language: str) -> str:
    draft = shown.draft
    name = f"**{phrase('draft_version', language, n=draft.version)}**"
    count = len(spans.words(draft.text))
    if changes is None:
        return f"{name} · {phrase('draft_words', language, n=count)}"
    how = phrase(
        "draft_changed", language, before=changes.before, now=changes.now, removed=changes.removed, added=changes.added
    )
    same = "" if changes.removed or changes.added else f" · {phrase('draft_same', language)}"
    again = f" · {phrase('draft_again', language, n=shown.again)}" if shown.again else ""
    return f"{name}{again} · {how}{same}"


def _as_block(text: str) -> str:
    """The text as it is; JSON in a fence, so that nothing in it is read as Markdown."""
    try:
        json.loads(text)
    except ValueError:
        return text
    return f"```json\n{text}\n```" if text.lstrip().startswith(("{", "[")) else text


def _plain(text: str) -> str:
    flat = re.sub(r"\s+", " ", re.sub(r"[*_~`#\[\]<>|]", "", text)).strip()
    return flat if len(flat) <= _DOUBT_CHARS else flat[:_DOUBT_CHARS].rstrip() + "…"


def title_of(text: str) -> str:
    """What a draft is called: its title or heading, else its first words."""
    wrapped = re.search(r"<<([^\n<>]+)>>", text)
    heading = re.match(r"\s*(?:#{1,6}\s+|\*\*)([^\n*]+)", text)
    first = wrapped[1] if wrapped else heading[1] if heading else text.strip().partition("\n")[0]
    flat = re.sub(r"[*_~`#<>\[\]\"“”]", "", first).strip()
    return flat if len(flat) <= _TITLE_CHARS else flat[:_TITLE_CHARS].rsplit(" ", 1)[0].rstrip() + "…"


def notes(unmet: Sequence[Limit], text: str, language: str) -> list[str]:
    """Each limit that is not met, in words for people, and what the text has instead where that can be counted."""
    found = []
    for limit in unmet:
        what = ", ".join(limit.options) or NAMES.get(limit.text, limit.text)
        note = phrase(f"limit_{limit.what}", language, n=limit.count, relation=limit.relation, what=what)
        has = counted(limit, text)
        found.append(note if has < 0 else f"{note} ({phrase('limit_has', language, n=has)})")
    return found
