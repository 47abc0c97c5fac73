"""The chat in a terminal: asks, prints the answer as it is written, lists its sources."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import IO, Protocol

from bot.direct import Status
from bot.markup import clean, parse, settled, terminal
from bot.phrases import say
from engine.age import age
from engine.errors import FrontdeskError
from engine.language import tag_of
from engine.types import Outcome, Reply, Source

PROMPT = "> "
_WIDEST = 100  # columns: longer lines are hard to read
_UNWRAPPED = 1_000_000
_PRIVATE = ("why", "help", "forget-me")
#: The markers of an answer that is being written: its sources come with its end.
_UNKNOWN = dict.fromkeys(range(1, 100), "")
#: Where the language of somebody at a terminal stands, the first one decides.
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


class Line(Protocol):
    """The way to the desk: in this process, or through the socket of a running `frontdesk run`."""

    def ask(self, text: str) -> AsyncIterator[str | Reply]:
        """One question of this conversation: each state of the growing text (the whole of it), at last the reply.

        Before the text there may be a ``Status`` in its place.
        """

    async def command(self, name: str, text: str) -> str:
        """A chat command (``why``, ``help``, ``forget-me``); returns Markdown."""


@dataclass(slots=True)
class Chat:
    """A conversation in a terminal, or line by line where standard input is none.

    ``read`` and ``write`` are text streams; ``talk`` returns when input ends (Ctrl-D).  An interrupt (Ctrl-C) cancels
    it from outside; the terminal is then as it was before.
    """

    line: Line
    read: IO[str]
    write: IO[str]
    _status: str = field(default="", init=False)

    async def talk(self) -> None:
        """Ask and answer until the input ends."""
        asked = self._person()
        if asked:
            spoken = tag_of(next(filter(None, map(os.environ.get, _LOCALE)), ""))
            self._say(say("chat_hello", spoken) + "\n")
        with _as_it_was(self.read):
            async for line in self._lines(asked):
                if not line.strip():
                    continue
                try:
                    await self._answer(line.strip())
                except FrontdeskError as e:
                    self._say(f"{clean(str(e))}\n")
        if asked:
            self._say("\n")

    def _person(self) -> bool:
        return self.read.isatty() and self.write.isatty()

    async def _lines(self, asked: bool) -> AsyncIterator[str]:
        """Lines of input, each read when it is wanted.

        In a thread that nobody waits for: a read that is under way can only end with a line, and must not keep the
        process from ending.
        """
        loop = asyncio.get_running_loop()
        use_input = asked and self.read is sys.stdin and self.write is sys.stdout
        if use_input:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 - input() then edits lines and remembers them
        while True:
            line: asyncio.Future[str] = loop.create_future()

            def give(text: str, line: asyncio.Future[str] = line) -> None:
                if not line.done():
                    line.set_result(text)

            def wait_for_line() -> None:
                try:
                    if use_input:
                        text = input(PROMPT) + "\n"
                    else:
                        if asked:
                            self._say(PROMPT)
                        text = self.read.readline()
                except (EOFError, OSError, ValueError):  # the end; or closed while it was read
                    text = ""
                with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(give, text)

            threading.Thread(target=wait_for_line, name="terminal-read", daemon=True).start()
            text = await line
            if not text:
                return
            yield text

    async def _answer(self, text: str) -> None:
        name, _, rest = text[1:].partition(" ")
        if text.startswith("/") and name in _PRIVATE:
            self._say(self._rendered(await self.line.command(name, rest.strip())) + "\n\n")
            return
        shown = ""  # as it stands on the screen
        async for state in self.line.ask(text):
            if isinstance(state, Status):
                self._wait(state)
                continue
            self._wait("")
            if isinstance(state, Reply):
                self._finish(state, shown)
            else:
                new = self._rendered(_finished(settled(state)), _UNKNOWN)
                shown = shown if shown.startswith(new) else self._grow(new, shown)  # held back for a moment: wait

    def _wait(self, status: str) -> None:
        """One line that says why there is no answer yet, for a person; the next one, or the answer, replaces it."""
        if self._person() and status != self._status:
            self._say(("\r\x1b[K" if self._status else "") + self._rendered(status).partition("\n")[0])
            self._status = status

    def _grow(self, new: str, shown: str) -> str:
        """Print what is new.  A terminal takes nothing back: what does not go on from there begins again below."""
        if new.startswith(shown):
            self._say(new[len(shown) :])
            return new
        self._say("\n" + "—" * 3 + "\n" + new)
        return new

    def _finish(self, reply: Reply, shown: str) -> None:
        if reply.outcome is Outcome.IGNORED:
            self._say("\n" if shown else "")
            return
        self._grow(self._rendered(reply.text, {s.number: s.url for s in reply.sources}), shown)
        if reply.sources:
            self._say(f"\n\n{say('sources', reply.language)}\n")
            self._say("\n".join(f"  {_listed(s, reply.language)}" for s in reply.sources))
        if reply.outcome is Outcome.HANDED_OFF:
            self._say(f"\n\n{say('passed_on', reply.language)}")
        self._say("\n\n")

    def _rendered(self, text: str, sources: Mapping[int, str] = MappingProxyType({})) -> str:
        document = parse(text, sources=sources)
        width = min(shutil.get_terminal_size().columns, _WIDEST) if self._person() else _UNWRAPPED
        return terminal(document, width=width, colour=self._person() and "NO_COLOR" not in os.environ).rstrip("\n")

    def _say(self, text: str) -> None:
        self.write.write(text)
        self.write.flush()


def _finished(text: str) -> str:
    """Without a table at the end that is still being written: its first line looks like text."""
    before, gap, last = text.rpartition("\n\n")
    return before + gap if last.lstrip().startswith("|") else text


def _listed(source: Source, language: str) -> str:
    """A source in one line; its words are as foreign as the answer's."""
    heading = source.heading.replace(" > ", " › ")
    said = f"[{source.number}] " + " · ".join(
        filter(None, (source.title, heading, source.url, age(source.dated, language)))
    )
    return " ".join(clean(said).split())


@contextlib.contextmanager
def _as_it_was(stream: IO[str]) -> Iterator[None]:
    """Leave the terminal as it was: a line that was being edited when the process ends leaves it without echo."""
    if not stream.isatty():
        yield
        return
    import termios

    before = termios.tcgetattr(stream.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(stream.fileno(), termios.TCSANOW, before)
