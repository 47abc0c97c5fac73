"""The contracts between the desk and a platform: what a channel is given, and what it must be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from engine.growing import Growing
from engine.types import Audience, Conversation, Message

#: Called with a platform message's id as soon as it is visible, so that a crash after it leads to no second one.
Placed = Callable[[str], Awaitable[None]]


def _ours() -> None:
    """Nobody else can have it."""


@dataclass(frozen=True, slots=True)
class Post:
    """A reply to be shown.

    ``key`` is the same for every try (a channel puts it where the platform lets it recognise its own message:
    metadata, nonce).  ``placed`` are the ids of the messages that earlier tries made, in order.  ``again`` is true
    when an earlier try may have shown something that was not recorded: the channel looks for it before it posts.
    ``check`` raises ``LeaseLost`` when the reply is another worker's by now (this process was frozen for a while): it
    is called right before each request that makes a new message visible, with no ``await`` in between.
    """

    key: str
    message: Message
    placed: tuple[str, ...] = ()
    again: bool = False
    check: Callable[[], None] = field(default=_ours, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button below an answer; ``event`` is the ``Post.key`` of that answer."""

    action: Literal["helpful", "not_helpful", "person"]
    event: str
    person: str
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Command:
    """A chat command other than ``ask``: answered privately, at once.

    ``name`` is ``why``, ``help``, ``forget-me``, ``kb list``, ...; ``is_admin`` is what the platform and the settings
    say now; ``admins`` says who is one, for the refusal (rendered by the channel).
    """

    name: str
    text: str
    person: str
    conversation: Conversation
    is_admin: bool = False
    admins: tuple[str, ...] = ()


class Reception(Protocol):
    """What a channel hands its events to.  Every method has committed when it returns; before, nothing is promised."""

    async def accept(self, message: Message) -> bool:
        """Keep a message.  True: it is ours (also a redelivery); False: talk that is not meant for us, not kept.

        Raises ``Unavailable`` when it could not be kept: the platform must not be acknowledged.
        """

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        """A question was changed by its author: respected until its answer is under way."""

    async def deleted(self, channel: str, message_id: str) -> None:
        """A question was deleted by its author: no answer any more, and it leaves the history."""

    async def pressed(self, press: Press) -> str:
        """A button was pressed; returns Markdown for that person alone."""

    async def command(self, command: Command) -> str:
        """A chat command; returns Markdown for that person alone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``doctor`` tried: ``advice`` says what to do when it does not work."""

    what: str
    works: bool
    advice: str = ""


class Channel(BaseModel, ABC):
    """A platform: its fields are its settings, its methods turn events into messages and replies into posts.

    Clients are made on first use.  ``workspace``: empty, and each workspace of the platform is one of its own; a
    name, and all that comes through this channel belongs to that workspace.
    """

    model_config = ConfigDict(extra="forbid")

    name: ClassVar[str]
    workspace: str = ""

    @abstractmethod
    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """Connect, call ``connected`` once, and hand on events until cancelled.  Connects again by itself."""

    @abstractmethod
    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """Who can read a reply to this message; what was looked up may be at most so old (0: look now)."""

    @abstractmethod
    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """Show a reply while it grows, and return when its last state is visible.

        Shows ``growing.text`` within the platform's budgets and ends with ``growing.reply``, whose sources and
        buttons it adds.  Doing it again with the same ``post.key`` makes no second reply.  Raises ``Unavailable``
        when the platform should be tried again later, ``Refused`` when it never will.
        """

    @abstractmethod
    async def withdraw(self, post: Post) -> None:
        """Take back what was shown for this post (its question was deleted, or its audience changed)."""

    @abstractmethod
    async def tell(self, where: str, text: str) -> None:
        """Say something (Markdown) in a room or to a person that the settings name, as for a hand-off."""

    async def link(self, message: Message) -> str:
        """A link that opens this message on the platform; empty where there is none."""
        del message
        return ""

    async def check(self) -> list[Finding]:
        """Try what the settings name, for ``doctor``."""
        return []

    async def close(self) -> None:
        """Let go of connections; called once, after ``run`` was cancelled and the last reply was sent."""
