"""The whole desk over a world: what people and admins do there, each judged the moment it shows."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from bot.app import App
from bot.channel import Command, Press
from engine.config import load
from engine.types import Addressed, Conversation, Message
from tests.isolation.town import Parrot, Town
from tests.isolation.world import CANARY, Paper, Room, World
from tests.knowledge.conftest import Words

Change = Callable[[], None]


class Desk:
    """One desk for all workspaces of the world, with real SQLite and Chroma in ``folder``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.world = World()
        self.leaks: list[str] = []
        self.town = Town.of(self.world, self.leaks)
        self.model = Parrot(self._prompted)
        self.asked_where = ("", "")  # workspace and room of the question under way
        self.hoped = self.heard = 0  # questions whose paper everybody there may read, and how many got it
        self._numbers = itertools.count(1)
        self._stack = AsyncExitStack()

    def _prompted(self, text: str) -> None:
        workspace, room = self.asked_where
        self.leaks += [f"a prompt: {leak}" for leak in self.world.leaks(text, workspace, room)]

    def _logged(self, _: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        self._is_silent("the log", str(event))
        raise structlog.DropEvent

    def _is_silent(self, where: str, text: str) -> None:
        self.leaks += [f"{where}: {canary}" for canary in CANARY.findall(text)]

    def knowledge_of(self, app: App) -> None:
        """A test may take a layer of the search away here."""

    async def open(self) -> None:
        """Start the desk, or start it again on what it has kept."""
        structlog.configure(processors=[self._logged])
        handler = _Listening(lambda text: self._is_silent("the log", text))
        logging.getLogger().addHandler(handler)
        self._stack.callback(logging.getLogger().removeHandler, handler)
        self._stack.callback(structlog.reset_defaults)
        file = self.folder / "frontdesk.toml"
        settings = f'[data]\npath = "{self.folder / "var"}"\n[[plugins]]\nuse = "plugins.faq:Faq"\nconfidence = 0.0\n'
        file.write_text(settings, encoding="utf-8")  # always tries: the more is told the better
        app = App(load(file, {}), serving=True, model=self.model, channels=(self.town,), embedder=Words())
        self.knowledge_of(app)
        self.app = await self._stack.enter_async_context(app.opened())

    async def close(self) -> None:
        """Stop it; what it exports may tell of no document."""
        self._is_silent("the metrics", self.app.metrics.text().decode())
        await self._stack.aclose()

    # Documents

    async def write(self, paper: Paper) -> None:
        """Load a paper, or load it again."""
        (self.folder / paper.source).write_text(paper.text, encoding="utf-8")
        rows = self.app.knowledge.add([paper.source], workspace=paper.workspace, grant=paper.grant, folder=self.folder)
        statuses = [getattr(row, "status", "") async for row in rows]
        assert "searchable" in statuses, statuses

    async def rewrite(self, paper: Paper) -> None:
        """The paper says something else now: its old code is not to be seen again."""
        old, paper.body = paper.body, self.world.canary()
        self.world.means[paper.body] = paper
        self.world.retire(old)
        await self.write(paper)

    async def move(self, paper: Paper, grant: str) -> None:
        """Give it to others."""
        paper.grant = grant
        await self.app.knowledge.regrant(paper.workspace, paper.source, grant, actor="tester")

    async def remove(self, paper: Paper, *, purge: bool = False) -> None:
        """Take it out."""
        del self.world.papers[paper.workspace, paper.source]
        self.world.retire(paper.title, paper.body)
        await self.app.knowledge.remove(paper.workspace, paper.source, purge=purge, actor="tester")

    async def enter(self, room: Room, person: str) -> None:
        """An admin types an entry in a room: it is for that room where it is private, else for the workspace."""
        grant = f"room:{room.id}" if room.private else "workspace"
        paper = self.world.new_paper(room.workspace, grant)
        text = f"Q: How is the {paper.topic} device {paper.title} calibrated?\nA: With code {paper.body} every morning."
        await self.command("kb entry", text, room.workspace, room.id, person)
        kept = [d for d in await self.app.knowledge.documents(room.workspace) if paper.title in d.title]
        del self.world.papers[room.workspace, paper.source]
        if kept:  # they were an admin
            assert kept[0].grant == grant
            paper.source = kept[0].source
            self.world.papers[room.workspace, paper.source] = paper
        else:
            self.world.retire(paper.title, paper.body)

    # People

    async def ask(self, text: str, workspace: str, room: str, person: str, thread: str = "", *,
                  paper: Paper | None = None, meanwhile: Change | None = None) -> str:  # fmt: skip
        """Ask, and wait until there is an answer and all that follows from it; returns the thread."""
        number = next(self._numbers)
        thread = thread or f"t{number}"
        where = Conversation("town", workspace, room, thread)
        addressed = Addressed.DIRECT if room.startswith("D") else Addressed.MENTION
        self.asked_where = (workspace, room)
        self.model.meanwhile = _once(meanwhile)
        self.model.told.clear()
        before = set(self.town.seen)
        await self.app.reception.accept(Message(f"m{number}", where, person, text, addressed))
        await self.quiet()
        self.model.meanwhile = _once(None)
        for_here = paper and (room.startswith("D") or paper.grant in {"public", "workspace", f"room:{room}"})
        if paper and for_here and paper.workspace == workspace and not meanwhile:
            readers = self.world.readers(workspace, room)
            if all(self.world.may_read(workspace, reader, paper, room) for reader in readers):
                self.hoped += 1
                self.heard += paper.body in self.model.told | (self.town.seen - before)
        return thread

    async def command(self, name: str, text: str, workspace: str, room: str, person: str, thread: str = "") -> None:
        """A chat command, whose answer only this person sees."""
        where = Conversation("town", workspace, room, thread)
        notice = await self.app.reception.command(Command(name, text, person, where))
        admin = self.world.people[workspace, person].admin
        listing = admin and name.startswith("kb")
        self.town.judge_notice(f"`{name}`", notice, workspace, person, lists_titles=listing)
        await self.quiet()

    async def press(self, action: str, value: str, where: Conversation, person: str) -> None:
        """A button."""
        self.asked_where = (where.workspace, f"D{person}")
        notice = await self.app.reception.pressed(Press(action, value, person, where))
        self.town.judge_notice(f"the button {action}", notice, where.workspace, person)
        await self.quiet()

    async def quiet(self) -> None:
        """Until nothing is under way, or something has leaked."""
        async with asyncio.timeout(60):
            while not self.leaks and ((await self.app.inbox.open_events()).total or self.app.only_you._tasks):
                await asyncio.sleep(0.004)


class _Listening(logging.Handler):
    def __init__(self, hear: Callable[[str], None]):
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("hypothesis", "asyncio")):
            self._hear(record.getMessage())


def _once(change: Change | None) -> Change:
    left = [change] if change else []

    def happen() -> None:
        while left:
            left.pop()()

    return happen
