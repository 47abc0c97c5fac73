"""A langchain chat model on our own transport: what LangChain code calls, and what our own answers go through."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from engine.model.cleaning import as_messages
from engine.model.contract import Piece
from engine.model.server import ModelServer
from engine.model_settings import ModelSettings


class FrontdeskChat(BaseChatModel):
    """Streams from our model server, for anything that takes a LangChain chat model.  Async only.

    ``max_tokens``, ``session`` and ``salt`` may be bound or passed to a call; they mean what they do in
    ``Model.write``.  No other parameter reaches the server.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    settings: ModelSettings
    server: ModelServer

    @property
    def _llm_type(self) -> str:
        return "frontdesk"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.server.name}

    def pieces(
        self,
        messages: Sequence[BaseMessage],
        *,
        max_tokens: int,
        session: str,
        salt: str,
        stop: list[str] | None = None,
    ) -> AsyncGenerator[Piece]:
        """The server's answer, before it is dressed for LangChain."""
        body: dict[str, Any] = {
            "messages": as_messages(messages),
            "max_tokens": max(1, min(max_tokens, self.settings.max_tokens)),
        }
        if stop:
            body["stop"] = stop
        if salt and self.settings.cache_salt:
            body["cache_salt"] = _opaque(salt)
        header = self.settings.session_header
        return self.server.answer(body, {header: _opaque(session)} if header and session else {})

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002  its tokens are reported by the caller
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        pieces = self.pieces(
            messages,
            max_tokens=kwargs.get("max_tokens") or self.settings.max_tokens,
            session=kwargs.get("session") or "",
            salt=kwargs.get("salt") or "",
            stop=stop,
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield _chunk(piece, self.server.name)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("Frontdesk's chat model is async: use ainvoke or astream")


def _chunk(piece: Piece, name: str) -> ChatGenerationChunk:
    if not piece.finish:
        return ChatGenerationChunk(message=AIMessageChunk(content=piece.text))
    usage = None
    if piece.usage:
        prompt, completion = piece.usage["prompt"], piece.usage["completion"]
        usage = UsageMetadata(
            input_tokens=prompt,
            output_tokens=completion,
            total_tokens=prompt + completion,
            input_token_details=InputTokenDetails(cache_read=piece.usage["cached"]),
        )
    message = AIMessageChunk(
        content=piece.text,
        usage_metadata=usage,
        response_metadata={"finish_reason": piece.finish, "model_name": name},
        chunk_position="last",
    )
    return ChatGenerationChunk(message=message)


def _opaque(text: str) -> str:
    """The same for the same text, fit for a header, and tells nobody what the text was."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
