"""Shows replies: first text at once, then edited as it grows, split over messages, recognised after a crash."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bot.channel import SOLVED, Button, Placed, Post
from bot.discord import long_answers, rendering
from bot.discord.handles import Handle
from bot.discord.long_answers import FILE_NAME
from bot.discord.rest import (
    NO_PERMISSION,
    THREAD_EXISTS,
    TOO_LARGE,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Attachment,
    Json,
    Rejected,
    Rest,
)
from bot.phrases import say
from engine.errors import Unavailable
from engine.growing import Growing
from engine.types import Message, Outcome, Reply

#: Discord takes five edits in five seconds in a channel; this leaves one of them for the final state.
_PAUSE_S: Final = 1.25
_ORDINARY: Final = (0, 19)  # message types: plain, reply
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a reply goes: a channel or thread, as a reply to a message there (0: to none)."""

    channel: int
    reply_to: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """One message as it is to be shown; ``file`` is what hangs on it (empty: nothing)."""

    content: str
    buttons: Sequence[Json] = ()
    file: bytes = b""

    @property
    def attachment(self) -> Attachment | None:
        """The file as it is sent."""
        return Attachment(FILE_NAME, self.file) if self.file else None

    def same(self, other: _Part | None) -> bool:
        """Whether that one shows the same."""
        return other is not None and (self.content, bool(self.buttons), self.file) == (
            other.content,
            bool(other.buttons),
            other.file,
        )


@dataclass(slots=True)
class _Seen:
    """One of our messages; ``shown`` is None while nobody knows what it shows."""

    id: int
    shown: _Part | None


class Posting:
    """Puts replies into channels, threads and direct messages."""

    def __init__(self, rest: Rest, me: Callable[[], int]) -> None:
        self._rest = rest
        self._me = me
        self._next_edit: dict[int, float] = {}  # by channel, event loop seconds; only channels edited just now

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """As ``Channel.stream``."""
        answer = _Answer(self._rest, post, placed)
        await answer.recover(self._me(), growing.reply)
        async for _ in growing.states():
            if answer.channel:
                await growing.rest(self._turn(answer.channel))
            if growing.reply is None:
                try:
                    first = not answer.channel
                    shown = (rendering.waiting if growing.waits else rendering.growing)(growing.shown)
                    await answer.show(long_answers.growing(shown))
                    if first and answer.channel:
                        self._turn(answer.channel)
                except Unavailable as e:  # the next state, or the last, makes up for it
                    _log.info("a growing answer could not be shown just now", reason=str(e))
        reply = growing.reply
        if reply is None:  # the writer has left
            await answer.show(rendering.waiting(growing.shown))
        elif reply.outcome is Outcome.IGNORED:
            await answer.take_back()
        else:
            await self._end(answer, reply, _buttons(post, reply))

    async def _end(self, answer: _Answer, reply: Reply, buttons: Sequence[Json]) -> None:
        """Show a whole reply: a long one with a file, or as messages alone where no file is taken."""
        shown = long_answers.final(reply, files=True)
        try:
            await answer.show(shown.parts, buttons, file=shown.file, last=True)
        except Rejected as e:
            if not shown.file or e.code not in (NO_PERMISSION, TOO_LARGE):
                raise
            _log.info("discord takes no file here: the long answer is shown as messages", reason=str(e))
            await answer.show(long_answers.final(reply, files=False).parts, buttons, last=True)

    async def withdraw(self, post: Post) -> None:
        """As ``Channel.withdraw``."""
        answer = _Answer(self._rest, post, _nowhere)
        await answer.recover(self._me())
        await answer.take_back()

    async def tell(self, channel: int, text: str) -> None:
        """Say something in a channel."""
        for part in rendering.notice(text):
            await self._rest.send(channel, part)

    def _turn(self, channel: int) -> float:
        """Seconds until a growing answer may be shown again; all answers in a channel take turns."""
        now = asyncio.get_running_loop().time()
        for stale in [c for c, at in self._next_edit.items() if at <= now]:
            del self._next_edit[stale]
        at = self._next_edit.get(channel, now)
        self._next_edit[channel] = at + _PAUSE_S
        return at - now


async def _nowhere(_: str) -> None:
    """For a withdrawal: nothing new is placed."""


