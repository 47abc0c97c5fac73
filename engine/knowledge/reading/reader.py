"""``Reader``: documents are parsed in limited child processes; whatever happens there, an answer comes within 90 s.

Cheap kinds written in plain Python (Markdown, text, HTML, tables, JSON, e-mail) share one long-lived child.  Kinds
whose parsers are written in C or open archives (PDF, Word, PowerPoint, Excel, ZIP) get a child for each file, so that
a file that takes over its parser sees no other document.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from engine.errors import LoadFailed
from engine.knowledge.markdown import Section
from engine.knowledge.reading import kinds
from engine.knowledge.reading.encodings import cleaned
from engine.knowledge.reading.page import Page, too_large, web_address
from engine.knowledge.reading.process import SCRIPT, Child, Died
from engine.knowledge.reading.walls import CPU_S, MEMORY, WALL_S

_log = structlog.get_logger()

_SHARED_FILES = 500  # documents that one child reads before the next takes over: what leaks, leaks no further
_SHARED_BYTES = 2_000_000  # a larger file gets a child of its own: it could leave the shared one short of memory
_TOGETHER = 2  # children with one file each at the same time: 2 GB of memory at most
_IDLE_S = 60.0  # a child that nobody needs goes away: it holds 40 MB
_TIME_FOR_TWO_S = 25.0  # a first try that took longer is the last: 90 s are promised, starts included
_OUT_OF_TIME = {-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGALRM}
_ALONE = {"pdf", "docx", "pptx", "xlsx", "archive"}
_WALLS = ("network", "programs", "writing", "reading")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: ``name`` is relative and safe to show; ``wrong`` says why it is not read (then no data)."""

    name: str
    data: bytes
    wrong: str = ""


class _Trouble(Exception):
    """The child could not read it; ``reason`` is for the person, ``again``: a fresh child might."""

    def __init__(self, reason: str, *, again: bool):
        super().__init__(reason)
        self.reason, self.again = reason, again


