"""The frozen values that travel from a channel's message to the reply and its receipt.

Nothing here is shaped by one platform: every field means the same in Slack, Discord, a terminal or a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import orjson

PUBLIC = "public"
WORKSPACE = "workspace"
#: In the place of a grant: a file that came with the question.  No audience has it, so that nothing of one is kept.
ATTACHED = "attached"
#: What the ids of passages and documents begin with that are results of tools: ``tool:NUMBER:GRANT``.
TOOL = "tool:"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where people talk: the key of order, of history and of hand-off.

    ``channel`` is the channel's name (``slack``), ``workspace`` the tenant whose documents are used, ``room`` the
    platform's id of the room, ``thread`` of the thread (empty where there are none).
    """

    channel: str
    workspace: str
    room: str
    thread: str = ""

    @property
    def key(self) -> str:
        """The same text for the same conversation, always: JSON, so that no id can be mistaken for a separator."""
        return orjson.dumps([self.channel, self.workspace, self.room, self.thread]).decode()

    @classmethod
    def from_key(cls, key: str) -> Conversation:
        """The conversation that has this ``key``."""
        return cls(*orjson.loads(key))


class Addressed(StrEnum):
    """How a message came to us."""

    DIRECT = "direct"  # a direct message
    MENTION = "mention"  # it names the bot
    COMMAND = "command"  # a slash command
    THREAD = "thread"  # said in a thread without naming the bot: ours only where the bot is in it already
    FORUM = "forum"  # the first post of a forum thread that the bot looks after


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message; ``url`` may need the platform's token to be read."""

    name: str
    url: str
    size: int = 0  # bytes, as the platform says


