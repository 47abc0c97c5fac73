"""Keeps a plugin that raises, hangs or grows from breaking anything but its own answers.

What it cannot do, since a plugin is Python in this process: interrupt code that never awaits, or take memory back.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog

from engine.deadline import Deadline, of_this_work
from engine.errors import LeaseLost, Unavailable
from engine.growing import Growing
from engine.types import Reply

if TYPE_CHECKING:
    from engine.plugin import Plugin
    from engine.turn import Turn

#: Seconds that a plugin may work on one answer, where neither it nor a slow model says otherwise; waiting in line for
#: the model does not count.
TIMEOUT_S: Final = 600.0
#: A plugin that failed so often in a row is left out so long (seconds): longer each time, up to the second.
FAILURES: Final = 3
_OUT_S = (60.0, 900.0)
#: Characters of a reply, and bytes of what is kept of it as JSON.
REPLY_CHARS: Final = 60_000
KEPT_BYTES: Final = 256 * 1024
#: Seconds of this thread's own time, and of the clock, that ``claims`` may take: everybody waits meanwhile.
_CLAIMS_CPU_S, _CLAIMS_S = 0.25, 3.0
#: Seconds that a plugin which was told to stop is waited for.
_GRACE_S = 5.0
#: Calls of a plugin before it is looked at how the process grows: first calls load what they need.
_WARM = 5
#: Bytes that the process may grow by in one call without being noted.
_GREW = 32 * 2**20
#: The reasons of a hand-off, and the note of a receipt.
FAILED: Final = "the plugin for this failed: the log says more"
LEFT_OUT: Final = "the plugin for this is left out for a while: it failed several times"
TOO_MUCH_KEPT: Final = "what the plugin wanted to keep of this was too large and is not kept"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plugin does: ``left_out`` ``since`` when (seconds since 1970) and ``why``, in words without anybody's text.

    ``failures`` since the start by kind, ``last`` what the last one was; ``grown`` bytes that the process grew while it
    alone was at work.
    """

    plugin: str
    left_out: bool = False
    since: float = 0.0
    why: str = ""
    failures: tuple[tuple[str, int], ...] = ()
    last: str = ""
    grown: int = 0

    @property
    def trouble(self) -> str:
        """What is to be told of it now, in a line; empty: nothing."""
        if not self.left_out:
            return ""
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.since))
        return f"left out since {when} UTC: {self.why}; it is tried again by itself"


class Failed(Exception):
    """A plugin did not give what it promises; ``kind`` is one word for it."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class _Breaker:
    """One plugin's: closed, open for a while, then one try decides."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self.standing = Standing(name)
        self._clock = clock
        self._in_a_row = Counter[str]()  # failures, by what it was asked: `claims` or `answer`
        self._times = 0
        self._until = 0.0
        self._trying = False
        self.kinds: Counter[str] = Counter()

    @property
    def open(self) -> bool:
        """Whether it is left out now; not while one try may decide."""
        return self.standing.left_out and (self._trying or self._clock() < self._until)

    def begin(self) -> bool:
        """Whether this call is the one that decides."""
        if self.standing.left_out:
            self._trying = True
            return True
        return False

    def leave(self) -> None:
        """The call that was to decide ended without telling anything."""
        self._trying = False

    def worked(self, asked: str) -> bool:
        """It did what it was asked; returns whether that brings it back."""
        self._in_a_row[asked] = 0
        self._trying = False
        back = self.standing.left_out and max(self._in_a_row.values()) < FAILURES
        if back:
            self._times = 0
            self.standing = replace(self.standing, left_out=False, since=0.0, why="")
        return back

    def failed(self, asked: str, kind: str, why: str) -> None:
        """It did not."""
        self.kinds[kind] += 1
        self._in_a_row[asked] += 1
        self._trying = False
        self.standing = replace(self.standing, failures=tuple(sorted(self.kinds.items())), last=why)
        if self._in_a_row[asked] >= FAILURES:
            self._until = self._clock() + min(_OUT_S[0] * 2**self._times, _OUT_S[1])
            self._times += 1
            since = self.standing.since if self.standing.left_out else time.time()
            self.standing = replace(self.standing, left_out=True, since=since, why=why)


