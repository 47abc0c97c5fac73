"""A text that is handed out as a file, or in a fence where a platform takes no files from us."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file with this text; ``language`` is that of the fence (``markdown``, ``html``; empty: plain)."""

    name: str
    text: str
    language: str = ""

    @property
    def fenced(self) -> str:
        """It as Markdown, in a fence that nothing in it can end."""
        longest = max((len(run) for run in re.findall(r"`{3,}", self.text)), default=2)
        fence = "`" * max(3, longest + 1)
        return f"{fence}{self.language}\n{self.text}\n{fence}"


def shown(text: str, sheet: Sheet | None) -> str:
    """A notice's text with its file below, for a platform that takes none."""
    return "\n\n".join(filter(None, (text, sheet.fenced))) if sheet else text
