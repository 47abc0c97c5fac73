"""What the bot is doing, as Slack shows it below a conversation: "Frontdesk is searching 42 documents"."""

from __future__ import annotations

import asyncio

import structlog

from bot.phrases import say
from bot.slack.api import Api, SlackRefused
from engine.errors import Unavailable
from engine.language import written_in
from engine.types import Message

log = structlog.get_logger()

#: Seconds that telling it may take; who answers meanwhile waits no longer than that.
_PATIENCE_S, _WAIT_S = 2.0, 1.0
#: Where Slack refuses it, it is asked again after so many seconds; these are refused for one conversation alone.
_AGAIN_S = 600.0
_HERE = ("channel_not_found", "invalid_thread_ts", "thread_not_found", "not_in_channel", "is_archived")


class Status:
    """Sets the status of threads; Slack takes it away with the next message there, or after two minutes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._refused_until = 0.0

    async def tell(self, message: Message, doing: str) -> None:
        """``Channel.working``.  A request that has left is not called back: it would come after the answer."""
        where = message.conversation
        if not where.thread or asyncio.get_running_loop().time() < self._refused_until:
            return
        await self.settled(message)
        words = say("doing", written_in(message.text), doing=doing) if doing else ""
        key = (where.room, where.thread)
        task = asyncio.create_task(self._set(*key, words), name="slack status")
        self._under_way[key] = task
        task.add_done_callback(lambda done: self._under_way.pop(key) if self._under_way.get(key) is done else None)
        await asyncio.shield(task)

    async def settled(self, message: Message) -> None:
        """Wait until nothing is on its way to this thread: what is posted then takes the status away."""
        where = message.conversation
        if task := self._under_way.get((where.room, where.thread)):
            await asyncio.wait({task}, timeout=_WAIT_S)

    async def _set(self, room: str, thread: str, words: str) -> None:
        try:
            await self._api.call(
                "assistant.threads.setStatus",
                repeat=False,
                patience_s=_PATIENCE_S,
                channel_id=room,
                thread_ts=thread,
                status=words,
            )
        except SlackRefused as e:
            log.info("slack shows no status", why=str(e))
            if e.error not in _HERE:
                self._refused_until = asyncio.get_running_loop().time() + _AGAIN_S
        except Unavailable as e:
            log.info("slack takes no status now", why=str(e))
