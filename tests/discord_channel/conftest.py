"""A Discord server with people in it, our channel connected to it, and a desk that takes notes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.channel import Button, Command, Form, Notice, Post, Press, Suggestion
from bot.discord import Discord
from bot.gaps import Bookmarks
from engine.errors import Unavailable
from engine.growing import Growing
from engine.types import Message, Outcome, Reply, Source
from tests.discord_server import fake, pointed
from tests.stand_ins.fake_discord import FakeDiscord

__all__ = ["fake", "pointed"]  # fixtures
Json = dict[str, Any]


@dataclass
class Notes:
    """A desk that keeps what it is given, and nothing twice."""

    messages: list[Message] = field(default_factory=list)
    edits: list[tuple[str, str]] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    says: str = "Done."
    offers: tuple[Button, ...] = ()
    forms: dict[str, Form] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    typing: list[Command] = field(default_factory=list)
    down: bool = False
    slow: asyncio.Event | None = None  # nothing is kept until it is set
    fails: Exception | None = None
    tries: int = 0

    async def accept(self, message: Message) -> bool:
        self.tries += 1
        if self.down:
            raise Unavailable("the database is locked")
        if self.slow:
            await self.slow.wait()
        if message.key not in {m.key for m in self.messages}:
            self.messages.append(message)
        return True

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        assert channel == "discord"
        self.edits.append((message_id, text))

    async def deleted(self, channel: str, message_id: str) -> None:
        assert channel == "discord"
        self.deletions.append(message_id)

    async def pressed(self, press: Press) -> Notice:
        self.presses.append(press)
        if self.fails:
            raise self.fails
        return Notice(self.says, self.offers)

    async def form(self, press: Press) -> Form | None:
        return self.forms.get(press.action)

    async def suggest(self, command: Command) -> tuple[Suggestion, ...]:
        self.typing.append(command)
        return self.suggestions

    async def command(self, command: Command) -> Notice:
        self.commands.append(command)
        if self.fails:
            raise self.fails
        return Notice(self.says, self.offers)

    @property
    def texts(self) -> list[str]:
        return [m.text for m in self.messages]


@dataclass
class Side:
    """Both sides of the wire: people in Discord, and the desk behind our channel."""

    fake: FakeDiscord
    notes: Notes
    channel: Discord
    running: asyncio.Task[None]
    placed: list[str] = field(default_factory=list)

    async def until(self, check: Callable[[], Any], seconds: float = 60.0) -> Any:
        return await self.fake.wait_for(check, seconds)

    async def quiet(self) -> None:
        """Everything that was sent so far has been handled: a message sent now arrives after it."""
        sign = f"sign {len(self.fake.transcript)}"
        room = self.fake.add_channel(f"signs-{len(self.fake.channels)}")["id"]
        await self.fake.user_message(room, self.fake.bob, f"<@{self.fake.bot}> {sign}")
        await self.until(lambda: sign in self.notes.texts)
        self.notes.messages = [m for m in self.notes.messages if m.text != sign]

    async def asked(self, text: str, *, room: str = "", user: str = "", mention: bool = True) -> Message:
        """Somebody asks; the message as the desk got it."""
        said = f"<@{self.fake.bot}> {text}" if mention else text
        sent = await self.fake.user_message(room or self.fake.general, user or self.fake.alice, said)
        return await self.kept(sent["id"])

    async def kept(self, number: str) -> Message:
        found: Message = await self.until(lambda: next((m for m in self.notes.messages if m.id == number), None))
        return found

    async def note(self, number: str) -> None:
        self.placed.append(number)

    async def answer(
        self,
        message: Message,
        *states: str,
        reply: Reply | None = None,
        key: str = "7",
        placed: tuple[str, ...] = (),
        again: bool = False,
    ) -> None:
        """The desk answers: the text grows through these states, then the reply is there."""
        growing = Growing()
        post = Post(key, message, placed, again=again)
        shown = asyncio.create_task(self.channel.stream(post, growing, self.note))
        for n, state in enumerate(states):
            growing.add(state)
            count = len(self.states())
            if n < len(states) - 1 or reply is None:
                await self.until(lambda count=count: len(self.states()) > count or shown.done())
        growing.finish(reply or answered("".join(states)))
        await shown

    def states(self) -> list[Json]:
        """Everything of ours that people have seen, state by state."""
        return [e for e in self.fake.transcript if e["kind"] == "ui" and e["what"] in ("message", "edit")
                and e["how"] not in ("user", "user_edit")]  # fmt: skip

    def shown(self, room: str) -> list[str]:
        return [m["content"] for m in self.fake.messages(room, from_bot=True)]

    def calls(self, verb: str, ending: str) -> list[Json]:
        return [
            e for e in self.fake.transcript if e["kind"] == "rest" and e["verb"] == verb and e["path"].endswith(ending)
        ]


def answered(text: str, *sources: Source, language: str = "en") -> Reply:
    return Reply(Outcome.ANSWERED, text, language, sources, 0.9)


def settings(fake: FakeDiscord, **more: Any) -> Discord:
    return Discord.model_validate(
        {"token": fake.token, "api_url": fake.api_url, "gateway_url": fake.gateway_url} | more)  # fmt: skip


@contextlib.asynccontextmanager
async def connected(fake: FakeDiscord, *, bookmarks: Bookmarks | None = None, **more: Any) -> AsyncIterator[Side]:
    """Our channel, connected."""
    channel, notes, ready = settings(fake, **more), Notes(), asyncio.Event()
    if bookmarks:
        channel.use_bookmarks(bookmarks)
    running = asyncio.create_task(channel.run(notes, ready.set))
    try:
        async with asyncio.timeout(60):
            waiting = asyncio.create_task(ready.wait())
            await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
            await waiting
        yield Side(fake, notes, channel, running)
    finally:
        running.cancel()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await running
        finally:
            await channel.close()


@pytest.fixture
async def side(fake: FakeDiscord) -> AsyncIterator[Side]:
    async with connected(fake) as both:
        yield both


def with_handle(message: Message, handle: str) -> Message:
    return replace(message, handle=handle)
