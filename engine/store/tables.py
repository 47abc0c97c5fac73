"""Every table, in one place; a change here comes with a migration in ``migrations/versions``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from engine.store.metadata import metadata
from engine.store.tables_for_agents import mcp_tokens

__all__ = ["mcp_tokens", "metadata"]

#: SQLite counts up only in INTEGER PRIMARY KEY.
Serial = BigInteger().with_variant(Integer, "sqlite")
_OPEN = text("state IN ('received', 'working', 'posting')")

#: The inbox: one row for each accepted message.  Times are seconds since 1970.
events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # Message.key: the same again is a redelivery
    Column("conversation", Text, nullable=False),  # Conversation.key
    Column("workspace", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("state", Text, nullable=False),  # received, working, posting | answered, handed_off, refused, ignored
    Column("reason", Text, nullable=False, server_default=""),
    Column("message", Text, nullable=False),  # Message.as_json
    Column("placed", Text, nullable=False, server_default="[]"),  # ids of the platform messages that the reply became
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),  # tries that ended with an error of ours
    Column("due", Float, nullable=False),  # not before this time
    Column("received", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("waits", Boolean, nullable=False, server_default=false()),  # what is visible is at most a place in the queue
    Index(None, "conversation", "id"),
    Index("ix_events_open", "conversation", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    sqlite_autoincrement=True,
)

#: Who works on a conversation: one worker at a time, until its lease ends.  ``fence`` grows with every new owner.
leases = Table(
    "leases",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("worker", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Float, nullable=False),
)

#: What was answered, with its receipt: the history of a conversation.
turns = Table(
    "turns",
    metadata,
    Column("event", Serial, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("question", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sources", Text, nullable=False),  # JSON list of Source
    Column("passages", Text, nullable=False),  # JSON list of passage ids that stood in the prompt
    Column("grants", Text, nullable=False),  # JSON list: the audience it was said to
    Column("receipt", Text, nullable=False),  # JSON of Receipt
    Index(None, "conversation", "event"),
    Index(None, "workspace", "author", "event"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("event", Serial, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("helpful", Boolean, nullable=False),
    Column("at", Float, nullable=False),
    Column("why", Text, nullable=False, server_default=""),  # what was wrong, in the person's words
    Column("better", Text, nullable=False, server_default=""),  # what would be right, likewise
)

#: Conversations that a person should look at.
handoffs = Table(
    "handoffs",
    metadata,
    Column("event", Serial, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("person", Text, nullable=False),  # who asked
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, closed
    Column("told", Boolean, nullable=False),  # the configured room or person has been told
    Column("at", Float, nullable=False),
    Index(None, "conversation"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("source", Text, nullable=False),  # as it was given to kb add
    Column("location", Text, nullable=False),  # absolute path or address: where to read it again
    Column("title", Text, nullable=False),
    Column("grant", Text, nullable=False),  # public, workspace, room:ID, user:ID
    Column("hash", Text, nullable=False),  # of the bytes and of how they were read
    Column("version", Integer, nullable=False),  # the one that is searched; 0: never loaded
    Column("status", Text, nullable=False),  # searchable, failed (and version > 0: the last good one is kept)
    Column("reason", Text, nullable=False),
    Column("loaded", Float, nullable=False),
    Column("origin", Text, nullable=False, server_default=""),  # sources.id it came from; empty: loaded before those
    Column("etag", Text, nullable=False, server_default=""),  # as the web server gave it, for asking whether it changed
    Column("modified", Text, nullable=False, server_default=""),  # Last-Modified, likewise
    Column("dated", Float, nullable=False, server_default="0"),  # when its text is from, as the source says; 0: unknown
    Column("checked", Float, nullable=False, server_default="0"),  # when it was last looked at where it comes from
    Column("encoding", Text, nullable=False, server_default=""),  # guessed; empty: none, or UTF-8
    Column("owner", Text, nullable=False, server_default=""),  # the person who is told when it is doubtful
    Column("expires", Float, nullable=False, server_default="0"),  # not used in answers from then on; 0: never
    Column("crawled", Text, nullable=False, server_default=""),  # what a crawl read on it: see web.seen; empty: unknown
    UniqueConstraint("workspace", "source"),
)

#: What admins named: a folder, an address, a site; `kb sync` looks at each again.
sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("source", Text, nullable=False),  # as it was given to kb add
    Column("kind", Text, nullable=False),  # path, page, sitemap, crawl, upload, faq
    Column("location", Text, nullable=False),  # absolute path or address
    Column("grant", Text, nullable=False),
    Column("options", Text, nullable=False),  # JSON: depth, pages, ...
    Column("actor", Text, nullable=False),  # who named it first
    Column("every", Float, nullable=False),  # seconds between two looks; 0: only when asked
    Column("due", Float, nullable=False),  # when the next look is due; 0: never by itself
    Column("synced", Float, nullable=False),  # when the last one ended
    UniqueConstraint("workspace", "source"),
)

#: Loading as work that outlives the process: one row a `kb add` or `kb sync`.
loads = Table(
    "loads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("kind", Text, nullable=False),  # add, sync
    Column("state", Text, nullable=False),  # queued, working | done, cancelled, failed
    Column("reason", Text, nullable=False),
    Column("wanted", Text, nullable=False),  # JSON list: what to load
    Column("grant", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("conversation", Text, nullable=False),  # Conversation.key where progress is shown; empty: nowhere
    Column("shown", Text, nullable=False),  # the platform's id of the message that shows it
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("worker", Text, nullable=False),  # who works on it, until its lease ends
    Column("until", Float, nullable=False),
    Column("listed", Integer, nullable=False),  # of what is wanted: so many have all their items in load_items
    Column("told", Boolean, nullable=False),  # its end is shown where it was asked for
    Column("language", Text, nullable=False),  # of whoever asked for it; empty: unknown
    Column("notes", Text, nullable=False),  # JSON list: what was left out, and why
    Index(None, "state", "created"),
)

#: What a load found, and what became of each: after a restart only what is `waiting` is done.
load_items = Table(
    "load_items",
    metadata,
    Column("load", Text, ForeignKey("loads.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # file, page, upload, member (of an archive), lost (it is not there any more)
    Column("source", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("origin", Text, nullable=False),  # sources.id it was found in
    Column("grant", Text, nullable=False),  # given to the document while it waited; empty: its source's
    Column("state", Text, nullable=False),  # waiting | searchable, unchanged, failed, gone | cancelled
    Column("reason", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("version", Integer, nullable=False),  # of the document that was written; 1: it is new
    Column("passages", Integer, nullable=False),
    Column("ended", Float, nullable=False),  # when; 0: not yet
    Index(None, "document"),
    Index(None, "source"),
)

#: Runs of `eval`, to compare the next one with.
evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("name", Text, nullable=False),  # of the file with the cases
    Column("options", Text, nullable=False),  # JSON: retrieval only, model, embedder, ...
    Column("scores", Text, nullable=False),  # JSON, as printed
    Column("cases", Text, nullable=False),  # JSON list, a result each
    Index(None, "workspace", "name", "id"),
    sqlite_autoincrement=True,
)

#: Contradictions that answers have met, one row a pair of documents; no text.
disagreements = Table(
    "disagreements",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("pair", Text, primary_key=True),  # JSON list: both documents' ids, in order
    Column("passages", Text, nullable=False),  # JSON list: the passages' ids
    Column("event", BigInteger, nullable=False),  # the last one whose answer met it
    Column("seen", Integer, nullable=False),  # how many answers have met it
    Column("at", Float, nullable=False),  # the last time
    Column("told", Float, nullable=False),  # when somebody was told; 0: never
)

#: The passages of the documents' current versions, with their vectors: the truth that every index is rebuilt from.
passages = Table(
    "passages",
    metadata,
    Column("id", Text, primary_key=True),  # document.version.number: deterministic
    Column("document", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("workspace", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("grant", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column(
        "variants", Text, nullable=False, server_default=""
    ),  # other ways to ask for it, a line each: searched, never shown
    Column("embedder", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float32, little-endian, unit length
    Column("sentences", LargeBinary, nullable=False),  # the sentences' vectors, one after the other, likewise
    Index(None, "document", "number"),
    Index(None, "workspace"),
)

#: By whose vectors a workspace is searched; no row: it never had a passage.
embedders = Table(
    "embedders",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("embedder", Text, nullable=False),
)

#: The vectors of another embedder, beside those in ``passages``: made one by one while the old ones answer, and in
#: use from the moment that ``embedders`` names their embedder.  They go with their passage.
fresh_vectors = Table(
    "fresh_vectors",
    metadata,
    Column("passage", Text, ForeignKey("passages.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("sentences", LargeBinary, nullable=False),
    Index(None, "workspace"),
)

#: The feed that indexes follow: rows appear in the order of ``seq`` (writers take turns, see documents.py).
changes = Table(
    "changes",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("workspace", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("kind", Text, nullable=False),  # put, remove, purge, embedder
    Column("at", Float, nullable=False),
    sqlite_autoincrement=True,
)

#: The settings as they were at the last start, to tell what has changed; a mac for each value, no values.
settings_seen = Table(
    "settings_seen",
    metadata,
    Column("place", Text, primary_key=True),  # data.path: workers that share a database have settings of their own
    Column("name", Text, primary_key=True),  # model.url, channels[0].admins, ...
    Column("mac", Text, nullable=False),
)

#: Workspaces of a platform that have installed our app, one row each; see ``installations.py``.
installations = Table(
    "installations",
    metadata,
    Column("id", Text, primary_key=True),  # the workspace's, or the organisation's that has it for all of its own
    Column("through", Text, nullable=False),  # the organisation whose installation serves it; empty: its own
    Column("bot", Text, nullable=False),  # our user's id there
    Column("installer", Text, nullable=False),  # who installed it
    Column("sealed", LargeBinary, nullable=False),  # its tokens; empty: there are none (any more)
    Column("expires", Float, nullable=False),  # when they do; 0: never
    Column("version", Integer, nullable=False),  # grows with every change
    Column("renewing", Float, nullable=False),  # until then somebody renews the tokens
    Column("at", Float, nullable=False),
    Column("erasing", Boolean, nullable=False),  # it has left: what was kept for it is being erased
)

#: Sign-ins at a platform that are under way: each is known to one browser and ends once.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state", Text, primary_key=True),  # its hash
    Column("browser", Text, nullable=False),  # the hash of what this browser was given
    Column("until", Float, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False, server_default=""),  # JSON; never a text of a document or a question
    Column(
        "key", Text, nullable=False, server_default=""
    ),  # which key made the mac; empty: written before there was one
    Column("mac", Text, nullable=False, server_default=""),  # HMAC over this row and the mac before: a chain
    sqlite_autoincrement=True,
)

#: Posts of a forum that were solved, by the word of whoever opened them, to be shown to the next who asks the same.
solved = Table(
    "solved",
    metadata,
    Column("conversation", Text, primary_key=True),  # Conversation.key
    Column("event", Serial, ForeignKey("turns.event", ondelete="CASCADE"), nullable=False),  # its first question
    Column("room", Text, nullable=False),  # Conversation.key of the room: who sees one of its posts sees all
    Column("at", Float, nullable=False),
    Column("embedder", Text, nullable=False),  # whose vector; empty: none could be made
    Column("vector", LargeBinary, nullable=False),  # of the question: float32, little-endian, unit length
    Index(None, "room", "at"),
    Index(None, "event"),
)

#: Calls of tools with effects that a model wants, one row each; see ``wishes.py``.
wishes = Table(
    "wishes",
    metadata,
    Column("id", Text, primary_key=True),  # made from the question, the tool and the arguments
    Column("asked", Text, nullable=False),  # Message.key of the question
    Column("workspace", Text, nullable=False),
    Column("conversation", Text, nullable=False),  # Conversation.key
    Column("person", Text, nullable=False),  # who asked the question
    Column("tool", Text, nullable=False),
    Column("can", Text, nullable=False),  # write, outside
    Column("arguments", Text, nullable=False),  # JSON, as it was shown
    Column("print", Text, nullable=False),  # the tool's description when it was asked for
    Column("tainted", Boolean, nullable=False),  # text that the person did not write stood before the model
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),  # asked, allowed, running | done, failed, unknown, refused, denied
    Column("until", Float, nullable=False),  # it can be allowed, or run, until then
    Column("by", Text, nullable=False),  # who allowed or denied it: channel:person
    Column("result", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Index(None, "asked"),
    Index(None, "workspace"),
)

#: The description of each tool of a server that is accepted, by its hash.
tool_pins = Table(
    "tool_pins",
    metadata,
    Column("tool", Text, primary_key=True),
    Column("print", Text, nullable=False),
    Column("at", Float, nullable=False),
)

#: How far a channel has kept what its platform sent: where it begins to read again after a restart.
bookmarks = Table(
    "bookmarks",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),  # of ours on that platform: another bot reads from its own start
    Column("mark", BigInteger, nullable=False),  # the platform's id or number of the last one kept
    Column("at", Float, nullable=False),
)
