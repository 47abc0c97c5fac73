"""The contracts between the desk and a platform: what a channel is given, and what it must be able to do."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from pydantic import BaseModel, ConfigDict

from bot.choices import Select
from bot.gaps import Bookmarks
from bot.heard import Heard
from bot.rooms import Room
from bot.sheets import Sheet
from engine.errors import Refused
from engine.growing import Growing
from engine.types import Audience, Conversation, File, Message, Reply

#: Keeps one thing for a recording: its kind (``event``, ``answer``), its name, how our reader takes it (empty: it does
#: not), and what the platform sent.
Keep = Callable[[str, str, str, Mapping[str, Any]], None]
#: Called with a platform message's id as soon as it is visible, so that a crash after it leads to no second one.
Placed = Callable[[str], Awaitable[None]]


#: The action of the button below an answer in a forum's post; its value is the answer's ``Post.key``.
SOLVED: Final = "post.solved"


def _ours() -> None:
    """Nobody else can have it."""


def _nothing(_: Reply) -> Sequence[Button | Select]:
    """Nothing stands below it but what stands below every reply."""
    return ()


@dataclass(frozen=True, slots=True)
class Post:
    """A reply to be shown.

    ``key`` is the same for every try (a channel puts it where the platform lets it recognise its own message:
    metadata, nonce).  ``placed`` are the ids of the messages that earlier tries made, in order.  ``again`` is true
    when an earlier try may have shown something that was not recorded: the channel looks for it before it posts.
    ``check`` raises ``LeaseLost`` when the reply is another worker's by now (this process was frozen for a while): it
    is called right before each request that makes a new message visible, with no ``await`` in between.  ``below``
    says which buttons stand below this whole reply, behind those of every reply.
    """

    key: str
    message: Message
    placed: tuple[str, ...] = ()
    again: bool = False
    check: Callable[[], None] = field(default=_ours, repr=False, compare=False)
    below: Callable[[Reply], Sequence[Button | Select]] = field(default=_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a notice.

    ``action`` is the desk's word for what it does (``kb.cancel``), ``value`` what it is about: both come back in a
    ``Press``.  A channel leaves out what it cannot carry: 85 characters for both are safe.  ``in_place``: what comes
    of it takes the place of the notice that it stands in (another page of a list).
    """

    label: str
    action: str
    value: str
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the desk says beside answers, to one person: Markdown, with buttons below it, or a file."""

    text: str = ""
    buttons: tuple[Button | Select, ...] = ()
    file: Sheet | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button.

    Below an answer ``action`` is ``helpful``, ``not_helpful`` or ``person`` and ``value`` the ``Post.key`` of that
    answer; below a notice they are the button's; with a ``Form`` that was sent they are the form's, and ``filled``
    holds what was written, by the fields' names.  ``language`` is the person's (``zh``) where the platform says it.
    ``files`` came with a question.

    What a platform offers by itself: ``ask.form`` (a form for a question), ``kb.keep`` (a form that makes an entry of
    the message whose text is ``filled["text"]``), ``ask.this`` (``value`` is asked, and answered aside), and
    ``feedback.take_back`` (a reaction that was removed; ``filled["said"]`` is ``helpful`` or ``not_helpful``).
    """

    action: str
    value: str
    person: str
    conversation: Conversation
    language: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form: at most ``most`` characters, in ``lines`` where they may be many; ``value`` stands there."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    lines: bool = False
    required: bool = True
    most: int = 2_000


@dataclass(frozen=True, slots=True)
class Form:
    """Something to be filled in by one person, in a window of the platform's own (a modal): one to five fields.

    Sent, it comes back as a ``Press`` with this ``action`` and ``value``.  Safe everywhere: a title of 24 characters,
    labels of 45, an action and a value of 85 together.
    """

    title: str
    action: str
    value: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A chat command other than ``ask``: answered privately, at once.

    ``name`` is ``why``, ``help``, ``forget-me``, ``kb list``, ...; ``files`` came with it; ``language`` is the
    person's (``zh``) where the platform says it.  Whether the person is an admin is asked of the channel.  ``id`` is
    the same when the platform delivers it again; empty where it never does.
    """

    name: str
    text: str
    person: str
    conversation: Conversation
    files: tuple[File, ...] = ()
    language: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that can be chosen while a command is typed: ``label`` is shown, ``value`` is then written."""

    label: str
    value: str


