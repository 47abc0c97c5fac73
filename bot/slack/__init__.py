"""Slack: Socket Mode or signed HTTP in, answers in threads out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import ClassVar, Self

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from bot.channel import Channel, Finding, Placed, Post, Reception
from bot.listening import serve
from bot.markup import parse
from bot.slack import http, manifest
from bot.slack.api import Api, SlackRefused
from bot.slack.audience import Directory
from bot.slack.posting import Poster, body, parts_of
from bot.slack.read import Me
from engine.errors import SettingsError
from engine.growing import Growing
from engine.types import Audience, Message

#: Addresses that a notice to a room may link to, beside those of this Slack workspace.
_DISCORD = "https://discord.com/channels/"


class Slack(Channel):
    """One Slack workspace, seen by one app.

    With ``app_token`` it connects by itself (Socket Mode); with ``signing_secret`` alone it waits for Slack at
    ``listen``, path /slack/events.  ``admins`` are user ids besides the workspace's own admins; ``handoff`` the room
    or person (id) that is told when somebody needs a colleague.
    """

    name: ClassVar[str] = "slack"

    bot_token: SecretStr
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    listen: str = "127.0.0.1:3000"
    api_url: str = "https://slack.com/api/"
    admins: list[str] = Field(default_factory=list)
    handoff: str = ""

    _api: Api | None = PrivateAttr(default=None)
    _opened: tuple[Me, Directory, Poster] | None = PrivateAttr(default=None)
    _opening: asyncio.Lock = PrivateAttr(default_factory=asyncio.Lock)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if not self.app_token.get_secret_value() and not self.signing_secret.get_secret_value():
            raise ValueError(
                'write app_token = "$SLACK_APP_TOKEN" (Socket Mode) or signing_secret = "$SLACK_SIGNING_SECRET" (HTTP)'
            )
        return self

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """``Channel.run``: Socket Mode, or the HTTP listener."""
        from bot.slack.events import Events
        from bot.slack.sockets import Sockets

        try:
            me, directory, _ = await self._open()
        except SlackRefused as e:
            raise SettingsError(f"channels: slack bot_token: {e}") from None
        events = Events(self, self._client, me, directory, reception)
        try:
            if app_token := self.app_token.get_secret_value():
                await Sockets(self._client, app_token, events.envelope).run(connected)
            else:
                await self._listen(events.deliver, connected)
        finally:
            await events.close()

    async def _listen(self, deliver: http.Deliver, connected: Callable[[], None]) -> None:
        app = http.application(self.signing_secret.get_secret_value(), deliver)
        runner = await serve(app, self.listen, "channels: slack listen")
        try:
            connected()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """``Channel.audience``; DESIGN rule 3 (see ``Directory``)."""
        _, directory, _ = await self._open()
        return await directory.audience(message, max_age_s)

    async def is_admin(self, person: str) -> bool:
        """Whether the settings or Slack, asked now, call this person an admin."""
        if person in self.admins:
            return True
        _, directory, _ = await self._open()
        return await directory.is_admin(person)

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """``Channel.stream``: into the thread of the question."""
        _, _, poster = await self._open()
        await poster.show(post, growing, placed)

    async def withdraw(self, post: Post) -> None:
        """``Channel.withdraw``."""
        _, _, poster = await self._open()
        await poster.withdraw(post)

    async def tell(self, where: str, text: str) -> None:
        """``Channel.tell``: ``where`` is a room's or a person's id.  Links to Slack and Discord messages stay links."""
        me, _, poster = await self._open()
        found = re.findall(r"https://[^\s<>()\[\]]+", text)
        links = [u for u in found if u.startswith(_DISCORD) or (me.url and u.startswith(me.url))]
        for part in parts_of(parse(text, links=links)):
            async with poster.pace.post(where):
                await self._client.call("chat.postMessage", repeat=False, channel=where, **body(part))

    async def link(self, message: Message) -> str:
        """``Channel.link``."""
        try:
            said = await self._client.call(
                "chat.getPermalink", patience_s=10.0, channel=message.conversation.room, message_ts=message.handle
            )
        except SlackRefused:
            return ""  # it is gone
        return str(said.get("permalink") or "")

    async def check(self) -> list[Finding]:
        """``Channel.check``: tokens, scopes, Socket Mode."""
        return await manifest.check(
            self._client,
            app_token=self.app_token.get_secret_value(),
            signing_secret=self.signing_secret.get_secret_value(),
        )

    async def close(self) -> None:
        """``Channel.close``."""
        if self._api is not None:
            await self._api.close()

    @property
    def _client(self) -> Api:
        if self._api is None:
            self._api = Api(self.api_url, self.bot_token.get_secret_value())
        return self._api

    async def _open(self) -> tuple[Me, Directory, Poster]:
        """Who we are, asked once."""
        async with self._opening:
            if self._opened is None:
                said = await self._client.call("auth.test")
                me = Me(said["team_id"], said["user_id"], said.get("bot_id", ""), said.get("url", ""))
                self._opened = (me, Directory(self._client, me), Poster(self._client, me))
            return self._opened
