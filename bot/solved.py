"""Posts of a forum: solved when whoever opened one says so, and shown to the next who asks the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from bot.channel import Notice, Press
from bot.phrases import say
from engine.errors import EmbedderAway, Refused, Unavailable
from engine.store.solved import is_in_room, mark_solved, opened_by, room_of, solved_posts
from engine.store.turns import close_handoff, message_of, turn_of
from engine.types import Addressed, Message, Reply, Source

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.mining import Mining
    from engine.knowledge import Knowledge
    from engine.store.database import Database

_LOOKED_AT: Final = 1_000  # of a room's solved posts, the last ones: 1.5 MB of vectors
_SHOWN: Final = 3
_TITLE_CHARS: Final = 100
_log = structlog.get_logger()


class Solved:
    """Keeps which posts are solved, and finds them again by what they asked."""

    def __init__(
        self, database: Database, knowledge: Knowledge, mining: Mining, channels: Mapping[str, Channel]
    ) -> None:
        self._database = database
        self._mining = mining
        self._knowledge = knowledge
        self._channels = channels

    async def pressed(self, press: Press) -> Notice:
        """Somebody says that a post is solved: whoever opened it may, and admins."""
        language = press.language or "en"
        number = press.value.partition("-")[0]  # of Claim.key
        turn = await self._database.read(lambda c: turn_of(c, int(number))) if number.isdecimal() else None
        first = await self._database.read(lambda c: opened_by(c, turn.conversation)) if turn else None
        channel = self._channels.get(press.conversation.channel)
        if turn is None or first is None or channel is None or not is_in_room(turn.conversation, press.conversation):
            return Notice(say("post_gone", language))
        event, author, question = first
        if press.person != author and not await channel.is_admin(press.person, turn.workspace):
            return Notice(say("post_not_yours", language))
        embedder, vector = await self._meaning(question)
        await self._database.write(lambda c: mark_solved(self._database, c, event, embedder, vector))
        await self._database.write(lambda c: close_handoff(c, turn.conversation))
        await self._mining.content(turn.conversation)
        message = await self._database.read(lambda c: message_of(c, event))
        try:
            shown = message is not None and await channel.solved(message)
        except (Refused, Unavailable) as e:
            _log.info("a solved post could not be shown as such", reason=str(e))
            return Notice(say("post_solved", language) + " " + say("post_no_right", language))
        return Notice(say("post_solved_tagged" if shown else "post_solved", language))

    async def related(self, message: Message, reply: Reply) -> Reply:
        """The reply to a new post, with the solved posts of the same forum that ask the same."""
        channel = self._channels.get(message.conversation.channel)
        if message.addressed is not Addressed.FORUM or channel is None:
            return reply
        room, here = room_of(message.conversation), message.conversation.key
        embedder = self._knowledge.embedder.name
        posts = await self._database.read(lambda c: solved_posts(c, room, embedder, here, _LOOKED_AT))
        if not posts:
            return reply
        made_by, vector = await self._meaning(message.text)
        if made_by != embedder:
            return reply
        alike = np.stack([np.frombuffer(p.vector, "<f4") for p in posts]) @ np.frombuffer(vector, "<f4")
        found: list[Source] = []
        for n in np.argsort(-alike, kind="stable")[:_SHOWN]:
            post = posts[int(n)]
            if alike[n] >= self._knowledge.questions.same and (link := await channel.link(post.message)):
                title = (post.question.strip().splitlines() or [""])[0][:_TITLE_CHARS]
                found.append(Source(len(found) + 1, title, "", link, ""))
        return replace(reply, related=tuple(found))

    async def _meaning(self, question: str) -> tuple[str, bytes]:
        """The embedder's name and the question's vector; both empty when it cannot be embedded now."""
        try:
            vector = await self._knowledge.questions.meaning(question)
        except (EmbedderAway, Unavailable) as e:
            _log.info("a post could not be compared", reason=str(e))
            return "", b""
        return self._knowledge.embedder.name, vector.astype("<f4").tobytes()
