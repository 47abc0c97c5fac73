"""Reads a completion's event stream: bytes in, text and numbers out, memory bounded whatever a server sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from engine.errors import ModelUnavailable, Repeating
from engine.model.cleaning import Repetition, Thinking, without_controls

if TYPE_CHECKING:
    from engine.model.contract import Call
    from engine.model.tools import Calls

LONGEST_LINE = 1 << 20  # bytes; a piece of an answer has a few hundred
LONGEST_ANSWER = 400_000  # characters
_NEWLINE = ord("\n")


class Answer:
    """One answer while it arrives.

    ``feed`` takes the bytes as they come and returns the text that may be shown; ``close`` says at the end of the
    stream what is left.  Both raise ``ModelUnavailable`` with a plain reason when this is no answer.  ``reading``
    finds the calls where tools were offered; without, a call is no text and nothing else.
    """

    def __init__(self, reading: Calls | None = None) -> None:
        self.finish = ""
        self.usage: dict[str, int] | None = None
        self.calls: tuple[Call, ...] = ()  # known once it is closed
        self.done = False  # the server said that nothing follows
        self.steps = 0  # pieces that brought something, reasoning too
        self._rest = b""
        self._written = 0
        self._thinking = Thinking()
        self._repetition = Repetition()
        self._reading = reading

    def feed(self, data: bytes) -> str:
        """More bytes of the stream; the text in them."""
        if not self._rest and data.startswith(b"data:") and data.find(b"\n") == len(data) - 2 and data[-1] == _NEWLINE:
            return self._text(data[5:])  # one whole event, as nearly always
        texts = [self._text(line[5:]) for line in self._lines(data) if line.startswith(b"data:")]
        return texts[0] if len(texts) == 1 else "".join(texts)

    def close(self) -> str:
        """The stream has ended; the text that was held back."""
        rest = self._thinking.end()
        self._written += len(rest)
        if not self.done and not self.finish:
            raise ModelUnavailable("The model server broke off in the middle of an answer.")
        if self._reading:
            shown = self._reading.feed(rest)
            held, self.calls = self._reading.end()
            rest = shown + held
        if not self._written and not self.calls:
            raise ModelUnavailable("The model wrote nothing: its answer was empty, or it was all reasoning.")
        self.finish = self.finish or "stop"
        return rest

    def _lines(self, data: bytes) -> Iterator[bytes]:
        if self._rest:
            # Only a line that is cut in two gets here; its length is checked, so joining stays cheap.
            data = self._rest + data
        if data.endswith(b"\n"):
            self._rest = b""
        else:
            data, newline, self._rest = data.rpartition(b"\n")
            if len(self._rest) > LONGEST_LINE:
                raise ModelUnavailable(
                    "The model server sent a line without end: it does not speak the protocol we know."
                )
            if not newline:
                return
        yield from data.split(b"\n")

    def _text(self, event: bytes) -> str:
        event = event.strip()
        if not event or self.done:
            return ""
        if event == b"[DONE]":
            self.done = True
            return ""
        try:
            chunk = orjson.loads(event)
            return self._read(chunk)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ModelUnavailable("The model server sent something that is not a piece of an answer.") from error

    def _read(self, chunk: dict[str, Any]) -> str:
        if "error" in chunk:
            raise ModelUnavailable(f"The model server broke off with an error: {plain(chunk['error'])}")
        if usage := chunk.get("usage"):
            self.usage = read_usage(usage)
        if not (choices := chunk["choices"]):
            return ""
        choice = choices[0]
        if finish := choice.get("finish_reason"):
            self.finish = "length" if finish == "length" else "stop"
        delta = choice["delta"]
        if self._reading and (calls := delta.get("tool_calls")):
            self.steps += 1
            self._count(self._reading.add(calls))
        if not (text := delta.get("content")):
            self.steps += bool(finish or delta.get("reasoning_content") or delta.get("reasoning"))
            return ""
        self.steps += 1
        text = self._thinking.feed(without_controls(text))
        self._count(len(text))
        if text and self._repetition.feed(text):
            raise Repeating("The model repeats itself without end.")
        return self._reading.feed(text) if self._reading else text

    def _count(self, characters: int) -> None:
        self._written += characters
        if self._written > LONGEST_ANSWER:
            raise ModelUnavailable(f"The model wrote more than {LONGEST_ANSWER} characters: it does not stop.")


def read_usage(usage: dict[str, Any]) -> dict[str, int]:
    """Token counts under our names; ``cached`` are prompt tokens that the server had already."""
    details = usage.get("prompt_tokens_details") or {}
    counts = {
        "prompt": usage.get("prompt_tokens"),
        "cached": details.get("cached_tokens"),
        "completion": usage.get("completion_tokens"),
    }
    return {name: count if isinstance(count, int) else 0 for name, count in counts.items()}


def plain(error: Any) -> str:
    """What a server says about an error, short and printable."""
    said = error.get("message", error) if isinstance(error, dict) else error
    return " ".join("".join(c if c.isprintable() else " " for c in str(said)[:300]).split())
