"""Calls Slack's Web API: the one place that knows its rate limits, its lost connections and its error words."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import structlog
import yarl

from engine.errors import Refused, Unavailable

Json = dict[str, Any]
log = structlog.get_logger()

#: Seconds for one request, and how long a call is tried again in all.
_REQUEST_S = 15.0
PATIENCE_S = 600.0
#: Slack's own trouble: what was asked may or may not have been done (docs.slack.dev, "errors" of each method).
_TROUBLE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
#: Where Slack keeps files, for all and for government workspaces.
_FILES = ("https://files.slack.com", "https://files.slack-gov.com")
#: Bodies of these may be JSON; whatever reads takes forms only.
_IN_JSON = frozenset(
    {"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"}
    | {"chat.startStream", "chat.appendStream", "chat.stopStream"}
    | {"assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts"}
)
#: Asked with an organisation's token, these must say of which workspace; other tokens may (docs.slack.dev, "Changes to
#: APIs for organization-wide apps").
_OF_A_TEAM = frozenset({"users.list", "users.conversations", "conversations.list", "bots.info"})
_WORDS = {
    "channel_not_found": "Slack knows no such room, or the bot is not in it: invite it there with /invite",
    "not_in_channel": "the bot is not in this room: invite it there with /invite",
    "is_archived": "the room is archived",
    "invalid_auth": "Slack does not know this token: copy it again from api.slack.com/apps",
    "not_authed": "no token was sent to Slack: set it in the settings",
    "token_revoked": "the token was revoked: install the app again and copy the new one from api.slack.com/apps",
    "token_expired": "the token has expired: install the app again and copy the new one from api.slack.com/apps",
    "account_inactive": "the token belongs to a removed app or workspace: install the app again",
    "not_allowed_token_type": "this is a token of the wrong kind: bot_token begins with xoxb-, app_token with xapp-",
    "restricted_action": "the workspace's settings do not let the bot write here",
    "restricted_action_thread_only_channel": "the workspace's settings only let people answer in threads here",
    "msg_too_long": "Slack finds the message too long",
    "user_not_in_channel": "the person has left the room",
}


class Lost(Unavailable):
    """The connection broke or Slack failed: nobody knows whether it did what was asked."""


class SlackRefused(Refused):
    """Slack said no, for good; ``error`` is its word for it."""

    def __init__(self, method: str, error: str, needed: str = "") -> None:
        said = _WORDS.get(error, f"Slack answered {error}")
        if error == "missing_scope":
            said = f"the app lacks the scope {needed}: add it under OAuth & Permissions and install the app again"
        super().__init__(f"{said} ({method})")
        self.error = error


@dataclass(frozen=True, slots=True)
class _Said:
    """One answer of Slack's.  ``status`` 0: the connection broke; ``wait_s`` what a 429 asks for."""

    status: int
    data: Json = field(default_factory=dict)
    wait_s: float = 0.0
    scopes: str = ""


class Api:
    """One workspace's Web API, with one pool of connections that is opened on first use."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/") + "/"
        self._token = token
        self.team = ""  # the workspace that an organisation's token is used for
        self._session: aiohttp.ClientSession | None = None
        self._held: dict[str, float] = {}  # method: not before this loop time
        self.scopes: frozenset[str] = frozenset()  # as the last answer named them

    @property
    def file_hosts(self) -> frozenset[str]:
        """The origins that files are kept at, and that may see the token: the API's own, and Slack's file servers."""
        return frozenset((str(yarl.URL(self._url).origin()), *_FILES))

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who we are."""
        return {"Authorization": f"Bearer {self._token}"}

    @property
    def session(self) -> aiohttp.ClientSession:
        """Connections, made on first use."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=_REQUEST_S)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        return self._session

    def act_for(self, team: str, token: str) -> None:
        """Use this token from now on, for this workspace."""
        self.team, self._token = team, token

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        *,
        repeat: bool = True,
        patience_s: float = PATIENCE_S,
        token: str = "",
        check: Callable[[], None] | None = None,
        **args: Any,
    ) -> Json:
        """What the method answers.

        Waits out rate limits as Slack asks, for at most ``patience_s`` seconds in all, then raises ``Unavailable``.
        Lost connections and failures of Slack's are tried again too, unless ``repeat`` is off (posting twice is not
        the same as posting once): then ``Lost``.  ``SlackRefused`` when Slack says no.  ``check`` may object right
        before each request (``Post.check``).
        """
        loop = asyncio.get_running_loop()
        deadline, failures = loop.time() + patience_s, 0
        while True:
            held = self._held.get(method, 0.0) - loop.time()
            if held <= 0:
                if check:
                    check()
                said = await self._once(method, args, token or self._token)
                if said.status == 200 and said.data.get("ok"):
                    return said.data
                if said.status == 429:
                    held = said.wait_s * (1 + random.random() / 2)  # noqa: S311 - spreads those who wait
                    if method != "chat.postMessage":  # whose limit is the room's
                        self._held[method] = loop.time() + held
                elif said.status == 200 and said.data.get("error") not in _TROUBLE:
                    raise SlackRefused(method, str(said.data.get("error")), str(said.data.get("needed", "")))
                else:
                    if not repeat:
                        raise Lost(f"Slack did not confirm {method} (status {said.status})")
                    failures += 1
                    held = min(30.0, 0.5 * 2**failures) * (0.5 + random.random())  # noqa: S311 - as above
                log.info("slack waits", method=method, status=said.status, seconds=round(held, 1))
            if loop.time() + held > deadline:
                raise Unavailable(f"Slack does not take {method} now; it is tried again later", retry_after_s=held)
            await asyncio.sleep(held)

    async def rows(self, method: str, name: str, *, patience_s: float = PATIENCE_S, **args: Any) -> list[Any]:
        """All rows of a paged list that the answers hold under ``name``."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = await self.call(method, patience_s=patience_s, limit=999, **args, cursor=cursor or None)
            found += page.get(name) or []
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    async def respond(self, url: str, body: Json) -> None:
        """Answer through a ``response_url``; raises ``Lost`` when that does not work."""
        try:
            async with self.session.post(url, json=body) as r:
                if r.status >= 400:
                    raise Lost(f"Slack did not take the answer to a command (status {r.status})")
        except (aiohttp.ClientError, TimeoutError) as e:
            raise Lost(f"Slack did not take the answer to a command ({type(e).__name__})") from None

    async def _once(self, method: str, args: Json, token: str) -> _Said:
        given = {k: v for k, v in args.items() if v is not None}
        if self.team and method in _OF_A_TEAM:
            given["team_id"] = self.team
        headers = {"Authorization": f"Bearer {token}"}
        body: Json
        if method in _IN_JSON:
            headers["Content-Type"] = "application/json; charset=utf-8"
            body = {"data": orjson.dumps(given)}
        else:
            body = {"data": {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in given.items()}}
        try:
            async with self.session.post(self._url + method, headers=headers, **body) as r:
                if r.status == 429:
                    return _Said(429, wait_s=_seconds(r.headers.get("Retry-After")))
                self.scopes = frozenset(r.headers.get("x-oauth-scopes", "").split(",")) - {""} or self.scopes
                data = orjson.loads(await r.read()) if r.status == 200 else {}
                return _Said(r.status if isinstance(data, dict) else 0, data)
        except (aiohttp.ClientError, TimeoutError, OSError, orjson.JSONDecodeError):
            return _Said(0)


def _seconds(retry_after: str | None) -> float:
    """Slack sends whole seconds; without a number, one second."""
    try:
        return min(max(float(retry_after or 1), 0.1), PATIENCE_S)
    except ValueError:
        return 1.0
