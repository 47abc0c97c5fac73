"""Tokens with which other agents ask: each bound to a workspace and an audience, and kept as a hash alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.tables import mcp_tokens

_PREFIX: Final = "fdm"
#: Seconds between two notes of when a token was last used: not every call is a write.
_NOTED_S: Final = 60.0
_NOBODYS: Final = hashlib.sha256(b"no token has this").hexdigest()


@dataclass(frozen=True, slots=True)
class McpToken:
    """One token, without what is secret of it.

    ``audience`` is ``public``, ``workspace`` or ``room:ID``.  ``made``, ``expires`` (0: never), ``revoked`` (0: it is
    not) and ``used`` (0: never) are seconds since 1970.
    """

    id: str
    name: str
    workspace: str
    audience: str
    made: float
    expires: float
    revoked: float
    used: float

    def holds(self, now: float) -> bool:
        """Whether it opens anything."""
        return not self.revoked and (not self.expires or now < self.expires)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


_all = sa.select(*(mcp_tokens.c[name] for name in McpToken.__slots__)).order_by(mcp_tokens.c.made, mcp_tokens.c.id)


def make_token(
    database: Database, c: sa.Connection, *, name: str, workspace: str, audience: str, days: float, by: str
) -> tuple[McpToken, str]:
    """A new one (256 random bits), and its text, which nobody can be told again."""
    id_ = secrets.token_hex(6)
    token = f"{_PREFIX}_{id_}_{secrets.token_urlsafe(32)}"
    now = database.clock(c)
    made = McpToken(id_, name, workspace, audience, now, now + days * 86_400 if days else 0.0, 0.0, 0.0)
    values = {field: getattr(made, field) for field in McpToken.__slots__}
    c.execute(sa.insert(mcp_tokens), {**values, "hash": _hash(token), "by": by})
    record(database, c, actor=by, action="mcp token made", workspace=workspace, subject=id_,
           name=name, audience=audience, expires=made.expires)  # fmt: skip
    return made, token


def all_tokens(c: sa.Connection, workspace: str = "") -> list[McpToken]:
    """Every one, the oldest first; of one workspace where it is named."""
    query = _all.where(mcp_tokens.c.workspace == workspace) if workspace else _all
    return [McpToken(*row) for row in c.execute(query)]


def revoke_token(database: Database, c: sa.Connection, id_: str, by: str) -> McpToken | None:
    """It opens nothing from now on; None where there is none (any more)."""
    gone = sa.update(mcp_tokens).where(mcp_tokens.c.id == id_, mcp_tokens.c.revoked == 0.0)
    if not c.execute(gone.values(revoked=database.clock(c))).rowcount:
        return None
    row = c.execute(_all.where(mcp_tokens.c.id == id_)).one()
    record(database, c, actor=by, action="mcp token revoked", workspace=row.workspace, subject=id_, name=row.name)
    return McpToken(*row)


def token_of(database: Database, c: sa.Connection, id_: str) -> McpToken | None:
    """The token with this id, if it still opens anything."""
    row = c.execute(_all.where(mcp_tokens.c.id == id_)).first()
    found = McpToken(*row) if row else None
    return found if found and found.holds(database.clock(c)) else None


def opened_by(database: Database, c: sa.Connection, given: str) -> McpToken | None:
    """What this token opens; None for one that is unknown, altered, revoked or expired, all of them alike."""
    prefix, _, rest = given.partition("_")
    id_ = rest.partition("_")[0] if prefix == _PREFIX else ""
    row = c.execute(sa.select(mcp_tokens).where(mcp_tokens.c.id == id_)).first()
    same = hmac.compare_digest(str(row.hash) if row else _NOBODYS, _hash(given))
    if row is None or not same:
        return None
    found = McpToken(*(getattr(row, name) for name in McpToken.__slots__))
    return found if found.holds(database.clock(c)) else None


def note_use(database: Database, c: sa.Connection, id_: str) -> None:
    """It was used now."""
    now = database.clock(c)
    mine = (mcp_tokens.c.id == id_) & (mcp_tokens.c.used < now - _NOTED_S)
    c.execute(sa.update(mcp_tokens).where(mine).values(used=now))
