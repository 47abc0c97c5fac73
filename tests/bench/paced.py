"""A model server that does nothing but pace: so many tokens a second in all, shared by the answers under way.

Run as a process of its own (``python -m tests.bench.paced``); prints its address.  It speaks what a chat completion
needs and no more: one event a token, or for as many as ``stream_interval`` in the request says, written to every answer
in turn, so that the client is what is measured.  The first token comes at once.  With ``--echo`` an answer is the first
sentence of the prompt's first passage, cited.  With ``--slots`` so many answers are under way at a time, each at its
share of the pace and from half to one and a half times ``--length``; the others wait, first come, first served, and
/metrics says how many.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from functools import cache
from typing import cast

import orjson
import uvloop

TICK_S = 0.002
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: keep-alive\r\n\r\n"
)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(json: bytes) -> bytes:
    return _chunk(b"data: " + json + b"\n\n")


_FRAME = b'{"id":"chatcmpl-0","object":"chat.completion.chunk","created":1764000000,"model":"paced","choices":[%b]%b}'
#: Words of a plain answer, one space a token; no 480 characters of it repeat themselves.
WORDS = [f"word{n} " if n % 12 else f"end{n}. " for n in range(4096)]
_SENTENCE = re.compile(r"\[1\][^\n]*\n+(.+?[.。!！?？])(?=\s|$|[^\d\s.])", re.DOTALL)


def _token(word: str) -> bytes:
    content = orjson.dumps(word)
    return _event(_FRAME % (b'{"index":0,"delta":{"content":%b},"logprobs":null,"finish_reason":null}' % content, b""))


def _echo(body: bytes) -> list[bytes]:
    """The first sentence of the first passage and its marker, a few letters a token."""
    asked = orjson.loads(body)["messages"][-1]["content"]
    if isinstance(asked, list):  # in parts, as some clients send it
        asked = "".join(part.get("text", "") for part in asked)
    found = _SENTENCE.search(asked)
    text = f"{found[1].strip()} [1]" if found else "NO_ANSWER"
    return [_token(text[n : n + 4]) for n in range(0, len(text), 4)]


@cache
def _events(interval: int, length: int) -> list[bytes]:
    """An answer of ``length`` tokens: the first by itself, then as many together as the interval says."""
    return [
        _token(WORDS[0]),
        *(_token("".join(WORDS[n : min(n + interval, length)])) for n in range(1, length, interval)),
    ]


FIRST = _event(_FRAME % (b'{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}', b""))


def _end(tokens: int) -> bytes:
    usage = b',"usage":{"prompt_tokens":900,"completion_tokens":%d,"total_tokens":%d}' % (tokens, 900 + tokens)
    return (
        _event(_FRAME % (b'{"index":0,"delta":{},"finish_reason":"stop"}', b""))
        + _event(_FRAME % (b"", usage))
        + _chunk(b"data: [DONE]\n\n")
        + b"0\r\n\r\n"
    )


class Pace:
    """Hands out tokens at ``per_s`` in all; an answer has ``length`` of them.

    The first answers on new connections are shorter, each by another amount, so that they do not all end together.
    """

    def __init__(self, per_s: float, length: int, *, echo: bool = False, slots: int = 0):
        self.per_s, self.length, self.echo, self.slots = per_s, length, echo, slots
        self.waiting: dict[asyncio.Transport, tuple[list[bytes], int]] = {}
        self.under_way: dict[
            asyncio.Transport, tuple[list[bytes], int, int]
        ] = {}  # events, how many sent, tokens in one
        self._connections = self._lengths = 0

    def some_length(self) -> int:
        """How many tokens the next answer has where they differ."""
        self._lengths = (self._lengths * 7 + 3) % 101
        return self.length // 2 + self.length * self._lengths // 100

    def head_start(self) -> int:
        """How many tokens of its first answer a new connection misses."""
        self._connections += 1
        return self._connections * 37 % self.length

    async def run(self) -> None:
        """For ever: at each tick the tokens that are due, to the answers in turn."""
        loop = asyncio.get_running_loop()
        due, before = 0.0, loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            # A late tick is made up for (this machine is shared); what nobody asked for is not saved up.
            pace = self.per_s * len(self.under_way) / self.slots if self.slots else self.per_s
            due = min(due + (now - before) * pace, self.per_s * 0.25) if self.under_way else 0.0
            before = now
            while due >= 1 and self.under_way:
                due -= self._write(next(iter(self.under_way)))

    def begin(self, transport: asyncio.Transport, tokens: list[bytes], interval: int, missed: int = 0) -> None:
        """An answer begins, or waits until there is a slot."""
        if self.slots and len(self.under_way) >= self.slots:
            self.waiting[transport] = tokens, interval
            return
        transport.write(HEAD + FIRST + tokens[missed])
        self.under_way[transport] = tokens, missed + 1, interval

    def leave(self, transport: asyncio.Transport) -> None:
        """Nobody listens to this answer any more, or it has ended."""
        self.waiting.pop(transport, None)
        self.under_way.pop(transport, None)
        while self.waiting and len(self.under_way) < self.slots:
            waited = next(iter(self.waiting))
            self.begin(waited, *self.waiting.pop(waited))

    def metrics(self) -> bytes:
        """What vLLM would say."""
        numbers = ((b"running", len(self.under_way)), (b"waiting", len(self.waiting)))
        return b"".join(b'vllm:num_requests_%b{engine="0"} %d\n' % number for number in numbers)

    def _write(self, transport: asyncio.Transport) -> int:
        """Write the next event; returns how many tokens it has."""
        tokens, sent, interval = self.under_way.pop(transport)
        if transport.is_closing():
            self.leave(transport)
            return 1
        if sent < len(tokens):
            transport.write(tokens[sent])
            self.under_way[transport] = tokens, sent + 1, interval  # at the end of the line
        else:
            transport.write(_end(self.length))
            self.leave(transport)
        return interval


class Connection(asyncio.Protocol):
    """Just enough HTTP: a request with a Content-Length, an answer, the next request."""

    def __init__(self, pace: Pace):
        self._pace = pace
        self._got = b""
        self._head_start = pace.head_start()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._pace.leave(self._transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        if len(body) < (int(lengths[0]) if lengths else 0):
            return
        self._got = b""
        if head.startswith(b"GET"):
            if head.startswith(b"GET /metrics"):
                self._reply(self._pace.metrics(), b"text/plain")
                return
            listed = b'{"object":"list","data":[{"id":"paced","object":"model","max_model_len":8192}]}'
            self._reply(listed, b"application/json")
            return
        interval = 1 if self._pace.echo else int(orjson.loads(body).get("stream_interval", 1))
        tokens = _echo(body) if self._pace.echo else _events(interval, self._pace.length)
        if self._pace.slots:
            tokens += [_token("")] * (self._pace.some_length() - len(tokens))
        missed, self._head_start = (0 if self._pace.echo else self._head_start // interval), 0
        self._pace.begin(self._transport, tokens, interval, missed)

    def _reply(self, body: bytes, kind: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
        self._transport.write(head + body)


async def serve(pace: Pace) -> None:
    """Listen on a free loopback port, say which, and serve until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pace), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    ticking = asyncio.create_task(pace.run())
    await loop.run_in_executor(None, sys.stdin.read)
    ticking.cancel()
    server.close()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-s", type=float, default=5300.0)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--slots", type=int, default=0)
    parser.add_argument("--echo", action="store_true")
    options = parser.parse_args()
    uvloop.run(serve(Pace(options.per_s, options.length, echo=options.echo, slots=options.slots)))


if __name__ == "__main__":
    main()
