"""The model behind an OpenAI-compatible server, vLLM first."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence

from langchain_core.messages import BaseMessage

from engine.model.chat import FrontdeskChat
from engine.model.contract import Piece, Schema
from engine.model.form import Form
from engine.model.servers import Servers
from engine.model.tools import Toolbox
from engine.model_settings import ModelSettings


class ServedModel:
    """Writes through a model server, or several of the same model.  ``chat`` is the same model for LangChain code."""

    def __init__(self, settings: ModelSettings, *, servers: Servers | None = None) -> None:
        self.servers = servers or Servers(settings)
        self.chat = FrontdeskChat(settings=settings, servers=self.servers)

    @property
    def name(self) -> str:
        """The model's name at the server; empty until it is known."""
        return self.servers.name

    @property
    def window(self) -> int:
        """Tokens of prompt and answer together, as the server says; 0 until it is known."""
        return self.servers.window

    def write(
        self,
        prompt: Sequence[BaseMessage],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
        tools: Toolbox | None = None,
    ) -> AsyncGenerator[Piece]:
        """See ``Model.write``."""
        return self.chat.pieces(prompt, max_tokens=max_tokens, session=session, salt=salt, adapter=adapter, tools=tools)

    async def structured(
        self,
        prompt: Sequence[BaseMessage],
        schema: type[Schema],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
    ) -> Schema:
        """See ``Model.structured``."""
        form, text, finish = Form(schema), "", ""
        async for piece in self.chat.pieces(
            prompt, max_tokens=max_tokens, session=session, salt=salt, adapter=adapter, form=form
        ):
            text += piece.text
            finish = piece.finish
        return form.read(text, finish)

    async def ready(self) -> str:
        """See ``Model.ready``."""
        return await self.servers.ready()

    async def faults(self, adapters: Collection[str] = ()) -> list[str]:
        """See ``Model.faults``."""
        return await self.servers.faults(adapters)

    async def close(self) -> None:
        """Close all connections."""
        await self.servers.close()