class Reader:
    """Reads documents and opens archives.  Used in one event loop; ``close`` ends its processes."""

    def __init__(
        self, *, script: Path = SCRIPT, wall_s: float = WALL_S, files: int = _SHARED_FILES, idle_s: float = _IDLE_S
    ):
        self._script, self._wall_s, self._files, self._idle_s = script, wall_s, files, idle_s
        self._shared: Child | None = None
        self._sharing = asyncio.Lock()
        self._alone = asyncio.Semaphore(_TOGETHER)
        self._spare: asyncio.Task[Child] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._warned = False
        #: The walls that do not hold on this machine, known after the first document.
        self.missing: tuple[str, ...] = ()

    async def read(self, data: bytes, name: str, *, media_type: str = "", charset: str = "") -> Page:
        """The document in ``data``.

        Args:
            data: the file's bytes.
            name: its name; the ending decides between kinds of text, nothing else.
            media_type: what a server said it is.
            charset: the encoding that a server said it has.

        Raises:
            LoadFailed: it cannot be read, with a reason for the person who loads it.
        """
        if not data.strip():
            raise LoadFailed("the file is empty")
        too_large(len(data))
        kind = kinds.kind_of(data, name, media_type)
        job = {"do": "read", "kind": kind, "name": name, "media_type": media_type, "charset": charset}
        head: dict[str, Any] = {}
        rows: list[Any] = []
        more: dict[int, list[str]] = {}  # the rest of long sections, by their number
        try:
            async for frame in self._answers(job, data):
                if isinstance(frame, bytes):
                    continue
                if "title" in frame:
                    head = frame
                rows += frame.get("sections", ())
                if "more" in frame:
                    more.setdefault(len(rows) - 1, []).append(str(frame["more"]))
            sections = tuple(_section(row, more.get(number, ())) for number, row in enumerate(rows))
            return Page(str(head["title"]), web_address(str(head["url"])), sections, str(head["encoding"]),
                        float(head["dated"]))  # fmt: skip
        except (KeyError, TypeError, ValueError) as e:
            raise LoadFailed("it is damaged: its reader gave no answer that makes sense") from e

    async def members(self, data: bytes, name: str) -> list[Member]:
        """The files of a ZIP archive or the attachments of an e-mail; raises ``LoadFailed`` for the whole of it."""
        too_large(len(data))
        job = {"do": "members", "kind": "mail" if name.lower().endswith(".eml") else "archive", "name": name,
               "media_type": "", "charset": ""}  # fmt: skip
        found: list[Member] = []
        async for frame in self._answers(job, data):
            if isinstance(frame, bytes):
                found[-1] = replace(found[-1], data=frame)
            elif "member" in frame:
                found.append(Member(str(frame["member"]), b"", str(frame.get("wrong", ""))))
        return found

    async def check(self) -> tuple[str, ...]:
        """The walls that this machine does not have, of network, programs, writing and reading: none is good."""
        await self.read(b"# Check\n\nwalls\n", "check.md")
        return self.missing

    @staticmethod
    def is_archive(data: bytes, name: str) -> bool:
        """Whether ``data`` is a ZIP archive: then it is no document, but has ``members``."""
        return kinds.is_archive(data, name)

    @staticmethod
    def has_members(data: bytes, name: str) -> bool:
        """Whether there may be files inside: a ZIP archive, or an e-mail (which is a document too)."""
        return kinds.has_members(data, name)

    async def close(self) -> None:
        """End every child."""
        if self._idle:
            self._idle.cancel()
        await self._let_go()
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    async def _answers(self, job: dict[str, Any], data: bytes) -> AsyncIterator[dict[str, Any] | bytes]:
        """Everything the child says about ``data``, collected, so that a second try says nothing twice."""
        try:
            frames = await self._tried(job, data)
        except _Trouble as trouble:
            if not trouble.again:
                raise LoadFailed(trouble.reason) from trouble
            try:
                frames = await self._tried(job, data, alone=True)
            except _Trouble as again:
                raise LoadFailed(again.reason) from again
        for frame in frames:
            yield frame

    async def _tried(self, job: dict[str, Any], data: bytes, *, alone: bool = False) -> list[dict[str, Any] | bytes]:
        if self._idle:
            self._idle.cancel()
        try:
            if alone or job["kind"] in _ALONE or len(data) > _SHARED_BYTES:
                async with self._alone:
                    return await self._with(await self._fresh(), job, data)
            async with self._sharing:
                child, self._shared = self._shared, None
                if child is None or not child.running or child.served >= self._files:
                    if child:
                        self._dismiss(child)
                    child = await Child.start("many", self._script)
                frames = await self._with(child, job, data, keep=True)
                self._shared = child
                return frames
        finally:
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._dismiss_idle)

    async def _with(
        self, child: Child, job: dict[str, Any], data: bytes, *, keep: bool = False
    ) -> list[dict[str, Any] | bytes]:
        """One job in one child, which is ended unless it is to be kept and all went well."""
        frames: list[dict[str, Any] | bytes] = []
        served, fine, began = child.served, False, asyncio.get_running_loop().time()

        def again() -> bool:
            """Whether a fresh child might do better: what was read before may be to blame, and there is time left."""
            return served > 0 and asyncio.get_running_loop().time() - began < _TIME_FOR_TWO_S

        try:
            async with asyncio.timeout(self._wall_s):
                frames += [frame async for frame in child.ask(job, data)]
            fine = keep
        except TimeoutError:
            raise _Trouble(f"reading it took more than {self._wall_s:.0f} s", again=False) from None
        except (Died, ValueError) as e:
            status = e.status if isinstance(e, Died) else None
            raise _Trouble(_died(status), again=again() and status not in _OUT_OF_TIME) from e
        finally:
            self._note(child)
            if not fine:
                self._dismiss(child)
        last = frames[-1]
        if isinstance(last, dict) and "failed" in last:
            if fine:
                self._shared = child
            raise LoadFailed(" ".join(cleaned(str(last["failed"])[:400]).split()))
        if isinstance(last, dict) and "trouble" in last:
            self._dismiss(child)
            raise _Trouble(f"reading it needs more than {MEMORY >> 20} MB of memory", again=again())
        return frames

    async def _fresh(self) -> Child:
        """A child that has read nothing; the next one starts meanwhile."""
        spare, self._spare = self._spare, asyncio.create_task(Child.start("one", self._script))
        if spare is not None:
            child = await spare
            if child.running:
                return child
        return await Child.start("one", self._script)

    def _note(self, child: Child) -> None:
        """Say once which walls this machine does not have."""
        if child.held is None:
            return
        self.missing = tuple(wall for wall in _WALLS if wall not in child.held)
        if self.missing and not self._warned:
            self._warned = True
            _log.warning("documents are read with fewer walls than there should be", missing=", ".join(self.missing))

    def _dismiss(self, child: Child) -> None:
        task = asyncio.get_running_loop().create_task(child.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _dismiss_idle(self) -> None:
        if not self._sharing.locked():
            task = asyncio.get_running_loop().create_task(self._let_go())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _let_go(self) -> None:
        shared, self._shared = self._shared, None
        spare, self._spare = self._spare, None
        if shared:
            await shared.end()
        if spare:
            with contextlib.suppress(OSError):
                await (await spare).end()


def _died(status: int | None) -> str:
    """What to tell about a child that ended without an answer."""
    if status in {-signal.SIGPROF, -signal.SIGXCPU}:
        return f"reading it takes more than {CPU_S} s of computing"
    if status == -signal.SIGALRM:
        return f"reading it took more than {WALL_S} s"
    return "its reader broke down: the file is damaged, made to do harm, or needs too much memory"


def _section(row: Any, more: Sequence[str]) -> Section:
    heading, text, url, entry, variants, anchor = row
    return Section(
        str(heading),
        "".join([str(text), *more]),
        web_address(str(url)),
        bool(entry),
        tuple(map(str, variants)),
        str(anchor),
    )
