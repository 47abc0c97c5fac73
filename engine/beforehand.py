"""What a model is asked before it writes an answer: what a follow-up means, what is in a picture."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.errors import ModelUnavailable
from engine.language import language_of
from engine.pictures import TOKENS, Picture, look
from engine.prompt import Past, rewrite

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from engine.model.contract import Model

_REWRITE_S: Final = 3.0
_REWRITE_TOKENS: Final = 60


@dataclass(frozen=True, slots=True)
class Beforehand:
    """Asks for one turn; ``tokens`` counts what it costs."""

    model: Model
    session: str
    salt: str
    adapter: str
    tokens: Counter[str]

    async def rewritten(self, question: str, talked: Sequence[Past]) -> str:
        """The follow-up as a question of its own; empty where the model does not say it in time, or not in a line."""
        try:
            async with asyncio.timeout(_REWRITE_S):
                written = await self._said(rewrite(talked[-2:], question), _REWRITE_TOKENS)
        except (ModelUnavailable, TimeoutError):
            return ""
        line = written.splitlines()[0].strip() if written else ""
        return line if line and len(line) <= 300 and language_of(line) == language_of(question) else ""

    async def described(self, picture: Picture, question: str) -> str:
        """What the model reads and sees in a picture.  Raises ``ModelUnavailable``."""
        return await self._said(look(picture, question), TOKENS)

    async def _said(self, prompt: Sequence[BaseMessage], max_tokens: int) -> str:
        writing = self.model.write(
            prompt, max_tokens=max_tokens, session=self.session, salt=self.salt, adapter=self.adapter
        )
        pieces = [piece async for piece in writing]
        for piece in pieces:
            self.tokens.update(piece.usage or {})
        return "".join(piece.text for piece in pieces).strip()
