"""Slack: Socket Mode or signed HTTP in, answers in threads out."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from bot.channel import Channel, Finding, Keep, Notice, Placed, Post, Reception
from bot.heard import Heard
from bot.listening import serve
from bot.markup import parse
from bot.rooms import Room
from bot.slack import http, manifest
from bot.slack.api import Api, SlackRefused
from bot.slack.audience import Directory
from bot.slack.comparing import CONFIG_TOKEN, compare
from bot.slack.files import download, located
from bot.slack.notices import Notices
from bot.slack.posting import Poster, body, parts_of
from bot.slack.read import Me
from bot.slack.standing import reads_now, said_at
from bot.slack.talk import said_after, talk
from engine.errors import Refused, SettingsError
from engine.growing import Growing
from engine.language import written_in
from engine.types import Audience, Conversation, File, Message

if TYPE_CHECKING:
    from bot.slack.events import Events

#: Addresses that a notice to a room may link to, beside those of this Slack workspace.
_DISCORD = "https://discord.com/channels/"


class Slack(Channel):
    """One Slack workspace, seen by one app.

    With ``app_token`` it connects by itself (Socket Mode); with ``signing_secret`` alone it waits for Slack at
    ``listen``, path /slack/events.  ``admins`` are user ids besides the workspace's own admins; ``handoff`` the room
    or person (id) that is told when somebody needs a colleague; ``digest`` the room that is told each week what was
    asked in vain.  ``helpful_reactions`` and ``not_helpful_reactions``: emoji below an answer that mean the same as its
    buttons; none, and reactions mean nothing.  ``answer_bots``: ids of bots, apps or their users that are answered
    where they mention us, twice in a row at most; all others never.
    """

    name: ClassVar[str] = "slack"
    takes_typed: ClassVar[bool] = True
    whispers_here: ClassVar[bool] = True
    takes_forms: ClassVar[bool] = True

    bot_token: SecretStr
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    listen: str = "127.0.0.1:3000"
    api_url: str = "https://slack.com/api/"
    admins: list[str] = Field(default_factory=list)
    handoff: str = ""
    digest: str = ""
    helpful_reactions: list[str] = Field(default_factory=lambda: ["+1", "thumbsup"])
    not_helpful_reactions: list[str] = Field(default_factory=lambda: ["-1", "thumbsdown"])
    answer_bots: list[str] = Field(default_factory=list)

    _api: Api | None = PrivateAttr(default=None)
    _opened: tuple[Me, Directory, Poster] | None = PrivateAttr(default=None)
    _opening: asyncio.Lock = PrivateAttr(default_factory=asyncio.Lock)
    _heard: Heard = PrivateAttr(default_factory=Heard)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if not self.app_token.get_secret_value() and not self.signing_secret.get_secret_value():
            raise ValueError(
                'write app_token = "$SLACK_APP_TOKEN" (Socket Mode) or signing_secret = "$SLACK_SIGNING_SECRET" (HTTP)'
            )
        return self

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """``Channel.run``: Socket Mode, or the HTTP listener."""
        from bot.slack.sockets import Sockets

        try:
            events = await self.listeners(reception)
        except SlackRefused as e:
            raise SettingsError(f"channels: slack bot_token: {e}") from None
        try:
            if app_token := self.app_token.get_secret_value():
                await Sockets(self._client, app_token, events.envelope, self._heard).run(connected)
            else:
                await self._listen(events.deliver, connected)
        finally:
            self._heard.breaks()
            await events.close()

    async def listeners(self, reception: Reception) -> Events:
        """What hears Slack's events, whoever receives them.  Raises ``SlackRefused`` when the token is wrong."""
        from bot.slack.events import Events

        me, directory, _ = await self._open()
        return Events(self, self._client, me, directory, await self._notices(), reception)

    def hears_with(self, heard: Heard) -> None:
        """Another receives its events."""
        self._heard = heard

    def act_for(self, team: str, token: str) -> None:
        """Use this token from now on; it may be a whole organisation's, and is used for this workspace of it."""
        self.bot_token = SecretStr(token)
        self._client.act_for(team, token)

    async def _listen(self, deliver: http.Deliver, connected: Callable[[], None]) -> None:
        app = http.application(self.signing_secret.get_secret_value(), deliver)
        runner = await serve(app, self.listen, "channels: slack listen")
        try:
            self._heard.begins()
            connected()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """``Channel.audience``; DESIGN rule 3 (see ``Directory``)."""
        _, directory, _ = await self._open()
        return await directory.audience(message, max_age_s)

    async def is_admin(self, person: str, workspace: str) -> bool:
        """``Channel.is_admin``: Slack is asked each time."""
        me, directory, _ = await self._open()
        if workspace != (self.workspace or me.team):
            return False
        return person in self.admins or await directory.is_admin(person)

    async def who_is_admin(self) -> tuple[str, ...]:
        """``Channel.who_is_admin``."""
        _, directory, _ = await self._open()
        names = []
        for person in self.admins:
            try:
                names.append("@" + (await directory.name(person) or person))
            except Refused:
                names.append(person)
        return (*names, "the admins of this Slack workspace")

    async def language(self, person: str) -> str:
        """``Channel.language``."""
        _, directory, _ = await self._open()
        return await directory.language(person)

    async def default_grant(self, where: Conversation, person: str) -> str:
        """``Channel.default_grant``: of a private channel or group message, that room's; else the workspace's."""
        del person
        _, directory, _ = await self._open()
        return await directory.default_grant(where.room)

    async def download(self, file: File) -> bytes:
        """``Channel.download``; see ``bot.slack.files``."""
        return await download(self._client, file)

    async def located(self, file: File) -> File:
        """``Channel.located``: in rooms that are shared with others, Slack tells a file's id alone."""
        return await located(self._client, file)

    async def notice(self, where: Conversation, notice: Notice, *, person: str, shown: str = "") -> str:
        """``Channel.notice``."""
        return await (await self._notices()).show(where, notice, person, shown)

    async def whisper(self, where: Conversation, notice: Notice, *, person: str) -> None:
        """``Channel.whisper``: ephemeral."""
        await (await self._notices()).whisper(where, notice, person)

    async def alone(self, person: str, workspace: str) -> Audience | None:
        """``Channel.alone``."""
        _, directory, _ = await self._open()
        return await directory.alone(person, workspace, 0.0)

    async def writable(self, person: str, workspace: str) -> Sequence[Room]:
        """``Channel.writable``; see ``Directory``."""
        me, directory, _ = await self._open()
        return await directory.writable(person) if workspace == (self.workspace or me.team) else ()

    async def aside(self, message: Message) -> Message:
        """``Channel.aside``."""
        link = await self.link(message) if message.handle else ""  # else it was asked in a form, and stands nowhere yet
        return await (await self._notices()).aside(message, written_in(message.text), link)

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """``Channel.stream``: into the thread of the question."""
        _, _, poster = await self._open()
        await poster.show(post, growing, placed)

    async def working(self, message: Message, doing: str) -> None:
        """``Channel.working``: the status below the thread."""
        _, _, poster = await self._open()
        await poster.status.tell(message, doing)

    async def withdraw(self, post: Post) -> None:
        """``Channel.withdraw``."""
        _, _, poster = await self._open()
        await poster.withdraw(post)

    async def digest_room(self) -> Conversation | None:
        """``bot.topics.Digesting``."""
        me, _, _ = await self._open()
        return Conversation(self.name, self.workspace or me.team, self.digest)

    async def tell(self, where: str, text: str) -> None:
        """``Channel.tell``: ``where`` is a room's or a person's id.  Links to Slack and Discord messages stay links."""
        me, _, poster = await self._open()
        found = re.findall(r"https://[^\s<>()\[\]]+", text)
        links = [u for u in found if u.startswith(_DISCORD) or (me.url and u.startswith(me.url))]
        for part in parts_of(parse(text, links=links)):
            async with poster.pace.post(where):
                await self._client.call("chat.postMessage", repeat=False, channel=where, **body(part))

    async def talk(self, message: Message) -> tuple[str, ...]:
        """``Channel.talk``."""
        me, directory, _ = await self._open()
        return await talk(self._client, me, message, directory.known_name)

    async def said_after(self, message: Message, person: str) -> tuple[str, ...]:
        """``Channel.said_after``."""
        me, directory, _ = await self._open()
        return await said_after(self._client, me, message, person, directory.known_name)

    @property
    def heard(self) -> Heard:
        """``Channel.heard``: what happens while no socket is open comes again, but late."""
        return self._heard

    def said_at(self, message: Message) -> float:
        """``Channel.said_at``."""
        return said_at(message)

    async def reads_now(self, message: Message) -> str | None:
        """``Channel.reads_now``."""
        me, directory, _ = await self._open()
        return await reads_now(self._client, me, message, directory.known_name)

    async def link(self, message: Message) -> str:
        """``Channel.link``."""
        try:
            said = await self._client.call(
                "chat.getPermalink", patience_s=10.0, channel=message.conversation.room, message_ts=message.handle
            )
        except SlackRefused:
            return ""  # it is gone
        return str(said.get("permalink") or "")

    async def called(self, where: Conversation, person: str = "") -> str:
        """``Channel.called``."""
        _, directory, _ = await self._open()
        return await (directory.name(person) if person else directory.room_name(where.room))

    async def check(self) -> list[Finding]:
        """``Channel.check``: tokens, scopes, Socket Mode; the whole manifest where Slack tells it."""
        app_token = self.app_token.get_secret_value()
        secret = self.signing_secret.get_secret_value()
        found = await manifest.check(self._client, app_token=app_token, signing_secret=secret)
        if found[0].works:
            wanted, token = manifest.manifest(socket_mode=bool(app_token)), os.environ.get(CONFIG_TOKEN, "")
            found.append(await compare(self._client, wanted, app_token=app_token, config_token=token))
        return found

    async def record(self, keep: Keep) -> None:
        """``Channel.record``."""
        from bot.slack.recording import record

        await record(self._client, keep, app_token=self.app_token.get_secret_value())

    async def close(self) -> None:
        """``Channel.close``."""
        if self._api is not None:
            await self._api.close()

    async def _notices(self) -> Notices:
        me, _, poster = await self._open()
        return Notices(self._client, me, poster)

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
                team = self._client.team or said["team_id"]
                me = Me(team, said["user_id"], said.get("bot_id", ""), said.get("url", ""))
                self._opened = (me, Directory(self._client, me), Poster(self._client, me))
            return self._opened
