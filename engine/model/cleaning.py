"""What is taken out of a model's text before anybody sees it, and out of people's text before a model does."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

OPEN, CLOSE = "<think>", "</think>"
LONGEST_TAIL = 480  # characters of an answer that are looked at for repetition
LONGEST_PERIOD = 120

# Line breaks and tabs stay; other control characters are never text, and PostgreSQL refuses NUL.
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
# Chat templates mark turns with tokens of these forms, and servers read them in anybody's text as if they were theirs.
_TURN_MARK = re.compile(
    r"<(?=\|\w[\w -]{0,40}\|>|｜[\w▁ ]{1,60}｜>|/?s>|(?:start|end)_of_turn>|/?tool_(?:call|response)>)"
    r"|\[(?=/?INST\])|<(?=<\/?SYS>>)"
)
#: A picture as bytes within the request.
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


class Thinking:
    """Takes ``<think>...</think>`` out of a stream, wherever it is cut into pieces.

    White space before the first visible text goes too.  A closing tag without an opening one means that all before
    it, already shown, was thought: the server lacks its reasoning parser, and that is an error.
    """

    def __init__(self) -> None:
        self._held = ""  # may be the beginning of a tag
        self._inside = False
        self._began = False

    def feed(self, text: str) -> str:
        """What of the text so far may be shown and was not."""
        if not self._held and not self._inside and self._began and "<" not in text:
            return text  # nearly every piece
        text, self._held = self._held + text, ""
        shown: list[str] = []
        while text:
            if self._inside:
                at = text.find(CLOSE)
                if at < 0:
                    self._held = text[-(len(CLOSE) - 1) :]
                    break
                text, self._inside = text[at + len(CLOSE) :], False
                continue
            before, opened, after = text.partition(OPEN)
            if CLOSE in before:
                raise ModelUnavailable(
                    "The model's reasoning arrives as if it were the answer: start the server with its reasoning "
                    "parser (vLLM: --reasoning-parser), or switch thinking off."
                )
            if opened:
                shown.append(before)
                text, self._inside = after, True
                continue
            keep = _begun_tag(text)
            shown.append(text[: len(text) - keep])
            self._held = text[len(text) - keep :]
            break
        return self._shown("".join(shown))

    def end(self) -> str:
        """What was held back and turned out to be text."""
        rest, self._held = ("" if self._inside else self._held), ""
        return self._shown(rest)

    def _shown(self, text: str) -> str:
        if not self._began:
            text = text.lstrip()
            self._began = bool(text)
        return text


def _begun_tag(text: str) -> int:
    """How many characters at the end may be the beginning of a tag."""
    at = text.rfind("<", max(0, len(text) - len(CLOSE) + 1))
    return len(text) - at if at >= 0 and (OPEN.startswith(text[at:]) or CLOSE.startswith(text[at:])) else 0


class Repetition:
    """Notices that a model writes the same words again and again."""

    def __init__(self) -> None:
        self._tail = ""
        self._unchecked = 0

    def feed(self, text: str) -> bool:
        """Whether the last ``LONGEST_TAIL`` characters are one piece of at most ``LONGEST_PERIOD``, repeated."""
        self._tail += text
        self._unchecked += len(text)
        if self._unchecked < LONGEST_PERIOD:
            return False
        self._unchecked = 0
        tail = self._tail = self._tail[-LONGEST_TAIL:]
        if len(tail) < LONGEST_TAIL:
            return False
        end, at = tail[-16:], len(tail) - 16
        while (at := tail.rfind(end, 0, at + 15)) >= len(tail) - 16 - LONGEST_PERIOD:
            period = len(tail) - 16 - at
            if tail[period:] == tail[:-period]:
                return True
        return False


def said_once(text: str) -> str:
    """The text of a model that repeated itself, with what it repeated at the end only once."""
    tail = text[-3 * LONGEST_PERIOD :]
    period = next((n for n in range(1, LONGEST_PERIOD + 1) if tail[n:] == tail[:-n]), 0)
    if not period or len(tail) < 3 * LONGEST_PERIOD:
        return text
    end = len(text)
    while text[end - 2 * period : end - period] == text[end - period : end]:
        end -= period
    return text[:end]


def without_controls(text: str) -> str:
    """The text without control characters other than line breaks and tabs."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def as_messages(prompt: Sequence[BaseMessage], *, tools: bool = False, pictures: bool = False) -> list[dict[str, Any]]:
    """The prompt as the server wants it: text only, and nothing in it that a chat template would take for its own.

    The same prompt gives the same bytes, always: the server's prefix cache lives on that.  ``tools``: earlier calls and
    what came of them may stand in it; ``pictures``: pictures may, as bytes, never by an address.
    """
    return [_message(message, tools, pictures) for message in prompt]


def _message(message: BaseMessage, tools: bool, pictures: bool) -> dict[str, Any]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage  # whoever made it has them

    roles = ((SystemMessage, "system"), (HumanMessage, "user"), (AIMessage, "assistant"))
    said: dict[str, Any] = {"content": (_with_pictures(message) if pictures else None) or _text(message)}
    if tools and isinstance(message, ToolMessage):
        return {"role": "tool", **said, "tool_call_id": message.tool_call_id}
    if tools and isinstance(message, AIMessage) and message.tool_calls:
        said["tool_calls"] = [
            {
                "id": call["id"] or "",
                "type": "function",
                "function": {"name": call["name"], "arguments": _plain(json.dumps(call["args"], ensure_ascii=False))},
            }
            for call in message.tool_calls
        ]
    for kind, role in roles:
        if isinstance(message, kind):
            return {"role": role, **said}
    raise TypeError(f"{type(message).__name__} cannot go into a prompt: system, human and AI messages can")


def _with_pictures(message: BaseMessage) -> list[dict[str, Any]] | None:
    """The parts of a message that holds pictures as bytes, nothing else among them but text; None for all others."""
    parts = [part for part in message.content if isinstance(part, dict)]
    shown: list[dict[str, Any]] = []
    for part in parts if len(parts) == len(message.content) else ():
        if isinstance(part.get("text"), str):
            shown.append({"type": "text", "text": _plain(part["text"])})
        elif _PICTURE.fullmatch(address := str((part.get("image_url") or {}).get("url"))):
            shown.append({"type": "image_url", "image_url": {"url": address}})
        else:
            return None
    return shown if any(part["type"] == "image_url" for part in shown) else None


def _text(message: BaseMessage) -> str:
    content = message.content
    if not isinstance(content, str):
        blocks = [part if isinstance(part, str) else part.get("text") for part in content]
        if not all(isinstance(block, str) for block in blocks):
            raise TypeError(
                "only text can go into a prompt: media would let a message make the server fetch an address"
            )
        content = "\n".join(str(block) for block in blocks)
    return _plain(content)


def without_marks(text: str) -> str:
    """The text without anything that a chat template would take for its own."""
    return _TURN_MARK.sub(lambda mark: mark[0] + " ", text)


def _plain(text: str) -> str:
    text = without_marks(text)
    return text.encode("utf-8", "replace").decode()  # half of a surrogate pair is not UTF-8
