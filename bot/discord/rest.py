"""The calls to Discord's REST API; every body that shows something is built here, without mentions and embeds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, Final

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bot.pacing import Rooms
from engine.errors import Refused, Unavailable

Json = dict[str, Any]

UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_MESSAGE: Final = 10008
THREAD_EXISTS: Final = 160004
TOO_LARGE, NO_PERMISSION = 40005, 50013
_REPLY_NEEDS_HISTORY: Final = (160002, 50013)
_SUPPRESS_EMBEDS: Final = 1 << 2
_EPHEMERAL: Final = 1 << 6
_TIMEOUT_S: Final = 15.0
_BUTTON: Final = 2  # as a type of component
_ROW, _ROWS = 5, 5  # buttons in a row, rows below a message
#: About so many posts, and so many edits, go into a channel in five seconds.  The library learns a limit by running
#: into it, and lets all who waited go at once, of whom most run into it again.
_BUCKET, _BUCKET_S = 5, 5.2
#: How an interaction is answered at once: what can be chosen, and a form.
CHOICES: Final = 8
MODAL: Final = 9
#: What Discord's error codes mean, in words that say what to do.
_WORDS: Final = {
    10003: "The channel or thread is gone.",
    10004: "The server is gone, or the bot is no longer in it.",
    10008: "The message is gone.",
    40005: "The file is too large for Discord.",
    50001: "The bot cannot see this channel: give its role “View Channel” there.",
    50007: "This person does not accept direct messages from the bot.",
    50013: "The bot may not do this here: give its role “Send Messages”, “Send Messages in Threads”, "
    "“Create Public Threads” and “Read Message History” in this channel.",
    50083: "The thread is closed.",
}


class Rejected(Refused):
    """Discord refuses this for good; ``code`` is Discord's error code."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(_WORDS.get(code) or f"Discord refused this (status {status}, code {code}): {text[:200]}")
        self.status = status
        self.code = code


@contextlib.contextmanager
def in_our_words() -> Iterator[None]:
    """Turn the library's errors into ours: refused for good, or to be tried again."""
    try:
        yield
    except discord.HTTPException as e:
        if e.status in (401, 429) or e.status >= 500:
            raise Unavailable(f"Discord does not take this now (status {e.status})") from e
        raise Rejected(e.status, e.code, e.text) from e
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as e:  # ValueError: no JSON
        raise Unavailable(f"Discord cannot be reached ({type(e).__name__})") from e


