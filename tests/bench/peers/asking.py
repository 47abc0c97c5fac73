"""How each peer is started and asked; ``Asked`` says when its text came."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import aiohttp
import orjson

from tests.bench.processes import family, resident_mb

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "bot" / "samples" / "pages"
PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Monotonic seconds: when the first text was shown; for ours, when the server's first token was in its hands.

    ``first`` is 0.0 where no model was asked, ``visible`` where nothing was shown.
    """

    first: float
    visible: float


class Peer(ABC):
    """One process that answers questions, with an asker that stands for so many people at a time."""

    name: ClassVar[str]
    people: ClassVar[int] = 16  # who ask at a time
    leaves_s: ClassVar[float] = 20.0  # after SIGTERM

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server, self.port = folder, server, free_port()
        self.process: asyncio.subprocess.Process | None = None
        self.sessions: list[aiohttp.ClientSession] = []

    @property
    @abstractmethod
    def version(self) -> str:
        """Of the peer."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What is started."""

    @abstractmethod
    async def prepare(self, pages: Sequence[str]) -> None:
        """Load the documents, once."""

    @abstractmethod
    async def ask(self, question: str, person: int) -> Asked:
        """Ask and read the whole answer.  Raises ``aiohttp.ClientError`` while nobody listens."""

    def environment(self) -> dict[str, str]:
        """Of the process; no telemetry in any."""
        return {**os.environ, "ANONYMIZED_TELEMETRY": "False", "LANGCHAIN_TRACING_V2": "false"}

    async def launch(self) -> None:
        """Start the process."""
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(), cwd=self.working, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def start(self) -> float:
        """Start the process; returns the seconds until a first question was answered."""
        began = time.monotonic()
        await self.launch()
        await self.until_up(ask=True)
        return time.monotonic() - began

    async def until_up(self, *, ask: bool = False) -> None:
        """Wait until it listens, or answers."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                if ask:
                    await self.ask("How long may a lamp be returned?", 0)
                else:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
            except (aiohttp.ClientError, OSError):
                if self.process is None or self.process.returncode is not None or time.monotonic() > until:
                    said = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                    raise SystemExit(f"{self.name} does not answer:\n{said}") from None
                await asyncio.sleep(0.02)
            else:
                return

    @property
    def working(self) -> Path:
        """The folder that the process runs in."""
        return ROOT

    async def stop(self) -> None:
        """End the process and its askers."""
        for session in self.sessions:
            await session.close()
        self.sessions.clear()
        if self.process and self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), self.leaves_s)
            except TimeoutError:
                os.killpg(self.process.pid, signal.SIGKILL)  # its own session: nobody else's
                await self.process.wait()

    def person(self, number: int) -> aiohttp.ClientSession:
        """The HTTP client of one person: kept connections and cookies of their own."""
        while len(self.sessions) <= number:
            self.sessions.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return self.sessions[number]

    def memory_mb(self) -> float:
        """Resident memory of the process and all below it."""
        return sum(resident_mb(pid) for pid in family(self.process.pid)) if self.process else 0.0


class Frontdesk(Peer):
    """Ours, asked through its page: a question is posted, its answer followed as Server-Sent Events."""

    name = "frontdesk"

    @property
    def version(self) -> str:
        return importlib.metadata.version("frontdesk")

    def command(self) -> Sequence[str]:
        return (sys.executable, "-m", "tests.bench.peers.desk", "--config", str(self.folder / "frontdesk.toml"), "run")

    async def prepare(self, pages: Sequence[str]) -> None:
        file = self.folder / "frontdesk.toml"
        file.write_text(
            f'[data]\npath = "{self.folder}/var"\n[health]\nlisten = ""\n'
            f'[model]\nuse = "vllm"\nurl = "{self.server}/v1"\n'
            f'[[channels]]\nuse = "bot.web:Web"\nlisten = "127.0.0.1:{self.port}"\n'
        )
        await _finished(sys.executable, "-m", "tests.bench.peers.desk", "--config", str(file), "kb", "add", "--json",
                        *(str(PAGES / page) for page in pages))  # fmt: skip

    async def ask(self, question: str, person: int) -> Asked:
        session = self.person(person)
        session.cookie_jar.clear()  # a new visitor: the streams of one that left stay open until their next beat
        talk = f"http://127.0.0.1:{self.port}/api/conversations/{uuid.uuid4()}"
        began, visible = time.monotonic(), 0.0
        async with session.post(f"{talk}/messages", json={"id": str(uuid.uuid4()), "text": question}) as response:
            response.raise_for_status()
        async with session.get(f"{talk}/events") as response:
            response.raise_for_status()
            async for line in response.content:
                if line.startswith(b"data: {"):
                    state = orjson.loads(line[6:])
                    if state.get("html"):
                        visible = visible or time.monotonic()
                    if state.get("state") == "done":
                        break
        return Asked(self._first_since(began), visible)

    def _first_since(self, began: float) -> float:
        """What the process noted, the last line; right where one question is asked at a time."""
        with (self.folder / "log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            times = [float(line[6:]) for line in log.read().splitlines() if line.startswith(b"first ")]
        return times[-1] if times and times[-1] > began else 0.0


class Loop(Peer):
    """A plain loop of this folder, in its own environment; ``packages``: whose versions are told, the first alone."""

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]

    @classmethod
    def home(cls) -> Path:
        """Where its packages are."""
        return ROOT / f".venv-peers-{cls.name}"

    @classmethod
    def python(cls) -> Path:
        """The Python that has them."""
        return cls.home() / "bin" / "python"

    @property
    def version(self) -> str:
        return version_in(self.python(), *self.packages)

    def command(self, *pages: str) -> Sequence[str]:
        program = str(Path(__file__).parent / f"{self.name}_loop.py")
        return (str(self.python()), program, str(self.folder), self.server, str(self.port), *pages)

    async def prepare(self, pages: Sequence[str]) -> None:
        await _finished(*self.command(*(str(PAGES / page) for page in pages)))

    async def ask(self, question: str, person: int) -> Asked:
        visible = 0.0
        url = f"http://127.0.0.1:{self.port}/ask"
        async with self.person(person).post(url, json={"text": question}) as response:
            response.raise_for_status()
            async for piece in response.content.iter_any():
                if piece:
                    visible = visible or time.monotonic()
        return Asked(visible, visible)


class LangChain(Loop):
    """The loop of ``langchain_loop.py``."""

    name = "langchain"
    packages = ("langchain", "langchain-core", "langchain-openai", "langchain-chroma")


class LlamaIndex(Loop):
    """The loop of ``llamaindex_loop.py``."""

    name = "llamaindex"
    packages = ("llama-index-core", "llama-index-llms-openai-like", "llama-index-vector-stores-chroma")


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def version_in(python: Path, *packages: str) -> str:
    """Versions of packages in another environment: the first alone, the others in brackets."""
    code = "import importlib.metadata as m, json, sys; print(json.dumps([m.version(n) for n in sys.argv[1:]]))"
    found = json.loads(subprocess.run([python, "-c", code, *packages], check=True, capture_output=True).stdout)
    others = ", ".join(f"{name} {version}" for name, version in zip(packages[1:], found[1:], strict=True))
    return f"{found[0]} ({others})" if others else str(found[0])


async def _finished(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}:\n{said.decode('utf-8', 'replace')[-2000:]}")
