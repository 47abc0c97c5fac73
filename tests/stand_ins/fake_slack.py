# ruff: noqa - copied from the acceptance suite, waits made longer for busy machines
# mypy: ignore-errors
"""A strict, in-memory Slack workspace for end-to-end tests of a Slack app.

The server speaks the three wire protocols an app meets and nothing in the app
has to be patched:

* Web API    ``POST {base}/api/<method>``            (point ``base_url`` here)
* Socket Mode ``apps.connections.open`` -> WebSocket (real envelopes and acks)
* HTTP mode   signed POSTs to the app's request URL  (events, slash commands,
  interactivity, ``url_verification``, retries with ``X-Slack-Retry-*``)

A test drives it from the other side, in process or over ``/_control``:

    async with FakeSlack() as slack:                 # socket mode
        app = AsyncApp(client=AsyncWebClient(token=slack.bot_token,
                                             base_url=slack.api_url))
        handler = AsyncSocketModeHandler(app, slack.app_token)
        await handler.connect_async()
        await slack.wait_connected()
        sent = await slack.user_message("C0GENERAL", "U0ALICE", "hi <@U0BOT>")
        reply = await slack.wait_message(after=sent["ts"], channel="C0GENERAL")
        assert not slack.violations

Strictness.  What the platform documents as an error is answered as that error:
tokens, token types, scopes, membership, required fields, Block Kit limits,
text limits, streaming state, rate limits, single-use trigger ids and response
URLs.  Things the platform would silently tolerate but which are bugs in an app
(late or missing ack, ack of an unknown envelope, an unknown thread, an API
call under a revoked socket ...) are collected in ``FakeSlack.violations``.

Everything that happens is appended to ``FakeSlack.transcript`` as dictionaries
with ``t`` (seconds since start) and ``kind``: ``api``, ``event``, ``ack``,
``socket``, ``http``, ``ui``, ``fault`` or ``violation``.

Copied as it is from the project's acceptance suite, so that our tests and the
acceptance scenarios mean the same Slack; the rules of this house on length and
typing are not applied to it.

Only aiohttp is needed.  Run stand-alone: ``python fake_slack.py --port 8910``.
Limits that the platform does not publish are marked "assumed" where they are
defined, and can be changed in ``Limits``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import copy
import fnmatch
import hashlib
import hmac
import inspect
import itertools
import json
import re
import secrets
import time
import urllib.parse
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable

import aiohttp
from aiohttp import WSMsgType, web

Json = dict[str, Any]


# --------------------------------------------------------------------------
# Configuration
# --------------------------------------------------------------------------


@dataclass
class Limits:
    """Platform limits.  Published ones carry their published value."""

    ack_s: float = 3.0  # envelope / HTTP response deadline
    trigger_s: float = 3.0  # trigger_id lifetime
    response_url_s: float = 1800.0
    response_url_uses: int = 5
    text: int = 40_000  # longer text is truncated with a warning
    update_text: int = 4_000  # chat.update rejects longer text
    markdown_text: int = 12_000
    blocks_message: int = 50
    blocks_view: int = 100
    blocks_text_total: int = 11_000  # assumed: unpublished, 9.6k passes, 11.3k fails
    attachments: int = 100
    stream_idle_s: float = 30.0  # assumed: observed server-side stop
    stream_total_s: float = 300.0  # assumed: observed server-side stop
    status_s: float = 120.0
    sockets: int = 10
    socket_ticket_s: float = 30.0
    socket_ping_s: float = 10.0
    retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)


#: Requests allowed per minute for each published tier.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}

ALL_SCOPES = frozenset(
    "app_mentions:read assistant:write channels:history channels:join channels:read "
    "chat:write chat:write.public commands files:read files:write groups:history "
    "groups:read im:history im:read im:write mpim:history mpim:read reactions:read "
    "reactions:write team:read users:read users:read.email users.profile:read".split()
)

#: Event type -> scopes of which one is needed to receive it.
EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "file_shared": ("files:read",),
    "assistant_thread_started": ("assistant:write",),
    "assistant_thread_context_changed": ("assistant:write",),
    "app_home_opened": (),
    "app_uninstalled": (),
    "tokens_revoked": (),
}


class SlackError(Exception):
    """An ``{"ok": false}`` answer."""

    def __init__(self, error: str, *messages: str, status: int = 200, **extra: Any):
        super().__init__(error)
        self.status = status
        self.body: Json = {"ok": False, "error": error, **extra}
        if messages:
            self.body["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in messages]}


class ControlError(Exception):
    """The test asked for something no user could do (unknown button, ...)."""


@dataclass
class Fault:
    """One scripted failure of the Web API (see ``FakeSlack.fail``)."""

    pattern: str
    times: int
    status: int = 200
    error: str | None = None
    retry_after: float | None = None
    delay: float = 0.0
    drop: bool = False
    after: bool = False  # perform the call, then fail the answer


@dataclass
class Socket:
    """One Socket Mode connection."""

    ws: web.WebSocketResponse
    number: int
    closing: bool = False


@dataclass
class Delivery:
    """One payload sent to the app, with its acknowledgement."""

    kind: str
    payload: Json
    envelope_id: str
    sent: float
    accepts_response: bool
    done: asyncio.Future = field(repr=False, default=None)  # type: ignore[assignment]


@dataclass
class MethodSpec:
    handler: Callable[..., Any]
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    tier: int
    form_only: bool
    token: str


METHODS: dict[str, MethodSpec] = {}


def method(
    name: str,
    scopes: str = "",
    required: str = "",
    tier: int = 3,
    form_only: bool = False,
    token: str = "bot",
) -> Callable:
    """Register a Web API method.  ``scopes`` lists alternatives."""

    def register(fn: Callable) -> Callable:
        METHODS[name] = MethodSpec(
            fn, tuple(scopes.split()), tuple(required.split()), tier, form_only, token
        )
        return fn

    return register


# --------------------------------------------------------------------------
# Block Kit validation
# --------------------------------------------------------------------------

_MESSAGE_BLOCKS = set(
    "section divider image actions context context_actions input header file rich_text "
    "video markdown table task_card plan card carousel alert".split()
)
_VIEW_BLOCKS = set("section divider image actions context input header rich_text video alert".split())
_INTERACTIVE = set(
    "button static_select external_select users_select conversations_select channels_select "
    "multi_static_select multi_external_select multi_users_select multi_conversations_select "
    "multi_channels_select overflow datepicker timepicker datetimepicker checkboxes "
    "radio_buttons plain_text_input email_text_input url_text_input number_input "
    "rich_text_input file_input workflow_button feedback_buttons icon_button".split()
)


class BlockChecker:
    """Collects every Block Kit problem with its JSON pointer."""

    def __init__(self, limits: Limits, surface: str):
        self.limits = limits
        self.surface = surface
        self.errors: list[str] = []
        self.text_total = 0

    def fail(self, pointer: str, text: str) -> None:
        self.errors.append(f"{text} [json-pointer:{pointer}]")

    def check(self, blocks: Any, pointer: str = "/blocks") -> "BlockChecker":
        if not isinstance(blocks, list):
            self.fail(pointer, "must be an array")
            return self
        most = self.limits.blocks_message if self.surface == "message" else self.limits.blocks_view
        if len(blocks) > most:
            self.fail(pointer, f"no more than {most} items allowed")
        seen: set[str] = set()
        for i, block in enumerate(blocks):
            here = f"{pointer}/{i}"
            if not isinstance(block, dict):
                self.fail(here, "must be an object")
                continue
            allowed = _MESSAGE_BLOCKS if self.surface == "message" else _VIEW_BLOCKS
            kind = block.get("type")
            if kind not in allowed:
                self.fail(f"{here}/type", f"unsupported type: {kind}")
                continue
            block_id = block.get("block_id")
            if block_id is not None:
                self._length(block_id, 255, f"{here}/block_id")
                if block_id in seen:
                    self.fail(f"{here}/block_id", f"duplicate block_id: {block_id}")
                seen.add(block_id)
            getattr(self, f"_block_{kind}", lambda *_: None)(block, here)
        return self

    # -- pieces ------------------------------------------------------------

    def _length(self, value: Any, most: int, pointer: str, least: int = 1) -> None:
        if not isinstance(value, str):
            self.fail(pointer, "must be a string")
        elif len(value) < least:
            self.fail(pointer, f"must be more than {least - 1} characters")
        elif len(value) > most:
            self.fail(pointer, f"must be less than {most + 1} characters")

    def _text(self, obj: Any, most: int, pointer: str, plain: bool = False) -> None:
        if not isinstance(obj, dict):
            self.fail(pointer, "missing required field: text")
            return
        kind = obj.get("type")
        if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
            self.fail(f"{pointer}/type", f"unsupported text type: {kind}")
        if kind == "mrkdwn" and "emoji" in obj:
            self.fail(f"{pointer}/emoji", "not allowed on mrkdwn")
        self._length(obj.get("text"), most, f"{pointer}/text")
        self.text_total += len(obj.get("text") or "")

    def _block_section(self, b: Json, p: str) -> None:
        if "text" not in b and "fields" not in b:
            self.fail(p, "missing required field: text")
        if "text" in b:
            self._text(b["text"], 3000, f"{p}/text")
        fields = b.get("fields", [])
        if len(fields) > 10:
            self.fail(f"{p}/fields", "no more than 10 items allowed")
        for i, f in enumerate(fields):
            self._text(f, 2000, f"{p}/fields/{i}")
        if "accessory" in b:
            self._element(b["accessory"], f"{p}/accessory", image=True)

    def _block_header(self, b: Json, p: str) -> None:
        self._text(b.get("text"), 150, f"{p}/text", plain=True)

    def _block_markdown(self, b: Json, p: str) -> None:
        self._length(b.get("text"), self.limits.markdown_text, f"{p}/text")
        self.text_total += len(b.get("text") or "")

    def _block_image(self, b: Json, p: str) -> None:
        self._length(b.get("alt_text"), 2000, f"{p}/alt_text")
        if not (b.get("image_url") or b.get("slack_file")):
            self.fail(p, "missing required field: image_url")

    def _block_context(self, b: Json, p: str) -> None:
        elements = b.get("elements")
        if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
            self.fail(f"{p}/elements", "between 1 and 10 items required")
            return
        for i, e in enumerate(elements):
            if e.get("type") == "image":
                self._block_image(e, f"{p}/elements/{i}")
            else:
                self._text(e, 3000, f"{p}/elements/{i}")

    def _block_actions(self, b: Json, p: str) -> None:
        elements = b.get("elements")
        if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
            self.fail(f"{p}/elements", "between 1 and 25 items required")
            return
        ids: set[str] = set()
        for i, e in enumerate(elements):
            self._element(e, f"{p}/elements/{i}")
            action_id = e.get("action_id") if isinstance(e, dict) else None
            if action_id is not None and action_id in ids:
                self.fail(f"{p}/elements/{i}/action_id", f"duplicate action_id: {action_id}")
            ids.add(action_id)

    def _block_input(self, b: Json, p: str) -> None:
        self._text(b.get("label"), 2000, f"{p}/label", plain=True)
        self._element(b.get("element"), f"{p}/element")

    def _block_rich_text(self, b: Json, p: str) -> None:
        if not isinstance(b.get("elements"), list) or not b["elements"]:
            self.fail(f"{p}/elements", "must be a non-empty array")
        self.text_total += _deep_text(b)

    def _block_table(self, b: Json, p: str) -> None:
        rows = b.get("rows")
        if not isinstance(rows, list) or not 1 <= len(rows) <= 100:
            self.fail(f"{p}/rows", "between 1 and 100 items required")
        elif any(len(r) > 20 for r in rows):
            self.fail(f"{p}/rows", "no more than 20 cells allowed")

    def _element(self, e: Any, p: str, image: bool = False) -> None:
        if not isinstance(e, dict):
            self.fail(p, "must be an object")
            return
        kind = e.get("type")
        if image and kind == "image":
            self._block_image(e, p)
            return
        if kind not in _INTERACTIVE:
            self.fail(f"{p}/type", f"unsupported type: {kind}")
            return
        if "action_id" in e:
            self._length(e["action_id"], 255, f"{p}/action_id")
        if kind == "button":
            self._text(e.get("text"), 75, f"{p}/text", plain=True)
            if "value" in e:
                self._length(e["value"], 2000, f"{p}/value")
            if "url" in e:
                self._length(e["url"], 3000, f"{p}/url")
            if e.get("style") not in (None, "primary", "danger"):
                self.fail(f"{p}/style", "must be primary or danger")
        options = e.get("options")
        if kind in ("static_select", "multi_static_select"):
            if not options and not e.get("option_groups"):
                self.fail(p, "missing required field: options")
            self._options(options or [], 100, f"{p}/options")
        elif kind == "overflow":
            self._options(options or [], 5, f"{p}/options", least=1)
        elif kind in ("checkboxes", "radio_buttons"):
            self._options(options or [], 10, f"{p}/options", least=1)
        if "confirm" in e:
            self._text(e["confirm"].get("title"), 100, f"{p}/confirm/title", plain=True)
            self._text(e["confirm"].get("text"), 300, f"{p}/confirm/text")

    def _options(self, options: list, most: int, p: str, least: int = 0) -> None:
        if not least <= len(options) <= most:
            self.fail(p, f"no more than {most} items allowed")
        for i, o in enumerate(options):
            self._text(o.get("text"), 75, f"{p}/{i}/text")
            self._length(o.get("value"), 150, f"{p}/{i}/value")


def _deep_text(node: Any) -> int:
    if isinstance(node, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else _deep_text(v) for k, v in node.items())
    if isinstance(node, list):
        return sum(map(_deep_text, node))
    return 0


def _find_element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json] | None:
    for block in blocks or []:
        if block_id and block.get("block_id") != block_id:
            continue
        holders = block.get("elements") or []
        for extra in (block.get("accessory"), block.get("element")):
            if extra:
                holders = [*holders, extra]
        for element in holders:
            if element.get("action_id") == action_id:
                return block, element
    return None


def escape(text: str) -> str:
    """What the client does to typed text before it reaches an app."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --------------------------------------------------------------------------
