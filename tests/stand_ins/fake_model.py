# ruff: noqa: N818, PYI034, PYI036, ARG002, FURB167, PLR0917, T201 -- a copy, kept as it came
"""A scripted, OpenAI-compatible model server that records everything it is asked.

It stands in for vLLM: ``/v1/models``, ``/v1/chat/completions`` (streamed and
not), ``/tokenize``, ``/health`` and ``/metrics``.  What reached the model is in
``FakeModel.requests``, byte for byte as parsed JSON: leaks are judged there,
not only in what users saw.

    async with FakeModel() as model:
        model.know(["Certificates are valid for 90 days."])   # optional
        model.rule("slow case", "slow", tps=20)
        ...                                 # base_url=f"{model.url}/v1"
        assert not model.seen("a secret")

How it answers is decided by the newest rule whose regular expression matches
the last user turn; without one it is ``echo_sources``.  Modes and their options:

``echo_sources``  copies the sentence of the prompt's passages that shares most
                  words with the question and cites it; ``append`` and
                  ``prepend`` add text, ``least`` goes on with other sentences of
                  the passages, each cited and none twice, until the answer has
                  that many characters, ``whole`` copies the passage
``script``        ``text`` as it stands, or ``tool_calls`` ``[{name, arguments}]``
``slow``          as ``echo_sources`` (or ``text``), ``tps`` tokens a second
``hang``          nothing more after ``after`` tokens, until the client leaves
``status``        ``status`` (500), ``retry_after`` seconds
``garbage``       ``kind``: sse, json, empty, html, truncated, no_choices
``obey``          an attacker's dream: text anywhere in the prompt that says
                  ``ATTACK: something`` is answered with exactly that something
                  (``ATTACK-ENCODED:`` takes it percent-encoded, so that document
                  loaders leave it alone); otherwise ``echo_sources``

Every mode takes ``times`` (how often the rule applies) and ``passages=True``
(only when the prompt holds passages: leaves query rewriting and the like alone).

Only aiohttp is needed.  Run stand-alone: ``python -m tests.stand_ins.fake_model --port 8930``.
This file and ``model_answers`` are copies of the acceptance scenarios' stand-in, whose README allows it; changes belong
there first.
What was never compared with a real server: token counts (about four characters
each), the wording of errors, the order of fields.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.stand_ins.model_answers import Writer, flat, last_user, pieces, turns

Json = dict[str, Any]
MODES = ("echo_sources", "script", "slow", "hang", "status", "garbage", "obey")


@dataclass
class Rule:
    """How to answer requests whose last user turn matches ``pattern``."""

    pattern: str
    mode: str
    times: int | None = None
    passages: bool = False
    options: Json = field(default_factory=dict)
    used: int = 0


@dataclass
class Request:
    """One chat completion as it arrived, and what became of it."""

    number: int
    t: float
    body: Json
    mode: str = ""
    answer: str = ""
    sent: int = 0  # tokens that left
    state: str = "running"  # then done, failed, hung or aborted

    @property
    def prompt(self) -> str:
        """All text of all messages, tools and schemas included."""
        extra = {k: v for k, v in self.body.items() if k != "messages"}
        return "\n".join([*(text for _, text in turns(self.body)), json.dumps(extra, ensure_ascii=False)])

    @property
    def last_user(self) -> str:
        return last_user(self.body)

    def as_json(self) -> Json:
        return {
            "number": self.number,
            "t": self.t,
            "mode": self.mode,
            "state": self.state,
            "sent": self.sent,
            "answer": self.answer,
            "body": self.body,
        }


class BadRequest(Exception):
    """What the server would refuse, with its status."""

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.status = status


class FakeModel:
    """One server with one model.  Use as an async context manager."""

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, name: str = "fake-7b", api_key: str = "", context: int = 32_768
    ):
        self.host, self.port, self.name, self.api_key, self.context = host, port, name, api_key, context
        self.rules: list[Rule] = []
        self.writer = Writer()
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.queries = self.hits = 0  # prefix cache, in tokens
        self.waiting = 0  # what /metrics says is queued; tests may set it
        self._blocks: set[int] = set()
        self._release = asyncio.Event()
        self._start = time.monotonic()
        self._runner: web.AppRunner | None = None

    # -- life cycle ----------------------------------------------------------

    async def __aenter__(self) -> FakeModel:
        await self.start()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bind the listener; ``self.port`` is set when it was 0."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/v1/models", self._on_models)
        app.router.add_post("/v1/chat/completions", self._on_chat)
        app.router.add_post("/tokenize", self._on_tokenize)
        app.router.add_get("/health", self._on_health)
        app.router.add_get("/metrics", self._on_metrics)
        app.router.add_route("*", "/_control/{verb}", self._on_control)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self._start = time.monotonic()

    async def stop(self) -> None:
        """Close the listener; later connections are refused, as when a server is down."""
        self._release.set()
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    # -- control ----------------------------------------------------------------

    def rule(
        self, pattern: str, mode: str, *, times: int | None = None, passages: bool = False, **options: Any
    ) -> Rule:
        """Answer matching requests this way; the newest matching rule wins."""
        if mode not in MODES:
            raise ValueError(f"no mode {mode!r}; one of {', '.join(MODES)}")
        self.rules.insert(0, Rule(pattern, mode, times, passages, options))
        return self.rules[0]

    def reset(self) -> Json:
        """Forget the rules and let hanging answers go; keep the record."""
        self.rules.clear()
        self._release.set()
        self._release = asyncio.Event()
        return {}

    def know(self, texts: list[str]) -> Json:
        """Sentences of the loaded documents: they are found in a prompt whatever surrounds them."""
        return self.writer.know(texts)

    def seen(self, text: str, since: int = 0) -> list[Request]:
        """Requests (from number ``since`` on) whose prompt holds this text."""
        return [r for r in self.requests[since:] if text in r.prompt or text in flat(r.prompt)]

    def running(self) -> list[Request]:
        return [r for r in self.requests if r.state == "running"]

    # -- HTTP ----------------------------------------------------------------------

    async def _on_health(self, request: web.Request) -> web.Response:
        return web.Response()

    def _error(self, message: str, status: int, retry_after: float | None = None) -> web.Response:
        kind = {400: "BadRequestError", 401: "Unauthorized", 404: "NotFoundError"}.get(status, "InternalServerError")
        headers = {"Retry-After": f"{retry_after:g}"} if retry_after is not None else {}
        return web.json_response(
            {"error": {"message": message, "type": kind, "param": None, "code": status}}, status=status, headers=headers
        )

    async def _on_models(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "object": "list",
                "data": [
                    {
                        "id": self.name,
                        "object": "model",
                        "created": int(time.time()),
                        "owned_by": "fake",
                        "root": self.name,
                        "max_model_len": self.context,
                    }
                ],
            }
        )

    async def _on_tokenize(self, request: web.Request) -> web.Response:
        body = await request.json()
        text = body.get("prompt") or "".join(text for _, text in turns(body))
        tokens = [hash(p) & 0xFFFF for p in pieces(text)]
        return web.json_response({"count": len(tokens), "max_model_len": self.context, "tokens": tokens})

    async def _on_metrics(self, request: web.Request) -> web.Response:
        label = f'{{engine="0",model_name="{self.name}"}}'
        rows = [
            ("prefix_cache_queries_total", "counter", self.queries),
            ("prefix_cache_hits_total", "counter", self.hits),
            ("num_requests_running", "gauge", len(self.running())),
            ("num_requests_waiting", "gauge", self.waiting),
        ]
        return web.Response(
            text="".join(f"# TYPE vllm:{n} {kind}\nvllm:{n}{label} {float(v)}\n" for n, kind, v in rows)
        )

    def _check(self, request: web.Request, body: Any) -> None:
        if self.api_key and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            raise BadRequest("Unauthorized", 401)
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
            raise BadRequest("messages: a non-empty list is required")
        if body.get("model") not in (None, "", self.name):
            raise BadRequest(f"The model `{body['model']}` does not exist.", 404)
        for m in body["messages"]:
            if m.get("role") not in ("system", "developer", "user", "assistant", "tool"):
                raise BadRequest(f"unknown role {m.get('role')!r}")
            if m["role"] == "tool" and not m.get("tool_call_id"):
                raise BadRequest("a tool message needs tool_call_id")
        if body.get("stream_options") and not body.get("stream"):
            raise BadRequest("Stream options can only be defined when `stream=True`.")
        for key in ("max_tokens", "max_completion_tokens"):
            if body.get(key) is not None and body[key] < 1:
                raise BadRequest(f"{key} must be at least 1")
        asked = len(pieces("".join(text for _, text in turns(body))))
        if asked + (body.get("max_tokens") or 1) > self.context:
            raise BadRequest(f"This model's maximum context length is {self.context} tokens; the request has {asked}.")

    def _cache(self, text: str) -> tuple[int, int]:
        """Prompt tokens, and how many a prefix cache with blocks of 16 would hold."""
        tokens, cached, key = pieces(text), 0, 0
        for at in range(0, len(tokens) - 15, 16):
            key = hash((key, *tokens[at : at + 16]))
            if key in self._blocks and cached == at:
                cached = at + 16
            self._blocks.add(key)
        self.queries += len(tokens)
        self.hits += cached
        return len(tokens), cached

    def _pick(self, record: Request) -> tuple[str, Json]:
        for rule in self.rules:
            if rule.times is not None and rule.used >= rule.times:
                continue
            if rule.passages and not self.writer.passages(record.body):
                continue
            if re.search(rule.pattern, record.last_user, re.S):
                rule.used += 1
                return rule.mode, rule.options
        return "echo_sources", {}

    async def _on_chat(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
            self._check(request, body)
        except ValueError:
            return self._error("the body is not JSON", 400)
        except BadRequest as e:
            self.violations.append(f"request refused: {e}")
            return self._error(str(e), e.status)
        record = Request(len(self.requests), round(time.monotonic() - self._start, 3), body)
        self.requests.append(record)
        record.mode, options = self._pick(record)
        prompt_tokens, cached = self._cache("\x00".join(f"{role}\x01{text}" for role, text in turns(body)))
        if record.mode == "status":
            record.state = "failed"
            return self._error("injected failure", options.get("status", 500), options.get("retry_after"))
        if record.mode == "garbage":
            return await self._garbage(request, record, options.get("kind", "sse"))
        calls = options.get("tool_calls") if record.mode == "script" else None
        text = options.get("text")
        if text is None and not calls:
            edit = {k: options[k] for k in ("append", "prepend", "least", "whole") if k in options}
            text = (
                (self.writer.obey(body) if record.mode == "obey" else None)
                or self.writer.structured(body)
                or self.writer.echo(body, **edit)
            )
        tokens = pieces(text or "")
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        reason = "tool_calls" if calls else "stop"
        if limit and len(tokens) > limit and "least" not in options:
            tokens, reason = tokens[:limit], "length"
        record.answer = "".join(tokens)
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": len(tokens),
            "total_tokens": prompt_tokens + len(tokens),
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        try:
            answer = self._stream if body.get("stream") else self._whole
            response = await answer(request, record, tokens, calls, reason, usage, options)
            record.state = "hung" if record.mode == "hang" else "done"
            return response
        except (asyncio.CancelledError, ConnectionError):
            record.state = "aborted"
            raise

    def _calls(self, calls: list[Json] | None) -> list[Json]:
        return [
            {
                "index": n,
                "id": f"call_{uuid.uuid4().hex[:12]}",
                "type": "function",
                "function": {"name": c["name"], "arguments": json.dumps(c.get("arguments") or {})},
            }
            for n, c in enumerate(calls or [])
        ]

    def _envelope(self, kind: str, record: Request) -> Json:
        return {"id": f"chatcmpl-{record.number}", "object": kind, "created": int(time.time()), "model": self.name}

    @staticmethod
    def _logprobs(body: Json, tokens: list[str]) -> Json | None:
        if not body.get("logprobs"):
            return None
        return {
            "content": [
                {
                    "token": p,
                    "logprob": -0.02,
                    "bytes": list(p.encode()),
                    "top_logprobs": [{"token": p, "logprob": -0.02, "bytes": list(p.encode())}],
                }
                for p in tokens
            ]
        }

    async def _whole(
        self,
        request: web.Request,
        record: Request,
        tokens: list[str],
        calls: list[Json] | None,
        reason: str,
        usage: Json,
        options: Json,
    ) -> web.StreamResponse:
        if record.mode == "hang":
            await self._release.wait()
        if record.mode == "slow":
            await asyncio.sleep(len(tokens) / options.get("tps", 10))
        record.sent = len(tokens)
        message: Json = {"role": "assistant", "content": record.answer or None}
        if calls:
            message["tool_calls"] = self._calls(calls)
        return web.json_response(
            {
                **self._envelope("chat.completion", record),
                "usage": usage,
                "choices": [
                    {
                        "index": 0,
                        "message": message,
                        "finish_reason": reason,
                        "logprobs": self._logprobs(record.body, tokens),
                    }
                ],
            }
        )

    async def _stream(
        self,
        request: web.Request,
        record: Request,
        tokens: list[str],
        calls: list[Json] | None,
        reason: str,
        usage: Json,
        options: Json,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)

        async def send(
            delta: Json | None, finish: str | None = None, probs: list[str] | None = None, **extra: Any
        ) -> None:
            choices = (
                []
                if delta is None
                else [
                    {
                        "index": 0,
                        "delta": delta,
                        "finish_reason": finish,
                        "logprobs": self._logprobs(record.body, probs or []),
                    }
                ]
            )
            data = {**self._envelope("chat.completion.chunk", record), "choices": choices, **extra}
            await response.write(f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode())

        hang = options.get("after", 0) if record.mode == "hang" else None
        pause = 1 / options.get("tps", 10) if record.mode == "slow" else 0
        if hang != 0:
            await send({"role": "assistant", "content": ""})
        for piece in tokens:
            if record.sent == hang:
                break
            await send({"content": piece}, probs=[piece])
            record.sent += 1
            await asyncio.sleep(pause)
        if hang is not None:
            await self._release.wait()
            return response
        if calls:
            await send({"tool_calls": self._calls(calls)})
        await send({}, reason)
        if (record.body.get("stream_options") or {}).get("include_usage"):
            await send(None, usage=usage)
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _garbage(self, request: web.Request, record: Request, kind: str) -> web.StreamResponse:
        record.state = "failed"
        if kind == "json":
            return web.Response(text='{"choices": [{"message": {"content": "cut o', content_type="application/json")
        if kind == "empty":
            return web.Response(text="", content_type="text/event-stream")
        if kind == "html":
            return web.Response(text="<html><body>proxy error</body></html>", content_type="text/html")
        if kind == "no_choices":
            return web.json_response({**self._envelope("chat.completion", record), "choices": []})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if kind == "truncated":
            await response.write(b'data: {"id": "x", "choices": [{"index": 0, "delta": {"content": "Half an')
            if request.transport:
                request.transport.abort()
        else:
            await response.write(b"data: {not json}\n\n: comment\nevent: nonsense\ndata: 17\n\ndata: [DONE]\n\n")
        return response

    # -- control over HTTP ------------------------------------------------------------

    async def _on_control(self, request: web.Request) -> web.Response:
        """GET requests, violations or rules; POST rule, reset or know."""
        verb = request.match_info["verb"]
        if request.method == "GET":
            since = int(request.query.get("since", 0))
            views = {
                "requests": lambda: [r.as_json() for r in self.requests[since:]],
                "violations": lambda: self.violations,
                "rules": lambda: [vars(r) for r in self.rules],
            }
            if verb not in views:
                return web.json_response({"error": "unknown view"}, status=404)
            return web.json_response(views[verb]())
        if verb not in ("rule", "reset", "know"):
            return web.json_response({"error": "unknown verb"}, status=404)
        try:
            result = getattr(self, verb)(**(await request.json() if request.can_read_body else {}))
        except (TypeError, ValueError, re.error) as e:
            return web.json_response({"error": str(e)}, status=409)
        return web.json_response(vars(result) if isinstance(result, Rule) else result)


def main() -> None:
    """Run stand-alone until interrupted."""
    p = argparse.ArgumentParser(description="Scripted OpenAI-compatible model server")
    p.add_argument("--port", type=int, default=8930)
    p.add_argument("--name", default="fake-7b", help="the model's name in /v1/models")
    p.add_argument("--api-key", default="", help="refuse requests without this bearer token")
    a = p.parse_args()

    async def run() -> None:
        async with FakeModel(port=a.port, name=a.name, api_key=a.api_key) as model:
            print(json.dumps({"url": f"{model.url}/v1", "control": f"{model.url}/_control/"}), flush=True)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


if __name__ == "__main__":
    main()
