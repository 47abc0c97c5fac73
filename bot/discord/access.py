"""Who can read a reply on Discord, and who may command: looked up at Discord, remembered for a minute at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import discord

from bot.discord.reading import Place, Somewhere, place_of
from bot.discord.rest import Rejected, in_our_words
from bot.looked import Looked
from bot.rooms import Room
from engine.errors import Unavailable
from engine.types import PUBLIC, WORKSPACE, Addressed, Audience, Conversation, Message

_REMEMBERED = 2000  # people; a person takes about a kilobyte
_MEMBER_MAX_AGE_S = 60.0
#: By how much Discord's clock and ours may differ.
_CLOCKS = timedelta(minutes=5)


class Access:
    """Looks people and channels up.

    Channels, roles and their permissions are Discord's live cache (each change is pushed through the gateway).  Members
    are asked for one by one, so that no privileged intent is needed.

    A server is a workspace, and each of its members may read the workspace's documents: Discord has no guests, but
    for people invited to one voice channel, and for servers that let strangers look in before they join
    (``DISCOVERABLE``).  Both are kept out below.
    """

    def __init__(self, client: Callable[[], discord.Client], workspace: str, *, threads: bool = True) -> None:
        self._client = client
        self._workspace = workspace
        self._threads = threads
        self._members = Looked(self._member, size=_REMEMBERED)

    async def channel(self, number: int) -> Somewhere:
        """The channel or thread with this id.  Raises ``Rejected`` when there is none that the bot can see."""
        with in_our_words():
            found = self._client().get_channel(number) or await self._client().fetch_channel(number)
        if not isinstance(found, Somewhere):
            raise Rejected(404, 0, "This kind of channel holds no conversations.")
        return found

    async def place(self, channel: Somewhere, person: int) -> Place:
        """Where something stands that this person said in this channel."""
        return place_of(channel, await self.workspace_of(channel, person), threads=self._threads)

    async def workspace_of(self, channel: Somewhere, person: int) -> str:
        """The workspace that a conversation in this channel belongs to.

        A direct message belongs to the server that the person shares with the bot; with several, to the oldest of
        those, so that the same person always ends up in the same one; with none (they have left), to the oldest.
        """
        if self._workspace:
            return self._workspace
        if not isinstance(channel, discord.DMChannel):
            return str(channel.guild.id)
        guilds = sorted(self._client().guilds, key=lambda g: g.id)
        if not guilds:
            raise Unavailable("Discord has named no server yet that the bot is in")
        if len(guilds) > 1:
            for guild in guilds:
                if await self.member(guild, person):
                    return str(guild.id)
        return str(guilds[0].id)

    async def member(
        self, guild: discord.Guild, person: int, *, max_age_s: float = _MEMBER_MAX_AGE_S
    ) -> discord.Member | None:
        """This person in that server, as Discord says now (or said so many seconds ago); None: not in it."""
        return await self._members.get((guild.id, person), max_age_s)

    async def _member(self, who: tuple[int, int]) -> discord.Member | None:
        guild, person = who
        try:
            with in_our_words():
                known = self._client().get_guild(guild)
                return await known.fetch_member(person) if known else None
        except Rejected as e:
            if e.status != 404:
                raise
            return None

    async def audience(self, message: Message, *, max_age_s: float) -> Audience:
        """What all readers of a reply may read."""
        workspace, room = message.conversation.workspace, int(message.conversation.room)
        direct = message.addressed is Addressed.DIRECT
        channel = None if direct else await self.channel(room)
        if channel is None or isinstance(channel, discord.DMChannel):
            return await self._direct(workspace, int(message.author), max_age_s)
        guild = channel.guild
        if guild.unavailable or guild.get_channel(room) is None:
            raise Unavailable("Discord has not sent this server's channels yet")
        everybody = channel.permissions_for(guild.default_role).view_channel
        strangers = "DISCOVERABLE" in guild.features and everybody
        guests = isinstance(channel, discord.VoiceChannel | discord.StageChannel)
        grants = [f"room:{room}"] if strangers or guests else [WORKSPACE, f"room:{room}"]
        return Audience.of(workspace, *grants)

    async def _direct(self, workspace: str, person: int, max_age_s: float) -> Audience:
        """One reader: what the workspace may read, what was given to them and to the rooms that they see now."""
        grants = {PUBLIC}
        for guild in self._client().guilds:
            if not self._workspace and str(guild.id) != workspace:
                continue
            if guild.unavailable:
                raise Unavailable("Discord has not sent this server's channels yet")
            member = await self.member(guild, person, max_age_s=max_age_s)
            if member is None:
                continue
            if not member.flags.guest:
                grants |= {WORKSPACE, f"user:{person}"}
            grants |= {
                f"room:{c.id}"
                for c in guild.channels
                if not isinstance(c, discord.CategoryChannel) and c.permissions_for(member).view_channel
            }
        return Audience.of(workspace, *grants)

    async def room(self, number: int) -> Conversation | None:
        """This channel in its workspace; None: it stands in no server."""
        channel = await self.channel(number)
        if isinstance(channel, discord.DMChannel):
            return None
        return Conversation("discord", self.workspace(channel.guild.id), str(number))

    def knows(self, number: int) -> bool:
        """Whether this is a channel or thread of a server."""
        return self._client().get_channel(number) is not None

    def workspace(self, guild: int) -> str:
        """The workspace that this server is; 0: no server."""
        return self._workspace or (str(guild) if guild else "")

    def has(self, workspace: str) -> bool:
        """Whether a server that the bot is in is this workspace."""
        return any(workspace in (self._workspace, str(guild.id)) for guild in self._client().guilds)

    async def alone(self, person: int, workspace: str) -> Audience:
        """What may be told to this person in a direct message, looked up now."""
        return await self._direct(workspace, person, 0.0)

    async def writable(self, person: int, workspace: str) -> list[Room]:
        """The text channels where this person may write, asked now, and so may we.

        A message of ours there comes after what its handle names.
        """
        found: list[Room] = []
        since = discord.utils.time_snowflake(discord.utils.utcnow() - _CLOCKS)
        for guild in self._client().guilds:
            if workspace not in (self._workspace, str(guild.id)) or guild.unavailable:
                continue
            member = await self.member(guild, person, max_age_s=0.0)
            if member:
                both = (member, guild.me)
                found += [
                    Room(str(channel.id), channel.name, f"new:0:{since}")
                    for channel in guild.text_channels
                    if all(may.view_channel and may.send_messages for may in map(channel.permissions_for, both))
                ]
        return found

    async def manages(self, person: int, workspace: str) -> bool:
        """Whether this person may manage a server that belongs to the workspace: asked at Discord each time."""
        for guild in self._client().guilds:
            if workspace in (self._workspace, str(guild.id)):
                member = await self.member(guild, person, max_age_s=0.0)
                if member and (member.guild_permissions.manage_guild or member.guild_permissions.administrator):
                    return True
        return False

    async def default_grant(self, room: int, thread: int, person: int) -> str:
        """For whom documents from here are: a private channel's for that channel, a private thread's for this person.

        A thread can be private where its channel is not, and no grant is as narrow as that.
        """
        if thread:
            try:
                where = await self.channel(thread)
            except Rejected:  # it is not started yet, and will be public
                where = None
            if isinstance(where, discord.Thread) and where.is_private():
                return f"user:{person}"
        channel = await self.channel(room)
        if isinstance(channel, discord.DMChannel):
            return WORKSPACE
        everybody = channel.permissions_for(channel.guild.default_role).view_channel
        return WORKSPACE if everybody else f"room:{room}"
