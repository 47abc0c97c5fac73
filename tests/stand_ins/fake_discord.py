# ruff: noqa -- a copy, kept as it came
# mypy: ignore-errors
"""A strict, in-memory Discord for end-to-end tests of a bot built on discord.py.

A copy of the acceptance run's stand-in, which checks languages and suggestions of commands and has a forum's tags
besides, by Discord's published documentation.

REST (``/api/v10``) and the gateway (WebSocket, ``json`` with optional
``zlib-stream``) run on one local port.  A discord.py client needs two class
attributes changed and no code patched:

    async with FakeDiscord() as discord_:
        discord_.point_discord_py()                  # sets the two attributes
        task = asyncio.create_task(client.start(discord_.token))
        await discord_.wait_ready()
        sent = await discord_.user_message(discord_.general, discord_.alice, "hi")
        reply = await discord_.wait_message(channel=discord_.general, after=sent["id"])
        result = await discord_.slash_command(discord_.general, discord_.alice, "ask", {"q": "vpn"})
        assert result["acked"] and not discord_.violations

Strictness.  Documented rejections are answered with their HTTP status and JSON
error code: authentication, intents (privileged ones need approval), permissions,
ownership, message/embed/component/modal/command limits, empty messages, unknown
ids, double acknowledgement (40060), interactions older than 3 s (10062) or 15
minutes (50027), per-route and global rate limits with their headers.  Content
is hidden from the bot when it lacks the message-content intent.  Gateway misuse
closes the socket with the documented code.  What Discord tolerates but an app
should not do (missed heartbeat, unanswered interaction, missing User-Agent, a
route this kit does not know) is listed in ``FakeDiscord.violations``.

``FakeDiscord.transcript`` holds everything that happened, as dictionaries with
``t`` (seconds since start) and ``kind``: ``rest``, ``event``, ``gateway``,
``ui``, ``fault`` or ``violation``.

Only aiohttp is needed.  Run stand-alone: ``python fake_discord.py --port 8920``.
Rate-limit buckets are not published by Discord; the values in ``BUCKETS`` are
the commonly observed ones.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fnmatch
import inspect
import itertools
import json
import re
import secrets
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Awaitable, Callable

from aiohttp import WSMsgType, web

Json = dict[str, Any]
EPOCH_MS = 1_420_070_400_000


@dataclass
class Limits:
    """Platform limits."""

    ack_s: float = 3.0
    token_s: float = 900.0
    heartbeat_ms: int = 41_250
    content: int = 2_000
    embeds: int = 10
    embed_total: int = 6_000
    files: int = 10
    file_bytes: int = 10 * 2**20
    thread_name: int = 100
    identify_per_day: int = 1_000
    gateway_per_minute: int = 120
    global_per_s: int = 50
    resume_window_s: float = 120.0


#: Bucket name -> (requests, seconds); one bucket per major parameter.
BUCKETS: dict[str, tuple[int, float]] = {
    "message.create": (5, 5.0),
    "message.edit": (5, 5.0),
    "message.delete": (5, 1.0),
    "reaction": (1, 0.25),
    "typing": (5, 5.0),
    "webhook": (5, 2.0),
    "commands": (5, 20.0),
    "thread.create": (10, 600.0),
    "dm.open": (10, 10.0),
}

INTENT = {
    "guilds": 1 << 0,
    "members": 1 << 1,
    "presences": 1 << 8,
    "guild_messages": 1 << 9,
    "guild_reactions": 1 << 10,
    "guild_typing": 1 << 11,
    "dm_messages": 1 << 12,
    "dm_reactions": 1 << 13,
    "dm_typing": 1 << 14,
    "message_content": 1 << 15,
}
PRIVILEGED = INTENT["members"] | INTENT["presences"] | INTENT["message_content"]
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25

PERM = {
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "use_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_threads": 1 << 35,
    "create_private_threads": 1 << 36,
    "send_in_threads": 1 << 38,
}
#: "Locales" of Discord's reference.
LOCALES = frozenset(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th "
    "zh-CN ja zh-TW ko".split()
)
DEFAULT_PERMS = sum(v for k, v in PERM.items() if k not in ("mention_everyone", "manage_messages", "manage_threads"))


class DiscordError(Exception):
    """A REST error answer."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None):
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


