"""One limited child process, as the process that answers sees it: a job goes in, frames come out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("child.py")
_ROOT = Path(__file__).parents[3]
_PIECE = 1 << 18  # bytes that are written at once, so that a large file is not copied whole
_LONGEST_FRAME = 32 << 20  # bytes: more is no honest answer


class Died(Exception):
    """The child ended without an answer; ``status`` is its exit status, negative for a signal."""

    def __init__(self, status: int | None):
        super().__init__(status)
        self.status = status


class Child:
    """A process that parses ``many`` documents or one."""

    def __init__(self, process: asyncio.subprocess.Process):
        self._process = process
        self.served = 0
        self.held: tuple[str, ...] | None = None  # the walls that hold, once it has built them

    @classmethod
    async def start(cls, mode: str, script: Path = SCRIPT) -> Child:
        """Start one; it gets no environment, no open files and an empty view of our packages."""
        packages = [path for path in sys.path if path.endswith("-packages")]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-B", "-X", "utf8", str(script), mode, str(_ROOT), *packages,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={}, cwd="/", close_fds=True, start_new_session=True,
        )  # fmt: skip
        return cls(process)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self._process.returncode is None

    async def ask(self, job: dict[str, Any], data: bytes) -> AsyncIterator[dict[str, Any] | bytes]:
        """The frames of the answer, the last one included; raises ``Died``."""
        self.served += 1
        writing = asyncio.create_task(self._write(job | {"size": len(data)}, data))
        try:
            self.held = tuple(map(str, (await self._frame()).get("held", ())))
            while True:
                frame = await self._frame()
                yield frame
                if size := int(frame.get("size", 0)):
                    yield await self._bytes(min(size, _LONGEST_FRAME))
                if frame.keys() & {"end", "failed", "trouble"}:
                    break
            await writing
        finally:
            writing.cancel()
            await asyncio.wait({writing})  # not by awaiting it: a cancellation of ours must not pass for its own

    async def _write(self, job: dict[str, Any], data: bytes) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - it was asked for at the start
        head = json.dumps(job).encode()
        with contextlib.suppress(OSError):  # it died: reading its answer says so
            pipe.write(len(head).to_bytes(4, "big") + head)
            for start in range(0, len(data), _PIECE):
                pipe.write(memoryview(data)[start : start + _PIECE])
                await pipe.drain()
            await pipe.drain()

    async def _frame(self) -> dict[str, Any]:
        length = int.from_bytes(await self._bytes(4), "big")
        if length > _LONGEST_FRAME:
            raise Died(None)
        value = json.loads(await self._bytes(length))
        if not isinstance(value, dict):
            raise Died(None)
        return value

    async def _bytes(self, count: int) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - it was asked for at the start
        try:
            return await pipe.readexactly(count)
        except (asyncio.IncompleteReadError, OSError) as e:
            raise Died(await self._process.wait()) from e

    async def end(self) -> None:
        """End it, whatever it does."""
        transport = getattr(self._process, "_transport", None)
        if self._process.stdin is not None:
            self._process.stdin.close()
        # Before Python 3.13 the end of a process is told only when its pipes have ended, and the end of a pipe only to
        # who reads it; with much of an answer left, nobody does.
        if transport is not None and (pipe := transport.get_pipe_transport(1)) is not None:
            pipe.close()
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        if transport is not None:
            transport.close()
