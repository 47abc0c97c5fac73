"""One process owns a data folder: a lock that ends with its holder, whatever happens to it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from pathlib import Path

from engine.errors import FrontdeskError


class Taken(FrontdeskError):
    """Another process owns this data folder; ``verb`` is what it is doing."""

    def __init__(self, folder: Path, verb: str, pid: int):
        super().__init__(
            f"{folder.resolve()} is in use by `frontdesk {verb}` (process {pid}): stop that first, or give "
            "this one a data.path of its own"
        )
        self.verb = verb


class DataLock:
    """The lock on ``folder``, held from ``take`` until ``release`` or the end of the process."""

    def __init__(self, folder: Path, verb: str):
        self._folder = folder
        self._verb = verb
        self._file = -1

    async def take(self, *, wait_s: float = 0.0) -> None:
        """Take it, waiting for a short command of somebody else to end.

        Raises ``Taken`` when it is not free in time, or at once when ``frontdesk run`` has it.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        end = time.monotonic() + wait_s
        while True:
            taken = self._try()
            if taken is None:
                return
            if time.monotonic() >= end or taken.verb in ("run", "demo"):
                raise taken
            await asyncio.sleep(0.1)

    def _try(self) -> Taken | None:
        file = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = os.read(file, 1000)
            os.close(file)
            try:
                holder = json.loads(held)
            except ValueError:  # just being written
                holder = {}
            return Taken(self._folder, str(holder.get("verb", "?")), int(holder.get("pid", 0)))
        os.ftruncate(file, 0)
        os.write(file, json.dumps({"verb": self._verb, "pid": os.getpid()}).encode())
        self._file = file
        return None

    def release(self) -> None:
        """Let others have it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
