"""A channel that several workspaces have installed, with a desk behind it and a browser before it."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import aiohttp

from bot.slack.workspaces import SlackWorkspaces
from engine.store.database import Database
from tests.slack.desk import Desk, connected
from tests.stand_ins.fake_slack import Limits
from tests.stand_ins.slack_workspaces import SlackWorkspaces as FakeSlacks

KEY = "0123456789abcdef" * 4
ONE, TWO = "T0ONE", "T0TWO"
BOTS = {ONE: "U0BOTONE", TWO: "U0BOTTWO"}


@asynccontextmanager
async def slacks(mode: str = "http") -> AsyncIterator[tuple[FakeSlacks, str]]:
    """Slack with two workspaces, and the address at which we are to listen."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{s.getsockname()[1]}"
    fake = FakeSlacks(
        mode=mode, request_url=f"http://{listen}/slack/events", commands={"/frontdesk"},
        limits=Limits(retry_delays_s=(0.0, 0.3, 0.3)),
    )  # fmt: skip
    for team, bot in BOTS.items():
        fake.add(team, bot)
    async with fake:
        yield fake, listen


class Erased(list[str]):
    """Workspaces that were to be erased; ``broken``: so many times it does not work."""

    broken = 0

    async def __call__(self, workspace: str) -> None:
        from engine.errors import Unavailable

        if self.broken:
            self.broken -= 1
            raise Unavailable("the database does not answer")
        self.append(workspace)


@asynccontextmanager
async def working(
    fake: FakeSlacks, listen: str, database: Database, *, erase: Erased | None = None, **settings
) -> AsyncIterator[Desk]:
    """The channel, listening."""
    way = {"app_token": fake.app_token} if fake.mode == "socket" else {"signing_secret": fake.signing_secret}
    given = {"client_id": fake.client_id, "client_secret": fake.client_secret, "token_key": KEY, "listen": listen,
             "public_url": f"http://{listen}", "api_url": fake.api_url, **way, **settings}  # fmt: skip
    channel = SlackWorkspaces(**given)
    channel.use(database, erase if erase is not None else Erased())
    async with connected(fake, channel) as desk:
        yield desk


class Browser:
    """Follows no redirect by itself, and keeps its cookies."""

    def __init__(self, listen: str):
        self._listen = listen
        self.cookies: dict[str, str] = {}
        self.set_cookie = ""

    async def get(self, path: str) -> tuple[int, str, str]:
        """Status, Location and text."""
        async with aiohttp.ClientSession(cookies=self.cookies) as session:
            url = path if path.startswith("http") else f"http://{self._listen}{path}"
            async with session.get(url, allow_redirects=False) as r:
                self.set_cookie = r.headers.get("Set-Cookie", "")
                if found := re.match(r'(\w+)="?([^";]*)', self.set_cookie):
                    self.cookies[found[1]] = found[2]
                return r.status, r.headers.get("Location", ""), await r.text()

    async def begin(self) -> dict[str, str]:
        """Go to the page to install it; returns what Slack is asked for."""
        status, location, _ = await self.get("/slack/install")
        assert status == 302
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def back(self, state: str, code: str) -> tuple[int, str]:
        """Come back from Slack."""
        status, _, text = await self.get(f"/slack/oauth_redirect?code={code}&state={state}")
        return status, text

    async def install(self, fake: FakeSlacks, team: str, person: str = "U0ALICE") -> tuple[int, str]:
        """The whole way."""
        asked = await self.begin()
        return await self.back(asked["state"], fake.approve(team, person, asked["redirect_uri"]))
