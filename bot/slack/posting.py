"""Shows an answer in its thread: posts it, lets it grow by edits, and recognises what an earlier try has posted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import structlog

from bot import replies_shown
from bot.channel import Button, Placed, Post
from bot.choices import Select
from bot.markup import parse, settled, slack_blocks, slack_stream, slack_text
from bot.markup.tree import Document, Paragraph, Text
from bot.slack.api import PATIENCE_S, Api, Lost, SlackRefused
from bot.slack.elements import actions, elements
from bot.slack.pace import Pace
from bot.slack.read import Me
from bot.slack.status import Status
from bot.slack.streaming import MOST, Stream, Streams
from engine.errors import Unavailable
from engine.growing import Growing
from engine.types import Message, Outcome, Reply

Json = dict[str, Any]
log = structlog.get_logger()

#: An answer that is whole so soon after its first text is posted once and never edited.
_SHORT_S = 0.7
#: Marks our replies, with the key of the event and the number of the message.
EVENT_TYPE = "frontdesk_reply"
#: What chat.update answers where the message is gone.
_NOT_THERE = ("message_not_found", "thread_not_found")
_GONE = (*_NOT_THERE, "cant_update_message")
#: Blocks that Slack takes in one message.
_BLOCKS = 50


@dataclass(frozen=True, slots=True)
class Part:
    """One message as it is to look: blocks, and the text that notifications and screen readers use."""

    blocks: list[Json]
    text: str


def parts_of(document: Document, extra: list[Json] | None = None) -> list[Part]:
    """The messages that a document becomes; ``extra`` blocks stand below the last one."""
    lists = slack_blocks(document) or [[]]
    if extra and len(lists[-1]) + len(extra) > _BLOCKS:
        lists.append([])
    if len(lists) == 1:
        return [Part(lists[0] + (extra or []), slack_text(document))]
    texts = [slack_text(Document((Paragraph((Text(_words(b)),)),))) for b in lists]
    lists[-1] = lists[-1] + (extra or [])
    return [Part(blocks, text) for blocks, text in zip(lists, texts, strict=True)]


def _words(node: Any) -> str:
    """What blocks show, as plain text."""
    if isinstance(node, list):
        return "\n".join(filter(None, map(_words, node)))
    if not isinstance(node, dict):
        return ""
    inner = [node[k] for k in ("elements", "rows", "fields") if node.get(k)]
    if str(node.get("type", "")).startswith("rich_text_") and node["type"] != "rich_text_list":
        return "".join(_words(e) for group in inner for e in group)
    own = node.get("text")
    return "\n".join(filter(None, [own if isinstance(own, str) else _words(own), *map(_words, inner)]))


def final_parts(reply: Reply, key: str, below: Sequence[Button | Select] = ()) -> list[Part]:
    """The reply as it stays: its words, its sources as links, its buttons and those that stand ``below`` it."""
    buttons = [
        {
            "type": "button",
            "action_id": f"fd_{action}",
            "text": {"type": "plain_text", "text": label, "emoji": True},
            "value": key,
        }
        for action, label in replies_shown.buttons(reply).items()
    ]
    return parts_of(replies_shown.document(reply), actions(buttons + elements(below)))


@dataclass(slots=True)
class _Shown:
    """A message of ours in the thread; ``part`` is what it shows, None where an earlier try made it."""

    ts: str
    part: Part | None = None


class Poster:
    """Posts, edits and deletes for one workspace."""

    def __init__(self, api: Api, me: Me) -> None:
        self._api = api
        self._me = me
        self.pace = Pace()
        self.streams = Streams(api, self.pace, me.team)
        self.status = Status(api)

    async def show(self, post: Post, growing: Growing, placed: Placed) -> None:
        """``Channel.stream``."""
        await self.status.settled(post.message)
        answer = _Answer(self, post, growing, placed)
        answer.shown = [_Shown(ts) for ts in post.placed]
        if post.again:
            await answer.recall()
        async with AsyncExitStack() as stack:
            stack.callback(answer.leave)
            states, paced = 0, False
            async for _ in growing.states():
                if growing.waits:
                    if not answer.shown or self.pace.may_wait():
                        await answer.bring_up()
                    continue
                if not answer.shown:
                    await growing.rest(growing.began + _SHORT_S - asyncio.get_running_loop().time())
                if growing.reply is not None or not settled(growing.shown).strip():
                    continue
                if not paced:
                    await stack.enter_async_context(self.pace.growing())
                    paced = True
                states += await answer.grow()
                await growing.rest(self.pace.stream_pause_s() if answer.streams else self.pace.pause_s(states))
            if growing.reply is not None and growing.reply.outcome is Outcome.IGNORED:
                await answer.stop()
                needless = answer.everything()
            else:
                await answer.bring_up()
                needless = answer.surplus()
        for ts in needless:
            await self.delete(post.message, ts)

    async def withdraw(self, post: Post) -> None:
        """Delete all messages of this post, also those that no record tells of."""
        found = await self.earlier(post, streams=True)
        for ts in dict.fromkeys([*post.placed, *(ts for _, ts in found)]):
            await self.delete(post.message, ts)

    async def delete(self, message: Message, ts: str) -> None:
        """Delete one message of ours; gone is gone.  A stream is stopped first."""
        room = message.conversation.room
        try:
            await self._api.call("chat.delete", channel=room, ts=ts)
        except SlackRefused as e:
            if e.error in _GONE:
                return
            await self.streams.stop(room, ts, None)
            try:
                await self._api.call("chat.delete", channel=room, ts=ts)
            except SlackRefused as again:
                if again.error not in _GONE:
                    raise

    async def earlier(self, post: Post, *, streams: bool = False) -> list[tuple[int, str]]:
        """``(number, ts)`` of the messages in the thread (or room) that carry this post's key, oldest first.

        ``streams``: where none does, also a stream that was begun and never stopped.  It has no mark yet, but
        everything else of ours in a thread has one, and one answer at a time is written there.
        """
        where = post.message.conversation
        method, thread = ("conversations.replies", where.thread) if where.thread else ("conversations.history", None)
        try:
            rows = await self._api.rows(
                method,
                "messages",
                channel=where.room,
                ts=thread,
                oldest=post.message.handle or thread,
                include_all_metadata=True,
            )
        except SlackRefused as e:
            if e.error in _GONE:
                return []
            raise
        found, unmarked = [], []
        for row in rows:
            if row.get("user") != self._me.user:
                continue
            metadata: Mapping[str, Any] = row.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == EVENT_TYPE and payload.get("key") == post.key:
                found.append((int(payload.get("part") or 0), str(row["ts"])))
            elif not metadata.get("event_type") and not row.get("edited") and row["ts"] != where.thread:
                unmarked.append((0, str(row["ts"])))
        if streams and where.thread and not found and not post.placed:
            found = unmarked[-1:]
        return sorted(found, key=lambda f: float(f[1]))

    async def post(self, where: Message, part: Part, check: Callable[[], None], **extra: Any) -> str:
        """Post into the thread of a message, once: raises ``Lost`` where nobody knows whether it was.

        The caller has the room's turn (``pace.post``).
        """
        said = await self._api.call(
            "chat.postMessage",
            repeat=False,
            check=check,
            channel=where.conversation.room,
            thread_ts=where.conversation.thread or None,
            **body(part),
            **extra,
        )
        return str(said["ts"])

    async def edit(self, message: Message, ts: str, part: Part, metadata: Json, *, known: bool) -> bool:
        """Change one of our messages; False where it is gone.

        Unless it is ``known`` what it is, a refusal may mean that it is a stream that an earlier try has left open: it
        is stopped, and changed then.
        """
        room = message.conversation.room
        await self.pace.edit()
        for last in (known, True):
            try:
                await self._api.call("chat.update", channel=room, ts=ts, **body(part), metadata=metadata)
            except SlackRefused as e:
                if e.error in _NOT_THERE or (last and e.error in _GONE):
                    return False
                if last:
                    raise
                await self.streams.stop(room, ts, metadata)
            else:
                break
        return True


def body(part: Part) -> Json:
    """What every post and every edit says: nothing unfolds, no name becomes a mention (link_names is never sent)."""
    return {"text": part.text, "blocks": part.blocks, "unfurl_links": False, "unfurl_media": False}


class _Answer:
    """One reply on its way into its thread."""

    def __init__(self, poster: Poster, post: Post, growing: Growing, placed: Placed) -> None:
        self._poster = poster
        self._post = post
        self._growing = growing
        self._placed = placed
        self.shown: list[_Shown] = []
        self._more: list[str] = []  # further messages that an earlier try made
        self._stream: Stream | None = None

    async def recall(self) -> None:
        """Find what an earlier try has posted and nobody wrote down."""
        known = {s.ts for s in self.shown}
        for number, ts in await self._poster.earlier(self._post, streams=True):
            if ts in known:
                continue
            if number == len(self.shown):
                self.shown.append(_Shown(ts))
                await self._placed(ts)
            else:
                self._more.append(ts)

    @property
    def streams(self) -> bool:
        """Whether it is shown by a stream now."""
        return self._stream is not None

    async def grow(self) -> bool:
        """Show a state that is not the last: in a stream, else by an edit, else not at all, by the budget left."""
        if not self.shown and self._poster.streams.may_begin(self._post.message):
            await self._begin()
        if self._stream:
            if await self._stream.grow(self._streamed()):
                return True
            self._stream = None
        if not self._poster.pace.may_grow():
            return False
        await self.bring_up()
        return True

    async def stop(self) -> None:
        """End the stream, where there is one: what it shows can be changed then."""
        if self._stream:
            await self._stream.stop()
            self._stream = None

    def leave(self) -> None:
        """Nobody shows it any longer."""
        if self._stream:
            self._stream.leave()

    async def _begin(self) -> None:
        """Begin a stream, where Slack has one for us; else edits show how the answer grows."""
        stream = Stream(self._poster.streams, self._post.message, self._mark(0))
        async with self._poster.pace.post(self._post.message.conversation.room):
            text = self._streamed()
            if not 0 < len(text) <= MOST or self._growing.waits or self._growing.reply is not None:
                return
            if not self._poster.streams.may_begin(self._post.message):
                return
            try:
                ts = await stream.begin(text, self._post.check)
            except SlackRefused as e:
                self._poster.streams.refused(e)
                return
            except Lost:
                await asyncio.sleep(1.0)
                await self.recall()
                return
            except Unavailable:
                return
        self._stream = stream
        self.shown.append(_Shown(ts))
        await self._placed(ts)

    def _streamed(self) -> str:
        """The text of the stream; nothing where it has begun anew."""
        return slack_stream(parse(settled(self._growing.shown)))

    def _mark(self, n: int) -> Json:
        """What a message of ours is recognised by."""
        return {"event_type": EVENT_TYPE, "event_payload": {"key": self._post.key, "part": n}}

    def everything(self) -> list[str]:
        """All messages that this post has made."""
        return [s.ts for s in self.shown] + self._more

    def surplus(self) -> list[str]:
        """Messages that the whole reply does not need."""
        needed = len(self._state())
        return self._more + [s.ts for s in self.shown[needed:]]

    async def bring_up(self) -> None:
        """Make the thread show the newest state: edits where something differs, posts where something is missing."""
        await self.stop()
        while True:
            whole = self._growing.reply is not None
            parts = self._state()
            for n, shown in enumerate(self.shown[: len(parts)]):
                if shown.part == parts[n] or not (whole or n == len(self.shown) - 1):
                    continue  # while it grows, the last message is the one to read
                if not await self._poster.edit(
                    self._post.message, shown.ts, parts[n], self._mark(n), known=shown.part is not None
                ):
                    self._more += [s.ts for s in self.shown[n + 1 :]]  # it was deleted: what follows stands alone
                    del self.shown[n:]
                    break
                shown.part = parts[n]
            if len(self.shown) >= len(parts) and whole == (self._growing.reply is not None):
                return
            if len(self.shown) < len(parts):
                await self._next()

    async def _next(self) -> None:
        """Post the next message, as it is when its turn in the room has come."""
        n = len(self.shown)
        async with self._poster.pace.post(self._post.message.conversation.room):
            parts = self._state()
            if n >= len(parts):
                return
            ts = await self._once(n, parts[n])
        self.shown.append(_Shown(ts, parts[n]))
        await self._placed(ts)

    async def _once(self, n: int, part: Part) -> str:
        """Post, and after a lost confirmation look before posting again."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + PATIENCE_S, 1.0
        while True:
            try:
                return await self._poster.post(self._post.message, part, self._post.check, metadata=self._mark(n))
            except Lost:
                log.info("slack did not confirm a post", key=self._post.key, part=n)
            if loop.time() + pause > deadline:
                raise Unavailable("Slack does not confirm what is posted; it is tried again later")
            await asyncio.sleep(pause)
            pause = min(30.0, pause * 2)
            known = {s.ts for s in self.shown}
            for number, ts in await self._poster.earlier(self._post):
                if number == n and ts not in known:
                    return ts

    def _state(self) -> list[Part]:
        """What is to be shown now; nothing where the text has begun anew."""
        if self._growing.reply is not None:
            return final_parts(self._growing.reply, self._post.key, self._post.below(self._growing.reply))
        text = settled(self._growing.shown)
        return parts_of(parse(text)) if text.strip() else []
