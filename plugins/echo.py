"""Says again what was said: the smallest plugin, to copy and begin from."""

from __future__ import annotations

from engine import Outcome, Plugin, Reply, Turn


class Echo(Plugin):
    """Put ``use = "plugins.echo:Echo"`` before the others and every question comes back."""

    prefix: str = "You said: "

    async def answer(self, turn: Turn) -> Reply | None:
        """The same words."""
        return Reply(Outcome.ANSWERED, f"{self.prefix}{turn.question}", turn.language)
