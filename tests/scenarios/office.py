"""An office for loading in chat: Slack with an admin, a website that can be slow, and a desk that quotes passages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.app import App
from engine.config import load
from tests.encoders import packaged
from tests.slack.desk import complaints
from tests.stand_ins.fake_slack import FakeSlack, Limits

ROOM, PRIVATE, ADMIN, ALICE, BOB = "C0GENERAL", "C0BOARD", "U0ADMIN", "U0ALICE", "U0BOB"
Json = dict[str, Any]


@dataclass
class Website:
    """Pages below a sitemap; those from ``slow`` on wait until the gate is open."""

    pages: int = 5
    slow: int = 99
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    async def _sitemap(self, request: web.Request) -> web.Response:
        listed = "".join(f"<url><loc>{self.url}/page/{n}</loc></url>" for n in range(self.pages))
        text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'
        return web.Response(text=text, content_type="application/xml")

    async def _page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        number = int(request.match_info["number"])
        if number >= self.slow:
            await self.gate.wait()
        text = f"<html><title>Room {number}</title><h1>Room {number}</h1><p>Room {number} has {number + 40} chairs.</p>"
        return web.Response(text=text, content_type="text/html")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Website]:
        app = web.Application()
        app.router.add_get("/sitemap.xml", self._sitemap)
        app.router.add_get("/page/{number}", self._page)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.gate.set()
            await runner.cleanup()


@dataclass
class Office:
    """Slack, and the desk while one is open."""

    slack: FakeSlack
    folder: Path
    hosts: list[str] = field(default_factory=list)
    app: App | None = None
    workspace: str = ""  # empty: the Slack team's
    settings: str = ""  # more of them
    model: str = 'use = "none"'  # and what follows it

    @contextlib.asynccontextmanager
    async def desk(self) -> AsyncIterator[App]:
        """The desk, connected; the same data each time."""
        hosts = ", ".join(f'"{host}"' for host in self.hosts)
        file = self.folder / "frontdesk.toml"
        file.write_text(
            f'[data]\npath = "{self.folder / "var"}"\n[model]\n{self.model}\n{self.settings}\n'
            f"[knowledge]\nallow_hosts = [{hosts}]\npause_s = 0\n"
            f'[[channels]]\nuse = "bot.slack:Slack"\nbot_token = "$BOT"\napp_token = "$APP"\n'
            f'api_url = "{self.slack.api_url}"\nworkspace = "{self.workspace}"\n'
        )
        loaded = load(file, {"BOT": self.slack.bot_token, "APP": self.slack.app_token})
        async with App(loaded, serving=True, embedder=packaged()).opened() as app:
            self.app = app
            connected = asyncio.Event()
            running = asyncio.create_task(app.channels[0].run(app.reception, connected.set))
            waiting = asyncio.create_task(connected.wait())
            try:
                await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    await running
                yield app
            finally:
                for task in (running, waiting):
                    task.cancel()
                await asyncio.gather(running, waiting, return_exceptions=True)

    async def until(self, check: Callable[[], Any], seconds: float = 90.0) -> Any:
        """What ``check`` returns, as soon as it is something."""
        async with asyncio.timeout(seconds):
            while not (value := check()):
                await asyncio.sleep(0.02)
        return value

    def direct(self, person: str = ADMIN) -> str:
        """The direct messages with a person."""
        return str(self.slack._dm(person)["id"])

    async def send(self, text: str, *, user: str = ADMIN, files: dict[str, str] | None = None) -> str:
        """Write to the desk directly; returns the ts."""
        if not files:
            return str((await self.slack.user_dm(user, text))["ts"])
        sent = [self.slack._file(name, content.encode(), user) for name, content in files.items()]
        return str((await self.slack.user_message(self.direct(user), user, text, files=sent))["ts"])

    def said(self, thread: str, user: str = ADMIN) -> list[Json]:
        """What the desk has said in a thread of the direct messages."""
        return list(self.slack.messages(self.direct(user), thread_ts=thread, from_bot=True))

    async def told(self, thread: str, words: str, user: str = ADMIN) -> Json:
        """The desk's message there that has these words, once there is one."""
        found: Json = await self.until(lambda: next((m for m in self.said(thread, user) if words in shown(m)), None))
        return found

    async def command(self, text: str, *, user: str = ADMIN, room: str = ROOM) -> Json:
        """``/frontdesk …``: what that person alone is shown."""
        before = len(self.slack.ephemerals)
        assert (await self.slack.slash_command(room, user, "/frontdesk", text))["ok"]
        await self.until(lambda: len(self.slack.ephemerals) > before)
        assert {e["user"] for e in self.slack.ephemerals[before:]} == {user}
        return dict(self.slack.ephemerals[-1])

    async def press(self, message: Json, label: str, *, user: str = ADMIN, room: str = "") -> None:
        """Press the button with this label."""
        action = next(a for a, text in buttons(message).items() if text == label)
        assert (await self.slack.click(room or message["channel"], message["ts"], user, action))["ok"]

    async def choose(self, message: Json, label: str, *, user: str = ADMIN, room: str = "") -> None:
        """Choose this in a menu."""
        action, value = choices(message)[label]
        place = room or message["channel"]
        assert (await self.slack.click(place, message["ts"], user, action, value=value))["ok"]

    async def whispered(self, before: int) -> Json:
        """The next thing that somebody alone was shown."""
        await self.until(lambda: len(self.slack.ephemerals) > before)
        return dict(self.slack.ephemerals[before])

    async def answer(self, text: str, *, user: str = ALICE) -> str:
        """What somebody is answered who asks in a direct message."""
        thread = await self.send(text, user=user)
        return shown((await self.until(lambda: self.said(thread, user)))[0])


