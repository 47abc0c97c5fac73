"""The model behind an OpenAI-compatible server, vLLM first."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from langchain_core.messages import BaseMessage

from engine.model.chat import FrontdeskChat
from engine.model.contract import Piece
from engine.model.server import ModelServer
from engine.model_settings import ModelSettings


class ServedModel:
    """Writes through a model server.  ``chat`` is the same model for LangChain code."""

    def __init__(self, settings: ModelSettings) -> None:
        self._server = ModelServer(settings)
        self.chat = FrontdeskChat(settings=settings, server=self._server)

    @property
    def name(self) -> str:
        """The model's name at the server; empty until it is known."""
        return self._server.name

    @property
    def window(self) -> int:
        """Tokens of prompt and answer together, as the server says; 0 until it is known."""
        return self._server.window

    async def write(
        self, prompt: Sequence[BaseMessage], *, max_tokens: int, session: str = "", salt: str = ""
    ) -> AsyncGenerator[Piece]:
        """See ``Model.write``."""
        pieces = self.chat.pieces(prompt, max_tokens=max_tokens, session=session, salt=salt)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def ready(self) -> str:
        """See ``Model.ready``."""
        return await self._server.ready()

    async def close(self) -> None:
        """Close all connections."""
        await self._server.close()
