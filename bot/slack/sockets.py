"""Socket Mode: keeps one WebSocket to Slack open, replaces it when Slack asks, and acknowledges what was kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson
import structlog

from bot.heard import Heard
from bot.slack.api import Api, SlackRefused
from engine.errors import FrontdeskError, SettingsError

Json = dict[str, Any]
log = structlog.get_logger()

#: Seconds between our pings; a socket that is silent for half as long again is dead.
_PING_S = 10.0
#: Seconds that a socket which Slack is about to close may still deliver, and that the last envelopes get at the end.
_LEAVING_S = 30.0
_LAST_S = 3.0
#: A socket that lived so long was a good one: the next failure is the first again.
_GOOD_S = 10.0
_MOST_BYTES = 16 * 2**20

#: Takes an envelope; returns the acknowledgement's payload (empty: none).  None: keep quiet, Slack delivers it again.
Deliver = Callable[[Json], Awaitable[Json | None]]


class _Life:
    """What happens to one socket: ``hello`` is true once Slack greeted; ``leave`` is set when another is needed."""

    def __init__(self) -> None:
        self.hello = False
        self.up = asyncio.Event()
        self.leave = asyncio.Event()
        self.failure: Exception | None = None


class Sockets:
    """The connection of one app.

    slack_sdk's own client reads from one socket only, loses what arrives while it changes to the next, and tries a
    refused address (which works once) for ever; so this loop is ours, and Bolt gets what it delivers.
    """

    def __init__(self, api: Api, app_token: str, deliver: Deliver, heard: Heard) -> None:
        self._api = api
        self._app_token = app_token
        self._deliver = deliver
        self._heard = heard
        self._open = 0  # sockets that Slack has greeted: while one is replaced, there are two
        self._serving: set[asyncio.Task[None]] = set()
        self._work: set[asyncio.Task[None]] = set()

    async def run(self, connected: Callable[[], None]) -> None:
        """Connect, again and again, until cancelled; what has arrived by then is still kept and acknowledged.

        Raises ``SettingsError`` when Slack refuses the very first connection.
        """
        failures, greeted = 0, False
        clock = asyncio.get_running_loop().time
        try:
            while True:
                life, began = _Life(), clock()
                _hold(self._serving, self._serve(life))
                await life.up.wait()
                if life.hello and not greeted:
                    greeted = True
                    connected()
                await life.leave.wait()
                if not greeted and isinstance(life.failure, SlackRefused):
                    raise SettingsError(f"channels: slack app_token: {life.failure}")
                failures = 1 if clock() - began > _GOOD_S else failures + 1
                if life.failure is None:
                    log.info("slack socket ends", failures=failures)
                else:
                    told = isinstance(life.failure, FrontdeskError)
                    why = str(life.failure) if told else type(life.failure).__name__
                    log.warning("slack socket lost", failures=failures, why=why)
                if failures > 1:
                    await asyncio.sleep(min(30.0, 0.25 * 2**failures) * (0.5 + random.random()))  # noqa: S311 - spread
        finally:
            if self._work:
                await asyncio.wait(self._work, timeout=_LAST_S)
            for task in (rest := [*self._work, *self._serving]):
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, life: _Life) -> None:
        """One socket to its end."""
        try:
            opened = await self._api.call("apps.connections.open", token=self._app_token, patience_s=60.0)
            connect = self._api.session.ws_connect(opened["url"], heartbeat=_PING_S, max_msg_size=_MOST_BYTES)
            async with connect as ws, asyncio.timeout(None) as limit:
                async for frame in ws:
                    self._read(ws, frame, life)
                    if life.leave.is_set() and limit.when() is None:
                        limit.reschedule(asyncio.get_running_loop().time() + _LEAVING_S)
        except TimeoutError:
            pass  # Slack left it open
        except (aiohttp.ClientError, OSError, FrontdeskError) as e:
            life.failure = e
        finally:
            if life.hello:
                self._open -= 1
            if not self._open:  # what happens now comes again, some of it after minutes
                self._heard.breaks()
            life.up.set()
            life.leave.set()

    def _read(self, ws: aiohttp.ClientWebSocketResponse, frame: aiohttp.WSMessage, life: _Life) -> None:
        if frame.type is not aiohttp.WSMsgType.TEXT:
            return
        try:
            envelope = orjson.loads(frame.data)
        except orjson.JSONDecodeError:
            log.warning("slack sent what is no JSON")
            return
        if "envelope_id" in envelope:
            _hold(self._work, self._take(ws, envelope))
        elif envelope.get("type") == "hello":
            if not life.hello:
                life.hello = True
                self._open += 1
            if not self._heard.listening:
                self._heard.begins()
            life.up.set()
        elif envelope.get("type") == "disconnect":
            log.info("slack wants another socket", reason=envelope.get("reason"))
            life.leave.set()  # this one may still deliver while the next is opened

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        answer = await self._deliver(envelope)
        if answer is None:
            return
        said: Json = {"envelope_id": envelope["envelope_id"]}
        if answer:
            said["payload"] = answer
        try:
            await ws.send_str(orjson.dumps(said).decode())
        except (OSError, aiohttp.ClientError):
            log.info("slack socket closed before an acknowledgement")  # it comes again, and is known then


def _hold(tasks: set[asyncio.Task[None]], work: Any) -> None:
    """Run something beside us and hold it until it ends; an error of ours is told and ends nothing else."""
    task: asyncio.Task[None] = asyncio.create_task(work)
    tasks.add(task)

    def ended(done: asyncio.Task[None]) -> None:
        tasks.discard(done)
        if not done.cancelled() and (why := done.exception()):
            log.error("slack socket failed", why=type(why).__name__, exc_info=why)

    task.add_done_callback(ended)