class ControlError(Exception):
    """The test asked for something no user could do."""


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer typed exactly ``application/json``: clients compare the whole header."""
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")


def unknown(what: str, code: int) -> DiscordError:
    return DiscordError(404, code, f"Unknown {what}")


class Form:
    """Collects "Invalid Form Body" problems as Discord nests them."""

    def __init__(self) -> None:
        self.errors: Json = {}

    def add(self, path: str, code: str, message: str) -> None:
        node = self.errors
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, value: Any, most: int, least: int = 0) -> None:
        if value is None and least == 0:
            return
        if not isinstance(value, str):
            self.add(path, "BASE_TYPE_REQUIRED" if value is None else "STRING_TYPE_CONVERT", "This field is required")
        elif len(value) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif len(value) < least:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def count(self, path: str, value: Any, most: int, least: int = 0) -> list:
        if value is None:
            return []
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
            return value if isinstance(value, list) else []
        return value

    def done(self) -> None:
        if self.errors:
            raise DiscordError(400, 50035, "Invalid Form Body", self.errors)


@dataclass
class Fault:
    """One scripted REST failure (see ``FakeDiscord.fail``)."""

    verb: str
    pattern: str
    times: int
    status: int
    code: int = 0
    retry_after: float = 1.0
    scope: str = "user"
    delay: float = 0.0
    drop: bool = False
    after: bool = False


@dataclass
class Session:
    """One gateway session; it outlives its socket so that it can be resumed."""

    id: str
    intents: int
    ws: web.WebSocketResponse | None = None
    zlib: Any = None
    seq: int = 0
    sent: list[Json] = field(default_factory=list)
    last_beat: float = 0.0
    left: float | None = None
    ready: bool = False
    shard: int = 0


ROUTES: list[tuple[str, str, str, Callable, str | None, bool]] = []


def route(verb: str, path: str, bucket: str | None = None, auth: bool = True) -> Callable:
    """Register a REST route with its rate-limit bucket."""

    def register(fn: Callable) -> Callable:
        ROUTES.append((verb, path, fn.__name__, fn, bucket, auth))
        return fn

    return register


class FakeDiscord:
    """One bot application, one guild, one gateway.  Use as an async context manager."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        approved_intents: int = PRIVILEGED,
        bot_permissions: int = DEFAULT_PERMS,
        limits: Limits | None = None,
        rate_limits: bool = True,
        token: str | None = None,
    ):
        self.host, self.port = host, port
        self.approved_intents = approved_intents
        self.limits = limits or Limits()
        self.rate_limits = rate_limits
        self._counter = itertools.count()
        self.shards = 1  # that the bot has to open; more than one is checked as Discord documents it (topics/gateway)

        self.token = token or f"{secrets.token_urlsafe(18)}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(27)}"
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.store: dict[str, dict[str, Json]] = {}  # channel id -> message id -> message
        self.attachments: dict[str, Json] = {}
        self.interactions: dict[str, Json] = {}  # token -> state
        self.commands: dict[str, dict[str, Json]] = {"": {}}  # guild id ("" = global) -> id -> command
        self.dm_closed: set[str] = set()
        self.typing: list[Json] = []
        self.user_errors: list[Json] = []

        self.transcript: list[Json] = []
        self.violations: list[str] = []
        self._faults: list[Fault] = []
        self._sessions: dict[str, Session] = {}
        self._windows: dict[tuple, deque[float]] = {}
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()
        self._duplicate_next = 0
        self._mute_beats = 0
        self._refuse_sockets = 0
        self._start = time.monotonic()
        self._runner: web.AppRunner | None = None

        self.bot = self.add_user("helpbot", bot=True)["id"]
        self.application_id = self.bot
        self.alice = self.add_user("alice")["id"]
        self.bob = self.add_user("bob")["id"]
        self.guild_id = self.snowflake()
        self.bot_role = self.snowflake()
        self.bot_permissions = bot_permissions
        self.members: dict[str, Json] = {}
        for uid in (self.bot, self.alice, self.bob):
            self.members[uid] = {
                "roles": [self.bot_role] if uid == self.bot else [],
                "nick": None,
                "avatar": None,
                "joined_at": self._iso(),
                "deaf": False,
                "mute": False,
                "flags": 0,
                "pending": False,
            }
        self.general = self.add_channel("general")["id"]
        self.private = self.add_channel("private", deny=PERM["view_channel"])["id"]

    # -- world -----------------------------------------------------------------

    def snowflake(self) -> str:
        """A new, increasing id."""
        return str((int(time.time() * 1000) - EPOCH_MS) << 22 | next(self._counter) & 0x3FFFFF)

    @staticmethod
    def _iso() -> str:
        return datetime.now(timezone.utc).isoformat()

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> Json:
        """Create an account (not yet a member of the guild)."""
        u = {
            "id": self.snowflake(),
            "username": name,
            "global_name": name.title(),
            "discriminator": "0",
            "avatar": None,
            "bot": bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
            "_locale": locale,
        }
        self.users[u["id"]] = u
        return u

    def add_member(self, user: str, roles: list[str] | None = None) -> Json:
        """Let an account join the guild (``GUILD_MEMBER_ADD``)."""
        self.members[user] = {
            "roles": roles or [],
            "nick": None,
            "avatar": None,
            "joined_at": self._iso(),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }
        self._emit("GUILD_MEMBER_ADD", {**self._member(user), "guild_id": self.guild_id}, INTENT["members"])
        return self._member(user)

    def add_channel(
        self, name: str, *, kind: int = 0, parent: str | None = None, deny: int = 0, tags: tuple[str, ...] = ()
    ) -> Json:
        """Create a guild channel; ``deny`` takes permissions away from the bot, ``tags`` are a forum's."""
        cid = self.snowflake()
        c: Json = {
            "id": cid,
            "type": kind,
            "guild_id": self.guild_id,
            "name": name,
            "position": len(self.channels),
            "parent_id": parent,
            "topic": None,
            "nsfw": False,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "permission_overwrites": [{"id": self.bot_role, "type": 0, "allow": "0", "deny": str(deny)}]
            if deny
            else [],
            "_deny": deny,
        }
        if kind == 15:
            made = [
                {"id": self.snowflake(), "name": t, "moderated": False, "emoji_id": None, "emoji_name": None}
                for t in tags
            ]
            c.update(available_tags=made, default_reaction_emoji=None, flags=0)
        self.channels[cid] = c
        self.store[cid] = {}
        if self._runner:
            self._emit("CHANNEL_CREATE", self._public(c), INTENT["guilds"])
        return c

    def _dm(self, user: str) -> Json:
        for c in self.channels.values():
            if c["type"] == 1 and c["_user"] == user:
                return c
        cid = self.snowflake()
        self.channels[cid] = {
            "id": cid,
            "type": 1,
            "last_message_id": None,
            "flags": 0,
            "_user": user,
            "_deny": 0,
            "recipients": [self._user(user)],
        }
        self.store[cid] = {}
        return self.channels[cid]

    @staticmethod
    def _public(obj: Json) -> Json:
        return {k: v for k, v in obj.items() if not k.startswith("_")}

    def _user(self, uid: str) -> Json:
        return self._public(self.users[uid])

    def _member(self, uid: str, user: bool = True) -> Json:
        return {**self.members[uid], **({"user": self._user(uid)} if user else {})}

    def _guild(self, intents: int) -> Json:
        with_all = bool(intents & INTENT["members"])
        return {
            "id": self.guild_id,
            "name": "Test Guild",
            "icon": None,
            "owner_id": self.alice,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "roles": [
                {
                    "id": self.guild_id,
                    "name": "@everyone",
                    "color": 0,
                    "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                    "hoist": False,
                    "position": 0,
                    "permissions": str(DEFAULT_PERMS),
                    "managed": False,
                    "mentionable": False,
                    "flags": 0,
                },
                {
                    "id": self.bot_role,
                    "name": "helpbot",
                    "color": 0,
                    "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                    "hoist": False,
                    "position": 1,
                    "permissions": str(self.bot_permissions),
                    "managed": True,
                    "mentionable": False,
                    "flags": 0,
                    "tags": {"bot_id": self.bot},
                },
            ],
            "emojis": [],
            "features": [],
            "mfa_level": 0,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "vanity_url_code": None,
            "description": None,
            "banner": None,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "public_updates_channel_id": None,
            "nsfw_level": 0,
            "stickers": [],
            "premium_progress_bar_enabled": False,
            "joined_at": self.members[self.bot]["joined_at"],
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "members": [self._member(u) for u in self.members if with_all or u == self.bot],
            "channels": [self._public(c) for c in self.channels.values() if c["type"] not in (1, 11, 12)],
            "threads": [self._public(c) for c in self.channels.values() if c["type"] in (11, 12)],
        }

    # -- life cycle --------------------------------------------------------------

    async def __aenter__(self) -> "FakeDiscord":
        await self.start()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bind the listener; ``self.port`` is set when it was 0."""
        app = web.Application(client_max_size=64 * 2**20)
        for verb, path, _, fn, bucket, auth in ROUTES:
            app.router.add_route(verb, "/api/v{version}" + path, self._wrap(fn, bucket, auth, path))
        app.router.add_route("*", "/api/{tail:.*}", self._on_unknown)
        app.router.add_get("/attachments/{channel}/{id}/{name}", self._on_attachment)
        app.router.add_route("*", "/_control/{verb}", self._on_control)
        app.router.add_get("/", self._on_gateway)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self._start = time.monotonic()
        self._spawn(self._housekeeping())

    async def stop(self) -> None:
        """Close sockets, background work and the listener."""
        for task in list(self._tasks):
            task.cancel()
        for s in self._sessions.values():
            if s.ws and not s.ws.closed:
                with contextlib.suppress(Exception):
                    await s.ws.close(code=1001)
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        if not self.port:
            raise RuntimeError("start the server first: the port is not known yet")
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """Value for ``discord.http.Route.BASE``."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """Value for ``DiscordWebSocket.DEFAULT_GATEWAY``."""
        return f"ws://{self.host}:{self.port}/"

    def point_discord_py(self) -> Callable[[], None]:
        """Aim discord.py at this server; returns a function that undoes it."""
        import discord
        import yarl

        route_cls, ws_cls = discord.http.Route, discord.gateway.DiscordWebSocket
        before = route_cls.BASE, ws_cls.DEFAULT_GATEWAY
        route_cls.BASE, ws_cls.DEFAULT_GATEWAY = self.api_url, yarl.URL(self.gateway_url)

        def undo() -> None:
            route_cls.BASE, ws_cls.DEFAULT_GATEWAY = before

        return undo

    # -- small helpers --------------------------------------------------------------

    def _now(self) -> float:
        return time.monotonic() - self._start

    def _log(self, kind: str, **entry: Any) -> Json:
        record = {"t": round(self._now(), 4), "kind": kind, **entry}
        self.transcript.append(record)
        self._changed.set()
        return record

    def _violate(self, text: str, **detail: Any) -> None:
        self.violations.append(text)
        self._log("violation", text=text, **detail)

    def _spawn(self, work: Awaitable) -> asyncio.Task:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def message(self, channel: str, mid: str) -> Json | None:
        """The stored message, or None."""
        return self.store.get(channel, {}).get(mid)

    def messages(
        self, channel: str | None = None, *, after: str = "0", from_bot: bool | None = None, viewer: str | None = None
    ) -> list[Json]:
        """Messages in order; ephemeral ones only for their ``viewer`` (or all when None)."""
        found = [
            m
            for c, items in self.store.items()
            if channel in (None, c)
            for m in items.values()
            if int(m["id"]) > int(after)
            and (from_bot is None or (m["author"]["id"] == self.bot) == from_bot)
            and (viewer is None or m.get("_for") in (None, viewer))
        ]
        return sorted(found, key=lambda m: int(m["id"]))

    def revisions(self, channel: str, mid: str) -> list[Json]:
        """Every visible state of a message: ``{"t", "content", "how"}``."""
        m = self.message(channel, mid)
        return list(m["_revisions"]) if m else []

    async def wait_for(self, check: Callable[[], Any], timeout: float = 30.0) -> Any:
        """Return ``check()`` as soon as it is truthy; TimeoutError with the tail of the log."""
        deadline = time.monotonic() + timeout
        while True:
            value = check()
            if value:
                return value
            self._changed.clear()
            left = deadline - time.monotonic()
            if left <= 0:
                tail = "\n".join(json.dumps(e, default=str)[:300] for e in self.transcript[-15:])
                raise TimeoutError(f"condition not met in {timeout}s; last entries:\n{tail}")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.25))

    async def wait_message(
        self, *, channel: str | None = None, after: str = "0", contains: str = "", timeout: float = 30.0
    ) -> Json:
        """Wait for a finished (not "thinking") message of the bot."""
        return await self.wait_for(
            lambda: next(
                (
                    m
                    for m in self.messages(channel, after=after, from_bot=True)
                    if contains in m["content"] and not m.get("_loading")
                ),
                None,
            ),
            timeout,
        )

    async def wait_ready(self, timeout: float = 15.0) -> None:
        """Wait for an identified, connected session."""
        await self.wait_for(lambda: any(s.ready and s.ws for s in self._sessions.values()), timeout)

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for s in list(self._sessions.values()):
                if s.ws and self._now() - s.last_beat > self.limits.heartbeat_ms / 1000 * 1.6:
                    self._violate("no heartbeat", session=s.id)
                    self._drop_socket(s, 4009)
                if s.left is not None and self._now() - s.left > self.limits.resume_window_s:
                    self._sessions.pop(s.id, None)

    # ------------------------------------------------------------------------------
    # Gateway
    # ------------------------------------------------------------------------------

    async def _on_gateway(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=404)
        if self._refuse_sockets:
            self._refuse_sockets -= 1
            self._log("fault", what="refuse_socket")
            return web.Response(status=503)
        ws = web.WebSocketResponse(max_msg_size=4096 * 4)
        await ws.prepare(request)
        query = request.query
        if query.get("v") not in ("9", "10"):
            await ws.close(code=4012, message=b"Invalid API version")
            return ws
        if query.get("encoding", "json") != "json" or query.get("compress") not in (None, "zlib-stream"):
            self._violate("encoding or compression this kit does not speak", query=dict(query))
            await ws.close(code=4002)
            return ws
        packer = zlib.compressobj() if query.get("compress") else None
        session: Session | None = None
        self._log("gateway", what="open")
        await self._frame(
            ws,
            packer,
            {"op": 10, "d": {"heartbeat_interval": self.limits.heartbeat_ms, "_trace": []}, "s": None, "t": None},
        )
        stamps: deque[float] = deque()
        try:
            async for msg in ws:
                if msg.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                now = self._now()
                stamps.append(now)
                while now - stamps[0] > 60:
                    stamps.popleft()
                if len(stamps) > self.limits.gateway_per_minute:
                    await ws.close(code=4008, message=b"Rate limited")
                    break
                if len(msg.data) > 4096:
                    await ws.close(code=4002, message=b"Payload too large")
                    break
                try:
                    data = json.loads(msg.data)
                    op, d = data["op"], data.get("d")
                except (ValueError, KeyError, TypeError):
                    await ws.close(code=4002, message=b"Decode error")
                    break
                code, session = await self._on_op(ws, packer, session, op, d)
                if code:
                    self._log("gateway", what="rejected", code=code, op=op)
                    await ws.close(code=code)
                    break
        finally:
            if session and session.ws is ws:
                session.ws, session.left = None, self._now()
            self._log("gateway", what="close", code=ws.close_code, session=session and session.id)
        return ws

    async def _frame(self, ws: web.WebSocketResponse, packer: Any, payload: Json) -> None:
        text = json.dumps(payload)
        with contextlib.suppress(ConnectionError, RuntimeError):
            if packer:
                await ws.send_bytes(packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH))
            else:
                await ws.send_str(text)

    async def _on_op(
        self, ws: web.WebSocketResponse, packer: Any, session: Session | None, op: int, d: Any
    ) -> tuple[int, Session | None]:
        if op == 1:
            if session:
                session.last_beat = self._now()
                if d is not None and d > session.seq:
                    self._violate("heartbeat with a sequence never sent", got=d, last=session.seq)
            if self._mute_beats:
                self._mute_beats -= 1
                self._log("fault", what="muted_heartbeat_ack")
            else:
                await self._frame(ws, packer, {"op": 11, "d": None, "s": None, "t": None})
            return 0, session
        if op == 2:
            if session:
                return 4005, session
            return await self._identify(ws, packer, d)
        if op == 6:
            return await self._resume(ws, packer, d)
        if session is None:
            return 4003, None
        if op == 3:
            self._log("gateway", what="presence", presence=d)
            return 0, session
        if op == 4:
            return 0, session
        if op == 8:
            if not session.intents & INTENT["members"] and not d.get("user_ids") and d.get("query") in ("", None):
                return 4014, session
            wanted = d.get("user_ids")
            wanted = [wanted] if isinstance(wanted, str) else wanted
            rows = [
                self._member(u)
                for u in self.members
                if (not wanted or u in wanted) and self.users[u]["username"].startswith(d.get("query") or "")
            ]
            await self._send(
                session,
                "GUILD_MEMBERS_CHUNK",
                {
                    "guild_id": self.guild_id,
                    "members": rows,
                    "chunk_index": 0,
                    "chunk_count": 1,
                    **({"nonce": d["nonce"]} if d.get("nonce") else {}),
                },
            )
            return 0, session
        return 4001, session

    async def _identify(self, ws: web.WebSocketResponse, packer: Any, d: Any) -> tuple[int, Session | None]:
        if not isinstance(d, dict) or "token" not in d or "properties" not in d or "intents" not in d:
            return 4002, None
        if d["token"].removeprefix("Bot ") != self.token:
            return 4004, None
        intents = d["intents"]
        if intents & ~KNOWN_INTENTS:
            return 4013, None
        if intents & PRIVILEGED & ~self.approved_intents:
            return 4014, None
        shard = d.get("shard", [0, 1])
        if shard[1] != self.shards or not 0 <= shard[0] < self.shards:
            return 4011 if shard[1] < self.shards else 4010, None
        s = Session(secrets.token_hex(16), intents, ws, packer, last_beat=self._now(), shard=shard[0])
        here = self._shard_of(self.guild_id) == s.shard
        self._sessions[s.id] = s
        self._log("gateway", what="identify", session=s.id, intents=intents, presence=d.get("presence"))
        await self._send(
            s,
            "READY",
            {
                "v": 10,
                "user": {**self._user(self.bot), "verified": True, "mfa_enabled": False, "email": None},
                "guilds": [{"id": self.guild_id, "unavailable": True}] if here else [],
                "session_id": s.id,
                "resume_gateway_url": self.gateway_url,
                "session_type": "normal",
                "private_channels": [],
                "relationships": [],
                "shard": d.get("shard", [0, 1]),
                "application": {"id": self.application_id, "flags": 0},
            },
        )
        if intents & INTENT["guilds"] and here:
            await self._send(s, "GUILD_CREATE", self._guild(intents))
        s.ready = True
        self._changed.set()
        return 0, s

    async def _resume(self, ws: web.WebSocketResponse, packer: Any, d: Any) -> tuple[int, Session | None]:
        if not isinstance(d, dict) or d.get("token", "").removeprefix("Bot ") != self.token:
            return 4004, None
        s = self._sessions.get(d.get("session_id", ""))
        if s is None or s.ws is not None and s.ws is not ws and not s.ws.closed:
            self._log("gateway", what="resume_refused", session=d.get("session_id"))
            await self._frame(ws, packer, {"op": 9, "d": False, "s": None, "t": None})
            return 0, None
        if d.get("seq", 0) > s.seq:
            return 4007, None
        s.ws, s.zlib, s.left, s.last_beat = ws, packer, None, self._now()
        missed = [p for p in s.sent if p["s"] > d["seq"]]
        for payload in missed:
            await self._frame(ws, packer, payload)
        self._log("gateway", what="resumed", session=s.id, replayed=len(missed))
        await self._send(s, "RESUMED", {"_trace": []})
        return 0, s

    async def _send(self, s: Session, name: str, d: Json) -> None:
        s.seq += 1
        payload = {"op": 0, "t": name, "s": s.seq, "d": d}
        s.sent.append(payload)
        del s.sent[:-500]
        self._log(
            "event",
            name=name,
            seq=s.seq,
            delivered=s.ws is not None,
            data=d if name != "GUILD_CREATE" else {"id": d["id"]},
        )
        if s.ws is not None:
            await self._frame(s.ws, s.zlib, payload)

    def _emit(self, name: str, d: Json, intent: int = 0) -> None:
        """Dispatch to every session that asked for it (in order, per session)."""
        copies = 1
        if self._duplicate_next and name != "TYPING_START":
            self._duplicate_next -= 1
            copies = 2
        guild = d.get("guild_id") or (d.get("id") if name.startswith("GUILD_") else None)
        for s in list(self._sessions.values()):
            if s.shard != self._shard_of(guild):
                continue
            if intent and not s.intents & intent:
                self._log("event", name=name, delivered=False, why="intent not requested")
                continue
            body = self._censor(s, d) if name in ("MESSAGE_CREATE", "MESSAGE_UPDATE") else d
            for _ in range(copies):
                self._spawn(self._send(s, name, body))

    def _shard_of(self, guild: str | None) -> int:
        """Direct messages and all else that belongs to no guild come through the first."""
        return (int(guild) >> 22) % self.shards if guild else 0

    def _censor(self, s: Session, m: Json) -> Json:
        if s.intents & INTENT["message_content"] or "guild_id" not in m or m["author"]["id"] == self.bot:
            return m
        if any(u["id"] == self.bot for u in m["mentions"]):
            return m
        return {**m, "content": "", "embeds": [], "attachments": [], "components": []}

    def _drop_socket(self, s: Session, code: int) -> None:
        if s.ws:
            self._spawn(s.ws.close(code=code))
            s.ws, s.left = None, self._now()

    # ------------------------------------------------------------------------------
    # REST plumbing
    # ------------------------------------------------------------------------------

    def _wrap(self, fn: Callable, bucket: str | None, auth: bool, path: str) -> Callable:
        async def handler(request: web.Request) -> web.StreamResponse:
            began = self._now()
            short = request.path.split("/", 3)[-1]
            body, files = await self._body(request)
            shown = re.sub(r"(webhooks/\d+|interactions/\d+)/[^/]+", r"\1/*", short)
            entry = self._log(
                "rest",
                verb=request.method,
                path="/" + shown,
                body=body,
                files=[f["filename"] for f in files],
                status=None,
                code=None,
                ms=None,
            )
            headers = {"Via": "1.1 google"}
            fault = self._take_fault(request.method, "/" + shown)
            if fault:
                self._log("fault", verb=request.method, path="/" + shown, status=fault.status, drop=fault.drop)
                if fault.delay:
                    await asyncio.sleep(fault.delay)
                if not fault.after and (fault.status or fault.drop):
                    return self._faulty(request, entry, fault, began)
            try:
                if auth and request.headers.get("Authorization") != f"Bot {self.token}":
                    raise DiscordError(401, 0, "401: Unauthorized")
                if auth and not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
                    self._violate("User-Agent is not of the form 'DiscordBot (url, version)'")
                self._check_rate(bucket, path, request, headers, auth)
                result = fn(self, request, body or {}, files)
                if inspect.isawaitable(result):
                    result = await result
                response = (
                    web.Response(status=204, headers=headers) if result is None else answer(result, headers=headers)
                )
                entry["status"] = response.status
            except DiscordError as e:
                entry.update(status=e.status, code=e.body["code"])
                if e.status == 429:
                    headers.update(
                        {
                            "Retry-After": str(e.body["retry_after"]),
                            "X-RateLimit-Scope": "global" if e.body["global"] else "user",
                        }
                    )
                    if e.body["global"]:
                        headers["X-RateLimit-Global"] = "true"
                response = answer(e.body, e.status, headers)
            entry["ms"] = round((self._now() - began) * 1000, 1)
            if fault and fault.after:
                return self._faulty(request, entry, fault, began)
            return response

        return handler

    async def _body(self, request: web.Request) -> tuple[Any, list[Json]]:
        if request.content_type == "multipart/form-data":
            body, files = {}, []
            async for part in await request.multipart():
                if part.name == "payload_json":
                    body = json.loads(await part.text())
                else:
                    data = await part.read()
                    index = re.search(r"\d+", part.name or "")
                    files.append(
                        {
                            "index": index.group() if index else "0",
                            "filename": part.filename or "file",
                            "data": bytes(data),
                            "type": part.headers.get("Content-Type", "application/octet-stream"),
                        }
                    )
            return body, files
        if request.can_read_body:
            try:
                return await request.json(), []
            except ValueError:
                return None, []
        return None, []

    def _take_fault(self, verb: str, path: str) -> Fault | None:
        for f in self._faults:
            if f.times > 0 and f.verb in ("*", verb) and fnmatch.fnmatchcase(path, f.pattern):
                f.times -= 1
                return f
        return None

    def _faulty(self, request: web.Request, entry: Json, f: Fault, began: float) -> web.StreamResponse:
        entry.update(status=f.status, code=f.code, injected=True, ms=round((self._now() - began) * 1000, 1))
        if f.drop:
            if request.transport:
                request.transport.close()
            return web.Response(status=499)
        if f.status == 429:
            headers = {"Via": "1.1 google", "Retry-After": f"{f.retry_after:g}", "X-RateLimit-Scope": f.scope}
            if f.scope == "global":
                headers["X-RateLimit-Global"] = "true"
            return answer(
                {
                    "message": "You are being rate limited.",
                    "retry_after": f.retry_after,
                    "global": f.scope == "global",
                    **({"code": f.code} if f.code else {}),
                },
                429,
                headers,
            )
        if f.status >= 500 and not f.code:
            return web.Response(status=f.status, text="upstream connect error", headers={"Via": "1.1 google"})
        return answer({"message": "Injected failure", "code": f.code}, f.status, {"Via": "1.1 google"})

    def _check_rate(
        self, bucket: str | None, path: str, request: web.Request, headers: dict[str, str], auth: bool
    ) -> None:
        if not self.rate_limits:
            return
        now = self._now()
        if auth:
            stamps = self._windows.setdefault(("global",), deque())
            while stamps and now - stamps[0] >= 1:
                stamps.popleft()
            if len(stamps) >= self.limits.global_per_s:
                raise self._too_fast(1 - (now - stamps[0]), True)
            stamps.append(now)
        if bucket is None:
            return
        allowed, window = BUCKETS[bucket]
        info = request.match_info
        major = info.get("channel") or info.get("token") or info.get("guild") or ""
        stamps = self._windows.setdefault((bucket, major), deque())
        while stamps and now - stamps[0] >= window:
            stamps.popleft()
        full = len(stamps) >= allowed
        if not full:
            stamps.append(now)
        reset = window - (now - stamps[0])
        headers.update(
            {
                "X-RateLimit-Limit": str(allowed),
                "X-RateLimit-Remaining": str(max(0, allowed - len(stamps))),
                "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
                "X-RateLimit-Reset-After": f"{reset:.3f}",
                "X-RateLimit-Bucket": f"{zlib.crc32(bucket.encode()):08x}",
            }
        )
        if full:
            raise self._too_fast(reset, False)

    @staticmethod
    def _too_fast(wait: float, everywhere: bool) -> DiscordError:
        e = DiscordError(429, 0, "You are being rate limited.")
        e.body = {
            "message": "You are being rate limited.",
            "retry_after": round(max(wait, 0.05), 3),
            "global": everywhere,
            "code": 0,
        }
        return e

    async def _on_unknown(self, request: web.Request) -> web.Response:
        self._violate("route unknown to this kit", verb=request.method, path=request.path)
        return answer({"message": "404: Not Found", "code": 0}, 404)

    async def _on_attachment(self, request: web.Request) -> web.Response:
        a = self.attachments.get(request.match_info["id"])
        if a is None or request.query.get("hm") != a["_sig"]:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=a["_data"], content_type=a["content_type"].split(";")[0])

    # -- checks -------------------------------------------------------------------------

    def _channel(self, request: web.Request, *needs: str) -> Json:
        c = self.channels.get(request.match_info["channel"])
        if c is None:
            raise unknown("Channel", 10003)
        self._permit(c, *needs)
        return c

    def _permit(self, c: Json, *needs: str) -> None:
        if c["type"] == 1:
            return
        base = self.channels[c["parent_id"]] if c["type"] in (11, 12) else c
        have = self.bot_permissions & ~base.get("_deny", 0)
        if not have & PERM["view_channel"]:
            raise DiscordError(403, 50001, "Missing Access")
        if any(not have & PERM[n] for n in needs):
            raise DiscordError(403, 50013, "Missing Permissions")

    def _get_message(self, c: Json, mid: str) -> Json:
        m = self.store[c["id"]].get(mid)
        if m is None or m.get("_for"):
            raise unknown("Message", 10008)
        return m

    def _check_payload(self, body: Json, files: list[Json], *, partial: bool = False) -> None:
        form = Form()
        v2 = bool((body.get("flags") or 0) & 1 << 15)
        content = body.get("content")
        form.length("content", content if content != "" else None, self.limits.content)
        embeds = form.count("embeds", body.get("embeds"), self.limits.embeds)
        total = 0
        for i, e in enumerate(embeds):
            p = f"embeds.{i}"
            form.length(f"{p}.title", e.get("title"), 256)
            form.length(f"{p}.description", e.get("description"), 4096)
            form.length(f"{p}.footer.text", (e.get("footer") or {}).get("text"), 2048)
            form.length(f"{p}.author.name", (e.get("author") or {}).get("name"), 256)
            for j, f in enumerate(form.count(f"{p}.fields", e.get("fields"), 25)):
                form.length(f"{p}.fields.{j}.name", f.get("name"), 256, 1)
                form.length(f"{p}.fields.{j}.value", f.get("value"), 1024, 1)
                total += len(f.get("name") or "") + len(f.get("value") or "")
            total += sum(
                len(x or "")
                for x in (
                    e.get("title"),
                    e.get("description"),
                    (e.get("footer") or {}).get("text"),
                    (e.get("author") or {}).get("name"),
                )
            )
        if total > self.limits.embed_total:
            form.add(
                "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {self.limits.embed_total}"
            )
        self._check_components(form, body.get("components"), v2)
        if v2 and (content or embeds):
            form.add(
                "content",
                "COMPONENTS_V2_FORBIDDEN",
                "The 'content' and 'embeds' fields cannot be used with components v2",
            )
        mentions = body.get("allowed_mentions") or {}
        for key in ("users", "roles"):
            if mentions.get(key) and key in (mentions.get("parse") or []):
                form.add(
                    "allowed_mentions",
                    "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                    f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
                )
        if len(files) > self.limits.files:
            form.add("files", "BASE_TYPE_MAX_LENGTH", f"Must be {self.limits.files} or fewer in length.")
        form.length("nonce", str(body["nonce"]) if body.get("nonce") is not None else None, 25)
        form.done()
        if any(len(f["data"]) > self.limits.file_bytes for f in files):
            raise DiscordError(413, 40005, "Request entity too large")
        blank = (
            not (content and content.strip())
            and not embeds
            and not files
            and not body.get("sticker_ids")
            and not body.get("poll")
            and not body.get("components")
            and not body.get("attachments")
        )
        if blank and not partial:
            raise DiscordError(400, 50006, "Cannot send an empty message")

    def _check_components(self, form: Form, components: Any, v2: bool, modal: bool = False) -> None:
        seen: set[str] = set()
        rows = form.count("components", components, 40 if v2 else 5)

        def custom_id(p: str, c: Json) -> None:
            form.length(f"{p}.custom_id", c.get("custom_id"), 100, 1)
            if c.get("custom_id") in seen:
                form.add(f"{p}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
            seen.add(c.get("custom_id"))

        def visit(p: str, c: Json) -> None:
            kind = c.get("type")
            if kind == 2:
                if c.get("label") is None and not c.get("emoji") and c.get("style") != 6:
                    form.add(f"{p}.label", "BUTTON_COMPONENT_LABEL_OR_EMOJI", "A label or an emoji is required")
                form.length(f"{p}.label", c.get("label"), 80)
                if c.get("style") == 5:
                    form.length(f"{p}.url", c.get("url"), 512, 1)
                elif c.get("style") in (1, 2, 3, 4):
                    custom_id(p, c)
                elif c.get("style") != 6:
                    form.add(f"{p}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
            elif kind in (3, 5, 6, 7, 8):
                custom_id(p, c)
                form.length(f"{p}.placeholder", c.get("placeholder"), 150)
                if kind == 3:
                    for j, o in enumerate(form.count(f"{p}.options", c.get("options") or [], 25, 1)):
                        form.length(f"{p}.options.{j}.label", o.get("label"), 100, 1)
                        form.length(f"{p}.options.{j}.value", o.get("value"), 100, 1)
                        form.length(f"{p}.options.{j}.description", o.get("description"), 100)
            elif kind == 4:
                custom_id(p, c)
                if not modal:
                    form.add(f"{p}.type", "BASE_TYPE_CHOICES", "Text inputs are only allowed in modals")
                form.length(f"{p}.label", c.get("label"), 45)
                form.length(f"{p}.placeholder", c.get("placeholder"), 100)
                form.length(f"{p}.value", c.get("value"), 4000)
            elif kind == 10:
                form.length(f"{p}.content", c.get("content"), 4000, 1)
            elif kind == 18:
                form.length(f"{p}.label", c.get("label"), 45, 1)
                visit(f"{p}.component", c.get("component") or {})
            elif kind == 1:
                inner = form.count(f"{p}.components", c.get("components"), 5, 1)
                if any(x.get("type") in (3, 5, 6, 7, 8) for x in inner) and len(inner) > 1:
                    form.add(f"{p}.components", "BASE_TYPE_BAD_LENGTH", "A select menu needs its own row")
                for j, x in enumerate(inner):
                    visit(f"{p}.components.{j}", x)
            elif kind in (9, 17) and v2:
                for j, x in enumerate(c.get("components") or []):
                    visit(f"{p}.components.{j}", x)
                if c.get("accessory"):
                    visit(f"{p}.accessory", c["accessory"])
            elif not (v2 and kind in (11, 12, 13, 14)) and not (modal and kind in (19, 21, 22, 23)):
                form.add(f"{p}.type", "UNION_TYPE_CHOICES", f"Component type {kind} is not allowed here")

        for i, row in enumerate(rows):
            if not v2 and not modal and row.get("type") != 1:
                form.add(f"components.{i}.type", "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (1,).")
            else:
                visit(f"components.{i}", row)

    # -- messages ---------------------------------------------------------------------------

    def _pings(
        self, c: Json, content: str, allowed: Json | None, replied: Json | None, author: str
    ) -> tuple[list[str], bool]:
        parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
        named = re.findall(r"<@!?(\d+)>", content)
        users = [u for u in dict.fromkeys(named) if u in self.users]
        pinged = [u for u in users if "users" in parse or u in (allowed or {}).get("users", [])]
        if replied and ((allowed or {}).get("replied_user", True)):
            pinged.append(replied["author"]["id"])
        everyone = bool(re.search(r"@(everyone|here)\b", content)) and "everyone" in parse
        if everyone and author == self.bot and not self.bot_permissions & PERM["mention_everyone"]:
            everyone = False
        return list(dict.fromkeys(pinged)), everyone

    def _files(self, c: Json, files: list[Json], described: list[Json] | None) -> list[Json]:
        notes = {str(a.get("id")): a for a in described or []}
        made = []
        for f in files:
            aid, sig = self.snowflake(), secrets.token_hex(16)
            a = {
                "id": aid,
                "filename": f["filename"],
                "size": len(f["data"]),
                "content_type": f["type"],
                "description": notes.get(f["index"], {}).get("description"),
                "url": f"{self.url}/attachments/{c['id']}/{aid}/{f['filename']}?ex=ffffffff&is=0&hm={sig}",
                "_data": f["data"],
                "_sig": sig,
            }
            a["proxy_url"] = a["url"]
            self.attachments[aid] = a
            made.append(self._public(a))
        return made

    def _new_message(
        self, c: Json, author: str, body: Json, files: list[Json], *, kind: int = 0, how: str, **extra: Any
    ) -> Json:
        replied = None
        ref = body.get("message_reference")
        if ref:
            replied = self.store[c["id"]].get(str(ref.get("message_id")))
            if replied is None and ref.get("fail_if_not_exists", True):
                form = Form()
                form.add("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
                form.done()
        content = (body.get("content") or "").strip()
        pinged, everyone = self._pings(c, content, body.get("allowed_mentions"), replied, author)
        mid = self.snowflake()
        m: Json = {
            "id": mid,
            "channel_id": c["id"],
            "author": self._user(author),
            "content": content,
            "timestamp": self._iso(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": everyone,
            "mentions": [self._user(u) for u in pinged],
            "mention_roles": [],
            "attachments": self._files(c, files, body.get("attachments")),
            "embeds": [{"type": "rich", **e} for e in body.get("embeds") or []],
            "pinned": False,
            "type": 19 if replied and not kind else kind,
            "flags": (body.get("flags") or 0),
            "components": self._number(body.get("components") or []),
            "_pings": pinged,
            **extra,
        }
        if body.get("nonce") is not None:
            m["nonce"] = body["nonce"]
        if ref:
            m["message_reference"] = {
                "type": 0,
                "channel_id": c["id"],
                "message_id": str(ref["message_id"]),
                **({"guild_id": self.guild_id} if c["type"] != 1 else {}),
            }
            m["referenced_message"] = self._public(replied) if replied else None
        m["_revisions"] = [{"t": round(self._now(), 4), "content": content, "how": how}]
        self.store[c["id"]][mid] = m
        c["last_message_id"] = mid
        self._log(
            "ui",
            what="message",
            how=how,
            channel=c["id"],
            id=mid,
            author=author,
            content=content,
            ephemeral_for=m.get("_for"),
            pings=pinged,
            everyone=everyone,
        )
        return m

    @staticmethod
    def _number(components: list[Json]) -> list[Json]:
        counter = itertools.count(1)

        def walk(c: Json) -> Json:
            c = {**c, "id": c.get("id") or next(counter)}
            if "components" in c:
                c["components"] = [walk(x) for x in c["components"]]
            return c

        return [walk(c) for c in components]

    def _wire(self, m: Json) -> Json:
        """A message as the gateway shows it."""
        c = self.channels[m["channel_id"]]
        out = self._public(m)
        if c["type"] != 1:
            out["guild_id"] = self.guild_id
            if m["author"]["id"] in self.members:
                out["member"] = self._member(m["author"]["id"], user=False)
        return {**out, "channel_type": c["type"]}

    def _message_intent(self, c: Json) -> int:
        return INTENT["dm_messages"] if c["type"] == 1 else INTENT["guild_messages"]

    def _announce(self, m: Json, name: str = "MESSAGE_CREATE") -> None:
        if m.get("_for"):
            return
        self._emit(name, self._wire(m), self._message_intent(self.channels[m["channel_id"]]))

    def _apply_edit(self, m: Json, body: Json, files: list[Json], how: str) -> Json:
        self._check_payload(body, files, partial=True)
        if "content" in body:
            m["content"] = (body["content"] or "").strip()
        if "embeds" in body:
            m["embeds"] = [{"type": "rich", **e} for e in body["embeds"] or []]
        if "components" in body:
            m["components"] = self._number(body["components"] or [])
        if "attachments" in body or files:
            kept = {str(a.get("id")) for a in body.get("attachments") or []}
            m["attachments"] = [a for a in m["attachments"] if a["id"] in kept] + self._files(
                self.channels[m["channel_id"]], files, body.get("attachments")
            )
        if not (m["content"] or m["embeds"] or m["attachments"] or m["components"]):
            raise DiscordError(400, 50006, "Cannot send an empty message")
        m["edited_timestamp"] = self._iso()
        m.pop("_loading", None)
        m["flags"] &= ~128
        m["_revisions"].append({"t": round(self._now(), 4), "content": m["content"], "how": how})
        self._log("ui", what="edit", how=how, channel=m["channel_id"], id=m["id"], content=m["content"])
        self._announce(m, "MESSAGE_UPDATE")
        return self._public(m)

    def _erase(self, m: Json) -> None:
        self.store[m["channel_id"]].pop(m["id"], None)
        self._log("ui", what="delete", channel=m["channel_id"], id=m["id"])
        c = self.channels[m["channel_id"]]
        if not m.get("_for"):
            self._emit(
                "MESSAGE_DELETE",
                {"id": m["id"], "channel_id": c["id"], **({"guild_id": self.guild_id} if c["type"] != 1 else {})},
                self._message_intent(c),
            )

    # ------------------------------------------------------------------------------
    # REST routes
    # ------------------------------------------------------------------------------

    @route("GET", "/gateway", auth=False)
    def _get_gateway(self, r: web.Request, body: Json, files: list) -> Json:
        return {"url": self.gateway_url}

    @route("GET", "/gateway/bot")
    def _get_gateway_bot(self, r: web.Request, body: Json, files: list) -> Json:
        return {
            "url": self.gateway_url,
            "shards": self.shards,
            "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": self.shards},
        }

    @route("GET", "/users/@me")
    def _me(self, r: web.Request, body: Json, files: list) -> Json:
        return {**self._user(self.bot), "verified": True, "mfa_enabled": False, "email": None}

    @route("GET", "/users/{user}")
    def _get_user(self, r: web.Request, body: Json, files: list) -> Json:
        if r.match_info["user"] not in self.users:
            raise unknown("User", 10013)
        return self._user(r.match_info["user"])

    @route("GET", "/oauth2/applications/@me")
    @route("GET", "/applications/@me")
    def _application(self, r: web.Request, body: Json, files: list) -> Json:
        return {
            "id": self.application_id,
            "name": "helpbot",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": self._user(self.alice),
            "team": None,
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "integration_types_config": {},
            "rpc_origins": None,
            "summary": "",
            "approximate_guild_count": 1,
        }

    @route("POST", "/users/@me/channels", "dm.open")
    def _open_dm(self, r: web.Request, body: Json, files: list) -> Json:
        if str(body.get("recipient_id")) not in self.users:
            raise unknown("User", 10013)
        return self._public(self._dm(str(body["recipient_id"])))

    @route("GET", "/guilds/{guild}")
    def _get_guild(self, r: web.Request, body: Json, files: list) -> Json:
        if r.match_info["guild"] != self.guild_id:
            raise unknown("Guild", 10004)
        return self._guild(0)

    @route("GET", "/guilds/{guild}/channels")
    def _guild_channels(self, r: web.Request, body: Json, files: list) -> list:
        return self._guild(0)["channels"]

    @route("GET", "/guilds/{guild}/threads/active")
    def _active_threads(self, r: web.Request, body: Json, files: list) -> Json:
        return {"threads": self._guild(0)["threads"], "members": []}

    @route("GET", "/guilds/{guild}/members/{user}")
    def _get_member(self, r: web.Request, body: Json, files: list) -> Json:
        if r.match_info["user"] not in self.members:
            raise unknown("Member", 10007)
        return self._member(r.match_info["user"])

    @route("GET", "/channels/{channel}")
    def _get_channel(self, r: web.Request, body: Json, files: list) -> Json:
        return self._public(self._channel(r))

    @route("PATCH", "/channels/{channel}")
    def _edit_channel(self, r: web.Request, body: Json, files: list) -> Json:
        c = self._channel(r)
        if c["type"] not in (11, 12):
            raise DiscordError(403, 50013, "Missing Permissions")
        if "name" in body:
            form = Form()
            form.length("name", body["name"], self.limits.thread_name, 1)
            form.done()
            c["name"] = body["name"]
        if "applied_tags" in body:  # discord.com/developers/docs/resources/channel#modify-channel, for threads
            if c["owner_id"] != self.bot:
                self._permit(c, "manage_threads")
            known = {t["id"] for t in self.channels[c["parent_id"]].get("available_tags", ())}
            if len(body["applied_tags"]) > 5 or not set(body["applied_tags"]) <= known:
                raise DiscordError(400, 50035, "Invalid Form Body")
            if c["thread_metadata"]["archived"] and body.get("archived") is not False:
                raise DiscordError(400, 50083, "Thread is archived")
            c["applied_tags"] = body["applied_tags"]
        c["thread_metadata"].update({k: body[k] for k in ("archived", "locked", "auto_archive_duration") if k in body})
        self._emit("THREAD_UPDATE", self._public(c), INTENT["guilds"])
        return self._public(c)

    @route("POST", "/channels/{channel}/typing", "typing")
    def _typing(self, r: web.Request, body: Json, files: list) -> None:
        c = self._channel(r, "send_messages")
        self.typing.append({"t": round(self._now(), 4), "channel": c["id"]})
        self._log("ui", what="typing", channel=c["id"])

    @route("POST", "/channels/{channel}/messages", "message.create")
    def _create_message(self, r: web.Request, body: Json, files: list) -> Json:
        c = self._channel(r)
        self._permit(c, "send_in_threads" if c["type"] in (11, 12) else "send_messages")
        if files:
            self._permit(c, "attach_files")
        if c["type"] == 15:
            raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
        if c["type"] == 1 and c["_user"] in self.dm_closed:
            raise DiscordError(403, 50007, "Cannot send messages to this user")
        if c["type"] in (11, 12) and c["thread_metadata"]["locked"]:
            raise DiscordError(400, 50083, "Thread is archived")
        if body.get("message_reference"):
            self._permit(c, "read_history")
        self._check_payload(body, files)
        if body.get("enforce_nonce") and body.get("nonce") is not None:
            for m in self.store[c["id"]].values():
                if m.get("nonce") == body["nonce"] and m["author"]["id"] == self.bot:
                    return self._public(m)
        m = self._new_message(c, self.bot, body, files, how="post")
        self._announce(m)
        return self._public(m)

    @route("GET", "/channels/{channel}/messages")
    def _list_messages(self, r: web.Request, body: Json, files: list) -> list:
        c = self._channel(r, "read_history")
        q = r.query
        limit = int(q.get("limit", 50))
        if not 1 <= limit <= 100:
            form = Form()
            form.add("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
            form.done()
        rows = [m for m in self.messages(c["id"]) if not m.get("_for")]
        if "before" in q:
            rows = [m for m in rows if int(m["id"]) < int(q["before"])]
        if "after" in q:
            rows = [m for m in rows if int(m["id"]) > int(q["after"])][:limit]
        return [self._public(m) for m in rows[::-1][:limit]]

    @route("GET", "/channels/{channel}/messages/{message}")
    def _one_message(self, r: web.Request, body: Json, files: list) -> Json:
        return self._public(self._get_message(self._channel(r, "read_history"), r.match_info["message"]))

    @route("PATCH", "/channels/{channel}/messages/{message}", "message.edit")
    def _edit_message(self, r: web.Request, body: Json, files: list) -> Json:
        m = self._get_message(self._channel(r), r.match_info["message"])
        if m["author"]["id"] != self.bot:
            raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
        return self._apply_edit(m, body, files, "edit")

    @route("DELETE", "/channels/{channel}/messages/{message}", "message.delete")
    def _delete_message(self, r: web.Request, body: Json, files: list) -> None:
        c = self._channel(r)
        m = self._get_message(c, r.match_info["message"])
        if m["author"]["id"] != self.bot:
            if c["type"] == 1:
                raise DiscordError(403, 50003, "Cannot execute action on a DM channel")
            self._permit(c, "manage_messages")
        self._erase(m)

    @route("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", "reaction")
    def _add_reaction(self, r: web.Request, body: Json, files: list) -> None:
        c = self._channel(r, "add_reactions", "read_history")
        self._react(c, self._get_message(c, r.match_info["message"]), r.match_info["emoji"], self.bot)

    @route("DELETE", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", "reaction")
    def _drop_reaction(self, r: web.Request, body: Json, files: list) -> None:
        m = self._get_message(self._channel(r), r.match_info["message"])
        m["reactions"] = [x for x in m.get("reactions", []) if x["emoji"]["name"] != r.match_info["emoji"]]
        self._log("ui", what="unreaction", channel=m["channel_id"], id=m["id"], emoji=r.match_info["emoji"])

    def _react(self, c: Json, m: Json, emoji: str, user: str) -> None:
        if len(emoji) > 8 and ":" not in emoji:
            raise unknown("Emoji", 10014)
        rows = m.setdefault("reactions", [])
        row = next((x for x in rows if x["emoji"]["name"] == emoji), None)
        if row is None:
            row = {
                "emoji": {"id": None, "name": emoji},
                "count": 0,
                "me": False,
                "me_burst": False,
                "burst_colors": [],
                "count_details": {"burst": 0, "normal": 0},
            }
            rows.append(row)
        row["count"] += 1
        row["me"] = row["me"] or user == self.bot
        self._log("ui", what="reaction", channel=c["id"], id=m["id"], emoji=emoji, user=user)
        self._emit(
            "MESSAGE_REACTION_ADD",
            {
                "user_id": user,
                "channel_id": c["id"],
                "message_id": m["id"],
                "burst": False,
                "type": 0,
                "emoji": {"id": None, "name": emoji},
                "message_author_id": m["author"]["id"],
                **({"guild_id": self.guild_id, "member": self._member(user)} if c["type"] != 1 else {}),
            },
            INTENT["dm_reactions"] if c["type"] == 1 else INTENT["guild_reactions"],
        )

    def _new_thread(self, parent: Json, name: Any, owner: str, tid: str | None = None, kind: int = 11) -> Json:
        form = Form()
        form.length("name", name, self.limits.thread_name, 1)
        form.done()
        tid = tid or self.snowflake()
        t = {
            "id": tid,
            "type": kind,
            "guild_id": self.guild_id,
            "parent_id": parent["id"],
            "owner_id": owner,
            "name": name,
            "last_message_id": None,
            "message_count": 0,
            "member_count": 1,
            "rate_limit_per_user": 0,
            "total_message_sent": 0,
            "flags": 0,
            "thread_metadata": {
                "archived": False,
                "locked": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": self._iso(),
                "create_timestamp": self._iso(),
            },
            "_deny": 0,
        }
        self.channels[tid] = t
        self.store.setdefault(tid, {})
        self._log("ui", what="thread", channel=parent["id"], id=tid, name=name)
        member = {"id": tid, "user_id": self.bot, "join_timestamp": self._iso(), "flags": 0}
        self._emit("THREAD_CREATE", {**self._public(t), "newly_created": True, "member": member}, INTENT["guilds"])
        return t

    @route("POST", "/channels/{channel}/messages/{message}/threads", "thread.create")
    def _thread_from_message(self, r: web.Request, body: Json, files: list) -> Json:
        c = self._channel(r, "create_threads")
        m = self._get_message(c, r.match_info["message"])
        if c["type"] in (1, 11, 12):
            raise DiscordError(400, 50024, "Cannot execute action on this channel type")
        if m["id"] in self.channels:
            raise DiscordError(400, 160004, "A thread has already been created for this message")
        t = self._new_thread(c, body.get("name"), self.bot, tid=m["id"])
        m["flags"] |= 1 << 5
        m["thread"] = self._public(t)
        return self._public(t)

    @route("POST", "/channels/{channel}/threads", "thread.create")
    def _thread_alone(self, r: web.Request, body: Json, files: list) -> Json:
        c = self._channel(r, "create_threads")
        t = self._new_thread(c, body.get("name"), self.bot, kind=11 if c["type"] == 15 else body.get("type", 12))
        if c["type"] == 15:
            self._check_payload(body.get("message") or {}, files)
            self._announce(self._new_message(t, self.bot, body["message"], files, how="post"))
        return self._public(t)

    @route("PUT", "/channels/{channel}/thread-members/@me")
    def _join_thread(self, r: web.Request, body: Json, files: list) -> None:
        self._channel(r)

    @route("PUT", "/channels/{channel}/thread-members/{user}")
    def _add_to_thread(self, r: web.Request, body: Json, files: list) -> None:
        self._channel(r, "send_in_threads")

    # -- application commands ------------------------------------------------------------

    def _scope(self, r: web.Request) -> dict[str, Json]:
        if r.match_info["app"] != self.application_id:
            raise DiscordError(403, 20012, "You are not authorized to perform this action on this application")
        guild = r.match_info.get("guild", "")
        if guild and guild != self.guild_id:
            raise DiscordError(403, 50001, "Missing Access")
        return self.commands.setdefault(guild, {})

    def _check_languages(self, form: Form, p: str, c: Json, free: bool) -> None:
        """Known locales, and words with the same limits as what they stand for ("Localization")."""
        for field, most in (("name", 100 if free else 32), ("description", 100)):
            for locale, word in (c.get(f"{field}_localizations") or {}).items():
                q = f"{p}{field}_localizations.{locale}"
                if locale not in LOCALES:
                    form.add(q, "BASE_TYPE_CHOICES", "That is not a locale that Discord knows.")
                form.length(q, word, most, 1)
                if field == "name" and not free and (not re.fullmatch(r"[-_'\w]{1,32}", word) or word != word.lower()):
                    form.add(q, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")

    def _check_command(self, form: Form, p: str, c: Json) -> None:
        kind = c.get("type", 1)
        name = c.get("name") or ""
        self._check_languages(form, p, c, kind != 1)
        if kind == 1:
            if not re.fullmatch(r"[-_'\w]{1,32}", name) or name != name.lower():
                form.add(f"{p}name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
            form.length(f"{p}description", c.get("description"), 100, 1)
            self._check_options(form, p, c.get("options"))
        else:
            form.length(f"{p}name", name, 32, 1)
            if c.get("description"):
                form.add(
                    f"{p}description",
                    "APPLICATION_COMMAND_DESCRIPTION_FORBIDDEN",
                    "Context menu commands cannot have description",
                )

    def _check_options(self, form: Form, p: str, options: Any) -> None:
        optional_seen = False
        for i, o in enumerate(form.count(f"{p}options", options, 25)):
            q = f"{p}options.{i}."
            if not re.fullmatch(r"[-_'\w]{1,32}", o.get("name") or "") or o["name"] != o["name"].lower():
                form.add(f"{q}name", "APPLICATION_COMMAND_INVALID_NAME", "Option name is invalid")
            form.length(f"{q}description", o.get("description"), 100, 1)
            if o.get("type") in (1, 2):
                self._check_languages(form, q, o, False)
                self._check_options(form, q, o.get("options"))
                continue
            if o.get("required") and optional_seen:
                form.add(
                    q.rstrip("."),
                    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                    "Required options must be placed before non-required options",
                )
            optional_seen = optional_seen or not o.get("required")
            for j, choice in enumerate(form.count(f"{q}choices", o.get("choices"), 25)):
                self._check_choice(form, f"{q}choices.{j}.", choice)
            self._check_languages(form, q, o, False)
            if o.get("autocomplete") and (o.get("choices") or o.get("type") not in (3, 4, 10)):
                form.add(f"{q}autocomplete", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "It cannot be autocompleted")

    def _check_choice(self, form: Form, p: str, choice: Json) -> None:
        form.length(f"{p}name", choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            form.length(f"{p}value", choice["value"], 100, 1)
        self._check_languages(form, p, choice, True)

    def _install(self, scope: dict[str, Json], c: Json, guild: str) -> Json:
        old = next((x for x in scope.values() if x["name"] == c["name"] and x["type"] == c.get("type", 1)), None)
        full = {
            "type": 1,
            "description": "",
            "default_member_permissions": None,
            "dm_permission": True,
            "nsfw": False,
            "integration_types": [0],
            "contexts": None,
            **{k: v for k, v in c.items() if v is not None},
            "id": old["id"] if old else self.snowflake(),
            "application_id": self.application_id,
            "version": self.snowflake(),
        }
        if guild:
            full["guild_id"] = guild
        scope[full["id"]] = full
        return full

    @route("GET", "/applications/{app}/commands")
    @route("GET", "/applications/{app}/guilds/{guild}/commands")
    def _list_commands(self, r: web.Request, body: Any, files: list) -> list:
        """As "Get Global Application Commands" has it: with all languages only where that is asked for."""
        known = list(self._scope(r).values())
        return known if r.query.get("with_localizations") == "true" else [self._without_languages(c) for c in known]

    def _without_languages(self, c: Any) -> Any:
        if isinstance(c, list):
            return [self._without_languages(x) for x in c]
        if not isinstance(c, dict):
            return c
        return {k: self._without_languages(v) for k, v in c.items() if not k.endswith("_localizations")}

    @route("PUT", "/applications/{app}/commands", "commands")
    @route("PUT", "/applications/{app}/guilds/{guild}/commands", "commands")
    def _put_commands(self, r: web.Request, body: Any, files: list) -> list:
        scope = self._scope(r)
        rows = body if isinstance(body, list) else []
        form = Form()
        for i, c in enumerate(rows):
            self._check_command(form, f"{i}.", c)
        form.done()
        if len([c for c in rows if c.get("type", 1) == 1]) > 100:
            raise DiscordError(400, 30032, "Maximum number of application commands reached (100)")
        names = [(c["name"], c.get("type", 1)) for c in rows]
        if len(set(names)) != len(names):
            form.add("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
            form.done()
        made = [self._install(scope, c, r.match_info.get("guild", "")) for c in rows]
        keep = {c["id"] for c in made}
        for cid in [k for k in scope if k not in keep]:
            del scope[cid]
        self._log("ui", what="commands", names=[c["name"] for c in made])
        return made

    @route("POST", "/applications/{app}/commands", "commands")
    @route("POST", "/applications/{app}/guilds/{guild}/commands", "commands")
    def _post_command(self, r: web.Request, body: Any, files: list) -> Json:
        form = Form()
        self._check_command(form, "", body)
        form.done()
        return self._install(self._scope(r), body, r.match_info.get("guild", ""))

    @route("DELETE", "/applications/{app}/commands/{command}")
    def _delete_command(self, r: web.Request, body: Any, files: list) -> None:
        if self._scope(r).pop(r.match_info["command"], None) is None:
            raise unknown("application command", 10063)

    # -- interactions ----------------------------------------------------------------------

    @route("POST", "/interactions/{id}/{token}/callback", auth=False)
    def _callback(self, r: web.Request, body: Json, files: list) -> Json | None:
        i = self.interactions.get(r.match_info["token"])
        if i is None or i["id"] != r.match_info["id"]:
            raise unknown("interaction", 10062)
        if i["acked"] is not None:
            raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
        if self._now() - i["created"] > self.limits.ack_s:
            raise unknown("interaction", 10062)
        kind, data = body.get("type"), body.get("data") or {}
        form = Form()
        component = i["type"] == 3 or (i["type"] == 5 and i["source"])
        if (
            kind not in (1, 4, 5, 6, 7, 8, 9, 12)
            or (kind in (6, 7) and not component)
            or (kind == 8) != (i["type"] == 4)
            or (kind == 9 and i["type"] == 5)
        ):
            form.add("type", "BASE_TYPE_CHOICES", f"Interaction callback type {kind} is not valid here")
        if kind == 9:
            form.length("data.title", data.get("title"), 45, 1)
            form.length("data.custom_id", data.get("custom_id"), 100, 1)
            form.count("data.components", data.get("components"), 5, 1)
            self._check_components(form, data.get("components"), False, modal=True)
        if kind == 8:
            for n, choice in enumerate(form.count("data.choices", data.get("choices"), 25)):
                self._check_choice(form, f"data.choices.{n}.", choice)
        form.done()
        if kind == 4:
            self._check_payload(data, files)
        c = self.channels[i["channel"]]
        hidden = i["user"] if (data.get("flags") or 0) & 64 else None
        message = None
        if kind in (4, 5):
            extra: Json = {
                "application_id": self.application_id,
                "webhook_id": self.application_id,
                "interaction_metadata": {
                    "id": i["id"],
                    "type": i["type"],
                    "user": self._user(i["user"]),
                    "authorizing_integration_owners": {"0": self.guild_id},
                },
            }
            if hidden:
                extra["_for"] = hidden
            if kind == 5:
                extra["_loading"] = True
                data = {"flags": (data.get("flags") or 0) | 128}
            message = self._new_message(
                c,
                self.bot,
                data,
                files,
                kind=20 if i["type"] == 2 else 19 if i["source"] else 0,
                how="respond" if kind == 4 else "defer",
                **extra,
            )
            i["original"] = message["id"]
            self._announce(message)
        elif kind in (6, 7):
            i["original"] = i["source"]
            if kind == 7:
                message = self.store[c["id"]][i["source"]]
                self._apply_edit(message, data, files, "component_update")
        elif kind == 9:
            i["modal"] = data
        elif kind == 8:
            i["choices"] = data.get("choices", [])
        i["acked"], i["ack_type"] = self._now(), kind
        self._changed.set()
        if r.query.get("with_response") not in ("1", "true", "True"):
            return None
        done: Json = {"interaction": {"id": i["id"], "type": i["type"]}, "resource": {"type": kind}}
        if message:
            done["interaction"].update(
                response_message_id=message["id"],
                response_message_loading=kind == 5,
                response_message_ephemeral=bool(hidden),
            )
            done["resource"]["message"] = self._public(message)
        return done

    def _hook(self, r: web.Request) -> Json:
        i = self.interactions.get(r.match_info["token"])
        if i is None or r.match_info["app"] != self.application_id:
            raise unknown("Webhook", 10015)
        if self._now() - i["created"] > self.limits.token_s:
            raise DiscordError(401, 50027, "Invalid Webhook Token")
        if i["acked"] is None:
            raise unknown("Webhook", 10015)
        return i

    @route("POST", "/webhooks/{app}/{token}", "webhook", auth=False)
    def _followup(self, r: web.Request, body: Json, files: list) -> Json:
        i = self._hook(r)
        self._check_payload(body, files)
        c = self.channels[i["channel"]]
        first = self.store[c["id"]].get(i["original"] or "")
        if first and first.get("_loading"):  # the first follow-up fills the deferred answer
            return self._apply_edit(first, body, files, "followup_fills_defer")
        extra: Json = {"application_id": self.application_id, "webhook_id": self.application_id}
        if (body.get("flags") or 0) & 64:
            extra["_for"] = i["user"]
        if i["original"]:
            body = {**body, "message_reference": None}
        m = self._new_message(c, self.bot, body, files, how="followup", **extra)
        i["followups"].append(m["id"])
        self._announce(m)
        return self._public(m)

    def _hook_message(self, r: web.Request) -> Json:
        i = self._hook(r)
        mid = i["original"] if r.match_info["message"] == "@original" else r.match_info["message"]
        m = self.store[i["channel"]].get(mid or "")
        if m is None or m["author"]["id"] != self.bot:
            raise unknown("Message", 10008)
        return m

    @route("GET", "/webhooks/{app}/{token}/messages/{message}", auth=False)
    def _get_followup(self, r: web.Request, body: Json, files: list) -> Json:
        return self._public(self._hook_message(r))

    @route("PATCH", "/webhooks/{app}/{token}/messages/{message}", "webhook", auth=False)
    def _edit_followup(self, r: web.Request, body: Json, files: list) -> Json:
        return self._apply_edit(self._hook_message(r), body, files, "edit_response")

    @route("DELETE", "/webhooks/{app}/{token}/messages/{message}", auth=False)
    def _delete_followup(self, r: web.Request, body: Json, files: list) -> None:
        self._erase(self._hook_message(r))

    # ------------------------------------------------------------------------------
    # What a person can do (control API)
    # ------------------------------------------------------------------------------

    def _present(self, channel: str, user: str) -> Json:
        c = self.channels.get(channel)
        if c is None or user not in self.users:
            raise ControlError("no such channel or user")
        if c["type"] == 1 and c["_user"] != user or c["type"] != 1 and user not in self.members:
            raise ControlError("that user cannot see that channel")
        return c

    async def user_message(
        self, channel: str, user: str, content: str, *, reply_to: str | None = None, files: list[Json] | None = None
    ) -> Json:
        """A person posts; ``files`` is ``[{"filename", "content", "type"}]``."""
        c = self._present(channel, user)
        if len(content) > self.limits.content:
            raise ControlError("a person cannot send more than 2000 characters")
        blobs = [
            {
                "index": str(n),
                "filename": f["filename"],
                "type": f.get("type", "text/plain"),
                "data": f["content"].encode() if isinstance(f["content"], str) else f["content"],
            }
            for n, f in enumerate(files or [])
        ]
        body: Json = {"content": content}
        if reply_to:
            body["message_reference"] = {"message_id": reply_to}
        m = self._new_message(c, user, body, blobs, how="user")
        if c["type"] == 1 or not (c.get("_deny", 0) & PERM["view_channel"]):
            self._announce(m)
        return {"id": m["id"], "channel": channel, "attachments": m["attachments"]}

    async def user_dm(self, user: str, content: str, **kw: Any) -> Json:
        """A person writes to the bot directly."""
        c = self._dm(user)
        return await self.user_message(c["id"], user, content, **kw)

    async def user_edit(self, channel: str, message: str, content: str) -> Json:
        """A person edits their message."""
        m = self.message(channel, message)
        if m is None:
            raise ControlError("no such message")
        m.update(content=content, edited_timestamp=self._iso())
        m["_revisions"].append({"t": round(self._now(), 4), "content": content, "how": "user_edit"})
        self._announce(m, "MESSAGE_UPDATE")
        return {}

    async def user_delete(self, channel: str, message: str) -> Json:
        """A person deletes their message."""
        m = self.message(channel, message)
        if m is None:
            raise ControlError("no such message")
        self._erase(m)
        return {}

    async def user_react(self, channel: str, message: str, user: str, emoji: str) -> Json:
        """A person adds a reaction."""
        m = self.message(channel, message)
        if m is None:
            raise ControlError("no such message")
        self._react(self._present(channel, user), m, emoji, user)
        return {}

    async def user_thread(self, channel: str, message: str, user: str, name: str) -> Json:
        """A person starts a thread on a message."""
        t = self._new_thread(self._present(channel, user), name, user, tid=message)
        return {"id": t["id"]}

    def _interaction(
        self, kind: int, channel: str, user: str, data: Json, source: Json | None = None
    ) -> tuple[Json, Json]:
        c = self._present(channel, user)
        iid, token = self.snowflake(), secrets.token_urlsafe(60)
        state: Json = {
            "id": iid,
            "token": token,
            "type": kind,
            "channel": channel,
            "user": user,
            "created": self._now(),
            "acked": None,
            "ack_type": None,
            "original": None,
            "followups": [],
            "modal": None,
            "choices": None,
            "source": source and source["id"],
        }
        self.interactions[token] = state
        payload: Json = {
            "id": iid,
            "application_id": self.application_id,
            "type": kind,
            "token": token,
            "version": 1,
            "data": data,
            "channel_id": channel,
            "channel": self._public(c),
            "locale": self.users[user]["_locale"],
            "entitlements": [],
            "app_permissions": str(self.bot_permissions),
            "attachment_size_limit": self.limits.file_bytes,
        }
        if c["type"] == 1:
            payload.update(user=self._user(user), context=1, authorizing_integration_owners={"0": "0"})
        else:
            payload.update(
                guild_id=self.guild_id,
                guild={"id": self.guild_id, "locale": "en-US", "features": []},
                guild_locale="en-US",
                member={**self._member(user), "permissions": str(DEFAULT_PERMS)},
                context=0,
                authorizing_integration_owners={"0": self.guild_id},
            )
        if source:
            payload["message"] = self._public(source)
        return state, payload

    async def _run(self, state: Json, payload: Json) -> Json:
        self._emit("INTERACTION_CREATE", payload)
        with contextlib.suppress(TimeoutError):
            await self.wait_for(lambda: state["acked"] is not None, self.limits.ack_s)
        if state["acked"] is None:
            shown = "The application did not respond" if state["type"] == 2 else "This interaction failed"
            self.user_errors.append({"t": round(self._now(), 4), "shown": shown, "interaction": state["id"]})
            self._violate(f"user sees: {shown}", interaction=state["id"])
        return self.outcome(state["token"])

    def outcome(self, token: str) -> Json:
        """How an interaction was answered so far."""
        s = self.interactions[token]
        pick = self.store[s["channel"]].get
        return {
            "token": token,
            "acked": s["acked"] is not None,
            "type": s["ack_type"],
            "ms": None if s["acked"] is None else round((s["acked"] - s["created"]) * 1000, 1),
            "original": pick(s["original"] or ""),
            "followups": [m for m in map(pick, s["followups"]) if m],
            "modal": s["modal"],
            "choices": s["choices"],
        }

    def _find_command(self, name: str, kind: int) -> Json:
        for scope in (self.commands.get(self.guild_id, {}), self.commands[""]):
            for c in scope.values():
                if c["name"] == name and c["type"] == kind:
                    return c
        raise ControlError(f"no registered command {name!r}: was the tree synced?")

    def _options(self, command: Json, path: list[str], given: Json, focused: str | None) -> list[Json]:
        specs = command.get("options") or []
        if path:
            sub = next((o for o in specs if o["name"] == path[0] and o["type"] in (1, 2)), None)
            if sub is None:
                raise ControlError(f"no subcommand {path[0]!r}")
            return [{"type": sub["type"], "name": sub["name"], "options": self._options(sub, path[1:], given, focused)}]
        known = {o["name"]: o for o in specs}
        if set(given) - set(known):
            raise ControlError(f"unknown options {sorted(set(given) - set(known))}")
        absent = [o["name"] for o in specs if o.get("required") and o["name"] not in given]
        if absent and focused is None:
            raise ControlError(f"required options missing: {absent}")
        out = []
        for name, value in given.items():
            spec = known[name]
            if name == focused and not spec.get("autocomplete"):
                raise ControlError(f"{name} is not autocompleted")
            if spec.get("choices") and value not in [c["value"] for c in spec["choices"]] and focused is None:
                raise ControlError(f"{value!r} is not a choice of {name}")
            if isinstance(value, str) and spec["type"] == 3 and len(value) > spec.get("max_length", 6000):
                raise ControlError(f"{name} is too long for the client to send")
            out.append(
                {"name": name, "type": spec["type"], "value": value, **({"focused": True} if name == focused else {})}
            )
        return out

    async def slash_command(self, channel: str, user: str, name: str, options: Json | None = None) -> Json:
        """A person runs a registered slash command (``"group sub"`` for subcommands).

        A file (``{"filename", "content", "type"}``) is given as its id, and stands in ``resolved``
        (docs.discord.com, "Interaction Data").
        """
        base, *path = name.split(" ")
        command = self._find_command(base, 1)
        given, sent = dict(options or {}), {}
        for option, value in given.items():
            if isinstance(value, dict):
                blob = value["content"].encode() if isinstance(value["content"], str) else value["content"]
                file = {**value, "index": "0", "type": value.get("type", "text/plain"), "data": blob}
                [made] = self._files(self.channels[channel], [file], None)
                given[option] = made["id"]
                sent[made["id"]] = made
        data = {
            "id": command["id"],
            "name": base,
            "type": 1,
            "options": self._options(command, path, given, None),
            **({"resolved": {"attachments": sent}} if sent else {}),
        }
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return await self._run(*self._interaction(2, channel, user, data))

    async def autocomplete(self, channel: str, user: str, name: str, focused: str, options: Json) -> Json:
        """A person types in an autocompleted option."""
        base, *path = name.split(" ")
        command = self._find_command(base, 1)
        data = {"id": command["id"], "name": base, "type": 1, "options": self._options(command, path, options, focused)}
        return await self._run(*self._interaction(4, channel, user, data))

    async def context_menu(
        self, channel: str, user: str, name: str, *, message: str | None = None, target: str | None = None
    ) -> Json:
        """A person picks a message or user command from the context menu."""
        if message:
            command, m = self._find_command(name, 3), self.message(channel, message)
            if m is None:
                raise ControlError("no such message")
            data = {"target_id": message, "resolved": {"messages": {message: self._public(m)}}}
        else:
            assert target
            command = self._find_command(name, 2)
            data = {
                "target_id": target,
                "resolved": {"users": {target: self._user(target)}, "members": {target: self._member(target, False)}},
            }
        return await self._run(
            *self._interaction(2, channel, user, {"id": command["id"], "name": name, "type": command["type"], **data})
        )

    async def click(
        self, channel: str, message: str, user: str, custom_id: str, values: list[str] | None = None
    ) -> Json:
        """A person uses a button or select that the message really shows."""
        m = self.message(channel, message)
        if m is None or m.get("_for") not in (None, user):
            raise ControlError("that user sees no such message")
        element = self._find_component(m["components"], custom_id)
        if element is None:
            raise ControlError(f"the message shows no component {custom_id!r}")
        if element.get("disabled"):
            raise ControlError("the component is disabled")
        data: Json = {"custom_id": custom_id, "component_type": element["type"], "id": element["id"]}
        if element["type"] != 2:
            if element["type"] == 3 and set(values or []) - {o["value"] for o in element["options"]}:
                raise ControlError("no such option")
            data["values"] = values or []
            if element["type"] == 5:
                data["resolved"] = {"users": {v: self._user(v) for v in values or []}}
        return await self._run(*self._interaction(3, channel, user, data, m))

    def _find_component(self, rows: list[Json], custom_id: str) -> Json | None:
        for c in rows:
            if c.get("custom_id") == custom_id:
                return c
            inner = [
                *(c.get("components") or []),
                *([c["accessory"]] if c.get("accessory") else []),
                *([c["component"]] if c.get("component") else []),
            ]
            found = self._find_component(inner, custom_id)
            if found:
                return found
        return None

    async def submit_modal(self, token: str, values: dict[str, str]) -> Json:
        """A person fills the modal that answered interaction ``token``."""
        i = self.interactions[token]
        if not i["modal"]:
            raise ControlError("that interaction opened no modal")
        rows = []
        for row in i["modal"]["components"]:
            field_ = row["component"] if row["type"] == 18 else row["components"][0]
            value = values.get(field_["custom_id"], field_.get("value") or "")
            if field_.get("required", True) and not value:
                raise ControlError(f"required field {field_['custom_id']!r} is empty")
            if not field_.get("min_length", 0) <= len(value) <= field_.get("max_length", 4000):
                raise ControlError(f"field {field_['custom_id']!r} has a length the client refuses")
            entry = {"type": field_["type"], "custom_id": field_["custom_id"], "value": value, "id": 2}
            rows.append(
                {"type": 18, "id": 1, "component": entry}
                if row["type"] == 18
                else {"type": 1, "id": 1, "components": [entry]}
            )
        source = self.store[i["channel"]].get(i["source"] or "")
        data = {"custom_id": i["modal"]["custom_id"], "components": rows}
        return await self._run(*self._interaction(5, i["channel"], i["user"], data, source))

    # -- faults ------------------------------------------------------------------------------

    def fail(
        self,
        verb: str,
        pattern: str,
        *,
        times: int = 1,
        status: int = 0,
        code: int = 0,
        retry_after: float = 1.0,
        scope: str = "user",
        delay: float = 0.0,
        drop: bool = False,
        after: bool = False,
    ) -> Json:
        """Script failures of REST calls whose path matches a glob.

        ``fail("POST", "/channels/*/messages", status=429, retry_after=1.5)``;
        ``scope`` is user, shared or global; ``status=502`` answers plain text;
        ``drop`` closes the connection; ``delay`` alone slows the call; ``after``
        performs the call and then loses the answer.
        """
        self._faults.append(Fault(verb, pattern, times, status, code, retry_after, scope, delay, drop, after))
        return {}

    async def disconnect(self, *, code: int = 1006, how: str = "close") -> Json:
        """End the gateway connection: ``close`` (with ``code``), ``abort``, ``reconnect`` (op 7),
        ``invalid`` (op 9, not resumable) or ``invalid_resumable`` (op 9, resumable)."""
        for s in list(self._sessions.values()):
            if not s.ws:
                continue
            self._log("fault", what="disconnect", how=how, code=code)
            if how == "reconnect":
                await self._frame(s.ws, s.zlib, {"op": 7, "d": None, "s": None, "t": None})
            elif how.startswith("invalid"):
                keep = how == "invalid_resumable"
                await self._frame(s.ws, s.zlib, {"op": 9, "d": keep, "s": None, "t": None})
                if not keep:
                    self._sessions.pop(s.id)
            elif how == "abort" or code == 1006:
                transport = s.ws._req.transport if s.ws._req else None  # noqa: SLF001
                if transport:
                    transport.abort()
                s.ws, s.left = None, self._now()
            else:
                self._drop_socket(s, code)
        return {}

    def forget_sessions(self) -> Json:
        """Make every open session unresumable."""
        for s in [s for s in self._sessions.values() if not s.ws]:
            self._sessions.pop(s.id)
        return {}

    def duplicate_next(self, count: int = 1) -> Json:
        """Deliver the next dispatches twice."""
        self._duplicate_next = count
        return {}

    def mute_heartbeats(self, count: int = 1) -> Json:
        """Do not acknowledge the next heartbeats (a zombie connection)."""
        self._mute_beats = count
        return {}

    def refuse_sockets(self, count: int = 1) -> Json:
        """Refuse the next gateway upgrades with 503."""
        self._refuse_sockets = count
        return {}

    def close_dms(self, user: str) -> Json:
        """That user no longer accepts direct messages (50007)."""
        self.dm_closed.add(user)
        return {}

    # -- control over HTTP ---------------------------------------------------------------------

    CONTROL = (
        "user_message",
        "user_dm",
        "user_edit",
        "user_delete",
        "user_react",
        "user_thread",
        "slash_command",
        "autocomplete",
        "context_menu",
        "click",
        "submit_modal",
        "outcome",
        "fail",
        "disconnect",
        "forget_sessions",
        "duplicate_next",
        "mute_heartbeats",
        "refuse_sockets",
        "close_dms",
        "add_user",
        "add_member",
        "add_channel",
    )

    async def _on_control(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]

        def dumps(o: Any) -> str:
            return json.dumps(o, default=str)

        if request.method == "GET":
            since = int(request.query.get("since", 0))
            views: dict[str, Callable[[], Any]] = {
                "transcript": lambda: self.transcript[since:],
                "violations": lambda: self.violations,
                "messages": lambda: [self._public(m) for m in self.messages(request.query.get("channel"))],
                "user_errors": lambda: self.user_errors,
                "world": lambda: {
                    "token": self.token,
                    "api_url": self.api_url,
                    "gateway_url": self.gateway_url,
                    "guild": self.guild_id,
                    "general": self.general,
                    "private": self.private,
                    "alice": self.alice,
                    "bob": self.bob,
                    "bot": self.bot,
                    "commands": [c["name"] for scope in self.commands.values() for c in scope.values()],
                },
            }
            if verb not in views:
                return web.json_response({"error": "unknown view"}, status=404)
            return web.json_response(views[verb](), dumps=dumps)
        if verb not in self.CONTROL:
            return web.json_response({"error": "unknown verb"}, status=404)
        try:
            result = getattr(self, verb)(**(await request.json() if request.can_read_body else {}))
            if inspect.isawaitable(result):
                result = await result
        except (ControlError, DiscordError, TypeError, KeyError) as e:
            return web.json_response({"error": str(e)}, status=409)
        return web.json_response(result or {}, dumps=dumps)


def main() -> None:
    """Run stand-alone until interrupted."""
    p = argparse.ArgumentParser(description="Strict in-memory Discord")
    p.add_argument("--port", type=int, default=8920)
    p.add_argument("--token", help="fixed bot token instead of a random one")
    a = p.parse_args()

    async def run() -> None:
        async with FakeDiscord(port=a.port, token=a.token) as d:
            print(
                json.dumps(
                    {
                        "token": d.token,
                        "api_url": d.api_url,
                        "gateway_url": d.gateway_url,
                        "guild": d.guild_id,
                        "general": d.general,
                        "alice": d.alice,
                        "control": f"{d.url}/_control/",
                    }
                ),
                flush=True,
            )
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


if __name__ == "__main__":
    main()
