"""A worker that is killed, again and again: real inbox, real outbox, and a platform that is a file.

Run as ``python -m tests.inbox.worker``, it imports everything once and forks a worker for each line of JSON on its
standard input: so a restart costs nothing but the restart.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import psycopg  # noqa: F401 - imported before the fork
import structlog
from alembic import command  # noqa: F401 - imported before the fork
from pydantic import PrivateAttr

from bot.channel import Channel, Placed, Post, Reception
from bot.outbox import Outbox
from engine import failpoints
from engine.claim import Claim
from engine.errors import Queued, Unavailable
from engine.growing import Growing
from engine.inbox import Inbox
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.types import Audience, Message, Outcome, Reply


@dataclass(frozen=True)
class Orders:
    """What one worker is to do."""

    url: str
    socket: str  # where its messages come from
    file: str  # its platform
    fail_at: str
    lease_s: float
    concurrency: int


class File(Channel):
    """A platform: what stands in the file is visible, and who wrote it finds it again by its key."""

    name: ClassVar[str] = "file"
    path: Path
    _fd: int = PrivateAttr(default=-1)
    _read: int = PrivateAttr(default=0)
    _visible: Counter[str] = PrivateAttr(default_factory=Counter)

    def open(self) -> None:
        self._fd = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)

    def _write(self, verb: str, post: Post) -> None:
        line = [verb, post.key, post.message.id, post.message.conversation.room, os.getpid(), time.time()]
        os.write(self._fd, (json.dumps(line) + "\n").encode())

    def _is_visible(self, key: str) -> bool:
        with self.path.open() as file:
            file.seek(self._read)
            for line in file.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    verb, its, *_ = json.loads(line)
                    self._visible[its] += 1 if verb == "post" else -1
                    self._read += len(line)
        return self._visible[key] > 0

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        visible = post.again and self._is_visible(post.key)
        async for _ in growing.states():
            if not visible:
                await self._show(post, placed)
                visible = True
        if not visible:
            await self._show(post, placed)
        elif not post.placed:
            await placed(post.key)

    async def _show(self, post: Post, placed: Placed) -> None:
        await asyncio.sleep(0.03)  # the platform's pace: a worker that freezes here must not post when it wakes up
        post.check()
        self._write("post", post)
        await asyncio.sleep(0.002)  # the platform's answer is on its way
        await placed(post.key)

    async def withdraw(self, post: Post) -> None:
        if self._is_visible(post.key):
            self._write("withdraw", post)

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        raise NotImplementedError

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        raise NotImplementedError

    async def tell(self, where: str, text: str) -> None:
        raise NotImplementedError


async def answer(claim: Claim, growing: Growing) -> Reply:
    """Some tries fail before there is text, and some after; some wait first, and say so."""
    number = int(claim.message.text)
    if number * 7919 % 41 in {10, 11, 12}:
        growing.tell("*Third in line.*")
        await asyncio.sleep(0.05)
    if claim.tries == 0 and number * 7919 % 41 in {12, 13}:
        raise Queued("the model is away", "*It will appear here.*", retry_after_s=0.05)
    if claim.tries == 0 and number * 7919 % 41 == 7:
        raise Unavailable("not now", retry_after_s=0.05)
    await asyncio.sleep(0.003)
    growing.add("An answer, ")
    await asyncio.sleep(0.002)
    if claim.tries == 0 and number * 7919 % 41 in {8, 9}:
        await asyncio.sleep(0.1)  # so that something is visible
        raise Unavailable("broken in the middle", retry_after_s=0.05)
    growing.add("and its end.")
    return Reply(Outcome.ANSWERED, growing.text)


async def work(orders: Orders) -> None:
    """Take messages from the driver and answer them, until told to stop."""
    database = Database(orders.url)
    await migrate(database)
    channel = File(path=Path(orders.file))
    channel.open()
    outbox = Outbox({channel.name: channel})
    inbox = Inbox(database, lambda c: outbox.handle(c, answer), lease_s=orders.lease_s, concurrency=orders.concurrency)
    await inbox.start()
    reader, writer = await asyncio.open_unix_connection(orders.socket)
    writer.write(f"{os.getpid()}\n".encode())

    async def accept(text: str) -> None:
        message = Message.from_json(text)
        try:
            await inbox.accept(message)
        except Unavailable:
            return  # not acknowledged: it comes again
        writer.write(f"{message.id}\n".encode())

    async with asyncio.TaskGroup() as tasks:
        while line := await reader.readline():
            tasks.create_task(accept(line.decode()))
    await inbox.stop(within_s=5)
    await database.close()


def main() -> None:
    """Fork a worker for each line of orders, and print its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        orders = Orders(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            structlog.configure(
                wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
                logger_factory=structlog.PrintLoggerFactory(sys.stderr),
            )
            failpoints.arm(orders.fail_at)
            asyncio.run(work(orders))
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 - the driver reads it


def as_line(orders: Orders) -> bytes:
    """The orders as ``main`` reads them."""
    return json.dumps(asdict(orders)).encode() + b"\n"


if __name__ == "__main__":
    main()