class Containing:
    """Asks plugins; each has a breaker of its own, by its place in the settings."""

    def __init__(
        self,
        plugins: Sequence[Plugin],
        *,
        total_s: float = 0.0,
        told: Callable[[Standing, str], None] = lambda _standing, _kind: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``total_s``: how long the model may write on one answer.

        ``told`` hears of each change, with the failure's kind (empty: it works again).
        """
        self.plugins = tuple(plugins)
        self._timeout_s = max(TIMEOUT_S, 2 * total_s)
        self._told = told
        names = Counter[str]()
        self._breakers: dict[int, _Breaker] = {}
        for plugin in self.plugins:
            names[plugin.name] += 1
            number = names[plugin.name]
            label = plugin.name if number == 1 else f"{plugin.name}#{number}"
            self._breakers[id(plugin)] = _Breaker(label, clock)
        self._under_way = 0
        self._calls: Counter[int] = Counter()
        self._abandoned: set[asyncio.Task[Reply | None]] = set()

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How each of them does."""
        return tuple(breaker.standing for breaker in self._breakers.values())

    def left_out(self, plugin: Plugin) -> bool:
        """Whether it is not asked now."""
        return self._breakers[id(plugin)].open

    def claims(self, plugin: Plugin, turn: Turn) -> bool:
        """Whether the plugin claims the message; one that raises or takes long claims nothing."""
        if self.left_out(plugin):
            return False
        cpu, began = time.thread_time(), time.monotonic()
        try:
            claimed = plugin.claims(turn)
            took = time.thread_time() - cpu
            if took > _CLAIMS_CPU_S or time.monotonic() - began > _CLAIMS_S:
                took = max(took, time.monotonic() - began)
                raise Failed("slow", f"its `claims` took {took:.1f} s, and everybody waits for it")
        except Exception as e:  # whatever a plugin raises, the desk goes on
            self._fail(plugin, "claims", e)
            return False
        self._worked(plugin, "claims")
        return claimed is True

    async def answer(self, plugin: Plugin, turn: Turn) -> Reply | None:
        """The plugin's reply.  Raises ``Failed`` where it has none to give, what is away (``Unavailable``) as it is."""
        breaker = self._breakers[id(plugin)]
        deciding = breaker.begin()
        ended = False
        before = self._began(plugin)
        try:
            reply = checked(await self._bounded(plugin, turn, plugin.timeout_s or self._timeout_s))
            ended = True
        except (Unavailable, LeaseLost):
            raise
        except Exception as e:
            ended = True
            raise self._fail(plugin, "answer", e) from None
        finally:
            self._under_way -= 1
            if deciding and not ended:
                breaker.leave()
        self._look_at_memory(plugin, before)
        self._worked(plugin, "answer")
        return reply

    def _worked(self, plugin: Plugin, asked: str) -> None:
        breaker = self._breakers[id(plugin)]
        if breaker.worked(asked):
            _log.info("plugin works again", plugin=breaker.standing.plugin)
            self._told(breaker.standing, "")

    async def _bounded(self, plugin: Plugin, turn: Turn, seconds: float) -> Reply | None:
        deadline = Deadline(seconds)
        mark = of_this_work.set(deadline)
        try:
            task = asyncio.create_task(_asked(plugin, turn), name=f"plugin {plugin.name}")
        finally:
            of_this_work.reset(mark)
        try:
            either: set[asyncio.Future[Any]] = {task, deadline.passed}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the question was changed or deleted, or the desk stops
            await self._stopped(task, turn)
            raise
        finally:
            deadline.end()
        if not task.done():
            stopped = await self._stopped(task, turn)
            how = "" if stopped else ", and it cannot be stopped"
            raise Failed("late", f"no answer within {seconds:g} s{how}")
        if task.cancelled():
            raise Failed("raised", "it cancelled itself")
        return task.result()

    async def _stopped(self, task: asyncio.Task[Reply | None], turn: Turn) -> bool:
        """Whether it stopped when told to; one that does not writes into the void from now on."""
        task.cancel()
        await asyncio.wait({task}, timeout=_GRACE_S)
        if task.done():
            if not task.cancelled():
                task.exception()  # looked at, so that nobody logs what it says
            return True
        turn.growing, turn.model = Growing(), None
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)
        return False

    def _fail(self, plugin: Plugin, asked: str, error: Exception) -> Failed:
        """Count it and log it, without what the error says: that may be words of whoever asked, or of a document."""
        breaker = self._breakers[id(plugin)]
        failed = error if isinstance(error, Failed) else Failed("raised", f"it raised {type(error).__name__}")
        before = breaker.standing.left_out
        breaker.failed(asked, failed.kind, str(failed))
        out = breaker.standing.left_out
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        where = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
        _log.error("plugin failed", plugin=breaker.standing.plugin, why=str(failed), where=where, left_out=out)
        if out and not before:
            _log.error("plugin is left out for a while", plugin=breaker.standing.plugin, why=str(failed))
        self._told(breaker.standing, failed.kind)
        return failed

    # How the process grows.

    def _began(self, plugin: Plugin) -> int:
        """The size of the process, where this is the only plugin at work; else 0."""
        self._under_way += 1
        self._calls[id(plugin)] += 1
        return _resident() if self._under_way == 1 and self._calls[id(plugin)] > _WARM else 0

    def _look_at_memory(self, plugin: Plugin, before: int) -> None:
        """Add up what the process grew by while no other plugin was at work; a load beside it counts, too."""
        if before and not self._under_way and (grown := _resident() - before) > _GREW:
            breaker = self._breakers[id(plugin)]
            breaker.standing = replace(breaker.standing, grown=breaker.standing.grown + grown)
            _log.warning("the process grew while a plugin answered", plugin=plugin.name, mb=grown >> 20)


async def _asked(plugin: Plugin, turn: Turn) -> Reply | None:
    try:
        return await plugin.answer(turn)
    except SystemExit:  # asyncio would end the process with it
        raise Failed("raised", "it raised SystemExit") from None


def apart(turn: Turn, growing: Growing) -> Turn:
    """The same turn for the next plugin: what a plugin that could not be stopped still writes, it writes elsewhere."""
    if turn.growing is growing:
        return turn
    fresh = copy(turn)
    fresh.growing = growing
    return fresh


def checked(reply: object) -> Reply | None:
    """The reply, if it is one of a size that can be shown and kept.  Raises ``Failed``."""
    if reply is None:
        return None
    if not isinstance(reply, Reply):
        raise Failed("wrong", f"it answered with {type(reply).__name__}, not with a Reply or None")
    if len(reply.text) > REPLY_CHARS:
        raise Failed("large", f"its reply has {len(reply.text):,} characters, {REPLY_CHARS:,} are the most")
    if not reply.receipt.kept:
        return reply
    try:
        size = len(orjson.dumps(dict(reply.receipt.kept)))
    except (orjson.JSONEncodeError, TypeError, ValueError):
        raise Failed("wrong", "what it wants to keep is not JSON") from None
    if size <= KEPT_BYTES:
        return reply
    notes = (*reply.receipt.notes, TOO_MUCH_KEPT)
    return replace(reply, receipt=replace(reply.receipt, kept={}, notes=notes))


def _resident() -> int:
    """Bytes of this process that are in memory, as Linux says; 0 where nobody does."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return 0
