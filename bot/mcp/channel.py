"""The channel of other agents: a question stands in the inbox like any other; whoever asked listens for the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import orjson
from pydantic import PrivateAttr

from bot.direct import Direct
from bot.grants import grants_of
from engine.store.mcp_tokens import token_of
from engine.types import Audience, Message

if TYPE_CHECKING:
    from engine.store.database import Database


class Mcp(Direct):
    """What came through a token is answered for the token's audience, as long as the token holds."""

    name: ClassVar[str] = "mcp"
    _database: Database | None = PrivateAttr(default=None)

    def use(self, database: Database) -> None:
        """Where the tokens are."""
        self._database = database

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """The token's, looked up now: one that was revoked meanwhile may be told nothing at all."""
        del max_age_s
        workspace, kept = message.conversation.workspace, orjson.loads(message.handle or "{}")
        if not kept.get("token"):  # the owner's own, at the standard streams
            return Audience.of(workspace, *kept.get("grants", ()))
        database, id_ = self._database, str(kept["token"])
        if database is None:
            raise AssertionError("use comes first")
        token = await database.read(lambda c: token_of(database, c, id_))
        if token is None or token.workspace != workspace:
            return Audience(workspace, frozenset())
        return Audience.of(workspace, *grants_of(token.audience))

    async def is_admin(self, person: str, workspace: str) -> bool:
        """No agent is."""
        del person, workspace
        return False
