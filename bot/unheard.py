"""Before a question is worked on that may have changed unheard: whether it is still there, and how it reads now.

While we are there, platforms tell of each edit and deletion.  What happens while Frontdesk is off, or between two
sessions, nobody tells again: so what was kept before is looked at once more.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Channel, Reception
from bot.markup import clean
from bot.reception import WANTED
from engine.errors import FrontdeskError, Unavailable
from engine.store.lately import ended_lately
from engine.store.statements import POSTING

if TYPE_CHECKING:
    from engine.claim import Claim
    from engine.store.database import Database
    from engine.types import Message

#: A question that waited so long (seconds) is looked at whatever was heard meanwhile.
_LONG_S: Final = 300.0
#: A platform that cannot say how a question reads now holds it up so often, and for so many seconds at a time: then it
#: is answered as it was kept.  What was answered already can wait longer to be looked at.
_TRIES, _WAIT_S, _LATER_S = 3, 30.0, 60.0
#: So long (seconds) a question waits for the connection after a start.
_LISTEN_S: Final = 10.0
#: Seconds by which the platform's clock, the database's and ours may differ.
_CLOCKS_S: Final = 2.0
#: Questions of which is remembered when they were looked at.
_REMEMBERED: Final = 5_000
#: What was answered is looked at this often (seconds), so far back, and at most so many of a channel.
_EVERY_S, _BACK_S, _ANSWERED = 60.0, 86_400.0, 50
#: Seconds between two such looks: Slack takes about 50 in a minute, and those who wait for an answer come first.
_APART_S: Final = 3.0

_log = structlog.get_logger()


class Unheard:
    """Makes up for edits and deletions that nobody told us of, as if somebody had."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        reception: Reception,
        *,
        apart_s: float = _APART_S,
    ) -> None:
        """``apart_s``: seconds between two looks at what was answered."""
        self._apart_s = apart_s
        self._database = database
        self._channels = channels
        self._reception = reception
        self._looked: OrderedDict[str, tuple[float, str]] = OrderedDict()  # by Message.key: when, and what it said
        self._changing: set[asyncio.Task[None]] = set()

    async def look(self, claim: Claim) -> None:
        """Look at the question of this claim where something may have been missed since it was kept.

        Where it was changed, this ends with the work on it being cancelled, as by an edit that we are told of.  Raises
        ``Unavailable`` when the platform does not say now, and the question can wait.
        """
        message, channel = claim.message, self._channels.get(claim.message.conversation.channel)
        if channel is None or channel.heard is None or claim.deleted:
            return
        await channel.heard.wait(_LISTEN_S)  # else what is changed between this look and then would be missed
        began = time.time()
        kept = min(claim.received, channel.said_at(message)) - _CLOCKS_S
        known, before = self._looked.get(message.key, (kept, message.text))
        if channel.heard.all_since(known) and began - known < _LONG_S:
            return
        asked = _as_asked(message)
        try:
            said = await channel.reads_now(asked)
        except Unavailable as e:
            if claim.overdue or claim.tries >= _TRIES or (e.retry_after_s or 0.0) > _WAIT_S:
                _log.warning("whether a question has changed cannot be looked up", event_id=claim.event, why=str(e))
                self._note(message.key, known, before)  # once it is answered, it is looked at again
                return
            raise
        self._note(message.key, began, before if said is None else said)
        if said is None:
            _log.info("a question was deleted unheard", event_id=claim.event)
            await self._apart(self._reception.deleted(message.conversation.channel, asked.id))
        elif said not in (before, message.text) and clean(said) != message.text:
            if claim.state == POSTING and not claim.waits:
                return  # its answer may stand there
            _log.info("a question was edited unheard", event_id=claim.event)
            await self._apart(self._reception.edited(message.conversation.channel, message.id, said))

    async def run(self) -> None:
        """Forget what was answered and then deleted unheard, until cancelled."""
        while True:
            for name, channel in self._channels.items():
                try:
                    await self._look_back(name, channel)
                except FrontdeskError as e:
                    _log.info("whether what was answered is still there cannot be looked up", channel=name, why=str(e))
                except Exception:
                    _log.exception("looking back failed", channel=name)
            await asyncio.sleep(_EVERY_S)

    async def stop(self) -> None:
        """Finish what is being written down."""
        await asyncio.gather(*self._changing, return_exceptions=True)

    async def _look_back(self, name: str, channel: Channel) -> None:
        if channel.heard is None or not channel.heard.listening:
            return
        ended = await self._database.read(lambda c: ended_lately(self._database, c, name, _BACK_S, _ANSWERED))
        for n, (message, at) in enumerate(ended):
            began = time.time()
            known, before = self._looked.get(message.key, (at - _CLOCKS_S, message.text))
            if channel.heard.all_since(known):
                continue
            asked = _as_asked(message)
            try:
                said = await channel.reads_now(asked)
            except Unavailable as e:
                if (e.retry_after_s or 0.0) > _LATER_S:  # it wants to be asked hardly ever: no more until a break
                    for left, _ in ended[n:]:
                        self._note(left.key, began, left.text)
                raise
            self._note(message.key, began, before if said is None else said)
            if said is None:
                _log.info("an answered question was deleted unheard", channel=name)
                await self._reception.deleted(name, asked.id)
            await asyncio.sleep(self._apart_s)

    def _note(self, key: str, at: float, said: str) -> None:
        self._looked[key] = (at, said)
        self._looked.move_to_end(key)
        while len(self._looked) > _REMEMBERED:
            self._looked.popitem(last=False)

    async def _apart(self, change: Awaitable[None]) -> None:
        """Make a change that cancels us: it must come to its end nevertheless."""

        async def made() -> None:
            await change

        task = asyncio.create_task(made())
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        await asyncio.shield(task)


def _as_asked(message: Message) -> Message:
    """With the id under which the platform knows it."""
    return replace(message, id=message.id.removesuffix(WANTED))
