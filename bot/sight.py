"""What one person may see of questions that others asked: those from rooms that they read themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.types import Addressed, Audience, Conversation, Message

if TYPE_CHECKING:
    from bot.channel import Channel


class Sight:
    """Looks with one person's eyes, as the platform says now; made anew for each look.

    A question that its author was answered alone (a direct message) is nobody else's, an admin's neither; one from a
    private room is for those who are in it.
    """

    def __init__(self, channels: Mapping[str, Channel], person: str, channel: str, workspace: str) -> None:
        self._channels = channels
        self._person = person
        self._channel = channel
        self._workspace = workspace
        self._reader: Audience | None = None
        self._seen: dict[Conversation, bool] = {}

    async def may_read(self, conversation: Conversation, author: str, grants: frozenset[str]) -> bool:
        """Whether they may read a question that was asked here and answered to the audience with these grants."""
        if conversation.channel != self._channel:
            return False  # who they are on another platform is not known
        if author == self._person:
            return True
        if not grants or any(grant.startswith("user:") for grant in grants):
            return False
        if conversation not in self._seen:
            self._seen[conversation] = await self._reads(conversation)
        return self._seen[conversation]

    async def _reads(self, conversation: Conversation) -> bool:
        """Whether they are among those for whom documents from here would be."""
        channel = self._channels[self._channel]
        if self._reader is None:
            self._reader = await channel.alone(self._person, self._workspace) or Audience.of(self._workspace)
        grant = await channel.default_grant(conversation, self._person)
        return not grant.startswith("user:") and self._reader.may_read(grant)


class RoomSight:
    """Looks with the eyes of all who read a room, as the platform says now."""

    def __init__(self, channel: Channel, reader: Audience) -> None:
        self._channel = channel
        self.reader = reader
        self._seen: dict[Conversation, bool] = {}

    @classmethod
    async def of(cls, channel: Channel, room: Conversation) -> RoomSight:
        """Of those who are in the room at this moment."""
        looking = Message("sight", room, "", "", Addressed.MENTION)
        return cls(channel, await channel.audience(looking, max_age_s=0.0))

    async def may_read(self, conversation: Conversation, author: str, grants: frozenset[str]) -> bool:
        """Whether all of them may read a question that was asked here and answered to the audience of ``grants``."""
        if conversation.channel != self._channel.name or conversation.workspace != self.reader.workspace:
            return False
        if not grants or any(grant.startswith("user:") for grant in grants):
            return False
        if conversation not in self._seen:
            grant = await self._channel.default_grant(conversation, author)
            self._seen[conversation] = not grant.startswith("user:") and self.reader.may_read(grant)
        return self._seen[conversation]
