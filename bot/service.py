"""`frontdesk run`: owns the data, connects every channel, answers until it is told to stop, and loses nothing then."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from bot.app import App
from bot.health import Health
from bot.lock import DataLock
from bot.mcp.listening import McpListener
from bot.operations import Operations
from bot.phrases import prepare
from bot.wire import connect
from bot.wire import serve as serve_socket
from engine.errors import FrontdeskError, SettingsError

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.output import Output
    from engine.config import Loaded

#: Promised: exit within 20 s of SIGTERM.  What is under way gets this long to be finished; the rest is for closing.
_FINISH_S = 12.0
_RECONNECT_S = (1.0, 60.0)  # first and longest pause before a channel that broke is started again

_log = structlog.get_logger()


async def serve(loaded: Loaded, verb: str, *, ready: Callable[[App], None] | None = None) -> int:
    """Run until SIGTERM or SIGINT; returns the exit status.

    Prints ``ready`` once, when all channels are connected.  Raises ``SettingsError`` when a secret is missing and
    ``Taken`` when another process owns the data.
    """
    loaded.require("channels", "model", "database", "knowledge", "audit", "tools")
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    lock = DataLock(loaded.settings.data.path, verb)
    await lock.take(wait_s=60.0)
    try:
        async with App(loaded, serving=True).opened() as app:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, app.reloading.by_signal)
            return await _serve(app, stopping, ready)
    finally:
        lock.release()


async def reload(loaded: Loaded, out: Output) -> int:
    """Have the `frontdesk run` that owns this data read its settings again; returns the exit status."""
    operate = await connect(loaded.settings.data.path)
    if operate is None:
        folder = loaded.settings.data.path.resolve()
        raise FrontdeskError(f"no `frontdesk run` is up on {folder}: it reads its settings when it starts")
    async for line in operate("reload", {}):
        out.line(line)
    return out.end()


async def _serve(app: App, stopping: asyncio.Event, ready: Callable[[App], None] | None) -> int:
    connected: dict[str, asyncio.Event] = {}
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tasks = []
    for n, channel in enumerate(app.channels):
        up = connected.setdefault(f"{n}:{channel.name}", asyncio.Event())
        tasks.append(asyncio.create_task(_keep(app, channel, up, broken), name=f"channel {channel.name}"))
    tasks.append(asyncio.create_task(app.tell_people(), name="hand-offs"))
    tasks.append(asyncio.create_task(app.count(), name="counting"))
    tasks.append(asyncio.create_task(app.take_up_model(), name="model"))

    async def readiness() -> dict[str, bool]:
        return {**await app.readiness(), **{name.partition(":")[2]: e.is_set() for name, e in connected.items()}}

    listen, plugins = app.settings.health.listen, lambda: app.assistant.standings
    health = Health(listen, readiness, app.metrics, plugins) if listen else None
    mcp = McpListener(app.settings.mcp.listen, app.settings.mcp.hosts, app.agents) if app.settings.mcp.listen else None
    socket = await serve_socket(app.settings.data.path, Operations(app))
    try:
        if health:
            await health.start()
        if mcp:
            await mcp.start()
        everything = asyncio.create_task(_all(app, connected))
        stop = asyncio.create_task(stopping.wait())
        happened: set[asyncio.Future[Any]] = {everything, stop, broken}
        await asyncio.wait(happened, return_when=asyncio.FIRST_COMPLETED)
        if broken.done():
            await broken  # raises what is wrong with the settings
        if everything.done():
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            if ready:
                ready(app)
        await asyncio.wait(happened - {everything}, return_when=asyncio.FIRST_COMPLETED)
        everything.cancel()
        stop.cancel()
        if broken.done():
            await broken
        return 0
    finally:
        _log.info("stopping")
        socket.close()
        (app.settings.data.path / "frontdesk.sock").unlink(missing_ok=True)
        if mcp:
            await mcp.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.finish(within_s=_FINISH_S)
        if health:
            await health.stop()
        broken.cancel()


async def _all(app: App, connected: dict[str, asyncio.Event]) -> None:
    await asyncio.gather(app.searchable(), asyncio.to_thread(prepare), *(event.wait() for event in connected.values()))


async def _keep(app: App, channel: Channel, up: asyncio.Event, broken: asyncio.Future[None]) -> None:
    """Run a channel; one that breaks is started again, one whose settings are wrong ends it all with the reason."""
    pause = _RECONNECT_S[0]
    while True:

        def connected(name: str = channel.name) -> None:
            app.metrics.connected(name, up=True)
            up.set()

        try:
            await channel.run(app.reception, connected)
            _log.warning("channel ended, starting it again", channel=channel.name)
        except SettingsError as e:
            if not broken.done():
                broken.set_exception(e)
            return
        except FrontdeskError as e:
            _log.warning("channel does not work now, trying again", channel=channel.name, reason=str(e), after_s=pause)
        except Exception:  # anything else that a library throws: told, and tried again
            _log.exception("channel broke, starting it again", channel=channel.name, after_s=pause)
        app.metrics.connected(channel.name, up=False)
        up.clear()
        await asyncio.sleep(pause)
        pause = min(pause * 2, _RECONNECT_S[1])
