"""A desk for the page to stand before: keeps messages in memory, and answers when and as the test says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
import orjson

from bot.channel import Button, Command, Form, Notice, Post, Press
from bot.sheets import Sheet
from bot.web import Exchange, Talk, Web
from engine.errors import Unavailable
from engine.growing import Growing
from engine.types import Conversation, Message, Outcome, Reply, Source

MANUAL = Source(1, "Lamp manual", "Charging > First time", "https://docs.example/lamp#charging", "d1")


def answered(text: str, *sources: Source) -> Reply:
    return Reply(Outcome.ANSWERED, text, sources=sources)


@dataclass
class Kept:
    message: Message
    at: float
    reply: Reply | None = None
    helpful: bool | None = None


@dataclass
class FakeDesk:
    """Reception and archive of one page, in memory; the outermost seam of the web channel."""

    web: Web
    kept: dict[str, Kept] = field(default_factory=dict)
    pressed_: list[Press] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    signed_: list[tuple[str, str, str]] = field(default_factory=list)
    full: bool = False
    claimed: dict[str, str] = field(default_factory=lambda: {"draft": "Write a draft"})
    asks: Form | None = None  # what "not helpful" leads to
    below: tuple[Button, ...] = ()  # what stands below answers, besides what every answer has

    # --- what a channel hands over

    async def accept(self, message: Message) -> bool:
        if self.full:
            raise Unavailable("the disk is full")
        self.kept.setdefault(message.id, Kept(message, time.time()))
        return True

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        raise AssertionError(f"the page edits nothing: {channel} {message_id} {text}")

    async def deleted(self, channel: str, message_id: str) -> None:
        assert channel == "web"
        del self.kept[message_id]

    async def pressed(self, press: Press) -> Notice:
        self.pressed_.append(press)
        if press.action == "draft.export":
            return Notice("As what?", (Button("Markdown", "draft.as", f"{press.value}|markdown"),))
        if press.action == "draft.as":
            return Notice("Version 1:", file=Sheet("office-1.md", "The office is closed.\n", "markdown"))
        kept = self.kept[press.value.removeprefix("post of ")]
        if press.action != "person":
            kept.helpful = press.action == "helpful"
        offer = self.asks and press.action == "not_helpful"
        return Notice(
            "Thank you, that is **noted**.", (Button("Say why", "feedback.why", press.value),) if offer else ()
        )

    async def form(self, press: Press) -> Form | None:
        return self.asks if press.action == "feedback.why" else None

    async def command(self, command: Command) -> Notice:
        self.commands.append(command)
        return Notice(f"You said `{command.name}`.")

    # --- what the page reads

    async def conversations(self, channel: str, workspace: str, room: str, *, limit: int) -> list[Talk]:
        talks: dict[Conversation, Talk] = {}
        for kept in self.kept.values():
            c = kept.message.conversation
            if (c.channel, c.workspace, c.room) == (channel, workspace, room):
                first = talks.get(c)
                talks[c] = replace(first, at=kept.at) if first else Talk(c, kept.message.text, kept.at)
        return sorted(talks.values(), key=lambda t: -t.at)[:limit]

    async def exchanges(self, conversation: Conversation, *, limit: int) -> list[Exchange]:
        found = []
        for kept in self.kept.values():
            if kept.message.conversation == conversation:
                open_ = Exchange(f"post of {kept.message.id}", kept.message.id, kept.message.text, kept.at)
                reply = kept.reply
                found.append(
                    open_
                    if reply is None
                    else replace(
                        open_,
                        outcome=reply.outcome,
                        text=reply.text,
                        sources=reply.sources,
                        helpful=kept.helpful,
                        below=tuple(button.action for button in self.below),
                    )
                )
        return found[-limit:]

    async def signed(self, what: str, person: str, workspace: str) -> None:
        if self.full:
            raise Unavailable("the disk is full")
        self.signed_.append((what, person, workspace))

    # --- what the test lets happen

    @property
    def last(self) -> Message:
        return list(self.kept.values())[-1].message

    async def arrived(self, count: int = 1) -> Message:
        """The last question, once there are so many."""
        async with asyncio.timeout(20):
            while len(self.kept) < count:
                await asyncio.sleep(0.01)
        return self.last

    @asynccontextmanager
    async def answering(self, message: Message) -> AsyncIterator[Growing]:
        """Write the answer inside the block, ``finish`` it there; behind it, it is placed and kept."""
        growing = Growing()
        placed: list[str] = []

        async def place(shown: str) -> None:
            placed.append(shown)

        post = Post(f"post of {message.id}", message, below=lambda _: self.below)
        task = asyncio.create_task(self.web.stream(post, growing, place))
        try:
            yield growing
            await task
        finally:
            task.cancel()
        assert placed == [post.key]
        self.kept[message.id].reply = growing.reply

    async def answer(self, message: Message, reply: Reply) -> None:
        async with self.answering(message) as growing:
            growing.add(reply.text)
            growing.finish(reply)


@asynccontextmanager
async def serving(**settings: object) -> AsyncIterator[tuple[str, FakeDesk]]:
    """A page that is being served, its address, and the desk behind it."""
    web = Web.model_validate({"listen": "127.0.0.1:0", "workspace": "acme", **settings})
    desk = FakeDesk(web)
    web.use(desk)
    up = asyncio.Event()
    run = asyncio.create_task(web.run(desk, up.set))
    waiting = asyncio.create_task(up.wait())
    await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if run.done():
            await run
        yield f"http://127.0.0.1:{web.port}", desk
    finally:
        for task in (run, waiting):
            task.cancel()
        await asyncio.gather(run, waiting, return_exceptions=True)
        await web.close()


class Visitor:
    """A browser without a screen: cookies, JSON, and the stream of a conversation."""

    def __init__(self, base: str, session: aiohttp.ClientSession):
        self.base = base
        self.session = session

    async def ask(self, conversation: str, uid: str, text: str) -> int:
        status, _ = await self.post(f"/api/conversations/{conversation}/messages", {"id": uid, "text": text})
        return status

    async def post(self, path: str, data: object, **headers: str) -> tuple[int, dict]:
        async with self.session.post(self.base + path, json=data, headers=headers) as r:
            return r.status, await r.json() if r.status != 204 else {}

    async def get(self, path: str, **headers: str) -> tuple[int, dict]:
        async with self.session.get(self.base + path, headers=headers) as r:
            return r.status, await r.json()

    async def delete(self, path: str) -> tuple[int, dict]:
        async with self.session.delete(self.base + path, headers={"Content-Type": "application/json"}) as r:
            return r.status, await r.json()

    @asynccontextmanager
    async def following(self, conversation: str) -> AsyncIterator[AsyncIterator[dict]]:
        """The events of a conversation as they come: ``{"event": name, **data}``."""
        async with self.session.get(f"{self.base}/api/conversations/{conversation}/events") as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"
            yield _events(response)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict]:
    name = ""
    async for line in response.content:
        key, _, value = line.decode().rstrip("\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield {"event": name, **orjson.loads(value)}


async def until(events: AsyncIterator[dict], **wanted: object) -> dict:
    """The first event that looks like this."""
    async with asyncio.timeout(20):
        async for event in events:
            if all(event.get(k) == v for k, v in wanted.items()):
                return event
    raise AssertionError(f"the stream ended before {wanted}")