# The workspace
# --------------------------------------------------------------------------


class FakeSlack:
    """One workspace with one installed app.  Use as an async context manager."""

    def __init__(
        self,
        *,
        mode: str = "socket",
        request_url: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        scopes: set[str] | frozenset[str] = ALL_SCOPES,
        events: set[str] | None = None,
        commands: set[str] = frozenset({"/help"}),
        limits: Limits | None = None,
        rate_limits: bool = True,
        tier_overrides: dict[str, int] | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
        signing_secret: str | None = None,
    ):
        if mode not in ("socket", "http"):
            raise ValueError("mode must be 'socket' or 'http'")
        self.mode, self.request_url = mode, request_url
        self.host, self.port = host, port
        self.scopes = set(scopes)
        self.events = set(EVENT_SCOPES) if events is None else set(events)
        self.commands = set(commands)
        self.limits = limits or Limits()
        self.rate_limits = rate_limits
        self.tier_overrides = dict(tier_overrides or {})

        self.team_id, self.app_id = "T0TEAM", "A0APP"
        self.bot_user_id, self.bot_id = "U0BOT", "B0BOT"
        self.bot_token = bot_token or f"xoxb-1-2-{secrets.token_hex(8)}"
        self.app_token = app_token or f"xapp-1-{self.app_id}-1-{secrets.token_hex(8)}"
        self.signing_secret = signing_secret or secrets.token_hex(16)
        self.verification_token = secrets.token_hex(12)

        self.users: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.messages_by_channel: dict[str, list[Json]] = {}
        self.ephemerals: list[Json] = []
        self.files: dict[str, Json] = {}
        self.views: dict[str, Json] = {}
        self.view_stack: dict[str, list[str]] = {}
        self.homes: dict[str, Json] = {}
        self.thread_status: dict[tuple[str, str], Json] = {}
        self.user_errors: list[Json] = []  # what Slack would show the user as a failure

        self.transcript: list[Json] = []
        self.violations: list[str] = []
        self._faults: list[Fault] = []
        self._windows: dict[tuple, deque[float]] = {}
        self._tickets: dict[str, float] = {}
        self._sockets: list[Socket] = []
        self._socket_turn = itertools.count()
        self._socket_number = itertools.count(1)
        self._pending: dict[str, Delivery] = {}
        self._known_envelopes: set[str] = set()
        self._triggers: dict[str, Json] = {}
        self._response_urls: dict[str, Json] = {}
        self._streams: dict[tuple[str, str], Json] = {}
        self._uploads: dict[str, Json] = {}
        self._duplicate_next = 0
        self._ignore_acks = 0
        self._refuse_sockets = 0
        self._bad_signature_next = 0
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()
        self._last_ts = 0
        self._ids = itertools.count(1)
        self._start = time.monotonic()
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None

        self.add_user(self.bot_user_id, "helpbot", is_bot=True)
        self.add_user("U0ALICE", "alice", email="alice@example.com")
        self.add_user("U0BOB", "bob", email="bob@example.com")
        self.add_channel("C0GENERAL", "general", members=["U0ALICE", "U0BOB", self.bot_user_id])
        self.add_channel("C0OTHER", "other", members=["U0ALICE", "U0BOB"])
        self.add_channel("D0ALICE", "", kind="im", members=["U0ALICE", self.bot_user_id])

    # -- world -------------------------------------------------------------

    def add_user(self, user_id: str, name: str, *, email: str = "", is_bot: bool = False,
                 tz: str = "Etc/UTC", locale: str = "en-US", is_stranger: bool = False, guest: str = "") -> Json:
        """Create a member of the workspace; ``guest`` is ``multi`` or ``single`` (channels)."""
        if guest not in ("", "multi", "single"):
            raise ControlError(f"no such kind of guest: {guest}")
        self.users[user_id] = {
            "id": user_id, "team_id": self.team_id, "name": name, "deleted": False,
            "real_name": name.title(), "is_bot": is_bot, "is_app_user": False,
            "is_stranger": is_stranger, "tz": tz, "locale": locale,
            "is_restricted": bool(guest), "is_ultra_restricted": guest == "single",
            "profile": {"display_name": name, "real_name": name.title(), "email": email,
                        "team": self.team_id, **({"bot_id": self.bot_id} if is_bot else {})},
        }
        return self.users[user_id]

    def add_channel(self, channel_id: str, name: str, *, kind: str = "channel",
                    members: list[str] | None = None, archived: bool = False) -> Json:
        """Create a conversation; ``kind`` is channel, group, im or mpim."""
        self.channels[channel_id] = {
            "id": channel_id, "name": name, "kind": kind, "members": list(members or []),
            "is_archived": archived, "topic": "", "created": int(time.time()),
        }
        self.messages_by_channel.setdefault(channel_id, [])
        return self.channels[channel_id]

    # -- life cycle --------------------------------------------------------

    async def __aenter__(self) -> "FakeSlack":
        await self.start()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bind the listener; ``self.port`` is set when it was 0."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self._on_api)
        app.router.add_get("/link/", self._on_socket)
        app.router.add_post("/response/{key}", self._on_response_url)
        app.router.add_post("/upload/{key}", self._on_upload)
        app.router.add_get("/files-pri/{file}/{name}", self._on_file)
        app.router.add_get("/signin", self._on_signin)
        app.router.add_route("*", "/_control/{verb}", self._on_control)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self._http = aiohttp.ClientSession()
        self._start = time.monotonic()
        self._spawn(self._housekeeping())

    async def stop(self) -> None:
        """Close sockets, background work and the listener."""
        for task in list(self._tasks):
            task.cancel()
        for sock in list(self._sockets):
            with contextlib.suppress(Exception):
                await sock.ws.close()
        if self._http:
            await self._http.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        if not self.port:
            raise RuntimeError("start the server first: the port is not known yet")
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """Value for ``WebClient(base_url=...)``."""
        return f"{self.url}/api/"

    # -- small helpers -----------------------------------------------------

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

    def _ts(self) -> str:
        micros = max(int(time.time() * 1e6), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def _id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):08d}"

    def message(self, channel: str, ts: str) -> Json | None:
        """The stored message, or None."""
        return next((m for m in self.messages_by_channel.get(channel, []) if m["ts"] == ts), None)

    def messages(self, channel: str | None = None, *, after: str = "0", thread_ts: str | None = None,
                 from_bot: bool | None = None) -> list[Json]:
        """Messages a reader of the channel would see, oldest first."""
        found = []
        for key, items in self.messages_by_channel.items():
            if channel and key != channel:
                continue
            for m in items:
                if float(m["ts"]) <= float(after):
                    continue
                if thread_ts and m.get("thread_ts") != thread_ts:
                    continue
                if from_bot is not None and bool(m.get("bot_id")) != from_bot:
                    continue
                found.append({**m, "channel": key})
        return sorted(found, key=lambda m: float(m["ts"]))

    def revisions(self, channel: str, ts: str) -> list[Json]:
        """Every visible state of a message: ``{"t", "text", "how"}``."""
        m = self.message(channel, ts)
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

    async def wait_message(self, *, channel: str | None = None, after: str = "0",
                           contains: str = "", thread_ts: str | None = None, timeout: float = 30.0) -> Json:
        """Wait for a finished (not streaming) bot message."""

        def check() -> Json | None:
            for m in self.messages(channel, after=after, thread_ts=thread_ts, from_bot=True):
                if contains in m["text"] and not m.get("streaming"):
                    return m
            return None

        return await self.wait_for(check, timeout)

    async def wait_connected(self, count: int = 1, timeout: float = 10.0) -> None:
        """Wait until that many Socket Mode connections are usable."""
        await self.wait_for(lambda: len([s for s in self._sockets if not s.closing]) >= count, timeout)

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self.limits.stream_idle_s / 4))
            now = self._now()
            for (channel, ts), s in list(self._streams.items()):
                if now - s["last"] > self.limits.stream_idle_s or now - s["first"] > self.limits.stream_total_s:
                    self._streams.pop((channel, ts))
                    m = self.message(channel, ts)
                    if m:
                        m.pop("streaming", None)
                        m["stream_expired"] = True
                    self._violate("stream left open: Slack stopped it", channel=channel, ts=ts)
            for key, s in list(self.thread_status.items()):
                if s["status"] and now - s["at"] > self.limits.status_s:
                    self.thread_status[key] = {"status": "", "at": now}
                    self._log("ui", what="status_expired", channel=key[0], thread_ts=key[1])

    # ----------------------------------------------------------------------
    # Web API
    # ----------------------------------------------------------------------

    async def _on_api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        began = self._now()
        args, token, as_json = await self._arguments(request)
        entry = self._log("api", method=name, args=args, ok=None, error=None, status=200, ms=None)
        fault = self._take_fault(name)
        if fault:
            self._log("fault", method=name, status=fault.status, error=fault.error, drop=fault.drop)
            if fault.delay:
                await asyncio.sleep(fault.delay)
            if not fault.after and (fault.status != 200 or fault.error or fault.drop):
                return self._faulty(request, entry, fault, began)
        headers: dict[str, str] = {"x-oauth-scopes": ",".join(sorted(self.scopes))}
        try:
            body = await self._call(name, args, token, as_json, request, headers)
            status = 200
        except SlackError as e:
            body, status = e.body, e.status
            if "_retry_after" in body:
                headers["Retry-After"] = str(body.pop("_retry_after"))
        entry.update(ok=body["ok"], error=body.get("error"), status=status,
                     ms=round((self._now() - began) * 1000, 1))
        if body["ok"] and "ts" in body:
            entry["ts"] = body["ts"]
        if fault and fault.after:
            return self._faulty(request, entry, fault, began)
        return web.json_response(body, status=status, headers=headers)

    async def _arguments(self, request: web.Request) -> tuple[Json, str | None, bool]:
        args: Json = dict(request.query)
        as_json = False
        if request.method == "POST":
            kind = request.content_type
            if kind == "application/json":
                as_json = True
                with contextlib.suppress(ValueError):
                    data = await request.json()
                    if isinstance(data, dict):
                        args.update(data)
            elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
                for key, value in (await request.post()).items():
                    args[key] = value
        header = request.headers.get("Authorization", "")
        token = header[7:].strip() if header.lower().startswith("bearer ") else None
        token = token or (None if as_json else args.get("token"))
        args.pop("token", None)
        if not as_json:
            for key in ("blocks", "attachments", "metadata", "view", "files", "prompts", "chunks"):
                if isinstance(args.get(key), str) and args[key][:1] in "[{":
                    with contextlib.suppress(ValueError):
                        args[key] = json.loads(args[key])
        return args, token, as_json

    def _take_fault(self, name: str) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fnmatch.fnmatchcase(name, fault.pattern):
                fault.times -= 1
                return fault
        return None

    def _faulty(self, request: web.Request, entry: Json, fault: Fault, began: float) -> web.StreamResponse:
        entry.update(ok=False, status=fault.status, error=fault.error or f"http_{fault.status}",
                     ms=round((self._now() - began) * 1000, 1), injected=True)
        if fault.drop:
            if request.transport:
                request.transport.close()
            return web.Response(status=499)
        headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
        if fault.status == 429:
            return web.json_response({"ok": False, "error": fault.error or "ratelimited"}, status=429, headers=headers)
        if fault.status >= 500:
            return web.Response(status=fault.status, text="<html>upstream error</html>",
                                content_type="text/html", headers=headers)
        return web.json_response({"ok": False, "error": fault.error or "internal_error"},
                                 status=fault.status, headers=headers)

    async def _call(self, name: str, args: Json, token: str | None, as_json: bool,
                    request: web.Request, headers: dict[str, str]) -> Json:
        spec = METHODS.get(name)
        if spec is None:
            raise SlackError("unknown_method", req_method=name)
        if not token:
            raise SlackError("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise SlackError("invalid_auth")
        kind = "app" if token == self.app_token else "bot"
        if spec.token != "any" and kind != spec.token:
            raise SlackError("not_allowed_token_type")
        if spec.scopes:
            headers["x-accepted-oauth-scopes"] = ",".join(spec.scopes)
            if kind == "bot" and not self.scopes & set(spec.scopes):
                raise SlackError("missing_scope", needed=",".join(spec.scopes),
                                 provided=",".join(sorted(self.scopes)))
        if spec.form_only and as_json:
            raise SlackError("invalid_arguments", f"{name} does not accept a JSON body")
        missing = [r for r in spec.required if args.get(r) in (None, "")]
        if missing:
            raise SlackError("invalid_arguments", *[f"missing required field: {m}" for m in missing])
        self._check_rate(name, spec, args)
        result = spec.handler(self, args)
        if inspect.isawaitable(result):
            result = await result
        return {"ok": True, **(result or {})}

    def _check_rate(self, name: str, spec: MethodSpec, args: Json) -> None:
        if not self.rate_limits:
            return
        if name in ("chat.postMessage", "chat.postEphemeral") and name not in self.tier_overrides:
            key, allowed, window = (name, args.get("channel")), 5, 5.0  # ~1/s per channel, short bursts pass
        else:
            tier = self.tier_overrides.get(name, spec.tier)
            key, allowed, window = (name,), TIERS.get(tier, tier), 60.0
        stamps = self._windows.setdefault(key, deque())
        now = self._now()
        while stamps and now - stamps[0] >= window:
            stamps.popleft()
        if len(stamps) >= allowed:
            wait = max(1, int(window - (now - stamps[0]) + 0.999))
            raise SlackError("ratelimited", status=429, _retry_after=wait)
        stamps.append(now)

    # -- channel and content checks ----------------------------------------

    def _channel(self, value: str, *, post: bool = False, read: bool = False) -> Json:
        channel = self.channels.get(value)
        if channel is None and value in self.users and post:  # a user id opens the DM
            channel = self._dm(value)
        if channel is None:
            raise SlackError("channel_not_found")
        inside = self.bot_user_id in channel["members"]
        if channel["kind"] != "channel" and not inside:
            raise SlackError("channel_not_found")
        if post:
            if channel["is_archived"]:
                raise SlackError("is_archived")
            if not inside and "chat:write.public" not in self.scopes:
                raise SlackError("not_in_channel")
        if read and not inside:
            raise SlackError("not_in_channel")
        return channel

    def _dm(self, user_id: str) -> Json:
        for c in self.channels.values():
            if c["kind"] == "im" and set(c["members"]) == {user_id, self.bot_user_id}:
                return c
        return self.add_channel(self._id("D"), "", kind="im", members=[user_id, self.bot_user_id])

    def _content(self, args: Json, *, update: bool = False) -> tuple[Json, Json]:
        """Validate text/blocks; return stored fields and extra response fields."""
        text, blocks = args.get("text") or "", args.get("blocks")
        attachments, markdown = args.get("attachments"), args.get("markdown_text")
        extra: Json = {}
        if not isinstance(text, str):
            raise SlackError("invalid_arguments", "text must be a string [json-pointer:/text]")
        if isinstance(blocks, str):
            raise SlackError("invalid_blocks_format")
        if markdown is not None:
            if text or blocks:
                raise SlackError("markdown_text_conflict")
            if len(markdown) > self.limits.markdown_text:
                raise SlackError("msg_too_long")
            text = markdown
        if not (text or blocks or attachments):
            if not (update and blocks is not None):
                raise SlackError("no_text")
        if update and len(text) > self.limits.update_text and markdown is None:
            raise SlackError("msg_too_long")
        if len(text) > self.limits.text:
            text = text[: self.limits.text]
            extra = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
        if blocks:
            self._blocks(blocks, "message")
        if attachments and len(attachments) > self.limits.attachments:
            raise SlackError("too_many_attachments")
        metadata = args.get("metadata")
        if metadata is not None and not (isinstance(metadata, dict) and metadata.get("event_type")
                                         and isinstance(metadata.get("event_payload"), dict)):
            raise SlackError("invalid_metadata_format")
        stored: Json = {"text": text}
        if blocks is not None:
            stored["blocks"] = self._with_block_ids(blocks)
        if attachments is not None:
            stored["attachments"] = attachments
        if metadata is not None:
            stored["metadata"] = metadata
        if blocks and not text:
            extra = extra or {"warning": "missing_text_in_message"}
        return stored, extra

    def _blocks(self, blocks: Any, surface: str, error: str = "invalid_blocks") -> None:
        checker = BlockChecker(self.limits, surface).check(blocks)
        if checker.errors:
            raise SlackError(error, *checker.errors, errors=checker.errors)
        if surface == "message" and checker.text_total > self.limits.blocks_text_total:
            raise SlackError("msg_blocks_too_long")

    def _with_block_ids(self, blocks: list[Json]) -> list[Json]:
        blocks = copy.deepcopy(blocks)
        for block in blocks:
            block.setdefault("block_id", secrets.token_hex(2))
            for element in block.get("elements", []) if block["type"] == "actions" else []:
                element.setdefault("action_id", secrets.token_hex(2))
        return blocks

    def _store(self, channel: str, fields: Json, *, user: str, bot: bool, how: str) -> Json:
        ts = self._ts()
        m: Json = {"type": "message", "user": user, "ts": ts, "team": self.team_id, **fields}
        if bot:
            m.update(bot_id=self.bot_id, app_id=self.app_id,
                     bot_profile={"id": self.bot_id, "app_id": self.app_id, "name": "helpbot", "deleted": False,
                                  "team_id": self.team_id})
        m["_revisions"] = [{"t": round(self._now(), 4), "text": m.get("text", ""), "how": how}]
        self.messages_by_channel[channel].append(m)
        parent = self.message(channel, m["thread_ts"]) if m.get("thread_ts") else None
        if parent is not None:
            parent["reply_count"] = parent.get("reply_count", 0) + 1
            parent.setdefault("thread_ts", parent["ts"])
            parent["latest_reply"] = ts
        self._log("ui", what="message", how=how, channel=channel, ts=ts, user=user, text=m.get("text", ""),
                  thread_ts=m.get("thread_ts"))
        return m

    def _revise(self, channel: str, m: Json, how: str) -> None:
        m["_revisions"].append({"t": round(self._now(), 4), "text": m.get("text", ""), "how": how})
        self._log("ui", what="edit", how=how, channel=channel, ts=m["ts"], text=m.get("text", ""))

    @staticmethod
    def public(m: Json) -> Json:
        """A message as the API shows it (no private bookkeeping)."""
        return {k: v for k, v in m.items() if not k.startswith("_") and k not in ("streaming", "stream_expired")}

    def _own(self, channel: str, ts: str, denied: str) -> Json:
        m = self.message(channel, ts)
        if m is None:
            raise SlackError("message_not_found")
        if m.get("bot_id") != self.bot_id:
            raise SlackError(denied)
        return m

    def _check_thread(self, channel: Json, thread_ts: Any) -> None:
        if thread_ts is None:
            return
        if not re.fullmatch(r"\d{10}\.\d{6}", str(thread_ts)):
            raise SlackError("invalid_thread_ts")
        parent = self.message(channel["id"], thread_ts)
        if parent is None:
            self._violate("reply to a thread that does not exist", channel=channel["id"], thread_ts=thread_ts)
        elif parent.get("thread_ts") not in (None, thread_ts):
            self._violate("thread_ts is a reply, not the thread's parent", channel=channel["id"], thread_ts=thread_ts)

    # -- methods: session ---------------------------------------------------

    @method("api.test", token="any", tier=4)
    def _api_test(self, args: Json) -> Json:
        return {"args": args}

    @method("auth.test", tier=1000)
    def _auth_test(self, args: Json) -> Json:
        return {"url": "https://test.slack.com/", "team": "Test", "user": "helpbot", "team_id": self.team_id,
                "user_id": self.bot_user_id, "bot_id": self.bot_id, "is_enterprise_install": False}

    @method("apps.connections.open", token="app", tier=1000)
    def _connections_open(self, args: Json) -> Json:
        if self.mode != "socket":
            raise SlackError("socket_mode_not_enabled")
        ticket = str(uuid.uuid4())
        self._tickets[ticket] = self._now()
        return {"url": f"ws://{self.host}:{self.port}/link/?ticket={ticket}&app_id={self.app_id}"}

    @method("team.info", "team:read", form_only=True)
    def _team_info(self, args: Json) -> Json:
        return {"team": {"id": self.team_id, "name": "Test", "domain": "test"}}

    @method("bots.info", "users:read", form_only=True)
    def _bots_info(self, args: Json) -> Json:
        if args.get("bot") not in (None, self.bot_id):
            raise SlackError("bot_not_found")
        return {"bot": {"id": self.bot_id, "app_id": self.app_id, "user_id": self.bot_user_id, "name": "helpbot"}}

    # -- methods: chat --------------------------------------------------------

    @method("chat.postMessage", "chat:write", "channel")
    async def _post_message(self, args: Json) -> Json:
        channel = self._channel(args["channel"], post=True)
        stored, extra = self._content(args)
        self._check_thread(channel, args.get("thread_ts"))
        if args.get("thread_ts"):
            stored["thread_ts"] = args["thread_ts"]
        m = self._store(channel["id"], stored, user=self.bot_user_id, bot=True, how="post")
        self._clear_status(channel["id"], args.get("thread_ts"))
        self._echo_bot_message(channel, m)
        return {"channel": channel["id"], "ts": m["ts"], "message": self.public(m), **extra}

    @method("chat.update", "chat:write", "channel ts")
    def _update(self, args: Json) -> Json:
        if args["channel"] in self.users:
            raise SlackError("channel_not_found")
        channel = self._channel(args["channel"])
        m = self._own(channel["id"], args["ts"], "cant_update_message")
        if (channel["id"], m["ts"]) in self._streams:
            raise SlackError("streaming_state_conflict")
        stored, extra = self._content(args, update=True)
        before = self.public(m)
        if "text" in args and "blocks" not in args:
            m.pop("blocks", None)
        m.update({k: v for k, v in stored.items() if k in args or k == "text" and (args.get("text") or args.get("markdown_text"))})
        m["edited"] = {"user": self.bot_user_id, "ts": self._ts()}
        self._revise(channel["id"], m, "update")
        self._emit_message(channel, {"type": "message", "subtype": "message_changed", "hidden": True,
                                     "message": self.public(m), "previous_message": before,
                                     "ts": self._ts()})
        return {"channel": channel["id"], "ts": m["ts"], "text": m["text"], "message": self.public(m), **extra}

    @method("chat.delete", "chat:write", "channel ts")
    def _delete(self, args: Json) -> Json:
        channel = self._channel(args["channel"])
        m = self._own(channel["id"], args["ts"], "cant_delete_message")
        if (channel["id"], m["ts"]) in self._streams:
            raise SlackError("cant_delete_message")
        self.messages_by_channel[channel["id"]].remove(m)
        self._log("ui", what="delete", channel=channel["id"], ts=m["ts"])
        self._emit_message(channel, {"type": "message", "subtype": "message_deleted", "hidden": True,
                                     "deleted_ts": m["ts"], "previous_message": self.public(m), "ts": self._ts()})
        return {"channel": channel["id"], "ts": m["ts"]}

    @method("chat.postEphemeral", "chat:write", "channel user", tier=4)
    def _post_ephemeral(self, args: Json) -> Json:
        channel = self._channel(args["channel"], post=True)
        if args["user"] not in channel["members"]:
            raise SlackError("user_not_in_channel")
        stored, extra = self._content(args)
        return {"message_ts": self._ephemeral(channel["id"], args["user"], stored, args.get("thread_ts"))["ts"], **extra}

    def _ephemeral(self, channel: str, user: str, stored: Json, thread_ts: str | None = None) -> Json:
        m = {**stored, "channel": channel, "user": user, "ts": self._ts(), "thread_ts": thread_ts,
             "t": round(self._now(), 4), "is_ephemeral": True}
        self.ephemerals.append(m)
        self._log("ui", what="ephemeral", channel=channel, user=user, ts=m["ts"], text=m.get("text", ""))
        return m

    @method("chat.getPermalink", "", "channel message_ts", tier=1000, form_only=True)
    def _permalink(self, args: Json) -> Json:
        self._channel(args["channel"])
        if not self.message(args["channel"], args["message_ts"]):
            raise SlackError("message_not_found")
        return {"channel": args["channel"],
                "permalink": f"https://test.slack.com/archives/{args['channel']}/p{args['message_ts'].replace('.', '')}"}

    # -- methods: streaming ----------------------------------------------------

    def _chunks(self, args: Json) -> tuple[str, list[Json]]:
        markdown, chunks = args.get("markdown_text") or "", args.get("chunks") or []
        if args.get("markdown_text") is not None and chunks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > self.limits.markdown_text:
            raise SlackError("msg_too_long")
        text, others = markdown, []
        for i, chunk in enumerate(chunks):
            kind = chunk.get("type")
            if kind == "markdown_text" and isinstance(chunk.get("text"), str):
                text += chunk["text"]
            elif kind == "task_update":
                if not chunk.get("id") or not chunk.get("title"):
                    raise SlackError("invalid_chunks", f"task_update needs id and title [json-pointer:/chunks/{i}]")
                if chunk.get("status") not in (None, "pending", "in_progress", "complete", "error"):
                    raise SlackError("invalid_chunks", f"bad status [json-pointer:/chunks/{i}/status]")
                if any(len(chunk.get(k) or "") > 256 for k in ("title", "details", "output") if isinstance(chunk.get(k), str)):
                    raise SlackError("invalid_chunks", f"over 256 characters [json-pointer:/chunks/{i}]")
                others.append(chunk)
            elif kind == "plan_update" and chunk.get("title"):
                others.append(chunk)
            elif kind == "blocks":
                self._blocks(chunk.get("blocks"), "message")
                others.append(chunk)
            else:
                raise SlackError("invalid_chunks", f"unsupported chunk [json-pointer:/chunks/{i}]")
        return text, others

    @method("chat.startStream", "chat:write", "channel thread_ts", tier=2)
    def _start_stream(self, args: Json) -> Json:
        channel = self._channel(args["channel"], post=True)
        self._check_thread(channel, args["thread_ts"])
        if channel["kind"] != "im":
            if not args.get("recipient_user_id"):
                raise SlackError("missing_recipient_user_id")
            if not args.get("recipient_team_id"):
                raise SlackError("missing_recipient_team_id")
        text, others = self._chunks(args)
        m = self._store(channel["id"], {"text": text, "thread_ts": args["thread_ts"], "streaming": True,
                                        "chunks": others}, user=self.bot_user_id, bot=True, how="stream_start")
        now = self._now()
        self._streams[channel["id"], m["ts"]] = {"first": now, "last": now}
        self._clear_status(channel["id"], args["thread_ts"])
        return {"channel": channel["id"], "ts": m["ts"]}

    def _stream(self, args: Json) -> tuple[Json, Json, Json]:
        channel = self._channel(args["channel"])
        m = self._own(channel["id"], args["ts"], "message_not_owned_by_app")
        stream = self._streams.get((channel["id"], m["ts"]))
        if stream is None:
            raise SlackError("message_not_in_streaming_state")
        return channel, m, stream

    @method("chat.appendStream", "chat:write", "channel ts", tier=4)
    def _append_stream(self, args: Json) -> Json:
        channel, m, stream = self._stream(args)
        text, others = self._chunks(args)
        if not text and not others:
            raise SlackError("no_text")
        m["text"] += text
        m["chunks"] += others
        stream["last"] = self._now()
        self._revise(channel["id"], m, "stream_append")
        return {"channel": channel["id"], "ts": m["ts"]}

    @method("chat.stopStream", "chat:write", "channel ts", tier=2)
    def _stop_stream(self, args: Json) -> Json:
        channel, m, _ = self._stream(args)
        text, others = self._chunks(args)
        if args.get("blocks"):
            self._blocks(args["blocks"], "message")
            m["blocks"] = self._with_block_ids(args["blocks"])
        if args.get("metadata"):  # docs.slack.dev, chat.stopStream
            m["metadata"] = args["metadata"]
        m["text"] += text
        m["chunks"] += others
        self._streams.pop((channel["id"], m["ts"]))
        m.pop("streaming", None)
        self._revise(channel["id"], m, "stream_stop")
        self._echo_bot_message(channel, m)
        return {"channel": channel["id"], "ts": m["ts"], "message": self.public(m)}

    # -- methods: assistant ------------------------------------------------------

    def _clear_status(self, channel: str, thread_ts: str | None) -> None:
        if thread_ts and self.thread_status.get((channel, thread_ts), {}).get("status"):
            self.thread_status[channel, thread_ts] = {"status": "", "at": self._now()}
            self._log("ui", what="status", channel=channel, thread_ts=thread_ts, status="")

    @method("assistant.threads.setStatus", "assistant:write chat:write", "channel_id thread_ts", tier=600)
    def _set_status(self, args: Json) -> Json:
        self._channel(args["channel_id"])
        if len(args.get("loading_messages") or []) > 10:
            raise SlackError("invalid_arguments", "no more than 10 loading_messages")
        self.thread_status[args["channel_id"], args["thread_ts"]] = {"status": args.get("status", ""), "at": self._now()}
        self._log("ui", what="status", channel=args["channel_id"], thread_ts=args["thread_ts"], status=args.get("status", ""))
        return {}

    @method("assistant.threads.setSuggestedPrompts", "assistant:write", "channel_id prompts")
    def _set_prompts(self, args: Json) -> Json:
        if not 1 <= len(args["prompts"]) <= 4:
            raise SlackError("invalid_arguments", "between 1 and 4 prompts")
        self._log("ui", what="prompts", channel=args["channel_id"], prompts=args["prompts"])
        return {}

    @method("assistant.threads.setTitle", "assistant:write", "channel_id thread_ts title")
    def _set_title(self, args: Json) -> Json:
        self._log("ui", what="title", channel=args["channel_id"], title=args["title"])
        return {}

    # -- methods: reactions -------------------------------------------------------

    def _reactable(self, args: Json) -> Json:
        channel = self._channel(args["channel"])
        m = self.message(channel["id"], args["timestamp"])
        if m is None:
            raise SlackError("message_not_found")
        return m

    @method("reactions.add", "reactions:write", "channel timestamp name")
    def _react(self, args: Json) -> Json:
        m = self._reactable(args)
        if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", args["name"]):
            raise SlackError("invalid_name")
        return self._set_reaction(args["channel"], m, args["name"], self.bot_user_id)

    def _set_reaction(self, channel: str, m: Json, name: str, user: str) -> Json:
        reactions = m.setdefault("reactions", [])
        entry = next((r for r in reactions if r["name"] == name), None)
        if entry and user in entry["users"]:
            raise SlackError("already_reacted")
        if entry is None:
            entry = {"name": name, "users": [], "count": 0}
            reactions.append(entry)
        entry["users"].append(user)
        entry["count"] += 1
        self._log("ui", what="reaction", channel=channel, ts=m["ts"], name=name, user=user)
        self._emit("reaction_added", {"type": "reaction_added", "user": user, "reaction": name, "item_user": m["user"],
                                      "item": {"type": "message", "channel": channel, "ts": m["ts"]},
                                      "event_ts": self._ts()}, channel)
        return {}

    @method("reactions.remove", "reactions:write", "channel timestamp name", tier=2)
    def _unreact(self, args: Json) -> Json:
        m = self._reactable(args)
        for r in m.get("reactions", []):
            if r["name"] == args["name"] and self.bot_user_id in r["users"]:
                r["users"].remove(self.bot_user_id)
                r["count"] -= 1
                if not r["count"]:
                    m["reactions"].remove(r)
                self._log("ui", what="unreaction", channel=args["channel"], ts=m["ts"], name=args["name"])
                return {}
        raise SlackError("no_reaction")

    @method("reactions.get", "reactions:read", "channel timestamp", form_only=True)
    def _get_reactions(self, args: Json) -> Json:
        return {"type": "message", "channel": args["channel"], "message": self.public(self._reactable(args))}

    # -- methods: conversations and users --------------------------------------------

    def _conversation(self, c: Json) -> Json:
        kind = c["kind"]
        return {"id": c["id"], "name": c["name"], "is_channel": kind == "channel", "is_group": kind == "group",
                "is_im": kind == "im", "is_mpim": kind == "mpim", "is_private": kind != "channel",
                "is_archived": c["is_archived"], "is_member": self.bot_user_id in c["members"],
                "num_members": len(c["members"]), "topic": {"value": c["topic"]}, "created": c["created"],
                **({"user": next((u for u in c["members"] if u != self.bot_user_id), "")} if kind == "im" else {})}

    @staticmethod
    def _page(items: list, args: Json, default: int = 100) -> tuple[list, Json]:
        try:
            limit = int(args.get("limit") or default)
            start = int(args.get("cursor") or 0)
        except ValueError:
            raise SlackError("invalid_cursor") from None
        if not 1 <= limit <= 1000:
            raise SlackError("invalid_limit")
        more = start + limit < len(items)
        return items[start:start + limit], {"response_metadata": {"next_cursor": str(start + limit) if more else ""}}

    @method("conversations.list", "channels:read groups:read im:read mpim:read", tier=2, form_only=True)
    def _conv_list(self, args: Json) -> Json:
        wanted = set((args.get("types") or "public_channel").split(","))
        names = {"channel": "public_channel", "group": "private_channel", "im": "im", "mpim": "mpim"}
        rows = [self._conversation(c) for c in self.channels.values() if names[c["kind"]] in wanted
                and (c["kind"] == "channel" or self.bot_user_id in c["members"])]
        rows, meta = self._page(rows, args)
        return {"channels": rows, **meta}

    @method("conversations.info", "channels:read groups:read im:read mpim:read", "channel", form_only=True)
    def _conv_info(self, args: Json) -> Json:
        return {"channel": self._conversation(self._channel(args["channel"]))}

    @method("conversations.members", "channels:read groups:read im:read mpim:read", "channel", tier=4, form_only=True)
    def _conv_members(self, args: Json) -> Json:
        rows, meta = self._page(self._channel(args["channel"])["members"], args)
        return {"members": rows, **meta}

    @method("users.conversations", "channels:read groups:read im:read mpim:read", form_only=True)
    def _user_conversations(self, args: Json) -> Json:
        """The rooms of a person (without ``user``: the bot's); private ones only where the bot is too."""
        user = args.get("user") or self.bot_user_id
        if user not in self.users:
            raise SlackError("user_not_found")
        wanted = set((args.get("types") or "public_channel").split(","))
        names = {"channel": "public_channel", "group": "private_channel", "im": "im", "mpim": "mpim"}
        if wanted - set(names.values()):
            raise SlackError("invalid_types")
        hidden = str(args.get("exclude_archived", "")).lower() in ("1", "true")
        rows = [{k: v for k, v in self._conversation(c).items() if k not in ("is_member", "num_members")}
                for c in self.channels.values() if names[c["kind"]] in wanted and user in c["members"]
                and (c["kind"] == "channel" or self.bot_user_id in c["members"]) and not (hidden and c["is_archived"])]
        rows, meta = self._page(rows, args)
        return {"channels": rows, **meta}

    @method("conversations.history", "channels:history groups:history im:history mpim:history", "channel", form_only=True)
    def _history(self, args: Json) -> Json:
        channel = self._channel(args["channel"], read=True)
        rows = [m for m in self.messages_by_channel[channel["id"]] if m.get("thread_ts") in (None, m["ts"])]
        return self._window(rows[::-1], args)

    @method("conversations.replies", "channels:history groups:history im:history mpim:history", "channel ts", form_only=True)
    def _replies(self, args: Json) -> Json:
        channel = self._channel(args["channel"], read=True)
        if self.message(channel["id"], args["ts"]) is None:
            raise SlackError("thread_not_found")
        rows = [m for m in self.messages_by_channel[channel["id"]] if args["ts"] in (m["ts"], m.get("thread_ts"))]
        return self._window(rows, args)

    def _window(self, rows: list[Json], args: Json) -> Json:
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
        inclusive = str(args.get("inclusive", "")).lower() in ("1", "true")
        rows = [m for m in rows if (oldest < float(m["ts"]) < latest)
                or (inclusive and float(m["ts"]) in (oldest, latest))]
        rows, meta = self._page(rows, args)
        return {"messages": [self.public(m) for m in rows], "has_more": bool(meta["response_metadata"]["next_cursor"]), **meta}

    @method("conversations.open", "im:write mpim:write")
    def _conv_open(self, args: Json) -> Json:
        users = [u for u in str(args.get("users") or "").split(",") if u]
        if args.get("channel"):
            return {"channel": {"id": self._channel(args["channel"])["id"]}}
        if not users:
            raise SlackError("users_list_not_supplied")
        if any(u not in self.users for u in users):
            raise SlackError("user_not_found")
        if len(users) == 1:
            return {"channel": {"id": self._dm(users[0])["id"]}}
        return {"channel": {"id": self.add_channel(self._id("G"), "mpdm", kind="mpim", members=[*users, self.bot_user_id])["id"]}}

    @method("conversations.join", "channels:join", "channel")
    def _conv_join(self, args: Json) -> Json:
        c = self.channels.get(args["channel"])
        if c is None or c["kind"] != "channel":
            raise SlackError("channel_not_found" if c is None else "method_not_supported_for_channel_type")
        if self.bot_user_id not in c["members"]:
            c["members"].append(self.bot_user_id)
        return {"channel": self._conversation(c)}

    def _user(self, u: Json) -> Json:
        u = copy.deepcopy(u)
        if "users:read.email" not in self.scopes:
            u["profile"].pop("email", None)
        return u

    @method("users.info", "users:read", "user", tier=4, form_only=True)
    def _user_info(self, args: Json) -> Json:
        if args["user"] not in self.users:
            raise SlackError("user_not_found")
        return {"user": self._user(self.users[args["user"]])}

    @method("users.list", "users:read", tier=2, form_only=True)
    def _user_list(self, args: Json) -> Json:
        rows, meta = self._page(list(self.users.values()), args)
        return {"members": [self._user(u) for u in rows], **meta}

    @method("users.lookupByEmail", "users:read.email", "email", form_only=True)
    def _user_by_email(self, args: Json) -> Json:
        for u in self.users.values():
            if u["profile"]["email"] and u["profile"]["email"].lower() == args["email"].lower():
                return {"user": self._user(u)}
        raise SlackError("users_not_found")

    @method("users.profile.get", "users.profile:read", tier=4, form_only=True)
    def _profile(self, args: Json) -> Json:
        user = self.users.get(args.get("user") or self.bot_user_id)
        if user is None:
            raise SlackError("user_not_found")
        return {"profile": self._user(user)["profile"]}

    # -- methods: views ---------------------------------------------------------------

    def _check_view(self, view: Any) -> Json:
        if not isinstance(view, dict):
            raise SlackError("invalid_arguments", "must be an object [json-pointer:/view]")
        problems = BlockChecker(self.limits, "view")
        kind = view.get("type")
        if kind not in ("modal", "home"):
            problems.fail("/view/type", "must be modal or home")
        if kind == "modal":
            for key in ("title", "submit", "close"):
                if key in view or key == "title":
                    problems._text(view.get(key), 24, f"/view/{key}", plain=True)
            if any(b.get("type") == "input" for b in view.get("blocks") or []) and "submit" not in view:
                problems.fail("/view/submit", "missing required field: submit")
        for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
            if view.get(key) is not None:
                problems._length(view[key], most, f"/view/{key}", least=0)
        problems.check(view.get("blocks"), "/view/blocks")
        if problems.errors:
            raise SlackError("invalid_arguments", *problems.errors)
        return view

    def _make_view(self, view: Json, user: str, previous: Json | None = None) -> Json:
        full = {**copy.deepcopy(view), "id": previous["id"] if previous else self._id("V"), "team_id": self.team_id,
                "app_id": self.app_id, "bot_id": self.bot_id, "hash": f"{time.time():.6f}.{secrets.token_hex(3)}",
                "state": {"values": {}}, "blocks": self._with_block_ids(view["blocks"]),
                "private_metadata": view.get("private_metadata", ""), "callback_id": view.get("callback_id", ""),
                "root_view_id": None, "previous_view_id": None, "_user": user}
        self.views[full["id"]] = full
        self._log("ui", what="view", view_id=full["id"], user=user, title=(view.get("title") or {}).get("text"),
                  callback_id=full["callback_id"])
        return full

    def _use_trigger(self, trigger: str) -> Json:
        found = self._triggers.get(trigger)
        if found is None:
            raise SlackError("invalid_trigger_id")
        if found["used"]:
            raise SlackError("exchanged_trigger_id")
        if self._now() - found["at"] > self.limits.trigger_s:
            raise SlackError("expired_trigger_id")
        found["used"] = True
        return found

    @method("views.open", "", "trigger_id view", tier=4)
    def _views_open(self, args: Json) -> Json:
        view = self._check_view(args["view"])
        trigger = self._use_trigger(args["trigger_id"])
        full = self._make_view(view, trigger["user"])
        full["root_view_id"] = full["id"]
        self.view_stack[trigger["user"]] = [full["id"]]
        return {"view": self.public(full)}

    @method("views.push", "", "trigger_id view", tier=4)
    def _views_push(self, args: Json) -> Json:
        view = self._check_view(args["view"])
        trigger = self._use_trigger(args["trigger_id"])
        stack = self.view_stack.setdefault(trigger["user"], [])
        if not stack:
            raise SlackError("invalid_trigger_id")
        if len(stack) >= 3:
            raise SlackError("push_limit_reached")
        full = self._make_view(view, trigger["user"])
        full.update(root_view_id=stack[0], previous_view_id=stack[-1])
        stack.append(full["id"])
        return {"view": self.public(full)}

    @method("views.update", "", "view", tier=4)
    def _views_update(self, args: Json) -> Json:
        view = self._check_view(args["view"])
        old = self.views.get(args.get("view_id") or "") or next(
            (v for v in self.views.values() if args.get("external_id") and v.get("external_id") == args["external_id"]), None)
        if old is None:
            raise SlackError("not_found")
        if args.get("hash") and args["hash"] != old["hash"]:
            raise SlackError("hash_conflict")
        return {"view": self.public(self._make_view(view, old["_user"], old))}

    @method("views.publish", "", "user_id view", tier=4)
    def _views_publish(self, args: Json) -> Json:
        view = self._check_view(args["view"])
        if view["type"] != "home":
            raise SlackError("invalid_arguments", "must be home [json-pointer:/view/type]")
        if args["user_id"] not in self.users:
            raise SlackError("user_not_found")
        self.homes[args["user_id"]] = self._make_view(view, args["user_id"], self.homes.get(args["user_id"]))
        return {"view": self.public(self.homes[args["user_id"]])}

    # -- methods: files ------------------------------------------------------------------

    def _file(self, name: str, data: bytes, user: str, mimetype: str = "text/plain") -> Json:
        file_id = self._id("F")
        link = f"{self.url}/files-pri/{self.team_id}-{file_id}/{urllib.parse.quote(name)}"
        f = {"id": file_id, "name": name, "title": name, "mimetype": mimetype, "filetype": name.rsplit(".", 1)[-1],
             "size": len(data), "user": user, "created": int(time.time()), "mode": "hosted", "is_external": False,
             "url_private": link, "url_private_download": link, "permalink": f"https://test.slack.com/files/{file_id}",
             "channels": [], "_data": data}
        self.files[file_id] = f
        return f

    @method("files.getUploadURLExternal", "files:write", "filename length", tier=4, form_only=True)
    def _upload_url(self, args: Json) -> Json:
        f = self._file(args["filename"], b"", self.bot_user_id)
        key = secrets.token_urlsafe(12)
        self._uploads[key] = {"file": f["id"], "length": int(args["length"]), "done": False}
        return {"upload_url": f"{self.url}/upload/{key}", "file_id": f["id"]}

    async def _on_upload(self, request: web.Request) -> web.Response:
        upload = self._uploads.get(request.match_info["key"])
        if upload is None or upload["done"]:
            return web.Response(status=404, text="not found")
        if request.content_type == "multipart/form-data":
            part = next(iter((await request.post()).values()))
            data = part.file.read() if hasattr(part, "file") else str(part).encode()
        else:
            data = await request.read()
        if len(data) != upload["length"]:
            self._violate("uploaded size differs from the announced length", got=len(data), said=upload["length"])
        upload["done"] = True
        self.files[upload["file"]].update(_data=data, size=len(data))
        return web.Response(text=f"OK - {len(data)}")

    @method("files.completeUploadExternal", "files:write", "files", tier=4)
    def _complete_upload(self, args: Json) -> Json:
        done = []
        for item in args["files"]:
            f = self.files.get(item.get("id", ""))
            if f is None or not any(u["file"] == f["id"] and u["done"] for u in self._uploads.values()):
                raise SlackError("file_not_found")
            f["title"] = item.get("title") or f["name"]
            done.append(f)
        targets = [c for c in [args.get("channel_id"), *(str(args.get("channels") or "").split(","))] if c]
        for target in targets:
            channel = self._channel(target, post=True)
            self._check_thread(channel, args.get("thread_ts"))
            fields: Json = {"text": args.get("initial_comment") or "", "subtype": "file_share",
                            "files": [self.public(f) for f in done]}
            if args.get("thread_ts"):
                fields["thread_ts"] = args["thread_ts"]
            m = self._store(channel["id"], fields, user=self.bot_user_id, bot=True, how="file")
            for f in done:
                f["channels"].append(channel["id"])
            self._echo_bot_message(channel, m)
        return {"files": [self.public(f) for f in done]}

    @method("files.info", "files:read", "file", tier=4, form_only=True)
    def _file_info(self, args: Json) -> Json:
        f = self.files.get(args["file"])
        if f is None:
            raise SlackError("file_not_found")
        return {"file": self.public(f)}

    @method("files.delete", "files:write", "file")
    def _file_delete(self, args: Json) -> Json:
        f = self.files.get(args["file"])
        if f is None:
            raise SlackError("file_not_found")
        if f["user"] != self.bot_user_id:
            raise SlackError("cant_delete_file")
        del self.files[args["file"]]
        return {}

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        f = self.files.get(request.match_info["file"].split("-")[-1])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        allowed = token == self.bot_token and "files:read" in self.scopes
        self._log("api", method="GET file", args={"file": f and f["id"]}, ok=bool(f and allowed), status=200)
        if f is None:
            raise web.HTTPNotFound()
        if not allowed:  # a browser-style sign-in page, not an error status: a classic trap
            self._violate("file downloaded without a usable token", file=f["id"])
            raise web.HTTPFound("/signin")
        return web.Response(body=f["_data"], content_type=f["mimetype"])

    async def _on_signin(self, request: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><html><title>Sign in</title></html>", content_type="text/html")

    # -- response_url ---------------------------------------------------------------------

    def _new_response_url(self, channel: str, user: str, message: Json | None) -> str:
        key = secrets.token_urlsafe(16)
        self._response_urls[key] = {"channel": channel, "user": user, "ts": message and message["ts"],
                                    "ephemeral": None, "uses": 0, "at": self._now()}
        return f"{self.url}/response/{key}"

    async def _on_response_url(self, request: web.Request) -> web.Response:
        found = self._response_urls.get(request.match_info["key"])
        try:
            body = await request.json()
        except ValueError:
            body = {}
        entry = self._log("api", method="response_url", args=body, ok=False, status=200)
        if found is None or self._now() - found["at"] > self.limits.response_url_s:
            entry.update(status=404, error="expired_url")
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if found["uses"] >= self.limits.response_url_uses:
            entry.update(status=404, error="used_url")
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        found["uses"] += 1
        try:
            self._respond(found, body)
        except SlackError as e:
            entry.update(status=500 if e.body["error"] == "no_text" else 400, error=e.body["error"])
            return web.json_response(e.body, status=entry["status"])
        entry["ok"] = True
        return web.Response(text="ok")

    def _respond(self, found: Json, body: Json) -> None:
        m = self.message(found["channel"], found["ts"]) if found["ts"] else None
        if body.get("delete_original"):
            if m:
                self.messages_by_channel[found["channel"]].remove(m)
                self._log("ui", what="delete", channel=found["channel"], ts=m["ts"])
            return
        stored, _ = self._content(body)
        if body.get("replace_original"):
            if m:
                m.pop("blocks", None)
                m.update(stored)
                self._revise(found["channel"], m, "response_url")
            return
        if body.get("response_type", "ephemeral") == "in_channel":
            if body.get("thread_ts"):
                stored["thread_ts"] = body["thread_ts"]
            posted = self._store(found["channel"], stored, user=self.bot_user_id, bot=True, how="response_url")
            self._echo_bot_message(self.channels[found["channel"]], posted)
        else:
            self._ephemeral(found["channel"], found["user"], stored, body.get("thread_ts"))

    # ----------------------------------------------------------------------
    # Deliveries to the app
    # ----------------------------------------------------------------------

    def _echo_bot_message(self, channel: Json, m: Json) -> None:
        """The app's own messages come back as events, as they do on the platform."""
        self._emit_message(channel, self.public(m))

    def _emit_message(self, channel: Json, event: Json) -> None:
        suffix = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}[channel["kind"]]
        event = {**event, "channel": channel["id"], "channel_type": channel["kind"], "event_ts": event["ts"]}
        self._emit(f"message.{suffix}", event, channel["id"])

    def _emit(self, name: str, event: Json, channel: str | None) -> Json | None:
        """Deliver an event if the app subscribes, has the scope and is a member."""
        scopes = EVENT_SCOPES.get(name, ())
        if name not in self.events or (scopes and not self.scopes & set(scopes)):
            return None
        if channel and self.bot_user_id not in self.channels[channel]["members"]:
            return None
        payload = {"token": self.verification_token, "team_id": self.team_id, "context_team_id": self.team_id,
                   "api_app_id": self.app_id, "event": event, "type": "event_callback",
                   "event_id": f"Ev{secrets.token_hex(5).upper()}", "event_time": int(time.time()),
                   "event_context": secrets.token_urlsafe(16), "is_ext_shared_channel": False,
                   "authorizations": [{"enterprise_id": None, "team_id": self.team_id, "user_id": self.bot_user_id,
                                       "is_bot": True, "is_enterprise_install": False}]}
        copies = 1
        if self._duplicate_next:
            self._duplicate_next -= 1
            copies = 2
        for _ in range(copies):
            self._spawn(self._deliver_event(payload))
        return payload

    async def _deliver_event(self, payload: Json) -> None:
        reason = ""
        for attempt in range(len(self.limits.retry_delays_s) + 1):
            if attempt:
                await asyncio.sleep(self.limits.retry_delays_s[attempt - 1])
            ok, reason = await self._deliver("events_api", payload, attempt, reason)
            if ok or reason == "no_retry":
                return
            self._violate("event not acknowledged in time", event_id=payload["event_id"], attempt=attempt, reason=reason)

    async def _deliver(self, kind: str, payload: Json, attempt: int = 0, reason: str = "") -> tuple[bool, str]:
        if self.mode == "socket":
            return await self._deliver_socket(kind, payload, attempt, reason)
        return await self._deliver_http(kind, payload, attempt, reason)

    # -- Socket Mode -----------------------------------------------------------

    async def _on_socket(self, request: web.Request) -> web.StreamResponse:
        opened = self._tickets.pop(request.query.get("ticket", ""), None)
        if opened is None or self._now() - opened > self.limits.socket_ticket_s:
            self._violate("WebSocket opened with a used or expired ticket")
            return web.Response(status=401)
        if self._refuse_sockets:
            self._refuse_sockets -= 1
            self._log("fault", what="refuse_socket")
            return web.Response(status=503)
        ws = web.WebSocketResponse(heartbeat=None, max_msg_size=16 * 2**20)
        await ws.prepare(request)
        sock = Socket(ws, next(self._socket_number))
        live = [s for s in self._sockets if not s.closing]
        if len(live) >= self.limits.sockets:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "applink-0"}})
            await ws.close()
            return ws
        self._sockets.append(sock)
        self._log("socket", what="open", socket=sock.number, live=len(live) + 1)
        await ws.send_json({"type": "hello", "num_connections": len(live) + 1,
                            "debug_info": {"host": f"applink-{sock.number}", "build_number": 1,
                                           "approximate_connection_time": 18060},
                            "connection_info": {"app_id": self.app_id}})
        pinger = self._spawn(self._ping(ws))
        try:
            async for msg in ws:
                if msg.type is WSMsgType.TEXT:
                    self._on_socket_text(sock, msg.data)
                elif msg.type is WSMsgType.ERROR:
                    break
        finally:
            pinger.cancel()
            self._sockets.remove(sock)
            self._log("socket", what="close", socket=sock.number, code=ws.close_code)
        return ws

    async def _ping(self, ws: web.WebSocketResponse) -> None:
        with contextlib.suppress(Exception):
            while not ws.closed:
                await ws.ping(f"Ping from applink {time.time():.0f}".encode())
                await asyncio.sleep(self.limits.socket_ping_s)

    def _on_socket_text(self, sock: Socket, data: str) -> None:
        try:
            ack = json.loads(data)
        except ValueError:
            self._violate("socket frame is not JSON", data=data[:200])
            return
        envelope_id = ack.get("envelope_id")
        delivery = self._pending.get(envelope_id)
        if delivery is None:
            known = envelope_id in self._known_envelopes
            self._violate("late acknowledgement" if known else "acknowledgement of an unknown envelope",
                          envelope_id=envelope_id)
            return
        if "payload" in ack and ack["payload"] and not delivery.accepts_response:
            self._violate("payload in the acknowledgement of an envelope that accepts none", envelope_id=envelope_id)
        if self._ignore_acks:
            self._ignore_acks -= 1
            self._log("fault", what="ignored_ack", envelope_id=envelope_id)
            return
        if not delivery.done.done():
            delivery.done.set_result(ack.get("payload"))
        self._log("ack", envelope_id=envelope_id, delivery=delivery.kind, payload=ack.get("payload"),
                  ms=round((self._now() - delivery.sent) * 1000, 1), socket=sock.number)

    async def _deliver_socket(self, kind: str, payload: Json, attempt: int, reason: str) -> tuple[bool, str]:
        live = [s for s in self._sockets if not s.closing] or self._sockets
        if not live:
            self._log("event", delivery=kind, lost="no connection", payload=payload, attempt=attempt)
            return False, "no_connection"
        sock = live[next(self._socket_turn) % len(live)]
        accepts = kind != "events_api"
        envelope = {"envelope_id": str(uuid.uuid4()), "type": kind, "accepts_response_payload": accepts, "payload": payload}
        if kind == "events_api":
            envelope.update(retry_attempt=attempt, retry_reason=reason)
        delivery = Delivery(kind, payload, envelope["envelope_id"], self._now(), accepts, asyncio.get_running_loop().create_future())
        self._pending[delivery.envelope_id] = delivery
        self._known_envelopes.add(delivery.envelope_id)
        self._log("event", delivery=kind, envelope_id=delivery.envelope_id, attempt=attempt, socket=sock.number, payload=payload)
        try:
            await sock.ws.send_json(envelope)
            answer = await asyncio.wait_for(delivery.done, self.limits.ack_s)
        except (asyncio.TimeoutError, ConnectionError, RuntimeError):
            return False, "timeout"
        finally:
            self._pending.pop(delivery.envelope_id, None)
        return True, json.dumps(answer) if answer else ""

    # -- HTTP -------------------------------------------------------------------

    def sign(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """Request-signing headers for a raw body (version v0)."""
        timestamp = int(time.time()) if timestamp is None else timestamp
        mac = hmac.new(self.signing_secret.encode(), b"v0:%d:" % timestamp + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={mac}"}

    async def verify_url(self) -> None:
        """The ``url_verification`` handshake; raises ControlError when it fails."""
        challenge = secrets.token_hex(12)
        status, text, _ = await self._post(json.dumps({"token": self.verification_token, "challenge": challenge,
                                                       "type": "url_verification"}).encode(), "application/json", {})
        if status != 200 or challenge not in text:
            raise ControlError(f"url_verification failed: {status} {text[:200]}")

    async def _post(self, body: bytes, content_type: str, extra: dict[str, str]) -> tuple[int, str, Any]:
        assert self.request_url and self._http
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                   **self.sign(body), **extra}
        if self._bad_signature_next:
            self._bad_signature_next -= 1
            headers["X-Slack-Signature"] = "v0=" + "0" * 64
            headers["X-Test-Bad-Signature"] = "1"
        async with self._http.post(self.request_url, data=body, headers=headers, allow_redirects=False,
                                   timeout=aiohttp.ClientTimeout(total=self.limits.ack_s)) as r:
            text = await r.text()
            if "X-Test-Bad-Signature" in headers and r.status < 400:
                self._violate("a request with a wrong signature was accepted", status=r.status)
            return r.status, text, r.headers

    async def _deliver_http(self, kind: str, payload: Json, attempt: int, reason: str) -> tuple[bool, str]:
        extra = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason or "http_timeout"} if attempt else {}
        if kind == "events_api":
            body, content_type = json.dumps(payload).encode(), "application/json"
        elif kind == "slash_commands":
            body, content_type = urllib.parse.urlencode(payload).encode(), "application/x-www-form-urlencoded"
        else:
            body, content_type = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
        self._log("event", delivery=kind, attempt=attempt, reason=reason, payload=payload)
        sent = self._now()
        try:
            status, text, headers = await self._post(body, content_type, extra)
        except asyncio.TimeoutError:
            return False, "http_timeout"
        except aiohttp.ClientError:
            return False, "connection_failed"
        self._log("ack", delivery=kind, status=status, payload=text[:2000], ms=round((self._now() - sent) * 1000, 1))
        if 200 <= status < 300:
            return True, text
        if headers.get("X-Slack-No-Retry") == "1":
            return False, "no_retry"
        return False, "too_many_redirects" if 300 <= status < 400 else "http_error"

    # ----------------------------------------------------------------------
    # What a person can do (control API)
    # ----------------------------------------------------------------------

    def _person(self, channel: str, user: str) -> Json:
        if channel not in self.channels:
            raise ControlError(f"no such channel: {channel}")
        if user not in self.users:
            raise ControlError(f"no such user: {user}")
        if user not in self.channels[channel]["members"]:
            raise ControlError(f"{user} is not in {channel}")
        return self.channels[channel]

    async def user_message(self, channel: str, user: str, text: str, *, thread_ts: str | None = None,
                           files: list[Json] | None = None, raw: bool = True) -> Json:
        """A person posts.  ``raw=False`` escapes the text as the client would.

        Sends ``message.*`` and, when the bot is mentioned outside a DM,
        ``app_mention`` too: two envelopes for one message.
        """
        c = self._person(channel, user)
        text = text if raw else escape(text)
        fields: Json = {"text": text, "client_msg_id": str(uuid.uuid4()),
                        "blocks": [{"type": "rich_text", "block_id": secrets.token_hex(2), "elements": [
                            {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]}]}
        if thread_ts:
            fields["thread_ts"] = thread_ts
        if files:
            fields.update(subtype="file_share", files=[self.public(f) for f in files])
        m = self._store(channel, fields, user=user, bot=False, how="user")
        self._emit_message(c, self.public(m))
        if f"<@{self.bot_user_id}>" in text and c["kind"] != "im":
            mention = {k: v for k, v in self.public(m).items() if k != "subtype"}
            self._emit("app_mention", {**mention, "type": "app_mention", "channel": channel, "event_ts": m["ts"]}, channel)
        return {"ts": m["ts"], "channel": channel}

    async def user_dm(self, user: str, text: str, **kw: Any) -> Json:
        """A person writes to the bot directly."""
        return await self.user_message(self._dm(user)["id"], user, text, **kw)

    async def user_edit(self, channel: str, ts: str, text: str) -> Json:
        """A person edits their message (``message_changed``)."""
        m = self.message(channel, ts)
        if m is None or m.get("bot_id"):
            raise ControlError("no such user message")
        before = self.public(m)
        m.update(text=text, edited={"user": m["user"], "ts": self._ts()})
        self._revise(channel, m, "user_edit")
        self._emit_message(self.channels[channel], {"type": "message", "subtype": "message_changed", "hidden": True,
                           "message": self.public(m), "previous_message": before, "ts": self._ts()})
        return {"ts": ts}

    async def user_delete(self, channel: str, ts: str) -> Json:
        """A person deletes their message (``message_deleted``)."""
        m = self.message(channel, ts)
        if m is None:
            raise ControlError("no such message")
        self.messages_by_channel[channel].remove(m)
        self._emit_message(self.channels[channel], {"type": "message", "subtype": "message_deleted", "hidden": True,
                           "deleted_ts": ts, "previous_message": self.public(m), "ts": self._ts()})
        return {"ts": ts}

    async def upload_file(self, channel: str, user: str, name: str, content: str | bytes, *, text: str = "",
                          mimetype: str = "text/plain", thread_ts: str | None = None) -> Json:
        """A person shares a file (``file_share`` message and ``file_shared``)."""
        data = content.encode() if isinstance(content, str) else content
        f = self._file(name, data, user, mimetype)
        sent = await self.user_message(channel, user, text, thread_ts=thread_ts, files=[f])
        self._emit("file_shared", {"type": "file_shared", "file_id": f["id"], "user_id": user, "file": {"id": f["id"]},
                                   "channel_id": channel, "event_ts": self._ts()}, channel)
        return {**sent, "file": f["id"]}

    async def user_react(self, channel: str, ts: str, user: str, name: str) -> Json:
        """A person adds a reaction."""
        m = self.message(channel, ts)
        if m is None:
            raise ControlError("no such message")
        return self._set_reaction(channel, m, name, user)

    async def user_unreact(self, channel: str, ts: str, user: str, name: str) -> Json:
        """A person takes a reaction back (docs.slack.dev, "reaction_removed")."""
        m = self.message(channel, ts)
        entry = next((r for r in (m or {}).get("reactions", []) if r["name"] == name and user in r["users"]), None)
        if m is None or entry is None:
            raise ControlError("no such reaction")
        entry["users"].remove(user)
        entry["count"] -= 1
        self._log("ui", what="unreaction", channel=channel, ts=ts, name=name, user=user)
        self._emit("reaction_removed", {"type": "reaction_removed", "user": user, "reaction": name, "item_user": m["user"],
                                        "item": {"type": "message", "channel": channel, "ts": ts},
                                        "event_ts": self._ts()}, channel)
        return {}

    async def click_home(self, user: str, action_id: str) -> Json:
        """A person uses an element of the Home tab (docs.slack.dev, "block_actions payload": the container is a view)."""
        view = self.homes.get(user)
        found = _find_element((view or {}).get("blocks", []), action_id, None)
        if view is None or found is None:
            raise ControlError(f"the Home tab shows no element {action_id!r}")
        payload = self._interaction("block_actions", user, container={"type": "view", "view_id": view["id"]},
                                    view=self.public(view), actions=[self._action(*found, None)])
        ok, answer = await self._interact("interactive", payload, "the button shows a warning sign")
        return {"ok": ok, "answer": answer}

    async def invite_bot(self, channel: str, by: str) -> Json:
        """A person invites the app into a channel."""
        if self.bot_user_id not in self.channels[channel]["members"]:
            self.channels[channel]["members"].append(self.bot_user_id)
        self._emit("member_joined_channel", {"type": "member_joined_channel", "user": self.bot_user_id, "channel": channel,
                                             "channel_type": "C", "team": self.team_id, "inviter": by,
                                             "event_ts": self._ts()}, channel)
        return {}

    async def open_home(self, user: str, tab: str = "home") -> Json:
        """A person opens the App Home, on a tab of it (docs.slack.dev, "app_home_opened")."""
        self._emit("app_home_opened", {"type": "app_home_opened", "user": user, "channel": self._dm(user)["id"],
                                       "tab": tab, "event_ts": self._ts()}, None)
        return {}

    async def start_assistant_thread(self, user: str) -> Json:
        """A person opens the assistant container: a thread root in their DM."""
        c = self._dm(user)
        root = self._store(c["id"], {"text": "New chat", "subtype": "assistant_app_thread"},
                           user=self.bot_user_id, bot=True, how="assistant_root")
        self._emit("assistant_thread_started", {"type": "assistant_thread_started", "event_ts": self._ts(),
                   "assistant_thread": {"user_id": user, "channel_id": c["id"], "thread_ts": root["ts"],
                                        "context": {"channel_id": "C0GENERAL", "team_id": self.team_id, "enterprise_id": None}}}, None)
        return {"channel": c["id"], "thread_ts": root["ts"]}

    def _trigger(self, user: str) -> str:
        key = f"{next(self._ids)}.{int(time.time() * 1000)}.{secrets.token_hex(8)}"
        self._triggers[key] = {"user": user, "at": self._now(), "used": False}
        return key

    async def slash_command(self, channel: str, user: str, command: str, text: str = "") -> Json:
        """A person runs a slash command; returns ``{"ok", "answer"}`` as acknowledged."""
        c = self._person(channel, user)
        if command not in self.commands:
            self.user_errors.append({"command": command, "error": "not a valid command"})
            raise ControlError(f"{command} is not registered for the app")
        payload = {"token": self.verification_token, "team_id": self.team_id, "team_domain": "test", "channel_id": channel,
                   "channel_name": c["name"] or "directmessage", "user_id": user, "user_name": self.users[user]["name"],
                   "command": command, "text": text, "api_app_id": self.app_id, "is_enterprise_install": "false",
                   "response_url": self._new_response_url(channel, user, None), "trigger_id": self._trigger(user)}
        ok, answer = await self._interact("slash_commands", payload, f"{command} failed with the error \"operation_timeout\"")
        if ok and answer:
            body = answer if isinstance(answer, dict) else {"text": answer}
            self._respond({"channel": channel, "user": user, "ts": None}, body)
        return {"ok": ok, "answer": answer}

    async def _interact(self, kind: str, payload: Json, failure: str) -> tuple[bool, Any]:
        ok, answer = await self._deliver(kind, payload)
        if not ok:
            self.user_errors.append({"t": round(self._now(), 4), "delivery": kind, "shown": failure, "reason": answer})
            self._violate(f"user sees: {failure}", delivery=kind, reason=answer)
            return False, None
        if not answer:
            return True, None
        try:
            return True, json.loads(answer)
        except ValueError:
            return True, answer

    def _interaction(self, kind: str, user: str, **extra: Any) -> Json:
        return {"type": kind, "team": {"id": self.team_id, "domain": "test"}, "api_app_id": self.app_id,
                "user": {"id": user, "username": self.users[user]["name"], "name": self.users[user]["name"],
                         "team_id": self.team_id},
                "token": self.verification_token, "trigger_id": self._trigger(user), "enterprise": None,
                "is_enterprise_install": False, **extra}

    async def click(self, channel: str, ts: str, user: str, action_id: str, *, block_id: str | None = None,
                    value: Any = None) -> Json:
        """A person uses an interactive element that the message really shows."""
        self._person(channel, user)
        m = self.message(channel, ts) or next((e for e in self.ephemerals if e["ts"] == ts), None)
        if m is None:
            raise ControlError("no such message")
        found = _find_element(m.get("blocks", []), action_id, block_id)
        if found is None:
            raise ControlError(f"the message shows no element {action_id!r}")
        block, element = found
        shown = self.public(m)
        payload = self._interaction(
            "block_actions", user, channel={"id": channel, "name": self.channels[channel]["name"] or "directmessage"},
            container={"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": bool(m.get("is_ephemeral")),
                       **({"thread_ts": m["thread_ts"]} if m.get("thread_ts") else {})},
            message=shown, state={"values": {}}, actions=[self._action(block, element, value)],
            response_url=self._new_response_url(channel, user, m))
        ok, answer = await self._interact("interactive", payload, "the button shows a warning sign")
        return {"ok": ok, "answer": answer}

    def _action(self, block: Json, element: Json, value: Any) -> Json:
        action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"],
                        "action_ts": self._ts()}
        kind = element["type"]
        if kind in ("button", "workflow_button"):
            action["text"] = element["text"]
            if "value" in element:
                action["value"] = element["value"]
        elif kind in ("static_select", "radio_buttons", "overflow"):
            option = next((o for o in element.get("options", []) if o["value"] == value), None)
            if option is None:
                raise ControlError(f"no option {value!r}")
            action["selected_option"] = option
        elif kind == "feedback_buttons":
            action["value"] = value
        else:
            key = {"users_select": "selected_user", "channels_select": "selected_channel", "datepicker": "selected_date",
                   "timepicker": "selected_time", "conversations_select": "selected_conversation"}.get(kind, "value")
            action[key] = value
        return action

    async def shortcut(self, user: str, callback_id: str, *, channel: str | None = None, ts: str | None = None) -> Json:
        """A global shortcut, or a message shortcut when ``ts`` is given."""
        if ts:
            assert channel
            m = self.message(channel, ts)
            payload = self._interaction("message_action", user, callback_id=callback_id, message_ts=ts,
                                        channel={"id": channel, "name": self.channels[channel]["name"]},
                                        message=self.public(m or {}), action_ts=self._ts(),
                                        response_url=self._new_response_url(channel, user, None))
        else:
            payload = self._interaction("shortcut", user, callback_id=callback_id, action_ts=self._ts())
        ok, answer = await self._interact("interactive", payload, "the shortcut failed")
        return {"ok": ok, "answer": answer}

    def open_view(self, user: str) -> Json | None:
        """The modal the person sees now."""
        stack = self.view_stack.get(user) or []
        return self.views[stack[-1]] if stack else None

    async def submit_view(self, user: str, values: dict[str, Any]) -> Json:
        """A person fills the open modal (``{action_id: value}``) and submits."""
        view = self.open_view(user)
        if view is None:
            raise ControlError("no modal is open")
        state: Json = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            element.setdefault("action_id", secrets.token_hex(2))
            given = values.get(element["action_id"])
            if given is None and not block.get("optional"):
                raise ControlError(f"required input {element['action_id']!r} is empty")
            entry: Json = {"type": element["type"]}
            if element["type"] in ("static_select", "radio_buttons"):
                entry["selected_option"] = next((o for o in element["options"] if o["value"] == given), None)
            elif element["type"] == "checkboxes":
                entry["selected_options"] = [o for o in element["options"] if o["value"] in (given or [])]
            else:
                entry["value"] = given
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry
        view["state"] = {"values": state}
        payload = self._interaction("view_submission", user, view=self.public(view), response_urls=[])
        ok, answer = await self._interact("interactive", payload, "We had some trouble connecting. Try again?")
        if ok:
            self._after_submit(user, view, answer)
        return {"ok": ok, "answer": answer}

    def _after_submit(self, user: str, view: Json, answer: Any) -> None:
        stack = self.view_stack[user]
        action = answer.get("response_action") if isinstance(answer, dict) else None
        if action == "errors":
            known = {b.get("block_id") for b in view["blocks"] if b["type"] == "input"}
            unknown = set(answer.get("errors", {})) - known
            if unknown:
                self._violate("view errors name unknown input blocks", blocks=sorted(unknown))
            self._log("ui", what="view_errors", view_id=view["id"], errors=answer.get("errors"))
        elif action in ("update", "push"):
            try:
                fresh = self._check_view(answer.get("view"))
            except SlackError as e:
                self._violate("response_action carries an invalid view", detail=e.body)
                return
            made = self._make_view(fresh, user, view if action == "update" else None)
            if action == "push":
                stack.append(made["id"])
        elif action == "clear":
            stack.clear()
        elif action is None:
            stack.pop()
        else:
            self._violate("unknown response_action", action=action)

    async def close_view(self, user: str) -> Json:
        """A person dismisses the modal (``view_closed`` when asked for)."""
        view = self.open_view(user)
        if view is None:
            raise ControlError("no modal is open")
        self.view_stack[user].pop()
        if view.get("notify_on_close"):
            await self._interact("interactive", self._interaction("view_closed", user, view=self.public(view), is_cleared=False),
                                 "view_closed was not acknowledged")
        return {}

    # -- faults ---------------------------------------------------------------------------

    def fail(self, pattern: str, *, times: int = 1, status: int = 200, error: str | None = None,
             retry_after: float | None = None, delay: float = 0.0, drop: bool = False, after: bool = False) -> Json:
        """Script failures of Web API methods matching a glob.

        ``fail("chat.*", status=429, retry_after=1)``; ``status=500`` answers
        HTML; ``error="fatal_error"`` answers ok=false; ``drop`` closes the
        connection; ``delay`` alone slows the call; ``after`` performs the call
        and then loses the answer (the case that makes retries post twice).
        """
        self._faults.append(Fault(pattern, times, status, error, retry_after, delay, drop, after))
        return {}

    async def disconnect(self, *, reason: str = "refresh_requested", grace: float = 0.5, abrupt: bool = False) -> Json:
        """End every socket: politely (``disconnect`` frame) or by cutting it."""
        for sock in list(self._sockets):
            self._log("fault", what="disconnect", socket=sock.number, reason=reason, abrupt=abrupt)
            sock.closing = True
            if abrupt:
                transport = sock.ws._req.transport if sock.ws._req else None  # noqa: SLF001
                if transport:
                    transport.abort()
                continue
            with contextlib.suppress(Exception):
                await sock.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": f"applink-{sock.number}"}})
            if reason != "warning":
                self._spawn(self._close_later(sock, grace))
            else:
                sock.closing = False
        return {}

    async def _close_later(self, sock: Socket, grace: float) -> None:
        await asyncio.sleep(grace)
        with contextlib.suppress(Exception):
            await sock.ws.close()

    def duplicate_next(self, count: int = 1) -> Json:
        """Deliver the next events twice, with the same ``event_id``."""
        self._duplicate_next = count
        return {}

    def ignore_acks(self, count: int = 1) -> Json:
        """Lose the next acknowledgements, so that the platform retries."""
        self._ignore_acks = count
        return {}

    def refuse_sockets(self, count: int = 1) -> Json:
        """Refuse the next WebSocket upgrades with 503."""
        self._refuse_sockets = count
        return {}

    def bad_signature_next(self, count: int = 1) -> Json:
        """Send the next HTTP deliveries with a wrong signature."""
        self._bad_signature_next = count
        return {}

    def set_scopes(self, scopes: list[str]) -> Json:
        """Reinstall the app with other scopes."""
        self.scopes = set(scopes)
        return {}

    # -- control over HTTP -------------------------------------------------------------------

    CONTROL = ("user_message", "user_dm", "user_edit", "user_delete", "upload_file", "user_react", "invite_bot",
               "open_home", "start_assistant_thread", "slash_command", "click", "shortcut", "submit_view", "close_view",
               "fail", "disconnect", "duplicate_next", "ignore_acks", "refuse_sockets", "bad_signature_next", "set_scopes",
               "verify_url", "add_user", "add_channel")

    async def _on_control(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        if request.method == "GET":
            since = int(request.query.get("since", 0))
            views = {"transcript": lambda: self.transcript[since:], "violations": lambda: self.violations,
                     "messages": lambda: [self.public(m) for m in self.messages(request.query.get("channel"))],
                     "ephemerals": lambda: self.ephemerals, "user_errors": lambda: self.user_errors,
                     "world": lambda: {"bot_token": self.bot_token, "app_token": self.app_token, "api_url": self.api_url,
                                       "signing_secret": self.signing_secret, "channels": self.channels,
                                       "users": list(self.users), "sockets": len(self._sockets)}}
            if verb not in views:
                return web.json_response({"error": "unknown view"}, status=404)
            return web.json_response(views[verb](), dumps=lambda o: json.dumps(o, default=str))
        if verb not in self.CONTROL:
            return web.json_response({"error": "unknown verb"}, status=404)
        try:
            result = getattr(self, verb)(**(await request.json() if request.can_read_body else {}))
            if inspect.isawaitable(result):
                result = await result
        except (ControlError, SlackError, TypeError) as e:
            return web.json_response({"error": str(e)}, status=409)
        return web.json_response(result or {}, dumps=lambda o: json.dumps(o, default=str))


def main() -> None:
    """Run stand-alone until interrupted."""
    p = argparse.ArgumentParser(description="Strict in-memory Slack workspace")
    p.add_argument("--port", type=int, default=8910)
    p.add_argument("--mode", choices=("socket", "http"), default="socket")
    p.add_argument("--request-url", help="the app's URL for events, commands and interactivity (http mode)")
    p.add_argument("--command", action="append", default=[], help="slash command the app registers; repeatable")
    for name in ("bot-token", "app-token", "signing-secret"):
        p.add_argument(f"--{name}", help="fixed value instead of a random one")
    p.add_argument("--retry-delays", default="0,60,300", help="seconds before each retry of an event")
    a = p.parse_args()

    async def run() -> None:
        limits = Limits(retry_delays_s=tuple(float(x) for x in a.retry_delays.split(",")))
        slack = FakeSlack(mode=a.mode, request_url=a.request_url, port=a.port, limits=limits, bot_token=a.bot_token,
                          app_token=a.app_token, signing_secret=a.signing_secret, commands=set(a.command) or {"/help"})
        async with slack:
            print(json.dumps({"api_url": slack.api_url, "bot_token": slack.bot_token, "app_token": slack.app_token,
                              "signing_secret": slack.signing_secret, "control": f"{slack.url}/_control/"}), flush=True)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


if __name__ == "__main__":
    main()