class Reception(Protocol):
    """What a channel hands its events to.  Every method has committed when it returns; before, nothing is promised.

    ``claimed``: commands beside ``ask`` that are messages (plugins answer them), each with what it is for, in English.
    """

    claimed: Mapping[str, str]

    async def accept(self, message: Message) -> bool:
        """Keep a message.  True: it is ours (also a redelivery); False: talk that is not meant for us, not kept.

        Raises ``Unavailable`` when it could not be kept: the platform must not be acknowledged.
        """

    async def edited(self, channel: str, message_id: str, text: str) -> None:
        """A question was changed by its author: respected until its answer is under way."""

    async def deleted(self, channel: str, message_id: str) -> None:
        """A question was deleted by its author: no answer any more, and it leaves the history."""

    async def pressed(self, press: Press) -> Notice:
        """A button was pressed; returns what that person alone is told (no text: nothing)."""

    async def form(self, press: Press) -> Form | None:
        """What has to be filled in before this press can be acted on; None: nothing, it is acted on at once.

        Platforms wait three seconds for it.
        """

    async def command(self, command: Command) -> Notice:
        """A chat command; returns what that person alone is told."""

    async def prompts(self, where: Conversation, person: str, language: str) -> tuple[str, ...]:
        """Questions that this person could begin with, at most four: only what everybody in the workspace may know."""

    async def suggest(self, command: Command) -> Sequence[Suggestion]:
        """What could be meant by a command that this person is still typing, the best first: at most 25.

        Nothing that the command would not tell them.  Platforms wait three seconds for it.
        """


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
    #: Whether commands can be typed as messages (`kb add` with files): where ``whisper`` works.
    takes_typed: ClassVar[bool] = False
    #: Whether ``whisper`` shows something right below the conversation, not in direct messages.
    whispers_here: ClassVar[bool] = False
    #: Whether ``Reception.form`` is asked before a press is acted on, so that buttons may lead to forms.
    takes_forms: ClassVar[bool] = False
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

        Shows ``growing.shown`` within the platform's budgets and ends with ``growing.reply``, whose sources and
        buttons it adds; without a reply when the writer has left (``growing.left``): what is shown then stays.  Doing
        it again with the same ``post.key`` makes no second reply.  Raises ``Unavailable`` when the platform should be
        tried again later, ``Refused`` when it never will.
        """

    @abstractmethod
    async def withdraw(self, post: Post) -> None:
        """Take back what was shown for this post (its question was deleted, or its audience changed)."""

    @abstractmethod
    async def tell(self, where: str, text: str) -> None:
        """Say something (Markdown) in a room or to a person that the settings name, as for a hand-off."""

    async def talk(self, message: Message) -> tuple[str, ...]:
        """What people said in this message's thread before it, oldest first; nothing where it begins one.

        What programs said is left out.  It is looked up once when somebody names us in a thread of other people, and
        whenever the thread itself is asked about.
        """
        del message
        return ()

    async def said_after(self, message: Message, person: str) -> tuple[str, ...]:
        """What this person said in the thread of a message after it, oldest first; nothing where there is none."""
        del message, person
        return ()

    def desk(self, workspace: str) -> str:
        """The room or person, as ``tell`` takes it, that is told when somebody there needs a colleague; empty: none."""
        del workspace
        return str(getattr(self, "handoff", ""))

    async def link(self, message: Message) -> str:
        """A link that opens this message on the platform; empty where there is none."""
        del message
        return ""

    async def called(self, where: Conversation, person: str = "") -> str:
        """What people call this room, or this person there; empty where that is not known."""
        del where, person
        return ""

    def below(self, message: Message, placed: Sequence[str]) -> Message:
        """The same message for another reply to it, which stands below the first: the one with these ``placed``."""
        del placed
        return message

    async def solved(self, message: Message) -> bool:
        """Show that this question's conversation is solved; False: there is no sign for it.  Raises ``Refused``."""
        del message
        return False

    @property
    def heard(self) -> Heard | None:
        """Since when it hears of every edit and deletion; None where there are none, or none is ever missed."""
        return None

    def said_at(self, message: Message) -> float:
        """When it was said (seconds since 1970), where the platform may tell of it late, in the words of then."""
        del message
        return math.inf

    async def reads_now(self, message: Message) -> str | None:
        """What this message says now, asked of the platform; None when it is gone.

        Its text as it is where the platform does not show it.  Raises ``Unavailable`` when it may show it later.
        """
        return message.text

    def use_bookmarks(self, bookmarks: Bookmarks) -> None:
        """Called once before ``run``: how far the channel has read can be kept there; without need of it, nothing."""
        del bookmarks

    async def working(self, message: Message, doing: str) -> None:
        """Say beside the conversation what is being done for this message (empty: nothing more); it may be left out.

        Never where an answer will stand, and never instead of it: what is said so must not outlive the answer.
        """
        del message, doing

    # What a platform can do for its admins and for one person alone: without these, it cannot.

    async def is_admin(self, person: str, workspace: str) -> bool:
        """Whether the settings, or the platform asked now, call this person an admin of that workspace."""
        del person, workspace
        return False

    async def who_is_admin(self) -> tuple[str, ...]:
        """Who is an admin, in words, for those who are not."""
        return ()

    async def language(self, person: str) -> str:
        """The language that the platform speaks with this person (``zh``); empty where it does not say."""
        del person
        return ""

    async def default_grant(self, where: Conversation, person: str) -> str:
        """Who may be told what this person loads from here: a private room's documents stay with that room."""
        del where
        return f"user:{person}"

    async def located(self, file: File) -> File:
        """The file with its name and address, asked of the platform where a message told less; as ``download``."""
        return file

    async def download(self, file: File) -> bytes:
        """What is in a file that came with a message: at most ``bot.downloads.MOST_BYTES``.

        Raises ``Refused`` when it can never be had, ``Unavailable`` when it may be had later.
        """
        raise Refused(f"{self.name} keeps no files that could be read from {file.url!r}")

    async def notice(self, where: Conversation, notice: Notice, *, person: str, shown: str = "") -> str:
        """Show something to one person, in one message that stays and can be changed; returns its id.

        It stands in ``where`` when that is a direct message, else in the direct messages with this person.  ``shown``
        is the id of the message that is to be changed.  Raises ``Refused`` when it is gone, or when nothing can be
        said to this person alone.
        """
        del where, notice, shown
        raise Refused(f"{self.name} has no direct messages with {person}")

    async def whisper(self, where: Conversation, notice: Notice, *, person: str) -> None:
        """Show something to one person alone, here if the platform can, else in their direct messages."""
        await self.notice(where, notice, person=person)

    async def alone(self, person: str, workspace: str) -> Audience | None:
        """What may be told to this person in a direct message, looked up now; None where there are none."""
        del person, workspace
        return None

    async def writable(self, person: str, workspace: str) -> Sequence[Room]:
        """The rooms in which this person may write themselves, and we too, looked up now; none where we post none."""
        del person, workspace
        return ()

    async def aside(self, message: Message) -> Message:
        """The same question in the direct messages with its author, where it is shown first; ``id`` stays the same.

        Raises ``Refused`` where there are none.
        """
        raise Refused(f"{self.name} has no direct messages with {message.author}")

    async def record(self, keep: Keep) -> None:
        """Give what the platform sends to ``keep`` as it came, until cancelled, and change nothing there.

        For `doctor --record`, which redacts it; a platform that records nothing returns at once.
        """
        del keep

    async def check(self) -> list[Finding]:
        """Try what the settings name, for ``doctor``."""
        return []

    async def close(self) -> None:
        """Let go of connections; called once, after ``run`` was cancelled and the last reply was sent."""
