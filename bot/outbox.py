"""Shows replies on their platforms: the intent before, the place as soon as it is known, the end after."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial

import structlog

from bot.channel import Button, Channel, Post
from bot.choices import Select
from engine.claim import Claim
from engine.errors import FrontdeskError, Queued, Refused, Unavailable
from engine.failpoints import reach
from engine.growing import Growing
from engine.store.statements import DELETED, POSTING
from engine.types import Message, Outcome, Reply

#: Makes the reply to a claim; its text grows meanwhile.
Answer = Callable[[Claim, Growing], Awaitable[Reply]]
#: Whether those who can read the reply now may read it: asked before the first text (no reply yet) and before the end.
Recheck = Callable[[Message, Reply | None], Awaitable[bool]]
#: Which buttons stand below the reply to a claim, besides those of every reply.
Below = Callable[[Claim, Reply], Sequence[Button | Select]]

_log = structlog.get_logger()

_TRIES = 3
#: Longer waits (seconds) are left to the inbox: meanwhile others are answered.
_LONGEST_WAIT_S = 5.0


class Outbox:
    """Brings claims to their ends through the channels; nothing else sends replies."""

    def __init__(
        self, channels: Mapping[str, Channel], *, recheck: Recheck | None = None, below: Below = lambda *_: ()
    ) -> None:
        self._channels = channels
        self._recheck = recheck
        self._below = below

    async def handle(self, claim: Claim, answer: Answer) -> None:
        """Make the reply and show it while it grows.

        When making it fails, what was shown is taken back and the error comes out: the inbox tries again.
        """
        if claim.deleted:
            await self._withdraw(claim)
            await claim.finish(Reply.ignore(DELETED))
            return
        growing = Growing()
        writing = asyncio.create_task(self._write(claim, answer, growing))
        showing = asyncio.create_task(self.deliver(claim, growing))
        telling = asyncio.create_task(self._tell(claim, growing))
        try:
            await asyncio.wait({writing, showing}, return_when=asyncio.FIRST_COMPLETED)
            if showing.done() or not writing.exception():
                await showing
                return
            if isinstance(error := writing.exception(), Queued):
                await self._leave(claim, growing, showing, error.status)
                if claim.ended:  # the platform will never take it
                    return
        finally:
            await _cancel(writing, showing, telling)
        if not (growing.waits or growing.left):  # a place in the queue stays where it is
            growing.restart()
            await self._take_back(claim)
        writing.result()

    async def deliver(self, claim: Claim, growing: Growing) -> None:
        """Show a growing reply and end its claim; where the writer left without one, it is not ended.

        Raises ``Unavailable`` when the platform should be tried again later, ``LeaseLost`` when it is another
        worker's by now.
        """
        async with aclosing(growing.states()) as states:
            async for _ in states:
                break  # something to show, or the reply is there
        if growing.reply and growing.reply.outcome is Outcome.IGNORED:
            if growing.doing:
                await self._working(claim, "")
            if claim.again or claim.state == POSTING:
                await self._withdraw(claim)
            await claim.finish(growing.reply)
            return
        channel = self._channels.get(claim.message.conversation.channel)
        if channel is None:
            name = claim.message.conversation.channel
            await claim.finish(Reply.hand_off(f"the channel {name} is not in the settings any more"))
            return
        if not growing.reply and not growing.waits:
            await self._check_audience(claim, None)
        await claim.posting(waits=growing.waits and not growing.reply)
        if growing.reply and claim.waits:
            await claim.posting()
        streaming = asyncio.create_task(self._stream(channel, claim, growing))
        opening = asyncio.create_task(self._open(claim, growing))
        try:
            await asyncio.wait({streaming, opening}, return_when=asyncio.FIRST_COMPLETED)
            if not streaming.done():
                opening.result()  # it only ends when the text may not be shown
            await streaming
        except Refused as e:
            await claim.finish(Reply.refuse(str(e)))
            return
        finally:
            await _cancel(streaming, opening)
        reach("streamed")
        if growing.reply is None and growing.left:
            return
        if growing.reply is None:
            raise RuntimeError(f"{type(channel).__name__}.stream returned before the end of the reply")
        await claim.finish(growing.reply)

    async def _tell(self, claim: Claim, growing: Growing) -> None:
        """Tell what is being done until there is something to show."""
        async with aclosing(growing.works()) as works:
            async for doing in works:
                await self._working(claim, doing)

    async def _working(self, claim: Claim, doing: str) -> None:
        channel = self._channels.get(claim.message.conversation.channel)
        if channel is None or claim.overdue:
            return
        try:
            await channel.working(claim.message, doing)
        except FrontdeskError as e:
            _log.info("what is being done cannot be told", event_id=claim.event, why=str(e))

    async def _leave(self, claim: Claim, growing: Growing, showing: asyncio.Task[None], status: str) -> None:
        """Say in the place of the answer that it will come; what an earlier try has said stays as it is."""
        if not (claim.waits and claim.placed) or growing.status:
            growing.restart()
            growing.tell(status)
            growing.leave()
            await asyncio.wait({showing}, timeout=_LONGEST_WAIT_S)
        growing.leave()

    async def _open(self, claim: Claim, growing: Growing) -> None:
        """Let text take the place of a status, each time after a look at who can read it; from then on it is posted."""
        while True:
            await growing.written()
            await self._check_audience(claim, None)
            await claim.posting()
            growing.open()

    async def _write(self, claim: Claim, answer: Answer, growing: Growing) -> None:
        reach("answering")
        reply = await answer(claim, growing)
        if reply.outcome is not Outcome.IGNORED:
            await self._check_audience(claim, reply)
        if claim.waits and reply.outcome is not Outcome.IGNORED:
            await claim.posting()
        growing.finish(reply)

    async def _check_audience(self, claim: Claim, reply: Reply | None) -> None:
        if claim.overdue or self._recheck is None:  # an overdue reply tells nothing that was looked up
            return
        if not await self._recheck(claim.message, reply):
            raise Unavailable("who can read the answer has changed: it is made anew")

    async def _stream(self, channel: Channel, claim: Claim, growing: Growing) -> None:
        """Show it, trying a few times: what was written need not be written again for a hiccup of the platform."""

        async def placed(platform_id: str) -> None:
            reach("shown")
            await claim.placed_at(platform_id)
            reach("placed")

        for n in range(1, _TRIES + 1):
            claim.check()
            try:
                await channel.stream(self._post(claim, again=claim.again or n > 1), growing, placed)
            except Unavailable as e:
                wait = e.retry_after_s if e.retry_after_s is not None else n * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
                if n == _TRIES or wait > _LONGEST_WAIT_S:
                    raise
                _log.info("the platform does not take it now", event_id=claim.event, why=str(e), wait_s=round(wait, 1))
                await asyncio.sleep(wait)
            else:
                return

    async def _withdraw(self, claim: Claim) -> None:
        """Nothing of this reply is visible afterwards."""
        channel = self._channels.get(claim.message.conversation.channel)
        if channel is None or not (claim.again or claim.state == POSTING):
            return
        claim.check()
        try:
            await channel.withdraw(self._post(claim, again=True))
        except Refused as e:
            _log.warning("what was shown cannot be taken back", event_id=claim.event, why=str(e))
        reach("withdrawn")
        await claim.withdrawn()

    async def _take_back(self, claim: Claim) -> None:
        """Withdraw what was shown of a reply that failed, as well as it goes."""
        try:
            await self._withdraw(claim)
        except Unavailable as e:  # the next try goes on with what stands there
            _log.warning("what was shown stays for now", event_id=claim.event, why=str(e))

    def _post(self, claim: Claim, *, again: bool) -> Post:
        return Post(claim.key, claim.message, claim.placed, again, claim.check, partial(self._below, claim))


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
