"""A small desk behind the channel: it keeps what arrives, and a test says what is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.channel import Channel, Command, Form, Notice, Post, Press
from bot.slack import Slack
from engine.errors import Refused, Unavailable
from engine.growing import Growing
from engine.types import Conversation, Message, Outcome, Reply, Source
from tests.stand_ins.fake_slack import FakeSlack

TOWN = Source(1, "Keys", "Office > Keys", "https://docs.example.com/keys", "doc-1")


def answered(text: str, *sources: Source, **more) -> Reply:
    return Reply(Outcome.ANSWERED, text, sources=sources, **more)


class Desk:
    """What the channel sees of the rest of the product."""

    def __init__(self, fake: FakeSlack, channel: Channel):
        self.fake = fake
        self.channel = channel
        self.kept: dict[str, Message] = {}
        self.heard: list[Message] = []  # redeliveries too
        self.edits: list[tuple[str, str]] = []
        self.deletions: list[str] = []
        self.presses: list[Press] = []
        self.looked: list[Press] = []  # whether they need a form
        self.commands: list[Command] = []
        self.placed: dict[str, list[str]] = {}
        self.claimed: dict[str, str] = {}
        self.says = "Noted."
        self.offers = ()  # buttons below what it says
        self.opened: list[tuple[Conversation, str, str]] = []
        self.prompted: tuple[str, ...] = ()
        self.forms: dict[str, Form] = {}  # by the action that leads to them
        self.refuses = ""  # why a form is not taken
        self.broken = 0  # so many messages are not kept
        self.slow_s = 0.0

    # -- Reception --

    async def accept(self, message: Message) -> bool:
        self.heard.append(message)
        if self.broken:
            self.broken -= 1
            raise Unavailable("the disk is full: nothing is kept")
        await asyncio.sleep(self.slow_s)
        self.kept.setdefault(message.key, message)
        return True

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        assert channel == "slack"
        self.edits.append((message_id, text))

    async def deleted(self, channel: str, message_id: str) -> None:
        assert channel == "slack"
        self.deletions.append(message_id)

    async def pressed(self, press: Press) -> Notice:
        self.presses.append(press)
        said = Notice(self.says, self.offers)
        await asyncio.sleep(self.slow_s)
        if self.refuses:
            raise Refused(self.refuses)
        return said

    async def form(self, press: Press) -> Form | None:
        self.looked.append(press)
        return self.forms.get(press.action)

    async def command(self, command: Command) -> Notice:
        self.commands.append(command)
        return Notice(self.says, self.offers)

    async def prompts(self, where: Conversation, person: str, language: str) -> tuple[str, ...]:
        self.opened.append((where, person, language))
        return self.prompted

    # -- what a test does --

    async def message(self, count: int = 1) -> Message:
        """The newest message, once so many are kept."""
        await self.fake.wait_for(lambda: len(self.kept) >= count)
        return list(self.kept.values())[-1]

    def post(self, message: Message, *, again: bool = False) -> Post:
        placed = tuple(self.placed.setdefault(message.key, []))
        return Post(message.key, message, placed, again)

    @asynccontextmanager
    async def answering(self, message: Message, *, again: bool = False) -> AsyncIterator[Growing]:
        """A reply that the test lets grow; ends when it is shown whole."""
        growing, post = Growing(), self.post(message, again=again)

        async def placed(ts: str) -> None:
            self.placed[message.key].append(ts)

        shown = asyncio.create_task(self.channel.stream(post, growing, placed))
        try:
            yield growing
            await shown
        finally:
            shown.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await shown

    async def answer(self, message: Message, reply: Reply, *, again: bool = False) -> None:
        async with self.answering(message, again=again) as growing:
            growing.add(reply.text)
            growing.finish(reply)

    def thread(self, message: Message) -> list[dict]:
        """What the bot has said there, oldest first."""
        where = message.conversation
        return self.fake.messages(where.room, thread_ts=where.thread, from_bot=True)

    def calls(self, method: str) -> list[dict]:
        return [e for e in self.fake.transcript if e["kind"] == "api" and e["method"] == method]


@asynccontextmanager
async def working(fake: FakeSlack, **settings) -> AsyncIterator[Desk]:
    """The channel, connected to the stand-in."""
    ways = {"app_token": fake.app_token} if fake.mode == "socket" else {"signing_secret": fake.signing_secret}
    channel = Slack(**{"bot_token": fake.bot_token, "api_url": fake.api_url, **ways, **settings})
    async with connected(fake, channel) as desk:
        yield desk


@asynccontextmanager
async def connected(fake: FakeSlack, channel: Channel) -> AsyncIterator[Desk]:
    """The channel runs, with a desk behind it."""
    desk = Desk(fake, channel)
    up = asyncio.Event()
    running = asyncio.create_task(channel.run(desk, up.set))
    try:
        waiting = asyncio.create_task(up.wait())
        await asyncio.wait({running, waiting}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            running.result()
        assert up.is_set()
        yield desk
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await running
        await channel.close()


def shown(message: dict) -> str:
    """All text that the blocks of a message show."""

    def walk(node) -> str:
        if isinstance(node, list):
            return "".join(map(walk, node))
        if not isinstance(node, dict):
            return ""
        if node.get("type") == "rich_text_section":
            return walk(node["elements"]) + "\n"
        own = node.get("text")
        return (own if isinstance(own, str) else walk(own)) + walk(node.get("elements"))

    return walk(message.get("blocks"))


def buttons(message: dict) -> dict[str, str]:
    """Action ids and labels."""
    rows = [b for b in message.get("blocks") or [] if b["type"] == "actions"]
    return {e["action_id"]: e["text"]["text"] for row in rows for e in row["elements"]}


def complaints(fake: FakeSlack) -> list[str]:
    """What must never leave, whatever a test did."""
    found = []
    for entry in fake.transcript:
        if entry["kind"] != "api" or not entry["method"].startswith(("chat.", "response_url", "views.")):
            continue
        said, where = entry["args"], entry["method"]
        if where in ("chat.postMessage", "chat.update") and not (
            said.get("unfurl_links") is False and said.get("unfurl_media") is False
        ):
            found.append(f"{where}: something may unfold")
        if "link_names" in said or said.get("parse"):
            found.append(f"{where}: names may become live")
        streamed = str(said.get("markdown_text", ""))
        if any(mark in streamed for mark in ("<", "http", "](", "www.", "mailto:")):
            found.append(f"{where}: live markup in {streamed!r}")
        if any(mark in str(said.get("text")) for mark in ("<!", "<@", "<#", "<http")):
            found.append(f"{where}: live markup in {said['text']!r}")
        if '"mrkdwn"' in str(said).replace("'", '"') or "broadcast" in str([said.get("blocks"), said.get("view")]):
            found.append(f"{where}: markup that Slack would read")
        if (
            entry["ok"] is False
            and not entry.get("injected")
            and entry["error"] not in ("ratelimited", "user_not_in_channel")
        ):
            found.append(f"{where}: refused: {entry['error']}")
        if fake.bot_token in str(said) or fake.app_token in str(said):
            found.append(f"{where}: a token")
    return found
