"""Delivers messages to workers that are killed, frozen and cut off, as a platform would; counts what became of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from engine.types import Addressed, Conversation, Message
from tests.inbox.relay import Relay
from tests.inbox.worker import Orders, as_line

_ACK_S = 2.0  # a platform that hears nothing sends again


@dataclass
class Plan:
    """What is delivered and what goes wrong.

    ``failpoints`` are armed one after the other, each in the next worker that starts.  ``freezes`` (SIGSTOP) and
    ``partitions`` (its connections to the database pass nothing) hit a worker each for longer than a lease; every
    second partition ends with what stood in the connections lost, and these broken.  ``think_s``: how long a person
    waits at most before the next message of a conversation.
    """

    url: str
    folder: Path
    messages: int = 2000
    conversations: int = 200
    redelivered: float = 0.05
    workers: int = 1
    failpoints: Sequence[str] = ()
    random_kills: int = 0
    freezes: int = 0
    partitions: int = 0
    lease_s: float = 2.0
    think_s: float = 0.0
    concurrency: int = 64
    seed: int = 7


@dataclass
class Result:
    """What became of it."""

    messages: int
    acknowledged: int
    answered: int  # in the database
    open: int
    turns: int
    lost: int
    duplicates: int
    reordered: int
    kills: list[str]
    freezes: int
    partitions: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Messages."""
        return self.messages / self.seconds


class _Worker:
    """One process after the other, under one name."""

    def __init__(self, crowd: _Crowd, name: str):
        self.crowd, self.name, self.pid = crowd, name, 0
        self.writer: asyncio.StreamWriter | None = None
        self.relay = Relay(crowd.plan.url)


