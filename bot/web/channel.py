"""The web page as a channel: takes questions over HTTP, shows answers to the pages that are open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, Literal

from aiohttp import web
from pydantic import Field, PrivateAttr, SecretStr

from bot.channel import Channel, Finding, Placed, Post, Reception
from bot.listening import address, is_loopback, serve
from bot.markup import html, parse, settled
from bot.web.api import BODY_MAX, Api
from bot.web.archive import Archive
from bot.web.guard import Guard
from bot.web.live import Live, State
from engine.errors import SettingsError
from engine.growing import Growing
from engine.types import PUBLIC, WORKSPACE, Audience, Message, Outcome, Source

#: Who writes: ``name`` of the model (empty: passages are quoted), ``awaited``: one may come while the page is open.
Writer = dict[str, Any]

#: Seconds between two states of a growing answer: what an eye can follow.
_PAUSE_S = 0.08
#: A secret shorter than this can be guessed in a while.
_SHORT = 16
#: The markers of an answer that is being written: its sources come with its end.
_UNKNOWN = dict.fromkeys(range(1, 100), "")


class Web(Channel):
    """A chat page.

    ``listen``: where it is served.  ``secret``: whoever opens the page is asked for it; needed wherever others than
    this machine can reach the page.  ``hosts``: further host names that the page is reached by, as behind a proxy.
    ``behind_proxy``: a proxy of ours sets X-Forwarded-Proto and X-Forwarded-For (cookies are Secure behind https).
    ``readers``: who reads the page, and so which documents its answers may use: ``workspace`` or ``public``.
    ``title`` and ``examples``: what the page is called, and the questions that it offers for a start.
    """

    name: ClassVar[str] = "web"
    takes_forms: ClassVar[bool] = True

    listen: str = "127.0.0.1:8080"
    secret: SecretStr = SecretStr("")
    hosts: tuple[str, ...] = ()
    behind_proxy: bool = False
    readers: Literal["workspace", "public"] = "workspace"
    title: str = Field(default="Frontdesk", min_length=1, max_length=80)
    examples: tuple[str, ...] = ()

    _archive: Archive | None = PrivateAttr(None)
    _writer: Callable[[], Writer] | None = PrivateAttr(None)
    _live: Live = PrivateAttr(default_factory=Live)
    _api: Api | None = PrivateAttr(None)
    _runner: web.AppRunner | None = PrivateAttr(None)

    def use(self, archive: Archive, writer: Callable[[], Writer] | None = None) -> None:
        """Where the page reads its history from, and who writes the answers; called once, before ``run``."""
        self._archive = archive
        self._writer = writer

    @property
    def port(self) -> int:
        """The port that is listened on, once it is; of use where the settings say 0."""
        return int(self._runner.addresses[0][1]) if self._runner else 0

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Serve the page.  Raises ``SettingsError`` when the address is taken, or open to others without a secret."""
        if self._archive is None:
            raise RuntimeError("Web.use(archive) comes before run")
        host, _ = address(self.listen, "listen of bot.web:Web")
        self._require_secret(host)
        await self.close()  # what an earlier run left
        guard = Guard(
            secret=self.secret.get_secret_value(),
            names=frozenset(h.lower() for h in self.hosts),
            open_names=not is_loopback(host) and not self.hosts,
            behind_proxy=self.behind_proxy,
        )
        about = {"title": self.title, "examples": list(self.examples), "secret": bool(guard.secret)}
        self._api = Api(
            workspace=self._workspace,
            about=lambda: {**about, "writer": self._writer() if self._writer else None},
            guard=guard,
            live=self._live,
            archive=self._archive,
            html=_html,
        )
        app = web.Application(middlewares=[guard.middleware], client_max_size=BODY_MAX)
        app.on_response_prepare.append(guard.finish)
        app.add_routes(await self._api.routes())
        self._runner = await serve(app, self.listen, "listen of bot.web:Web")
        self._api.reception = reception
        connected()
        try:
            await asyncio.Event().wait()
        finally:  # pages stay connected until ``close``: answers that are under way still reach them
            self._api.reception = None
            for site in list(self._runner.sites):
                await site.stop()

    def _require_secret(self, host: str) -> None:
        if self.secret.get_secret_value() or (is_loopback(host) and not self.hosts and not self.behind_proxy):
            return
        raise SettingsError(
            f'setting secret of bot.web:Web is missing: others than this machine can reach "{self.listen}". '
            'Write secret = "$FRONTDESK_WEB_SECRET" and export a long random text under that name, '
            'or listen = "127.0.0.1:8080" without hosts and behind_proxy'
        )

    @property
    def _workspace(self) -> str:
        return self.workspace or "default"

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """The visitor alone reads its page: what the page's readers may know, and what was given to this visitor."""
        del max_age_s  # nothing is looked up
        if self.readers == PUBLIC:
            return Audience.of(self._workspace)
        return Audience.of(self._workspace, WORKSPACE, f"user:{message.author}")

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """Show each state to the pages that are open here; those elsewhere, or closed, find it in the history."""
        conversation, message = post.message.conversation.key, post.message.id
        ended = False
        try:
            self._show(post, "")
            async for text in growing.states(pause_s=_PAUSE_S):
                if growing.waits:
                    self._show(post, html(parse(text)), waits=True)
                else:
                    self._show(post, html(parse(settled(text), sources=_UNKNOWN)))
            if reply := growing.reply:
                below = tuple(b.action for b in post.below(reply))
                self._show(post, _html(reply.text, reply.sources), reply.outcome, reply.sources, below=below)
            else:  # the writer has left
                self._show(post, html(parse(growing.shown)), waits=True)
            if post.key not in post.placed:
                await placed(post.key)
            ended = True
        finally:
            if not ended:  # what was shown is not to stand: the next try, or the history, says what does
                self._live.drop(conversation, message)

    def _show(
        self,
        post: Post,
        html: str,
        outcome: Outcome | None = None,
        sources: tuple[Source, ...] = (),
        *,
        waits: bool = False,
        below: tuple[str, ...] = (),
    ) -> None:
        state = State(post.key, html, time.monotonic(), outcome, sources, waits, below)
        self._live.show(post.message.conversation.key, post.message.id, state)

    async def withdraw(self, post: Post) -> None:
        """Take the answer off the pages that are open."""
        self._live.drop(post.message.conversation.key, post.message.id)

    async def tell(self, where: str, text: str) -> None:
        """A page has no rooms where people could be told anything."""
        del text
        raise SettingsError(
            f'"{where}" cannot be told on the web page: name a Slack or Discord room or person for hand-offs'
        )

    async def check(self) -> list[Finding]:
        """The address, and the secret."""
        try:
            host, _ = address(self.listen, "listen of bot.web:Web")
            self._require_secret(host)
        except SettingsError as e:
            return [Finding("web", works=False, advice=str(e))]
        length = len(self.secret.get_secret_value())
        if 0 < length < _SHORT:
            return [Finding("web: secret", works=False, advice=f"it is short: use {_SHORT} random characters or more")]
        return [Finding(f"web on {self.listen}", works=True)]

    async def close(self) -> None:
        """End the streams and the connections."""
        if self._api:
            self._api.end_streams()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None


@lru_cache(maxsize=1024)  # a history is shown again and again, and reading Markdown takes milliseconds
def _html(text: str, sources: tuple[Source, ...]) -> str:
    return html(parse(text, sources={s.number: s.url for s in sources}))