@contextlib.asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    """Slack with an admin, two people, and a private room in which the admin and Alice are."""
    limits = Limits(retry_delays_s=(0.0, 0.3, 0.3))
    async with FakeSlack(commands={"/frontdesk"}, limits=limits) as slack:
        slack.add_user(ADMIN, "admin")["is_admin"] = True
        slack.channels[ROOM]["members"] += [m for m in (ADMIN, ALICE, BOB) if m not in slack.channels[ROOM]["members"]]
        slack.add_channel(PRIVATE, "board", kind="group", members=[ADMIN, ALICE, slack.bot_user_id])
        yield Office(slack, folder)
        # While the desk is closed, and on a machine that is busy, nobody acknowledges in time.
        late = ("event not acknowledged in time", "late acknowledgement")
        found = [v for v in slack.violations if v not in late]
        found += complaints(slack)  # nothing foreign has left, whatever a file was called
        assert not found, found


def shown(message: Json) -> str:
    """All text that the blocks of a message show."""

    def walk(node: Any) -> str:
        if isinstance(node, list):
            return "".join(map(walk, node))
        if not isinstance(node, dict) or node.get("type") == "actions":
            return ""
        own = node.get("text")
        end = "\n" if node.get("type") == "rich_text_section" else ""
        return (own if isinstance(own, str) else walk(own)) + walk(node.get("elements")) + end

    return walk(message.get("blocks"))


def buttons(message: Json) -> dict[str, str]:
    """Action ids and labels."""
    rows = [b for b in message.get("blocks") or [] if b["type"] == "actions"]
    return {e["action_id"]: e["text"]["text"] for row in rows for e in row["elements"] if e["type"] == "button"}


def choices(message: Json) -> dict[str, tuple[str, str]]:
    """What can be chosen in a menu, by its label: the menu's id and the value."""
    menus = [e for b in message.get("blocks") or [] for e in b.get("elements") or [] if e["type"] == "static_select"]
    return {o["text"]["text"]: (menu["action_id"], o["value"]) for menu in menus for o in menu["options"]}
