"""Tells machines how the desk is: /healthz (the loop runs), /readyz (what is not ready), /metrics (Prometheus)."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from bot.listening import serve
from engine.admission import Gate
from engine.types import Outcome

if TYPE_CHECKING:
    from engine.containing import Standing

log = structlog.get_logger()

#: Seconds: a first sentence within a blink up to a model server that is far too slow.
_FIRST = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_END = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
#: Seconds that the question "is everything ready?" may take.
_PATIENCE_S = 5.0


class Metrics:
    """What is counted, in a registry of its own.  Labels are names from the settings, never people or rooms."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._accepted = Counter(
            "frontdesk_messages_accepted", "Messages kept in the inbox.", ["channel"], registry=registry
        )
        self._last = Gauge(
            "frontdesk_last_message_timestamp_seconds",
            "When the last message was kept, in seconds since 1970.",
            ["channel"],
            registry=registry,
        )
        self._ended = Counter(
            "frontdesk_messages_ended",
            "Messages that came to their end: answered, handed_off, refused, ignored.",
            ["channel", "outcome"],
            registry=registry,
        )
        self._first = Histogram(
            "frontdesk_first_text_seconds",
            "From a message's arrival to the first text of its answer being released.",
            ["channel"],
            buckets=_FIRST,
            registry=registry,
        )
        self._end = Histogram(
            "frontdesk_answer_seconds",
            "From a message's arrival to its end.",
            ["channel"],
            buckets=_END,
            registry=registry,
        )
        self._open = Gauge("frontdesk_open_messages", "Messages that are not at their end yet.", registry=registry)
        self._oldest = Gauge(
            "frontdesk_oldest_open_message_seconds", "Age of the oldest of them, 0 without any.", registry=registry
        )
        self._model = Counter("frontdesk_model_failures", "Answers that the model server failed.", registry=registry)
        self._tokens = {
            name: Counter(f"frontdesk_{name}_tokens", says, ["plugin"], registry=registry)
            for name, says in (
                ("prompt", "Tokens that the model server read for answers."),
                ("cached", "Those of them that came from its prefix cache."),
                ("completion", "Tokens that it wrote."),
            )
        }
        self._passages = Gauge("frontdesk_passages", "Passages that can be found now.", registry=registry)
        self._failures = Counter(
            "frontdesk_plugin_failures",
            "Answers that a plugin failed: raised, late, large, slow (its claims), wrong.",
            ["plugin", "kind"],
            registry=registry,
        )
        self._left_out = Gauge(
            "frontdesk_plugin_left_out",
            "1 while a plugin is left out because it failed several times, else 0.",
            ["plugin"],
            registry=registry,
        )
        self._grown = Gauge(
            "frontdesk_plugin_grown_bytes",
            "What the process grew by while this plugin alone was at work, after its first calls.",
            ["plugin"],
            registry=registry,
        )
        self._connected = Gauge(
            "frontdesk_channel_connected", "1 while a channel is connected, else 0.", ["channel"], registry=registry
        )

    def follow(self, gate: Callable[[], Gate | None]) -> None:
        """Tell how many answers the model writes and how many wait for it, as it is whenever somebody asks."""
        idle = Gate()
        for name, says, value in (
            ("running", "Answers that the model writes now.", lambda: (gate() or idle).running),
            ("waiting", "Questions that wait for the model.", lambda: (gate() or idle).waiting),
            ("bound", "Answers that it may write at the same time.", lambda: (gate() or idle).bound),
            (
                "wait_seconds",
                "How long one that comes now will wait, about; NaN: not known.",
                lambda: _known((gate() or idle).wait_s),
            ),
        ):
            Gauge(f"frontdesk_model_{name}", says, registry=self.registry).set_function(value)

    def accepted(self, channel: str) -> None:
        """A message was kept."""
        self._accepted.labels(channel).inc()
        self._last.labels(channel).set(time.time())

    def ended(self, channel: str, outcome: Outcome, seconds: float) -> None:
        """A message came to its end, so many seconds after its arrival."""
        self._ended.labels(channel, outcome.value).inc()
        self._end.labels(channel).observe(seconds)

    def first_text(self, channel: str, seconds: float) -> None:
        """The first text of an answer was released, so many seconds after the message's arrival."""
        self._first.labels(channel).observe(seconds)

    def open_messages(self, count: int, oldest_s: float) -> None:
        """How many messages are not at their end now, and the age of the oldest in seconds (0 without any)."""
        self._open.set(count)
        self._oldest.set(oldest_s)

    def model_failed(self, times: int) -> None:
        """The model server failed so many times in one answer."""
        self._model.inc(times)

    def tokens(self, plugin: str, tokens: Mapping[str, int]) -> None:
        """An answer of this plugin took so many tokens: ``{prompt, cached, completion}``."""
        for name, counter in self._tokens.items():
            counter.labels(plugin).inc(tokens.get(name, 0))

    def plugin(self, standing: Standing, kind: str) -> None:
        """A plugin failed in this way, or (no kind) works again."""
        if kind:
            self._failures.labels(standing.plugin, kind).inc()
        self._left_out.labels(standing.plugin).set(1 if standing.left_out else 0)
        self._grown.labels(standing.plugin).set(standing.grown)

    def passages(self, count: int) -> None:
        """How many passages can be found now."""
        self._passages.set(count)

    def connected(self, channel: str, *, up: bool) -> None:
        """Whether a channel is connected now."""
        self._connected.labels(channel).set(1 if up else 0)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)


def _known(seconds: float | None) -> float:
    return math.nan if seconds is None else seconds


class Health:
    """The health listener.

    ``ready`` is asked at each /readyz: a name and whether it is ready, for every part that matters.  A part that is
    not ready, an answer that takes longer than 5 s, or an error in it is status 503, with what is not ready as JSON.
    ``plugins`` says how each does: one that is left out is named there with since when and why, and the desk is ready
    all the same, since the others answer.
    """

    def __init__(
        self,
        listen: str,
        ready: Callable[[], Awaitable[dict[str, bool]]],
        metrics: Metrics,
        plugins: Callable[[], Iterable[Standing]] = tuple,
    ) -> None:
        self.listen = listen
        self.metrics = metrics
        self._ready = ready
        self._plugins = plugins
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.  Raises ``SettingsError`` when ``health.listen`` cannot be listened on."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = await serve(app, self.listen, "health.listen")

    @property
    def port(self) -> int:
        """The port that is listened on; of use where the settings say 0."""
        return int(self._runner.addresses[0][1]) if self._runner else 0

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        parts: dict[str, bool] = {}
        reason = ""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                parts = await self._ready()
        except TimeoutError:
            reason = f"the check took longer than {_PATIENCE_S:.0f} s"
        except Exception:
            log.exception("readiness check failed")
            reason = "the check failed: see the log"
        waiting = sorted(name for name, up in parts.items() if not up)
        ready = not waiting and not reason
        body: dict[str, Any] = {"ready": ready, "not_ready": waiting, "parts": parts}
        body |= {"reason": reason} if reason else {}
        left_out = [{"plugin": p.plugin, "since": p.since, "why": p.why} for p in self._plugins() if p.left_out]
        body |= {"left_out": left_out} if left_out else {}
        return web.Response(
            status=200 if ready else 503, body=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.metrics.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
