"""The tables that entries come from: answers that were corrected, and hand-offs that a person answered."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Table, Text

from engine.store.tables import Serial, metadata

#: Entries that correct an answer: `eval` asks them again.  Who asked is not kept.
corrections = Table(
    "corrections",
    metadata,
    Column("document", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("at", Float, nullable=False),
    Index(None, "workspace"),
)

#: Hand-offs that a person took over and the asker was content with: what they said may become an entry.  No words.
mined = Table(
    "mined",
    metadata,
    Column("event", Serial, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),  # the hand-off's
    Column("conversation", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("asker", Text, nullable=False),  # empty: forgotten
    Column("answerer", Text, nullable=False),  # who took over; empty: forgotten
    Column("state", Text, nullable=False),  # new, proposed | added, declined, expired, forgotten
    Column("at", Float, nullable=False),
    Column("due", Float, nullable=False),  # when somebody looks at it next
    Column("shown", Text, nullable=False),  # JSON list: [admin, id of the notice on the platform]
    Index(None, "state", "due"),
)
