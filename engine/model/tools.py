"""Tools that a model may ask for: what is offered, and which of what it wrote is a call of one of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ValidationError

from engine.errors import ModelUnavailable
from engine.model.cleaning import without_controls
from engine.model.contract import Call

#: More calls than these in one answer are no answer.
_MOST_CALLS = 32
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_FENCE = "```"


class Toolbox:
    """The tools that are offered with a request, and how the model is to choose.

    A tool is a pydantic class (its fields are the arguments), a function of ours with annotations, or a LangChain tool
    made of either.  A schema as a dict is refused: the server compiles schemas, so they come from code, never from
    what somebody wrote.  ``choice``: ``auto``, ``required`` (or ``any``), ``none``, or the name of one tool.
    """

    def __init__(self, tools: Sequence[type[BaseModel] | Callable[..., Any] | BaseTool], choice: str = "auto") -> None:
        self._arguments: dict[str, type[BaseModel]] = {}
        offered: list[dict[str, Any]] = []
        for tool in tools:
            if (arguments := _arguments(tool)) is None:
                raise TypeError(f"{tool!r} is no tool: offer a pydantic class, a function, or a LangChain tool of one")
            described = convert_to_openai_tool(tool)
            self._arguments[described["function"]["name"]] = arguments
            offered.append(described)
        choice = "required" if choice == "any" else choice
        named = choice in self._arguments
        if not named and choice not in ("auto", "required", "none"):
            raise ValueError(f"tool_choice {choice!r} is no tool that is offered")
        self._none = choice == "none"
        #: What of a request these tools are.
        self.body: Mapping[str, Any] = {
            "tools": offered,
            "tool_choice": {"type": "function", "function": {"name": choice}} if named else choice,
        }
        #: What is sent instead to a server that cannot read calls: they stay in the prompt, we read what the model
        #: writes, and where it must call it can write nothing else.
        self.unread: Mapping[str, Any] = {"tool_choice": "none"}
        if named or choice == "required":
            functions = [tool["function"] for tool in offered]
            forced = [_written(f) for f in functions if not named or f["name"] == choice]
            form = {"name": "call", "schema": forced[0] if len(forced) == 1 else {"anyOf": forced}, "strict": True}
            self.unread = {"tool_choice": "none", "response_format": {"type": "json_schema", "json_schema": form}}

    def reading(self) -> Calls | None:
        """What finds the calls of these tools in one answer; None where none is to be called."""
        return None if self._none else Calls(self)

    def offers(self, name: object) -> bool:
        """Whether a tool of this name was offered."""
        return isinstance(name, str) and name in self._arguments

    def call(self, name: str, written: object, id_: str = "") -> Call:
        """A call with these arguments, as an object or as the text of one; its ``fault`` says what is wrong."""
        id_, raw = id_ or f"call_{uuid.uuid4().hex[:24]}", written if isinstance(written, str) else ""
        if not self.offers(name):
            return Call(name, id_, fault=f"There is no tool {name!r}.", raw=raw)
        arguments = written
        try:
            raw = raw or json.dumps(written, ensure_ascii=False)
            for _ in range(2):  # a model may write the object as text, and the server that as text again
                if isinstance(arguments, str):
                    arguments = json.loads(arguments) if arguments.strip() else {}
            if not isinstance(arguments, dict):
                return Call(name, id_, fault="The arguments are not an object.", raw=raw)
            arguments = _cleaned(arguments)
            self._arguments[name].model_validate(arguments)
        except ValidationError as error:  # before the next: it is a ValueError too
            return Call(name, id_, fault=wrong(error), raw=raw)
        except (ValueError, RecursionError):
            return Call(name, id_, fault="The arguments are not JSON.", raw=raw)
        return Call(name, id_, arguments, raw=raw)


class Calls:
    """The tool calls of one answer while it arrives: those that the server reads, and those written as text.

    A model that knows no better, or a server without a parser for its way, writes a call into the text: the bare
    object, that in a fence, or between ``<tool_call>`` tags.  Text that may be one is held back until its end.
    """

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._parts: dict[int, dict[str, str]] = {}  # by the server's number
        self._text = ""
        self._began = self._holds = False

    def add(self, deltas: Sequence[Mapping[str, Any]]) -> int:
        """What the server has read of its calls so far; returns how many characters that is."""
        size = 0
        for delta in deltas:
            part = self._parts.setdefault(int(delta.get("index") or 0), {"id": "", "name": "", "arguments": ""})
            _bounded(len(self._parts))
            function = delta.get("function") or {}
            for key, more in (("id", delta.get("id")), ("name", function.get("name"))):
                part[key] = part[key] or str(more or "")
            more = function.get("arguments") or ""
            more = more if isinstance(more, str) else json.dumps(more)
            part["arguments"] += more
            size += len(more)
        return size

    def feed(self, text: str) -> str:
        """What of the text so far may be shown and was not."""
        self._text += text
        if self._holds:
            return ""
        if not self._began:
            start = self._text.lstrip()
            if start.startswith(("{", "[", _FENCE)):
                self._holds = True
                return ""
            if _FENCE.startswith(start):  # nothing yet, or the beginning of one
                return ""
            self._began = True
        at = self._text.find(_OPEN)
        self._holds = at >= 0
        if at < 0:
            at = len(self._text) - _begun(self._text)
        shown, self._text = self._text[:at], self._text[at:]
        return shown

    def end(self) -> tuple[str, tuple[Call, ...]]:
        """The answer is over: the text that was held back and is none, and the calls."""
        written = [
            self._toolbox.call(part["name"], without_controls(part["arguments"]), part["id"])
            for _, part in sorted(self._parts.items())
        ]
        text, self._text = self._text, ""
        if written:
            return text, tuple(written)
        found = [*_bare(text)]
        if not found or not all(self._toolbox.offers(name) for name, _ in found):
            return text, ()
        _bounded(len(found))
        return "", tuple(self._toolbox.call(name, arguments) for name, arguments in found)


def wrong(error: ValidationError) -> str:
    """What does not fit a schema, in a sentence: the fields and why, nothing of what was written."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}" for fault in faults[:3]]
    return "; ".join(told) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")


