"""A platform in memory with the real Slack look-ups in front of it, and a model that says all that it is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from bot.channel import Channel, Notice, Placed, Post
from bot.choices import Select
from bot.slack.audience import Directory
from bot.slack.read import Me
from engine.errors import ModelUnavailable
from engine.growing import Growing
from engine.model.contract import Piece
from engine.prompt import REWRITE
from engine.types import Addressed, Audience, Conversation, Message
from tests.isolation.world import CANARY, World

BOT = "UBOT"


class TownHall:
    """Answers as Slack's Web API does, from the world as it is now."""

    def __init__(self, world: World, workspace: str):
        self._world, self._workspace = world, workspace

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        if method == "users.info":
            return {"user": self._user(arguments["user"])}
        room = arguments["channel"]
        if room.startswith("D"):
            return {"channel": {"id": room, "is_im": True}}
        found = self._world.rooms[self._workspace, room]
        return {"channel": {"id": room, "is_private": found.private, "is_ext_shared": found.shared}}

    async def rows(self, method: str, key: str, **arguments: Any) -> list[Any]:
        rooms = [r for r in self._world.rooms.values() if r.workspace == self._workspace]
        if method == "conversations.members":
            return [BOT, *sorted(self._world.rooms[self._workspace, arguments["channel"]].members)]
        if method == "users.conversations":
            return [{"id": room.id} for room in rooms if arguments["user"] in room.members]
        return [self._user(p.id) for p in self._world.people.values() if p.workspace == self._workspace]

    def _user(self, person: str) -> dict[str, Any]:
        found = self._world.people[self._workspace, person]
        return {"id": person, "team_id": self._workspace, "is_restricted": found.guest,
                "is_admin": found.admin, "profile": {"display_name": found.name}}  # fmt: skip


class Town(Channel):
    """A channel for all workspaces of the world; everything that it shows is judged at that moment."""

    name: ClassVar[str] = "town"
    takes_typed: ClassVar[bool] = True
    _world: World = PrivateAttr()
    _leaks: list[str] = PrivateAttr()
    _offers: list[tuple[Conversation, str, str]] = PrivateAttr(default_factory=list)
    _seen: set[str] = PrivateAttr(default_factory=set)
    _asides: int = PrivateAttr(default=0)

    @classmethod
    def of(cls, world: World, leaks: list[str]) -> Town:
        town = cls()
        town._world, town._leaks = world, leaks
        return town

    @property
    def offers(self) -> list[tuple[Conversation, str, str]]:
        """Offers of an answer for one person alone that nobody has taken yet: where, what, to whom."""
        return self._offers

    @property
    def seen(self) -> set[str]:
        """Every canary that anybody was shown."""
        return self._seen

    def judge(self, what: str, text: str, workspace: str, room: str, **how: bool) -> None:
        """Note what leaks."""
        self._seen.update(CANARY.findall(text))
        self._leaks += [f"{what}: {leak}" for leak in self._world.leaks(text, workspace, room, **how)]

    def _directory(self, workspace: str) -> Directory:
        """Slack's own, with nothing remembered: what has changed counts at once."""
        return Directory(TownHall(self._world, workspace), Me(workspace, BOT, "B", ""))  # type: ignore[arg-type]  # in its place

    async def run(self, reception: Any, connected: Callable[[], None]) -> None:
        connected()
        await asyncio.Event().wait()

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        return await self._directory(message.conversation.workspace).audience(message, max_age_s)

    async def alone(self, person: str, workspace: str) -> Audience | None:
        return await self._directory(workspace).alone(person, workspace, 0.0)

    async def is_admin(self, person: str, workspace: str) -> bool:
        return await self._directory(workspace).is_admin(person)

    async def default_grant(self, where: Conversation, person: str) -> str:
        return await self._directory(where.workspace).default_grant(where.room)

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        where = post.message.conversation
        async for text in growing.states():
            self.judge("a reply", text, where.workspace, where.room)
        assert growing.reply is not None
        sources = "\n".join(f"{s.title} {s.heading} {s.url}" for s in growing.reply.sources)
        self.judge("a reply", f"{growing.reply.text}\n{sources}", where.workspace, where.room)
        await placed(post.key)

    async def working(self, message: Message, doing: str) -> None:
        self.judge("a status", doing, message.conversation.workspace, message.conversation.room)

    async def withdraw(self, post: Post) -> None:
        """Nothing is kept here."""

    async def tell(self, where: str, text: str) -> None:
        """Nobody is named in the settings."""

    async def notice(self, where: Conversation, notice: Notice, *, person: str, shown: str = "") -> str:
        await self.whisper(where, notice, person=person)
        return shown or f"D{person}/1"

    async def whisper(self, where: Conversation, notice: Notice, *, person: str) -> None:
        self._offers += [(where, b.value, person) for b in notice.buttons if b.action == "only.show"]
        self.judge_notice("a whisper", notice, where.workspace, person)

    def judge_notice(
        self, what: str, notice: Notice, workspace: str, person: str, *, lists_titles: bool = False
    ) -> None:
        """Note what leaks to the one person who is told."""
        chosen = [c for b in notice.buttons if isinstance(b, Select) for c in b.choices]
        pressed = [b for b in notice.buttons if not isinstance(b, Select)]
        labels = [f"{b.label} {b.value}" for b in (*pressed, *chosen)]
        text = "\n".join([notice.text, *(b.label for b in notice.buttons), *labels])
        self.judge(what, text, workspace, f"D{person}", lists_titles=lists_titles)

    async def aside(self, message: Message) -> Message:
        self._asides += 1
        where = Conversation(self.name, message.conversation.workspace, f"D{message.author}", f"aside{self._asides}")
        return replace(message, conversation=where, addressed=Addressed.DIRECT)


class Parrot:
    """The worst model: repeats every passage that it is given, and what it remembers of earlier turns."""

    name, window = "parrot", 0

    def __init__(self, judge: Callable[[str], None]):
        self._judge = judge
        self.told: set[str] = set()
        self.meanwhile: Callable[[], None] = lambda: None  # what happens in the world while it writes
        self.failures = 0  # so many more prompts are read and not answered

    async def write(
        self, prompt: Sequence[BaseMessage], *, max_tokens: int, session: str = "", salt: str = "", adapter: str = "",
        tools: object = None,
    ) -> AsyncGenerator[Piece]:  # fmt: skip
        texts = [str(message.content) for message in prompt]
        self.told.update(CANARY.findall("\n".join(texts)))
        self._judge("\n".join(texts))
        self.meanwhile()
        if self.failures:
            self.failures -= 1
            raise ModelUnavailable("the model server is down")
        remembered = CANARY.findall("\n".join(texts[:-1]))
        if texts[0] == REWRITE:
            yield Piece(f"How is {' '.join(CANARY.findall(texts[-1])[:2])} calibrated?")
        else:
            for number, passage in re.findall(r"^\[(\d+)\] .*\n+(?:#.*\n+)*(.*)$", texts[-1], re.MULTILINE):
                yield Piece(f"{passage.strip().rstrip('.')} [{number}]. ")
            yield Piece(f"Earlier I said {' '.join(remembered)}. ")
        yield Piece(finish="stop", usage={"prompt": 1, "cached": 0, "completion": 1})

    async def ready(self) -> str:
        return self.name

    async def close(self) -> None:
        """Holds nothing."""