class _Answer:
    """What is shown for one post, and how to change it into what should be."""

    def __init__(self, rest: Rest, post: Post, placed: Placed) -> None:
        self._rest = rest
        self._post = post
        self._placed = placed
        self._target: Target | None = None
        self._seen: list[_Seen] = []
        self._words: frozenset[str] = frozenset()
        self._lost = 0  # messages that somebody deleted meanwhile: their nonces are used up

    @property
    def channel(self) -> int:
        """Where it is shown; 0 before."""
        return self._target.channel if self._target else 0

    async def recover(self, me: int, reply: Reply | None = None) -> None:
        """Find what earlier tries have shown: what was recorded, and where that may not be all, what stands there.

        Of what replies to nothing it is known by its words: those of the whole ``reply``.
        """
        self._words = long_answers.words(reply) if reply else frozenset()
        for name in self._post.placed:
            channel, _, number = name.partition("/")
            self._target = self._target or next(
                (t for t in _targets(self._post.message) if t.channel == int(channel)), Target(int(channel))
            )
            self._seen.append(_Seen(int(number), None))
        if not self._post.again:
            return
        known = {seen.id for seen in self._seen}
        for target in [self._target] if self._target else _targets(self._post.message):
            found = [m for m in await self._earlier(target, me) if int(m["id"]) not in known]
            for message in found:
                self._target = target
                bare = not message.get("attachments")
                shown = _Part(message["content"], message.get("components") or ()) if bare else None
                self._seen.append(_Seen(int(message["id"]), shown))
                await self._placed(f"{target.channel}/{message['id']}")
            if found:
                return

    async def _earlier(self, target: Target, me: int) -> list[Json]:
        """Our messages that belong to this post, oldest first.

        The first of them is a reply to the question (in a thread of its own: the first that is no reply), those that
        continue it follow it and are replies to nothing.  Discord also knows nonces, but only for a few minutes.
        """
        try:
            found = await self._rest.after(target.channel, int(Handle.of(self._post.message).after))
        except Rejected:
            return []  # no such thread; or no “Read Message History”, and only the nonce protects
        own = [m for m in found if int(m["author"]["id"]) == me and m["type"] in _ORDINARY]
        nonces = {self._nonce(n) for n in range(len(own))}
        if Handle.of(self._post.message).how == "new":
            return [m for m in own if m.get("nonce") in nonces or m["content"] in self._words]
        belonging: list[Json] = []
        for message in own:
            answered = int((message.get("message_reference") or {}).get("message_id") or 0)
            first = answered == target.reply_to and not belonging
            if first or (belonging and not answered) or message.get("nonce") in nonces:
                belonging.append(message)
            elif belonging:
                break
        return belonging

    async def show(
        self, parts: Sequence[str], buttons: Sequence[Json] = (), *, file: bytes = b"", last: bool = False
    ) -> None:
        """Make these messages what is shown, the buttons and the file below the last of them."""
        if not parts and self._seen and not last:
            parts = [rendering.MORE]  # taken back by the writer, who begins anew
        if parts and self._target is None:
            self._target = await _open(self._rest, self._post.message)
        for n, content in enumerate(parts):
            part = _Part(content, buttons, file) if n == len(parts) - 1 else _Part(content)
            if n < len(self._seen):
                await self._change(n, part)
            if n >= len(self._seen):  # also when somebody had deleted it
                await self._add(part)
        while len(self._seen) > len(parts):
            await self._rest.delete(self.channel, self._seen[-1].id)
            self._seen.pop()

    async def take_back(self) -> None:
        """Remove all of it."""
        await self.show((), last=True)

    async def _change(self, n: int, part: _Part) -> None:
        seen = self._seen[n]
        if part.same(seen.shown):
            return
        bare = not part.file and (seen.shown is None or bool(seen.shown.file))
        try:
            await self._rest.edit(
                self.channel, seen.id, part.content, buttons=part.buttons, file=part.attachment, bare=bare
            )
        except Rejected as e:
            if e.code != UNKNOWN_MESSAGE:
                raise
            self._lost += len(self._seen) - n
            for later in self._seen[n + 1 :]:  # posted again below it, so that the order stays
                await self._rest.delete(self.channel, later.id)
            del self._seen[n:]
        else:
            seen.shown = part

    async def _add(self, part: _Part) -> None:
        assert self._target is not None  # noqa: S101  # set by show
        n = len(self._seen)
        sent = await self._rest.send(
            self._target.channel,
            part.content,
            nonce=self._nonce(n),
            buttons=part.buttons,
            reply_to=0 if n else self._target.reply_to,
            file=part.attachment,
            check=self._post.check,
        )
        seen = _Seen(int(sent["id"]), part)
        self._seen.append(seen)
        await self._placed(f"{self._target.channel}/{seen.id}")
        there = (sent["content"], bool(sent.get("components")), bool(sent.get("attachments")))
        if there != (part.content.strip(), bool(part.buttons), bool(part.file)):
            seen.shown = None  # Discord knew the nonce: this is what an earlier try had posted
            await self._change(n, part)

    def _nonce(self, n: int) -> str:
        """At most 25 characters, the same for the same part of the same post."""
        whole = f"{self._post.key}\n{n}\n{self._lost}".encode()
        return hashlib.blake2b(whole, digest_size=12).hexdigest()


def _buttons(post: Post, reply: Reply) -> Sequence[Json]:
    """Those below every answer; in a forum's post also the one that says that it is solved."""
    buttons = list(rendering.buttons(post.key, reply))
    if post.message.handle.startswith("post:") and reply.outcome in (Outcome.ANSWERED, Outcome.HANDED_OFF):
        buttons += rendering.own_buttons((Button(say("solved_button", reply.language), SOLVED, post.key),))
    return [*buttons, *rendering.own_buttons(post.below(reply))]


def _targets(message: Message) -> list[Target]:
    """Where the answer to this message can stand, the best place first.

    In a thread that is started on the question, the answer is a reply to nothing.
    """
    handle, where = Handle.of(message), message.conversation
    question = int(handle.question)
    if handle.how == "beside":
        return [Target(int(where.room), question)]
    if handle.how == "thread":
        return [Target(question), Target(int(where.room), question)]
    return [Target(int(where.thread or where.room), question)]


async def _open(rest: Rest, message: Message) -> Target:
    """The place for the answer to this message; starts the thread on it where there is to be one.

    Where no thread can be started (no permission, or too many in a short time), the answer stands beside the question.
    """
    thread, *beside = _targets(message)
    if not beside:
        return thread
    try:
        await rest.thread(beside[0].channel, thread.channel, rendering.thread_name(message.text))
    except Rejected as e:
        if e.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
            raise
        return thread if e.code == THREAD_EXISTS else beside[0]
    except Unavailable as e:
        if e.retry_after_s is None:
            raise
        return beside[0]
    return thread
