"""Which workspaces have our app: kept in the database with their tokens sealed, renewed before they expire."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import structlog

from bot.slack.api import Lost, SlackRefused
from bot.slack.install import LASTS_S
from bot.slack.oauth import Grant, OAuth
from bot.slack.sealing import Seal, Unreadable
from engine.errors import SettingsError, Unavailable
from engine.store import installations as store
from engine.store.installations import Installation

if TYPE_CHECKING:
    from engine.store.database import Database

log = structlog.get_logger()

#: Tokens are renewed so long before they expire (they live twelve hours), in seconds; then again after so many, where
#: it did not work, or where whoever had begun fell silent.
_EARLY_S = 2 * 3600.0
_AGAIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Served:
    """A workspace or organisation with our app and its tokens; ``through``: the organisation that serves it."""

    id: str
    through: str
    version: int
    grant: Grant


class Installed:
    """The installations that all workers share."""

    def __init__(self, database: Database, seal: Seal, oauth: OAuth) -> None:
        self._database = database
        self._seal = seal
        self._oauth = oauth

    async def all(self) -> tuple[dict[str, Served], list[Installation]]:
        """Those that can be served, by id; and those that have left and are to be erased.

        Raises ``SettingsError`` when none of them opens with the key of the settings.
        """
        rows = await self._database.read(store.all_installations)
        opened = {row.id: grant for row in rows if row.sealed and (grant := self._opened(row))}
        if not opened and any(row.sealed for row in rows):
            raise SettingsError(
                "setting token_key: the tokens of the workspaces that installed the app were sealed with another key: "
                "write that one, after the new one and a blank if it is to be replaced"
            )
        served = {}
        for row in rows:
            grant = opened.get(row.through or row.id)
            if grant and not row.erasing:
                served[row.id] = Served(row.id, row.through, row.version, grant)
        return served, [row for row in rows if row.erasing]

    async def keep(self, grant: Grant) -> None:
        """Keep what an installation brought."""
        sealed = self._seal.seal(grant.sealable(), grant.id)
        await self._database.write(
            lambda c: store.keep_installation(
                self._database,
                c,
                grant.id,
                bot=grant.bot,
                installer=grant.installer,
                sealed=sealed,
                expires=grant.expires,
                by=f"slack:{grant.installer}",
            )
        )

    async def serve_through(self, team: str, organisation: str) -> None:
        """A workspace of an organisation that has our app was heard of for the first time."""
        await self._database.write(lambda c: store.serve_through(self._database, c, team, organisation))

    async def leave(self, id_: str) -> list[str]:
        """It has left; returns the workspaces that are to be erased."""
        return await self._database.write(lambda c: store.leave(self._database, c, id_, "slack"))

    async def drop(self, id_: str, version: int) -> None:
        """Nothing of it is left."""
        await self._database.write(lambda c: store.drop_installation(c, id_, version))

    async def begin(self, state: str, browser: str) -> None:
        """``install.Begin``."""
        if not await self._database.write(lambda c: store.begin_sign_in(self._database, c, state, browser, LASTS_S)):
            raise Unavailable("very many people are installing the app at once: is that so?")

    async def end(self, state: str) -> str:
        """``install.End``."""
        return await self._database.write(lambda c: store.end_sign_in(self._database, c, state))

    async def renew(self, served: Mapping[str, Served]) -> bool:
        """Renew what expires soon, one worker each; returns whether anything was."""
        changed = False
        for one in served.values():
            if one.through or not one.grant.expires or one.grant.expires - time.time() > _EARLY_S:
                continue
            mine = await self._database.write(
                lambda c, one=one: store.claim_renewal(self._database, c, one.id, one.version, _AGAIN_S)  # type: ignore[misc]  # mypy infers no type for a lambda with a default
            )
            if mine:
                changed |= await self._renew(one)
        return changed

    async def _renew(self, one: Served) -> bool:
        try:
            fresh = await self._oauth.renew(one.grant)
        except (SlackRefused, Lost) as e:
            log.error(
                "slack token was not renewed: without it the app must be installed again", team=one.id, why=str(e)
            )
            return False
        sealed = self._seal.seal(fresh.sealable(), one.id)
        return await self._database.write(
            lambda c: store.renew_installation(c, one.id, one.version, sealed=sealed, expires=fresh.expires)
        )

    def _opened(self, row: Installation) -> Grant | None:
        try:
            kept = orjson.loads(self._seal.open(row.sealed, row.id))
        except Unreadable:
            log.error("slack tokens of a workspace do not open with token_key", team=row.id)
            return None
        return Grant(row.id, kept["token"], kept["refresh"], row.expires, row.bot, row.installer)
