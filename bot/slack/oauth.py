"""Slack's OAuth v2: where people go to install the app, and what a code or a refresh token is exchanged for."""

from __future__ import annotations

import base64
import time
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import yarl

from bot.slack.api import Api, Lost, SlackRefused

_METHOD = "oauth.v2.access"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an installation brought.

    ``id`` is the team's, or the organisation's where the app was installed for all of it.  ``expires``: seconds since
    1970, 0: never; ``refresh`` is empty then.  ``bot`` is our user's id there.
    """

    id: str
    token: str
    refresh: str
    expires: float
    bot: str
    installer: str

    def sealable(self) -> bytes:
        """What is kept, sealed."""
        return orjson.dumps({"token": self.token, "refresh": self.refresh})


def authorize_url(api_url: str, *, client_id: str, scopes: Iterable[str], state: str, redirect: str) -> str:
    """Where a browser is sent (docs.slack.dev, "Installing with OAuth")."""
    query = {"client_id": client_id, "scope": ",".join(sorted(scopes)), "state": state, "redirect_uri": redirect}
    return f"{yarl.URL(api_url).origin()}/oauth/v2/authorize?{urllib.parse.urlencode(query)}"


class OAuth:
    """Exchanges what only our app may exchange: with its own id and secret."""

    def __init__(self, api: Api, api_url: str, client_id: str, client_secret: str) -> None:
        self._api = api
        self._url = api_url.rstrip("/") + "/" + _METHOD
        who = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {who}"}

    async def exchange(self, code: str, redirect: str) -> Grant:
        """What came of an installation; ``code`` works once.

        Raises ``SlackRefused`` when Slack says no and ``Lost`` when nobody knows.
        """
        said = await self._ask({"code": code, "redirect_uri": redirect})
        place = said.get("enterprise") if said.get("is_enterprise_install") else said.get("team")
        id_ = str((place or {}).get("id") or "")
        if not id_ or said.get("token_type") != "bot":
            raise SlackRefused(_METHOD, "no_bot_token")
        return _grant(id_, said, str((said.get("authed_user") or {}).get("id") or ""))

    async def renew(self, old: Grant) -> Grant:
        """The next token; the refresh token that was used is void (docs.slack.dev, "Using token rotation")."""
        said = await self._ask({"grant_type": "refresh_token", "refresh_token": old.refresh})
        return _grant(old.id, {"bot_user_id": old.bot, **said}, old.installer)

    async def _ask(self, form: dict[str, str]) -> dict[str, Any]:
        try:
            async with self._api.session.post(self._url, data=form, headers=self._headers) as r:
                said = orjson.loads(await r.read()) if r.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError, orjson.JSONDecodeError) as e:
            raise Lost(f"Slack did not confirm {_METHOD} ({type(e).__name__})") from None
        if not isinstance(said, dict):
            raise Lost(f"Slack did not confirm {_METHOD}")
        if not said.get("ok"):
            raise SlackRefused(_METHOD, str(said.get("error")))
        return said


def _grant(id_: str, said: dict[str, Any], installer: str) -> Grant:
    lasts = float(said.get("expires_in") or 0)
    return Grant(
        id_,
        token=str(said.get("access_token") or ""),
        refresh=str(said.get("refresh_token") or ""),
        expires=time.time() + lasts if lasts else 0.0,
        bot=str(said.get("bot_user_id") or ""),
        installer=installer,
    )