class _Crowd:
    def __init__(self, plan: Plan):
        self.plan = plan
        self.random = random.Random(plan.seed)
        self.file = plan.folder / "platform.jsonl"
        self.file.touch()
        self.failpoints = list(plan.failpoints)
        self.kills: list[str] = []
        self.freezes = self.partitions = 0
        self.workers = [_Worker(self, f"w{n}") for n in range(plan.workers)]
        self.acks: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.acknowledged: set[str] = set()
        self.done = asyncio.Event()
        self._one_birth = asyncio.Lock()
        self._hello: dict[int, asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    @asynccontextmanager
    async def nursery(self) -> AsyncIterator[None]:
        self.socket = str(self.plan.folder / "s")
        server = await asyncio.start_unix_server(self._connected, self.socket)
        self.zygote = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.inbox.worker", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        wires = AsyncExitStack()
        try:
            if self.plan.partitions:
                for worker in self.workers:
                    await wires.enter_async_context(worker.relay.opened())
            yield
        finally:
            self.zygote.kill()  # first: what it has born holds its pipes
            for worker in self.workers:
                if worker.pid and _alive(worker.pid):
                    os.kill(worker.pid, signal.SIGKILL)
            await self.zygote.wait()
            await wires.aclose()
            server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid = int(await reader.readline())
        self._hello.setdefault(pid, asyncio.get_running_loop().create_future()).set_result((reader, writer))

    async def live(self, worker: _Worker) -> None:
        """Start the worker, and again whenever it is dead."""
        plan = self.plan
        while not self.done.is_set():
            fail_at = self.failpoints.pop(0) if self.failpoints else ""
            orders = Orders(worker.relay.url, self.socket, str(self.file), fail_at, plan.lease_s, plan.concurrency)
            async with self._one_birth:
                self.zygote.stdin.write(as_line(orders))
                worker.pid = int(await self.zygote.stdout.readline())
            hello = self._hello.setdefault(worker.pid, asyncio.get_running_loop().create_future())
            while not hello.done():
                await asyncio.wait({hello}, timeout=0.05)
                if not _alive(worker.pid):
                    break
            if hello.done():
                reader, worker.writer = hello.result()
                while line := await _line(reader):
                    key = line.decode().strip()
                    self.acknowledged.add(key)
                    self.acks[key].set()
                worker.writer.close()
                worker.writer = None
            if not self.done.is_set():
                self.kills.append(fail_at or "at random")

    async def deliver(self, message: Message) -> None:
        """Send it until it is acknowledged, as a platform does."""
        line = message.as_json().encode() + b"\n"
        while not self.acks[message.id].is_set():
            up = [w for w in self.workers if w.writer]
            if not up:
                await asyncio.sleep(0.01)
                continue
            worker = self.random.choice(up)
            writer = worker.writer
            if not writer.is_closing():
                writer.write(line)
            until = time.monotonic() + _ACK_S
            while not self.acks[message.id].is_set() and time.monotonic() < until and worker.writer is writer:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await self.acks[message.id].wait()

    async def talk(self, room: int, messages: Sequence[Message]) -> None:
        """One conversation: the next message goes out when the one before is acknowledged."""
        rng = random.Random(self.plan.seed * 1000 + room)
        for n, message in enumerate(messages):
            await self._trouble(n / len(messages))
            await self.deliver(message)
            if rng.random() < self.plan.redelivered:
                self.acks[message.id] = asyncio.Event()
                await self.deliver(message)
            await asyncio.sleep(rng.uniform(0, self.plan.think_s))

    async def _trouble(self, share: float) -> None:
        """Wait a while for the kills that should have happened by now: each needs messages to happen to."""
        until = time.monotonic() + 2.0
        while len(self.kills) < len(self.plan.failpoints) * share and time.monotonic() < until:
            await asyncio.sleep(0.05)

    async def freeze(self) -> None:
        for _ in range(self.plan.freezes):
            await asyncio.sleep(self.random.uniform(0.2, 0.6))
            up = [w for w in self.workers if w.writer]
            if not up:
                continue
            worker = self.random.choice(up)
            pid = worker.pid
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(self.plan.lease_s * 1.6)
                os.kill(pid, signal.SIGCONT)
                self.freezes += 1

    async def part(self) -> None:
        """Cut a worker off from the database until its leases have ended."""
        rng = random.Random(self.plan.seed + 1)
        for n in range(self.plan.partitions):
            await asyncio.sleep(rng.uniform(0.5, 1.5))
            await rng.choice(self.workers).relay.cut(self.plan.lease_s * 1.6, lose=n % 2 == 1)
            self.partitions += 1

    async def kill(self) -> None:
        for _ in range(self.plan.random_kills):
            await asyncio.sleep(self.random.uniform(0.5, 1.5))
            up = [w for w in self.workers if w.writer]
            if up:
                with suppress(ProcessLookupError):
                    os.kill(self.random.choice(up).pid, signal.SIGKILL)


async def run(plan: Plan) -> Result:
    """Deliver everything, wait until nothing is open, count."""
    crowd = _Crowd(plan)
    talks: dict[int, list[Message]] = defaultdict(list)
    for number in range(plan.messages):
        room = number % plan.conversations
        message_id = f"m{room}-{len(talks[room])}"
        where = Conversation("file", "acme", str(room))
        talks[room].append(Message(message_id, where, f"u{room}", str(number), Addressed.DIRECT))
    async with crowd.nursery():
        lives = [asyncio.create_task(crowd.live(worker)) for worker in crowd.workers]
        while not any(w.writer for w in crowd.workers):
            await asyncio.sleep(0.01)
        began = time.monotonic()
        trouble = [asyncio.create_task(trouble()) for trouble in (crowd.freeze, crowd.part, crowd.kill)]
        talking = asyncio.gather(*(crowd.talk(room, messages) for room, messages in talks.items()), *trouble)
        await asyncio.wait({talking, *lives}, return_when=asyncio.FIRST_COMPLETED)
        if not talking.done():
            raise AssertionError(f"a worker's life ended by a mistake of the driver: {lives}")
        await talking
        states = await _settled(plan)
        seconds = time.monotonic() - began
        crowd.done.set()
        for worker in crowd.workers:
            if worker.writer:
                worker.writer.write_eof()
        await asyncio.wait(lives, timeout=10)
    return _count(plan, crowd, states, seconds)


async def _settled(plan: Plan) -> Counter[str]:
    """The states of all events, as soon as none is open, or none has ended for a minute."""
    until, least = 0.0, plan.messages + 1
    while True:
        states = await asyncio.to_thread(_states, plan.url)
        left = sum(states[state] for state in ("received", "working", "posting"))
        if left < least:
            until, least = time.monotonic() + 60, left
        if not left or time.monotonic() > until:
            return states
        await asyncio.sleep(0.05)


def _states(url: str) -> Counter[str]:
    return Counter(dict(_rows(url, "SELECT state, count(*) FROM events GROUP BY state")))


def _rows(url: str, query: str) -> list[tuple]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def _count(plan: Plan, crowd: _Crowd, states: Counter[str], seconds: float) -> Result:
    visible: Counter[str] = Counter()
    duplicates = 0
    final: dict[str, int] = {}
    lines = [json.loads(line) for line in crowd.file.read_text().splitlines()]
    for n, (verb, _, message, *_) in enumerate(lines):
        visible[message] += 1 if verb == "post" else -1
        duplicates += verb == "post" and visible[message] > 1
        if verb == "post":
            final[message] = n
    reordered = 0
    for room in range(plan.conversations):
        order = sorted((n, int(m.split("-")[1])) for m, n in final.items() if m.startswith(f"m{room}-"))
        reordered += sum(later[1] < earlier[1] for earlier, later in itertools.pairwise(order))
    turns = _rows(plan.url, "SELECT count(*) FROM turns")[0][0]
    return Result(
        messages=plan.messages,
        acknowledged=len(crowd.acknowledged),
        answered=states["answered"],
        open=states["received"] + states["working"] + states["posting"],
        turns=turns,
        lost=plan.messages - sum(count >= 1 for count in visible.values()),
        duplicates=duplicates,
        reordered=reordered,
        kills=crowd.kills,
        freezes=crowd.freezes,
        partitions=crowd.partitions,
        seconds=seconds,
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:
        return b""
