"""A plugin that drafts without a model: what is below a draft on the platforms is tested with it."""

from __future__ import annotations

import re
from typing import ClassVar

from engine import Plugin, Reply, Turn

_BACK = re.compile(r"(?:back to version|回到第)\s*(\d+)")
_ADDRESS = re.compile(r"https?://\S+")


class Drafting(Plugin):
    """Each version is what was asked for, with what the documents say of it; "back to version n" is that one again."""

    commands: ClassVar = {"draft": "write a text"}
    kind: ClassVar = "draft"

    def claims(self, turn: Turn) -> bool:
        return bool(turn.history) and turn.history[-1].plugin == self.name

    async def answer(self, turn: Turn) -> Reply | None:
        before = [past for past in turn.history if past.plugin == self.name]
        found = await turn.search(limit=2)
        if back := _BACK.search(turn.question):
            text = next(p.kept["text"] for p in before if p.kept["version"] == int(back[1]))
        else:
            said = "\n\n".join(p.text for p in found.passages)
            text = f"# News\n\n{turn.question}\n\n{said}"
        kept = {
            "kind": "announcement", "version": 1 + len(before), "text": text, "title": "News <b>", "request": {},
            "unmet": [],
        }  # fmt: skip
        return turn.drafted(text, found, cited=(1,), links=_ADDRESS.findall(turn.question), kept=kept)
