"""An answer as a native stream: one message that Slack shows while it is written, from its start to its stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from bot.slack.api import Api, SlackRefused
from bot.slack.pace import Pace
from engine.errors import Unavailable
from engine.types import Message

Json = dict[str, Any]
log = structlog.get_logger()

#: Slack ends a stream to which nothing was added for about 30 s, or which is five minutes old (python-slack-sdk, issue
#: 1859): we end it before, and edits go on from there.
_SILENT_S, _LONGEST_S = 20.0, 240.0
#: Where Slack refuses streams it is asked again after so many seconds; a refusal that begins so is about one
#: conversation, or about somebody of another organisation, and says nothing about the next.
_AGAIN_S = 600.0
_HERE = (
    "channel",
    "is_archived",
    "not_in_channel",
    "restricted",
    "thread",
    "invalid_thread",
    "message",
    "cannot_reply",
)
_THEM = ("recipient", "invalid_recipient", "missing_recipient", "user")
#: Seconds that the start of a stream or a piece of it may wait; then edits take its place.
_PATIENCE_S = 0.5
_STOP_S = 90.0
#: The longest text of one stream: what Slack takes of Markdown in one piece (docs.slack.dev, chat.appendStream).
MOST = 11_000


class Streams:
    """The streams of one workspace, and whether it has them at all."""

    def __init__(self, api: Api, pace: Pace, team: str, *, silent_s: float = _SILENT_S) -> None:
        self.api = api
        self.pace = pace
        self.team = team
        self.silent_s = silent_s
        self._refused_until = 0.0

    def may_begin(self, message: Message) -> bool:
        """Whether an answer to this message may be streamed: by what Slack lets us do, and by the budget left."""
        now = asyncio.get_running_loop().time()
        return bool(message.conversation.thread) and now >= self._refused_until and self.pace.may_stream()

    def refused(self, why: SlackRefused) -> None:
        """Slack has no streams here, or not for us."""
        log.info("slack takes no stream", why=str(why))
        if not why.error.startswith(_HERE + _THEM):
            self._refused_until = asyncio.get_running_loop().time() + _AGAIN_S

    async def stop(self, room: str, ts: str, metadata: Json | None) -> None:
        """Stop a stream; one that has ended already, or whose message is gone, is stopped."""
        self.pace.stop()
        try:
            await self.api.call("chat.stopStream", patience_s=_STOP_S, channel=room, ts=ts, metadata=metadata)
        except SlackRefused as e:
            log.info("slack stream had ended", why=e.error)


class Stream:
    """One message that is being written.

    Its text only grows.  ``metadata`` is set with its end: the start of a stream takes none.
    """

    def __init__(self, streams: Streams, message: Message, metadata: Json) -> None:
        self._streams = streams
        self._message = message
        self._metadata = metadata
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._shown = ""
        self._ts = ""
        self._began = self._grown = 0.0

    async def begin(self, text: str, check: Callable[[], None]) -> str:
        """Make the message; returns its id.

        Raises ``SlackRefused`` and ``Unavailable`` where there is no stream, ``Lost`` where nobody knows.
        """
        where = self._message.conversation
        recipient = {"recipient_user_id": self._message.author, "recipient_team_id": self._streams.team}
        self._streams.pace.stream_began()
        try:
            said = await self._streams.api.call(
                "chat.startStream",
                repeat=False,
                patience_s=_PATIENCE_S,
                check=check,
                channel=where.room,
                thread_ts=where.thread,
                markdown_text=text,
                **({} if where.room.startswith("D") else recipient),
            )
        except BaseException:
            self._streams.pace.stream_ended()
            raise
        self._ts, self._shown = str(said["ts"]), text
        self._began = self._grown = asyncio.get_running_loop().time()
        self._keeper = asyncio.create_task(self._keep(), name="slack stream")
        return self._ts

    async def grow(self, text: str) -> bool:
        """Show more of it; False when it has ended, and an edit has to show what there is.

        What is not the beginning of ``text`` any more cannot be taken back: that ends the stream.
        """
        async with self._lock:
            if not self._ts:
                return False
            more = text[len(self._shown) :]
            if not text.startswith(self._shown) or len(text) > MOST:
                await self._stop()
                return False
            if not more.strip() or not self._streams.pace.append():
                return True
            try:
                await self._streams.api.call(
                    "chat.appendStream",
                    repeat=False,
                    patience_s=_PATIENCE_S,
                    channel=self._message.conversation.room,
                    ts=self._ts,
                    markdown_text=more,
                )
            except (SlackRefused, Unavailable) as e:  # also where nobody knows whether it was added: an edit tells
                log.info("slack stream does not grow", why=str(e))
                await self._stop()
                return False
            self._shown, self._grown = text, asyncio.get_running_loop().time()
            return True

    async def stop(self) -> None:
        """Make it a message as any other; doing it again changes nothing."""
        async with self._lock:
            if self._ts:
                await self._stop()

    def leave(self) -> None:
        """Look after it no more: nobody shows it any longer."""
        if self._keeper:
            self._keeper.cancel()
        if self._ts:
            self._ts = ""
            self._streams.pace.stream_ended()

    async def _stop(self) -> None:
        ts, self._ts = self._ts, ""
        self._streams.pace.stream_ended()
        await self._streams.stop(self._message.conversation.room, ts, self._metadata)

    async def _keep(self) -> None:
        """End it before Slack does: what Slack ends itself it shows as broken off."""
        while self._ts:
            now = asyncio.get_running_loop().time()
            wait = min(self._grown + self._streams.silent_s, self._began + _LONGEST_S) - now
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            try:
                await self.stop()
            except Unavailable as e:
                log.info("slack stream could not be ended", why=str(e))