@dataclass(frozen=True, slots=True)
class Message:
    """One message from a person to the desk.

    ``id`` is unique within its channel: the same id again is a redelivery.  ``text`` is what was typed, without the
    bot's own mention and with the platform's escapes undone.  ``mentions_others`` is true where it names somebody
    other than the bot.  ``command`` is the chat command (``ask``, ``draft``), empty for plain talk.  ``handle`` is
    for the channel alone: what it needs to reply and nobody else reads.  ``program``: a bot wrote it, one that the
    settings let speak with us (``answer_bots``).
    """

    id: str
    conversation: Conversation
    author: str
    text: str
    addressed: Addressed
    mentions_others: bool = False
    command: str = ""
    files: tuple[File, ...] = ()
    handle: str = ""
    program: bool = False

    @property
    def key(self) -> str:
        """The inbox's unique key."""
        return f"{self.conversation.channel}:{self.id}"

    def as_json(self) -> str:
        """Text that ``from_json`` reads back to an equal value."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Message:
        """The message that ``as_json`` wrote."""
        data: dict[str, Any] = orjson.loads(text)
        data["conversation"] = Conversation(**data["conversation"])
        data["addressed"] = Addressed(data["addressed"])
        data["files"] = tuple(File(**f) for f in data["files"])
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who can read a reply, as the grants that all its readers have.

    A passage may be used when the grant it was loaded with (``public``, ``workspace``, ``room:ID``, ``user:ID``) is
    among ``grants``.  Computed by the channel from who is in the room *now*; never from who asked alone.
    """

    workspace: str
    grants: frozenset[str]

    @classmethod
    def of(cls, workspace: str, *grants: str) -> Audience:
        """An audience with these grants; ``public`` is always among them."""
        return cls(workspace, frozenset((PUBLIC, *grants)))

    def may_read(self, grant: str) -> bool:
        """Whether what was loaded for ``grant`` may be told here."""
        return grant in self.grants


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document, as search found it: ``score`` 0..1, ``grant`` the audience it was loaded for.

    ``heading`` is the path of headings above it (``Install > Linux``), ``url`` a link to it where there is one,
    ``source`` the path or address the document was loaded from; ``dated`` when its text is from, seconds since 1970
    (0: unknown).
    """

    id: str
    document: str
    source: str
    title: str
    heading: str
    url: str
    text: str
    language: str
    grant: str
    score: float = 0.0
    dated: float = 0.0

    @property
    def section(self) -> str:
        """The headings below the title, for showing both: a document's first heading often is its title."""
        below = self.heading.removeprefix(self.title) if self.title else self.heading
        return below.removeprefix(" > ") if below == "" or below.startswith(" > ") else self.heading


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first, and whether that is enough to answer from.

    ``enough`` is decided here, before anything is generated; ``gate`` holds the numbers it was decided from (written
    to the receipt); ``confidence`` 0..1 estimates that the passages hold the answer.  ``notes`` say what was special
    about this search (by words alone, reranked by whom).
    """

    query: str
    passages: tuple[Passage, ...]
    enough: bool
    confidence: float
    gate: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A document that an answer names; ``number`` is its marker in the text (``[1]``).

    ``dated`` is when its text is from, in seconds since 1970; 0: unknown.  ``attached``: it is no document of the
    organisation but a file that came with the question.
    """

    number: int
    title: str
    heading: str
    url: str
    document: str
    dated: float = 0.0
    attached: bool = False


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What became of a file that came with a question; ``why`` it was not read.  ``seen``: a picture."""

    name: str
    how: Literal["whole", "part", "seen", "unread"]
    why: str = ""


class Outcome(StrEnum):
    """The one end that every accepted event has."""

    ANSWERED = "answered"
    HANDED_OFF = "handed_off"
    REFUSED = "refused"  # with a reason that the person sees
    IGNORED = "ignored"  # with a reason, in silence


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a reply came about.

    ``query`` as searched (rewritten where the question referred back), ``passages`` used with their scores, ``gate``
    the numbers of the decision to answer, ``tokens`` ``{prompt, cached, completion}``, ``ms`` milliseconds by stage,
    ``cut`` the sentences that were taken out, each with its reason, ``failures`` how often the model server failed,
    ``doubts`` contradictions among the passages: the ids of both ``documents`` and ``passages``, ``notes`` what was
    special about the search, ``plugin`` the name of the plugin that replied, ``server`` which of several model servers
    wrote, ``kept`` what the plugin wants to know of this reply in later turns of its conversation (JSON), ``calls``
    of tools, in order: ``tool``, what it ``can``, the ``grant`` of its results, ``arguments`` (JSON), ``outcome`` (ran,
    failed, refused, asked) and ``why``, ``ms``, ``chars``, and the id of the ``wish`` that somebody has to allow.
    """

    query: str = ""
    passages: tuple[Mapping[str, Any], ...] = ()
    gate: Mapping[str, float] = field(default_factory=dict)
    model: str = ""
    tokens: Mapping[str, int] = field(default_factory=lambda: {"prompt": 0, "cached": 0, "completion": 0})
    ms: Mapping[str, float] = field(default_factory=dict)
    cut: tuple[Mapping[str, str], ...] = ()
    failures: int = 0
    doubts: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    plugin: str = ""
    server: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Mapping[str, Any], ...] = ()

    @property
    def cached_share(self) -> float:
        """Of the tokens that were read, how many came from the model server's prefix cache, 0..1."""
        return round(self.tokens["cached"] / self.tokens["prompt"], 4) if self.tokens.get("prompt") else 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, by a plugin or by the desk itself; only the outbox sends it.

    ``text`` is Markdown of the small kind that ``bot.markup`` renders, with ``[1]`` markers that point to ``sources``.
    ``related`` are earlier questions in the same room that were solved: links, and nothing that the text is made from.
    ``files`` are those that came with the question.  ``links`` are addresses that may stand in the text, exactly so:
    whoever asked has written them, or an admin into the entry that answers.
    """

    outcome: Outcome
    text: str = ""
    language: str = "en"
    sources: tuple[Source, ...] = ()
    confidence: float = 0.0
    reason: str = ""
    receipt: Receipt = field(default_factory=Receipt)
    used: tuple[Passage, ...] = ()
    related: tuple[Source, ...] = ()
    files: tuple[ReadFile, ...] = ()
    links: tuple[str, ...] = ()

    @classmethod
    def hand_off(cls, reason: str, *, passages: Found | None = None, text: str = "", language: str = "en") -> Reply:
        """A person should take this: ``reason`` is for them and for the receipt, ``text`` for the asker."""
        return cls(
            Outcome.HANDED_OFF,
            text,
            language,
            reason=reason,
            confidence=passages.confidence if passages else 0.0,
            receipt=Receipt(passages.query, gate=passages.gate, notes=passages.notes) if passages else Receipt(),
        )

    @classmethod
    def refuse(cls, reason: str, *, text: str = "", language: str = "en") -> Reply:
        """We will not do this, and the person is told why."""
        return cls(Outcome.REFUSED, text or reason, language, reason=reason)

    @classmethod
    def ignore(cls, reason: str) -> Reply:
        """Nothing is said; the reason is kept."""
        return cls(Outcome.IGNORED, reason=reason)
