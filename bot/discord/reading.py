"""Turns Discord's messages into ours: which conversation, how it is addressed, what was typed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import discord

from engine.types import Addressed, Conversation, File, Message

NAME = "discord"
_TAGS = re.compile(
    r"<(?:(?P<user>@!?)|(?P<role>@&)|(?P<channel>#))(?P<id>\d{1,20})>"
    r"|<a?:(?P<emoji>\w{2,32}):\d{1,20}>|</(?P<command>[^:<>]{1,100}):\d{1,20}>"
)
_EVERYONE = re.compile(r"@(?:everyone|here)\b")
_BLANKS = re.compile(r"[ \t]{2,}")
Somewhere = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.ForumChannel
    | discord.Thread
    | discord.DMChannel
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said: ``workspace`` as our conversations name it, ``room`` and ``thread`` as Discord's ids.

    ``threads`` says whether a thread is started on a question here, ``beside`` that each question is a conversation of
    its own without one; ``title`` is the title of a forum post, and ``forum`` the forum it was posted in (0 elsewhere).
    """

    workspace: str
    room: int
    thread: int = 0
    direct: bool = False
    threads: bool = False
    beside: bool = False
    forum: int = 0
    title: str = ""

    @property
    def conversation(self) -> Conversation:
        """The conversation of what is said right here."""
        return Conversation(NAME, self.workspace, str(self.room), str(self.thread or ""))

    def conversation_on(self, message: int) -> Conversation:
        """The conversation of a question with this id: in a text channel, the thread that will be on it.

        Such a thread has its first message's id, so the key is known before the thread exists, and the same where none
        is started.
        """
        if not (self.threads or self.beside):
            return self.conversation
        return Conversation(NAME, self.workspace, str(self.room), str(message))

    def handle_on(self, message: int) -> str:
        """How to answer it: in a thread to be started on it, beside it in its channel, or as a reply to it here.

        In a forum's post it can be said to be solved.
        """
        how = "thread" if self.threads else "beside" if self.beside else "post" if self.forum else "reply"
        return f"{how}:{message}"


def place_of(channel: Somewhere, workspace: str, *, threads: bool = True) -> Place:
    """Where this channel is, for a workspace with this name; with ``threads`` they are started where the bot may."""
    if isinstance(channel, discord.DMChannel):
        return Place(workspace, channel.id, direct=True)
    if isinstance(channel, discord.Thread):
        forum = channel.parent_id if isinstance(channel.parent, discord.ForumChannel) else 0
        return Place(workspace, channel.parent_id, channel.id, forum=forum, title=channel.name if forum else "")
    text = isinstance(channel, discord.TextChannel)
    starts = text and threads and _may_start_threads(channel)
    return Place(workspace, channel.id, threads=starts, beside=text and not starts)


def _may_start_threads(channel: discord.abc.GuildChannel) -> bool:
    me: discord.Member | None = channel.guild.me
    if me is None:  # Discord has not sent this server yet: it is tried, and stands beside where that is refused
        return True
    may = channel.permissions_for(me)
    return may.create_public_threads and may.send_messages_in_threads


def answered_before(message: discord.Message, me: int) -> int:
    """The question whose answer of ours this is a reply to; 0: none.

    Discord sends the message that is replied to with the reply.
    """
    said = message.reference.resolved if message.reference else None
    if not isinstance(said, discord.Message) or said.author.id != me or said.reference is None:
        return 0
    return said.reference.message_id or 0


def is_talk(message: discord.Message, programs: Collection[str] = ()) -> bool:
    """Whether a person wrote it, or one of these programs (ids): no other bot, no webhook, not Discord itself."""
    ordinary = message.type in (discord.MessageType.default, discord.MessageType.reply)
    return ordinary and (not is_program(message) or _who(message) in programs)


def is_program(message: discord.Message) -> bool:
    """Whether a bot or a webhook wrote it."""
    return message.author.bot or message.webhook_id is not None


def _who(message: discord.Message) -> str:
    return str(message.webhook_id or message.author.id)


def read(
    message: discord.Message,
    place: Place,
    me: int,
    *,
    opens_post: bool = False,
    chosen: bool = False,
    root: int = 0,
    programs: Collection[str] = (),
) -> Message | None:
    """The message in our words, or None when it is none of our business: a bot's, or talk outside of threads.

    ``me`` is the bot's user id; ``opens_post`` says that this is the first message of a forum post that the bot looks
    after.  What others say in a thread is handed on as ``Addressed.THREAD``: only the desk knows whether it is in it.
    ``chosen``: somebody wants it to be answered, whomever it was said to.  ``root`` is the question that began the
    conversation which this goes on, where that stands in no thread.  ``programs``: ids of bots and webhooks that are
    answered where they name us; we ourselves never.
    """
    program = is_program(message)
    if not is_talk(message, programs) or message.author.id == me:
        return None
    mine = _mine(message, me)
    named = {*(user.id for user in message.mentions), *(role.id for role in message.role_mentions)}
    if program and not named & mine:
        return None
    if chosen:
        addressed = Addressed.COMMAND
    elif place.direct:
        addressed = Addressed.DIRECT
    elif named & mine:
        addressed = Addressed.MENTION
    elif opens_post:
        addressed = Addressed.FORUM
    elif place.thread or root:
        addressed = Addressed.THREAD
    else:
        return None
    return Message(
        id=str(message.id),
        conversation=place.conversation_on(root or message.id),
        author=str(message.author.id),
        text=question_of(message, me, place.title if opens_post else ""),
        addressed=addressed,
        mentions_others=not chosen and (bool(named - mine) or bool(_EVERYONE.search(message.content))),
        command="ask" if chosen else "",
        files=tuple(File(a.filename, a.url, a.size) for a in message.attachments),
        handle=place.handle_on(message.id),
        program=program,
    )


def _mine(message: discord.Message, me: int) -> set[int]:
    """The ids that name the bot: its own, and that of its role."""
    return {me, *(role.id for role in message.role_mentions if role.tags and role.tags.bot_id == me)}


def question_of(message: discord.Message, me: int, title: str = "") -> str:
    """What is asked: what was typed, below the ``title`` of the post that it opens."""
    text = text_of(message, _mine(message, me))
    if title and title not in text:  # people put the question into the title
        text = f"{title}\n\n{text}".strip()
    return text


def text_of(message: discord.Message, mine: set[int]) -> str:
    """What was typed, with names instead of ids, and without the mentions of the bot."""
    people = {user.id: user.display_name for user in message.mentions}
    roles = {role.id: role.name for role in message.role_mentions}

    def word(tag: re.Match[str]) -> str:
        if tag["emoji"]:
            return f":{tag['emoji']}:"
        if tag["command"]:
            return f"/{tag['command']}"
        number = int(tag["id"])
        if number in mine:
            return " "
        if tag["user"]:
            return f"@{people.get(number, 'somebody')}"
        if tag["role"]:
            return f"@{roles.get(number, 'role')}"
        channel = message.guild.get_channel_or_thread(number) if message.guild else None
        return f"#{channel.name if channel else 'channel'}"

    said, shown = [], message.content
    for n, part in enumerate(re.split(r"(```.*?```)", shown, flags=re.DOTALL)):  # a code block stays as it was typed
        said.append(part if n % 2 else _BLANKS.sub(" ", _TAGS.sub(word, part)))
    return "".join(said).strip()