def _arguments(tool: type[BaseModel] | Callable[..., Any] | BaseTool) -> type[BaseModel] | None:
    """The class of a tool's arguments."""
    if isinstance(tool, type):
        return tool if issubclass(tool, BaseModel) else None
    if callable(tool) and not isinstance(tool, BaseTool):
        tool = StructuredTool.from_function(tool)
    schema = tool.tool_call_schema if isinstance(tool, BaseTool) else None
    return schema if isinstance(schema, type) and issubclass(schema, BaseModel) else None


def _written(function: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a call of this tool, as a model writes it into text."""
    return {
        "type": "object",
        "properties": {"name": {"const": function["name"]}, "arguments": function.get("parameters", {})},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _bounded(calls: int) -> None:
    if calls > _MOST_CALLS:
        raise ModelUnavailable(f"The model asked for more than {_MOST_CALLS} tools at once.")


def _begun(text: str) -> int:
    """How many characters at the end may be the beginning of a tag."""
    at = text.rfind("<", max(0, len(text) - len(_OPEN) + 1))
    return len(text) - at if at >= 0 and _OPEN.startswith(text[at:]) else 0


def _bare(text: str) -> Iterator[tuple[str, object]]:
    """Names and arguments, where a text is nothing but calls; otherwise nothing, or a name that no tool has."""
    text = text.strip()
    if text.startswith(_OPEN):
        blocks = [block.partition(_CLOSE) for block in text.split(_OPEN)[1:]]
        if any(after.strip() for _, _, after in blocks):
            return
        written = [before for before, _, _ in blocks]
    elif text.startswith(_FENCE):
        _, _, inside = text.partition("\n")
        inside, _, after = inside.partition(_FENCE)
        if after.strip():
            return
        written = [inside]
    else:
        written = [text]
    for one in written:
        for value in _values(one):
            for call in value if isinstance(value, list) else [value]:
                yield _named(call)


def _values(text: str) -> Iterator[object]:
    """The JSON values that stand one after another; None at the end where something else stands there."""
    decoder, at = json.JSONDecoder(), 0
    text = text.strip()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield None
            return
        yield value
        while at < len(text) and (text[at].isspace() or text[at] in ",;"):
            at += 1


def _named(call: object) -> tuple[str, object]:
    """A call's name and arguments; an empty name for what is no call."""
    if isinstance(call, dict):
        call = call["function"] if isinstance(call.get("function"), dict) else call
        name = call.get("name")
        for key in ("arguments", "parameters"):
            if isinstance(name, str) and key in call:
                return name, call[key]
    return "", None


def _cleaned(value: Any) -> Any:
    """The same without what no text of ours has: control characters, which PostgreSQL refuses, and half characters."""
    if isinstance(value, str):
        return without_controls(value).encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    return value
