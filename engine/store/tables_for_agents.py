"""The tables of what other agents may do; ``tables.py`` brings them together with all others."""

from __future__ import annotations

from sqlalchemy import Column, Float, Table, Text

from engine.store.metadata import metadata

#: Tokens with which other agents ask through MCP; see ``mcp_tokens.py``.
mcp_tokens = Table(
    "mcp_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),  # what people call it
    Column("workspace", Text, nullable=False),
    Column("audience", Text, nullable=False),  # public, workspace or room:ID
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of the token, which itself is kept nowhere
    Column("by", Text, nullable=False),
    Column("made", Float, nullable=False),
    Column("expires", Float, nullable=False),  # 0: never
    Column("revoked", Float, nullable=False),  # 0: it is not
    Column("used", Float, nullable=False),  # to the minute; 0: never
)