def _nothing() -> None:
    """Nothing stands against it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    data: bytes


def body(content: str, *, buttons: Sequence[Json] | None = None, ephemeral: bool = False) -> Json:
    """A message as Discord takes it: nobody is mentioned, no link unfolds; ``buttons`` None leaves them as they are."""
    made: Json = {
        "content": content,
        "allowed_mentions": {"parse": [], "replied_user": False},
        "flags": _SUPPRESS_EMBEDS | (_EPHEMERAL if ephemeral else 0),
    }
    if buttons is not None:
        made["components"] = [{"type": 1, "components": row} for row in _rows(buttons)]
    return made


def _rows(controls: Sequence[Json]) -> list[list[Json]]:
    """Five buttons stand in a row, a menu stands in one of its own; Discord takes five rows."""
    rows: list[list[Json]] = []
    for control in controls:
        beside = rows and control["type"] == rows[-1][0]["type"] == _BUTTON and len(rows[-1]) < _ROW
        if beside:
            rows[-1].append(control)
        else:
            rows.append([control])
    return rows[:_ROWS]


class Rest:
    """Discord's REST API, with rate limits and retries as discord.py does them.

    ``http`` waits until the bot is logged in.  Every method raises ``Rejected`` or ``Unavailable``.
    """

    def __init__(self, http: Callable[[], Awaitable[HTTPClient]]) -> None:
        self._http = http
        self._session: aiohttp.ClientSession | None = None
        self._posts: Rooms[int] = Rooms(_BUCKET, _BUCKET_S)
        self._edits: Rooms[int] = Rooms(_BUCKET, _BUCKET_S)
        self._threads_again: dict[int, float] = {}  # by channel that has used its threads up: monotonic seconds

    async def _call(
        self,
        verb: str,
        path: str,
        *,
        json: Any = None,
        query: str = "",
        file: Attachment | None = None,
        **ids: int | str,
    ) -> Any:
        with in_our_words():
            http = await self._http()
            given: dict[str, Any] = {} if json is None else {"json": json}
            if file:
                described = {**(json or {}), "attachments": [{"id": 0, "filename": file.name}]}
                part = {"name": "files[0]", "value": file.data, "filename": file.name, "content_type": "text/plain"}
                given = {"form": [{"name": "payload_json", "value": dumps(described)}, part]}
            return await http.request(Route(verb, path + query, metadata=None, **ids), **given)

    async def send(
        self,
        channel: int,
        content: str,
        *,
        nonce: str = "",
        reply_to: int = 0,
        buttons: Sequence[Json] = (),
        file: Attachment | None = None,
        check: Callable[[], None] = _nothing,
    ) -> Json:
        """Post when it is this post's turn in the channel, as a reply to a message there where ``reply_to`` is given.

        ``check`` is called right before; what it raises, stops it.  A message with the same ``nonce`` that was posted
        within the last minutes is returned instead of a second one.
        """
        made = body(content, buttons=buttons)
        if nonce:
            made |= {"nonce": nonce, "enforce_nonce": True}
        if not reply_to:
            return await self._send(channel, made, file, check)
        try:
            reference = {"message_id": str(reply_to), "fail_if_not_exists": False}
            return await self._send(channel, made | {"message_reference": reference}, file, check)
        except Rejected as e:
            if e.code not in _REPLY_NEEDS_HISTORY:
                raise
            return await self._send(channel, made, file, check)

    async def _send(self, channel: int, made: Json, file: Attachment | None, check: Callable[[], None]) -> Json:
        path = "/channels/{channel_id}/messages"
        async with self._posts.turn(channel):
            check()
            sent: Json = await self._call("POST", path, json=made, file=file, channel_id=channel)
        return sent

    async def edit(
        self,
        channel: int,
        message: int,
        content: str,
        *,
        buttons: Sequence[Json] = (),
        file: Attachment | None = None,
        bare: bool = False,
    ) -> None:
        """Replace what one of our messages says, and its buttons.

        A ``file`` takes the place of those that hang there; without one they stay, unless it is to be ``bare``.
        """
        made = body(content, buttons=buttons)
        async with self._edits.turn(channel):
            await self._call(
                "PATCH",
                "/channels/{channel_id}/messages/{message_id}",
                json=made | {"attachments": []} if bare else made,
                file=file,
                channel_id=channel,
                message_id=message,
            )

    async def delete(self, channel: int, message: int) -> None:
        """Take back one of our messages; that it is gone already is fine."""
        try:
            await self._call(
                "DELETE", "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=message
            )
        except Rejected as e:
            if e.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                raise

    async def after(self, channel: int, message: int) -> list[Json]:
        """Up to 100 messages that follow this one, oldest first."""
        found: list[Json] = await self._call(
            "GET", "/channels/{channel_id}/messages", query=f"?after={message}&limit=100", channel_id=channel
        )
        return sorted(found, key=lambda m: int(m["id"]))

    async def message(self, channel: int, message: int) -> Json:
        """One message."""
        path = "/channels/{channel_id}/messages/{message_id}"
        found: Json = await self._call("GET", path, channel_id=channel, message_id=message)
        return found

    async def before(self, channel: int, message: int, limit: int) -> list[Json]:
        """So many messages that stand before this one, oldest first."""
        found: list[Json] = await self._call(
            "GET", "/channels/{channel_id}/messages", query=f"?before={message}&limit={limit}", channel_id=channel
        )
        return sorted(found, key=lambda m: int(m["id"]))

    async def thread(self, channel: int, message: int, name: str) -> None:
        """Start a public thread on a message: it gets the message's id.

        Discord allows few in some minutes.  Where they are used up, the library's own request would return only after
        all of those minutes, the last thread being there already.  So this one is made without it, and a limit is
        said at once, as ``Unavailable`` with the time to wait.
        """
        left = self._threads_again.get(channel, 0.0) - time.monotonic()
        if left > 0:
            raise Unavailable("Discord wants no more threads in this channel for now", retry_after_s=left)
        self._threads_again.pop(channel, None)
        with in_our_words():
            http = await self._http()
            session = self.session
            route = Route("POST", f"/channels/{channel}/messages/{message}/threads")
            headers = {"Authorization": f"Bot {http.token}", "User-Agent": http.user_agent}
            async with session.post(route.url, json={"name": name}, headers=headers) as response:
                if response.status < 300:
                    return
                said = await response.json(content_type=None) if response.status < 500 else {}
        if response.status == 429:
            wait = float(said.get("retry_after", 1.0))
            self._threads_again[channel] = time.monotonic() + wait
            raise Unavailable("Discord wants no more threads in this channel for now", retry_after_s=wait)
        if response.status == 401 or response.status >= 500:
            raise Unavailable(f"Discord does not take this now (status {response.status})")
        raise Rejected(response.status, said.get("code", 0), said.get("message", ""))

    async def tag(self, thread: int, tags: Sequence[int], *, wake: bool) -> None:
        """Give a forum's post these tags; ``wake``: it is archived, and has to be opened for that."""
        made: Json = {"applied_tags": [str(tag) for tag in tags]}
        opened = {"archived": False} if wake else {}
        await self._call("PATCH", "/channels/{channel_id}", json=made | opened, channel_id=thread)

    @property
    def session(self) -> aiohttp.ClientSession:
        """Connections of our own, without the bot's token: for what the library cannot do."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
        return self._session

    async def close(self) -> None:
        """Let go of our own connections."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def typing(self, channel: int) -> None:
        """Show for ten seconds that something is being written."""
        await self._call("POST", "/channels/{channel_id}/typing", channel_id=channel)

    async def direct(self, person: int) -> int:
        """The channel of the direct messages with this person."""
        return int((await self._call("POST", "/users/@me/channels", json={"recipient_id": str(person)}))["id"])

    async def name_of(self, person: int) -> str:
        """How this person is called."""
        user = await self._call("GET", "/users/{user_id}", user_id=person)
        return str(user.get("global_name") or user["username"])

    async def respond(self, interaction: int, token: str, kind: int, data: Json) -> None:
        """Answer an interaction at once, within its three seconds: ``CHOICES`` or ``MODAL``, neither a message."""
        await self._call(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            json={"type": kind, "data": data},
            webhook_id=interaction,
            webhook_token=token,
        )

    async def dismiss(self, application: int, token: str) -> None:
        """Take back that an answer to an interaction would follow."""
        await self._call(
            "DELETE",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=application,
            webhook_token=token,
        )

    async def fill(self, application: int, token: str, content: str, *, buttons: Sequence[Json] | None = None) -> None:
        """Say what a deferred answer to an interaction was deferred for (within its 15 minutes)."""
        await self._call(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            json=body(content, buttons=buttons),
            webhook_id=application,
            webhook_token=token,
        )

    async def whisper(
        self,
        application: int,
        token: str,
        content: str,
        *,
        buttons: Sequence[Json] = (),
        file: Attachment | None = None,
    ) -> None:
        """Say something that only the person of an interaction sees."""
        await self._call(
            "POST",
            "/webhooks/{webhook_id}/{webhook_token}",
            json=body(content, buttons=buttons, ephemeral=True),
            file=file,
            webhook_id=application,
            webhook_token=token,
        )

    async def install(self, application: int, commands: Sequence[Json]) -> None:
        """Make these the application's commands, unless they are already."""
        path = "/applications/{application_id}/commands"
        known: list[Json] = await self._call("GET", path, query="?with_localizations=true", application_id=application)
        if len(known) == len(commands) and all(any(_holds(k, c) for k in known) for c in commands):
            return
        await self._call("PUT", path, json=list(commands), application_id=application)


def _holds(theirs: Any, ours: Any) -> bool:
    """Whether what Discord keeps says all that we say (it adds fields of its own)."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(_holds(theirs.get(k), v) for k, v in ours.items())
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(theirs) == len(ours) and all(map(_holds, theirs, ours))
    return bool(theirs == ours)


async def quietly(work: Awaitable[object]) -> None:
    """Do what is only nice to have: that it fails does not matter."""
    with contextlib.suppress(Refused, Unavailable):
        await work
