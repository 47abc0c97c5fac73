"""A channel for platforms that can post, edit and delete: replies that grow by edits, each part posted once."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from bot import replies_shown
from bot.channel import Channel, Placed, Post
from bot.markup import markdown_messages, parse, settled
from bot.markup.tree import Document
from engine.growing import Growing
from engine.types import Outcome


class EditedChannel(Channel):
    """A ``Channel`` that says how one post is made, changed and removed; when to do which stands here."""

    #: Seconds between two states of a growing reply, and characters that a post may have.
    pause_s: ClassVar[float] = 1.0
    post_chars: ClassVar[int] = 3_500

    def texts(self, document: Document) -> list[str]:
        """The posts that a document becomes: Markdown, unless the platform speaks something else."""
        return markdown_messages(document, limit=self.post_chars)

    @abstractmethod
    async def add(self, post: Post, number: int, text: str) -> str:
        """Post a part where the question stands, marked with ``post.key`` and its number; returns its id."""

    @abstractmethod
    async def change(self, identity: str, text: str) -> None:
        """Make a post say something else; nothing where a person has deleted it."""

    @abstractmethod
    async def remove(self, identity: str) -> None:
        """Delete a post; nothing where it is gone."""

    @abstractmethod
    async def earlier(self, post: Post) -> list[str]:
        """The ids of our posts that carry this key, by their numbers, as the platform knows them."""

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """``Channel.stream``."""
        shown = dict.fromkeys(post.placed, "")  # text by id; empty where an earlier try posted it
        for identity in await self.earlier(post) if post.again else ():
            if identity not in shown:
                await placed(identity)
                shown[identity] = ""
        async for state in growing.states(pause_s=self.pause_s):
            await self._show(post, shown, self.texts(parse(state if growing.waits else settled(state))), placed)
        reply = growing.reply
        if reply is None:  # the writer has left
            await self._show(post, shown, self.texts(parse(growing.shown)), placed)
            return
        final = [] if reply.outcome is Outcome.IGNORED else self.texts(replies_shown.document(reply))
        await self._show(post, shown, final, placed)
        for identity in list(shown)[len(final) :]:
            await self.remove(identity)

    async def _show(self, post: Post, shown: dict[str, str], parts: list[str], placed: Placed) -> None:
        """Bring the first posts to these parts; those beyond them stay until the end, which may need them."""
        identities = list(shown)
        for n, part in enumerate(parts):
            if n == len(identities):
                post.check()
                identities.append(await self.add(post, n, part))
                shown[identities[n]] = part
                await placed(identities[n])
            elif shown[identities[n]] != part:
                await self.change(identities[n], part)
                shown[identities[n]] = part

    async def withdraw(self, post: Post) -> None:
        """``Channel.withdraw``."""
        for identity in dict.fromkeys([*post.placed, *await self.earlier(post)]):
            await self.remove(identity)
