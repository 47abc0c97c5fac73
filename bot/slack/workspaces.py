"""Slack for several workspaces: one app that people install themselves, each workspace one of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from aiohttp import web
from pydantic import Field, PrivateAttr, SecretStr, model_validator

from bot.channel import Channel, Finding, Keep, Notice, Placed, Post, Reception
from bot.heard import Heard
from bot.listening import serve
from bot.slack import Slack, http, manifest
from bot.slack.api import Api
from bot.slack.comparing import APP_ID, CONFIG_TOKEN, compare
from bot.slack.install import BACK, Pages
from bot.slack.installed import Installed
from bot.slack.oauth import OAuth, authorize_url
from bot.slack.sealing import Seal
from bot.slack.serving import Serving
from bot.slack.standing import said_at
from bot.slack.tagged import in_team, untagged
from engine.errors import Refused, SettingsError
from engine.growing import Growing
from engine.types import Audience, Conversation, File, Message

if TYPE_CHECKING:
    from bot.rooms import Room
    from engine.store.database import Database

#: Settings that are this one's and not those of each workspace.
_OWN = frozenset({"handoff", "workspace"})


class SlackWorkspaces(Channel):
    """One Slack app that many workspaces (and Enterprise Grid organisations) install at /slack/install.

    ``client_id`` and ``client_secret`` are the app's; ``token_key`` seals the workspaces' tokens in the database (an
    old key may follow the new one, with a blank between them); ``public_url`` is where people reach ``listen``, as in
    https://desk.example.com.  With ``app_token`` events come by Socket Mode, else Slack delivers them to /slack/events,
    signed with ``signing_secret``.  ``teams``: the ids of the workspaces and organisations that may install it; none:
    any.  ``handoff``: who installed it is told when somebody there needs a colleague, or nobody.  What names rooms
    or people of one workspace (``admins``, ``digest``, ``answer_bots`` of ``Slack``) there is not.
    """

    name: ClassVar[str] = "slack"
    takes_typed: ClassVar[bool] = True
    whispers_here: ClassVar[bool] = True
    takes_forms: ClassVar[bool] = True

    client_id: str
    client_secret: SecretStr
    token_key: SecretStr
    public_url: str
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    listen: str = "127.0.0.1:3000"
    api_url: str = "https://slack.com/api/"
    teams: list[str] = Field(default_factory=list)
    handoff: Literal["installer", ""] = "installer"
    helpful_reactions: list[str] = Field(default_factory=lambda: ["+1", "thumbsup"])
    not_helpful_reactions: list[str] = Field(default_factory=lambda: ["-1", "thumbsdown"])

    _api: Api | None = PrivateAttr(default=None)
    _serving: Serving | None = PrivateAttr(default=None)
    _heard: Heard = PrivateAttr(default_factory=Heard)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.app_token.get_secret_value() and not self.signing_secret.get_secret_value():
            raise ValueError(
                'write app_token = "$SLACK_APP_TOKEN" (Socket Mode) or signing_secret = "$SLACK_SIGNING_SECRET" (HTTP)'
            )
        if self.workspace:
            raise ValueError("each workspace that installs the app is one of its own: take `workspace` out")
        if not self.public_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError('public_url: write where people reach `listen`, as "https://desk.example.com"')
        return self

    def use(self, database: Database, erase: Callable[[str], Awaitable[None]]) -> None:
        """Called once before ``run``: where installations are kept, and how a workspace is erased that has left."""
        installed = Installed(database, Seal(self.token_key.get_secret_value()), self._oauth)
        self._serving = Serving(installed, self._api_with, self._slack_of, erase)

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """``Channel.run``: the pages to install it, and Socket Mode or the HTTP listener for all workspaces."""
        from bot.slack.sockets import Sockets

        serving, app_token = self._here, self.app_token.get_secret_value()
        await serving.begin(reception)
        secret = self.signing_secret.get_secret_value()
        app = web.Application() if app_token else http.application(secret, serving.deliver)
        self._pages().add_to(app, secure=self.public_url.startswith("https:"))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(serving.end)
            stack.push_async_callback((await serve(app, self.listen, "channels: slack listen")).cleanup)
            looking = asyncio.create_task(serving.keep_looking())
            stack.callback(looking.cancel)
            stack.callback(self._heard.breaks)
            if app_token:
                await Sockets(self._client, app_token, serving.envelope, self._heard).run(connected)
            else:
                self._heard.begins()
                connected()
                await asyncio.Event().wait()

    def _pages(self) -> Pages:
        redirect = self._redirect

        def authorize(state: str) -> str:
            return authorize_url(
                self.api_url, client_id=self.client_id, scopes=manifest.SCOPES, state=state, redirect=redirect
            )

        async def installed(code: str) -> str:
            grant = await self._oauth.exchange(code, redirect)
            if self.teams and grant.id not in self.teams:
                await self._client.call("auth.revoke", token=grant.token, patience_s=10.0)
                raise Refused(f"{grant.id} is not among the `teams` of the settings")
            await self._here.install(grant)
            return grant.id

        return Pages(
            authorize=authorize, begin=self._here.installed.begin, end=self._here.installed.end, installed=installed
        )

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """``Channel.audience``."""
        return await self._for(message.conversation).audience(message, max_age_s=max_age_s)

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """``Channel.stream``."""
        await self._for(post.message.conversation).stream(post, growing, placed)

    async def withdraw(self, post: Post) -> None:
        """``Channel.withdraw``; where the app was removed nothing can be taken back any more."""
        if self._here.has(post.message.conversation.workspace):
            await self._for(post.message.conversation).withdraw(post)

    async def working(self, message: Message, doing: str) -> None:
        """``Channel.working``."""
        if self._here.has(message.conversation.workspace):
            await self._for(message.conversation).working(message, doing)

    async def talk(self, message: Message) -> tuple[str, ...]:
        """``Channel.talk``."""
        return await self._for(message.conversation).talk(message)

    async def said_after(self, message: Message, person: str) -> tuple[str, ...]:
        """``Channel.said_after``."""
        return await self._for(message.conversation).said_after(message, person)

    async def tell(self, where: str, text: str) -> None:
        """``Channel.tell``: ``where`` is a workspace's id, ``/``, and a room's or person's id; or a person's alone."""
        team, slash, place = where.partition("/")
        await self._here.slack(team if slash else self._here.seen(where)).tell(place if slash else where, text)

    def desk(self, workspace: str) -> str:
        """``Channel.desk``: who installed the app there."""
        installer = self._here.installer(workspace) if self.handoff else ""
        return f"{workspace}/{installer}" if installer else ""

    async def link(self, message: Message) -> str:
        """``Channel.link``."""
        if not self._here.has(message.conversation.workspace):
            return ""
        return await self._for(message.conversation).link(message)

    @property
    def heard(self) -> Heard:
        """``Channel.heard``."""
        return self._heard

    def said_at(self, message: Message) -> float:
        """``Channel.said_at``."""
        return said_at(message)

    async def reads_now(self, message: Message) -> str | None:
        """``Channel.reads_now``; where the app was removed nobody can tell."""
        if not self._here.has(message.conversation.workspace):
            return message.text
        return await self._for(message.conversation).reads_now(message)

    async def called(self, where: Conversation, person: str = "") -> str:
        """``Channel.called``."""
        return await self._for(where).called(where, person)

    async def is_admin(self, person: str, workspace: str) -> bool:
        """``Channel.is_admin``: each workspace's own admins."""
        return self._here.has(workspace) and await self._here.slack(workspace).is_admin(person, workspace)

    async def who_is_admin(self) -> tuple[str, ...]:
        """``Channel.who_is_admin``."""
        return ("the admins of this Slack workspace",)

    async def language(self, person: str) -> str:
        """``Channel.language``: where this person was seen last."""
        team = self._here.seen(person)
        return await self._here.slack(team).language(person) if self._here.has(team) else ""

    async def default_grant(self, where: Conversation, person: str) -> str:
        """``Channel.default_grant``."""
        return await self._for(where).default_grant(where, person)

    async def located(self, file: File) -> File:
        """``Channel.located``: by the workspace where the file was sent."""
        team, plain = untagged(file)
        return in_team(await self._here.slack(team).located(plain), team)

    async def download(self, file: File) -> bytes:
        """``Channel.download``: with the token of the workspace where the file was sent, whatever its address says."""
        team, plain = untagged(file)
        return await self._here.slack(team).download(plain)

    async def notice(self, where: Conversation, notice: Notice, *, person: str, shown: str = "") -> str:
        """``Channel.notice``."""
        return await self._for(where).notice(where, notice, person=person, shown=shown)

    async def whisper(self, where: Conversation, notice: Notice, *, person: str) -> None:
        """``Channel.whisper``."""
        await self._for(where).whisper(where, notice, person=person)

    async def alone(self, person: str, workspace: str) -> Audience | None:
        """``Channel.alone``."""
        return await self._here.slack(workspace).alone(person, workspace)

    async def writable(self, person: str, workspace: str) -> Sequence[Room]:
        """``Channel.writable``."""
        return await self._here.slack(workspace).writable(person, workspace)

    async def aside(self, message: Message) -> Message:
        """``Channel.aside``."""
        return await self._for(message.conversation).aside(message)

    async def record(self, keep: Keep) -> None:
        """``Channel.record``: what arrives for any workspace, by Socket Mode."""
        from bot.slack.recording import listen

        await listen(self._client, keep, app_token=self.app_token.get_secret_value())

    async def check(self) -> list[Finding]:
        """``Channel.check``: what can be tried without an installation."""
        Seal(self.token_key.get_secret_value())
        app_token, secret = self.app_token.get_secret_value(), self.signing_secret.get_secret_value()
        found = [await manifest.check_way_in(self._client, app_token=app_token, signing_secret=secret)]
        if found[0].works:
            address = self.public_url.rstrip("/") + http.PATH
            wanted = manifest.manifest(socket_mode=bool(app_token), request_url=address, redirect_url=self._redirect)
            app = None if app_token else os.environ.get(APP_ID, "")  # over HTTP nothing says which app it is
            token = os.environ.get(CONFIG_TOKEN, "")
            found.append(await compare(self._client, wanted, app_token=app_token, config_token=token, app_id=app))
        return found

    async def close(self) -> None:
        """``Channel.close``."""
        if self._serving is not None:
            await self._serving.close()
        if self._api is not None:
            await self._api.close()

    def _for(self, where: Conversation) -> Slack:
        return self._here.slack(where.workspace)

    def _slack_of(self, team: str, token: str) -> Slack:
        same = (set(type(self).model_fields) & set(Slack.model_fields)) - _OWN
        slack = Slack(bot_token=SecretStr(token), **{name: getattr(self, name) for name in same})
        slack.act_for(team, token)
        slack.hears_with(self._heard)
        return slack

    def _api_with(self, token: str) -> Api:
        return Api(self.api_url, token)

    @property
    def _redirect(self) -> str:
        return self.public_url.rstrip("/") + BACK

    @property
    def _here(self) -> Serving:
        if self._serving is None:
            raise SettingsError("several Slack workspaces are served by `frontdesk run` alone")
        return self._serving

    @property
    def _oauth(self) -> OAuth:
        return OAuth(self._client, self.api_url, self.client_id, self.client_secret.get_secret_value())

    @property
    def _client(self) -> Api:
        """For what is asked in the name of the app."""
        if self._api is None:
            self._api = Api(self.api_url, "")
        return self._api
