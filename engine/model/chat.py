"""A langchain chat model on our own transport: what LangChain code calls, and what our own answers go through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models.base import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.messages.content import InvalidToolCall
from langchain_core.messages.tool import ToolCall, ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict

from engine.model.cleaning import as_messages
from engine.model.contract import Call, Piece
from engine.model.form import Form, NotInForm
from engine.model.server import Asked
from engine.model.servers import Servers
from engine.model.tools import Toolbox
from engine.model_settings import ModelSettings


class FrontdeskChat(BaseChatModel):
    """Streams from our model servers, for anything that takes a LangChain chat model.  Async only.

    ``max_tokens``, ``session``, ``salt`` and ``adapter`` may be bound or passed to a call; they mean what they do in
    ``Model.write``.  Tools and schemas come through ``bind_tools`` and ``with_structured_output``, as classes and
    functions of ours.  No other parameter reaches a server.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    settings: ModelSettings
    servers: Servers

    @property
    def _llm_type(self) -> str:
        return "frontdesk"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.servers.name}

    def pieces(
        self,
        messages: Sequence[BaseMessage],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
        stop: list[str] | None = None,
        tools: Toolbox | None = None,
        form: Form[Any] | None = None,
    ) -> AsyncGenerator[Piece]:
        """The servers' answer, before it is dressed for LangChain."""
        body: dict[str, Any] = {
            "messages": as_messages(messages, tools=tools is not None, pictures=self.settings.sees),
            "max_tokens": max(1, min(max_tokens, self.settings.max_tokens)),
        }
        if stop:
            body["stop"] = stop
        if salt and self.settings.cache_salt:
            body["cache_salt"] = _opaque(salt)
        for more in (tools, form):
            body |= more.body if more else {}
        adapter = adapter or self.settings.adapters.get(salt, "")
        return self.servers.answer(Asked(body, _opaque(session) if session else "", adapter, tools))

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The same model with these tools.

        ``tool_choice``: ``auto`` (the default), ``required`` (also ``any`` and True), ``none`` or a tool's name.  Every
        call's arguments are checked against the tool: what does not fit stands in ``invalid_tool_calls`` with the
        reason.  Raises ``TypeError`` for a schema that is a dict: they come from code.
        """
        choice = "required" if tool_choice is True else tool_choice or "auto"
        return self.bind(toolbox=Toolbox(tools, choice), **kwargs)  # type: ignore[arg-type]  # a dict is refused there

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """A chain that gives an object of this pydantic class; with ``include_raw`` as LangChain defines it.

        Raises ``OutputParserException`` for what is no such object.
        """
        kwargs.pop("method", None)  # there is one: the server's grammar
        kwargs.pop("strict", None)
        form: Form[BaseModel] = Form(schema)  # type: ignore[arg-type]  # a dict is refused there

        def read(message: BaseMessage) -> BaseModel:
            try:
                return form.read(message.text, message.response_metadata.get("finish_reason", ""))
            except NotInForm as error:
                raise OutputParserException(str(error), llm_output=error.text) from error

        def both(message: BaseMessage) -> dict[str, Any]:
            try:
                return {"raw": message, "parsed": read(message), "parsing_error": None}
            except OutputParserException as error:
                return {"raw": message, "parsed": None, "parsing_error": error}

        reader = both if include_raw else read

        async def areader(message: BaseMessage) -> Any:
            return reader(message)

        return self.bind(form=form, **kwargs) | RunnableLambda(reader, areader)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002  its tokens are reported by the caller
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        pieces = self._asked(messages, stop, kwargs)
        async with aclosing(pieces):
            async for piece in pieces:
                yield ChatGenerationChunk(message=_chunk(piece))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002  its result is reported by the caller
        **kwargs: Any,
    ) -> ChatResult:
        text, last = "", Piece()
        async with aclosing(self._asked(messages, stop, kwargs)) as pieces:
            async for last in pieces:
                text += last.text
        message = AIMessage(
            content=text,
            tool_calls=[ToolCall(name=c.name, args={**c.arguments}, id=c.id) for c in last.calls if not c.fault],
            invalid_tool_calls=_invalid(last.calls),
            usage_metadata=_usage(last),
            response_metadata=_metadata(last),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _asked(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, bound: Mapping[str, Any]
    ) -> AsyncGenerator[Piece]:
        tools, form = bound.get("toolbox"), bound.get("form")
        if not isinstance(tools, Toolbox | None) or not isinstance(form, Form | None):
            raise TypeError("tools and schemas come through bind_tools and with_structured_output")
        return self.pieces(
            messages,
            max_tokens=bound.get("max_tokens") or self.settings.max_tokens,
            session=bound.get("session") or "",
            salt=bound.get("salt") or "",
            adapter=bound.get("adapter") or "",
            stop=stop,
            tools=tools,
            form=form,
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("Frontdesk's chat model is async: use ainvoke or astream")


def _chunk(piece: Piece) -> AIMessageChunk:
    if not piece.finish:
        return AIMessageChunk(content=piece.text)
    return AIMessageChunk(
        content=piece.text,
        tool_call_chunks=[_call_chunk(n, call) for n, call in enumerate(piece.calls)],
        usage_metadata=_usage(piece),
        response_metadata=_metadata(piece),
        chunk_position="last",
    )


def _call_chunk(number: int, call: Call) -> ToolCallChunk:
    """A whole call: a part of one could not be checked.

    LangChain reads the arguments again, and what is an object becomes a call.  A bad call's are therefore text in JSON,
    which it takes for invalid; the reason stands in the metadata.
    """
    arguments: Any = call.raw if call.fault else call.arguments
    return ToolCallChunk(name=call.name, args=json.dumps(arguments), id=call.id, index=number)


def _invalid(calls: Sequence[Call]) -> list[InvalidToolCall]:
    return [
        InvalidToolCall(type="invalid_tool_call", name=call.name, args=call.raw, id=call.id, error=call.fault)
        for call in calls
        if call.fault
    ]


def _usage(piece: Piece) -> UsageMetadata | None:
    if not piece.usage:
        return None
    prompt, completion = piece.usage["prompt"], piece.usage["completion"]
    return UsageMetadata(
        input_tokens=prompt,
        output_tokens=completion,
        total_tokens=prompt + completion,
        input_token_details=InputTokenDetails(cache_read=piece.usage["cached"]),
    )


def _metadata(piece: Piece) -> dict[str, Any]:
    """How an answer ended, and who wrote it."""
    told: dict[str, Any] = {
        "finish_reason": "tool_calls" if piece.calls else piece.finish,
        "model_name": piece.model,
    }
    if invalid := _invalid(piece.calls):
        told["invalid_tool_calls"] = invalid
    if piece.notes:
        told["notes"] = [*piece.notes]
    return told


def _opaque(text: str) -> str:
    """The same for the same text, fit for a header, and tells nobody what the text was."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
