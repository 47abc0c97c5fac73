"""Slack with several workspaces and one app that they install: the stand-in for one, and what joins them.

Written by us, beside the copied stand-in, after Slack's published documentation: docs.slack.dev, "Installing with
OAuth", "Using token rotation", "oauth.v2.access", "auth.revoke", "app_uninstalled", "tokens_revoked",
"team_access_revoked".
"""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

from aiohttp import web

from tests.stand_ins.fake_slack import FakeSlack

Json = dict[str, Any]


class _Joined(FakeSlack):
    """A workspace that stands at the same addresses as all others."""

    joined: FakeSlack

    @property
    def url(self) -> str:
        return self.joined.url


class SlackWorkspaces(FakeSlack):
    """The app's own side of Slack; ``add`` makes a workspace, in which people live as in ``FakeSlack``."""

    def __init__(self, **given: Any):
        super().__init__(**given)
        self.client_id, self.client_secret = "111.222", secrets.token_hex(16)
        self.workspaces: dict[str, FakeSlack] = {}
        self.organisations: dict[str, str] = {}  # Enterprise Grid: an organisation and its workspace
        self.rotates = False
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._refresh: dict[str, str] = {}

    def add(self, team: str, bot: str) -> FakeSlack:
        """Another workspace; its tokens work once the app is installed there."""
        one = _Joined(
            mode=self.mode, request_url=self.request_url, commands=self.commands, limits=self.limits,
            signing_secret=self.signing_secret, app_token=self.app_token, scopes=self.scopes,
        )  # fmt: skip
        one.joined = self
        old, one.team_id, one.bot_user_id, one.bot_id = one.bot_user_id, team, bot, f"B{bot}"
        one.users[bot] = one.users.pop(old) | {"id": bot}
        for user in one.users.values():
            user["team_id"] = user["profile"]["team"] = team
        for channel in one.channels.values():
            channel["members"] = [bot if member == old else member for member in channel["members"]]
        one._sockets, one._pending, one._known_envelopes = self._sockets, self._pending, self._known_envelopes
        self.workspaces[team] = one
        return one

    async def start(self) -> None:
        await super().start()
        for one in self.workspaces.values():
            await one.start()

    async def stop(self) -> None:
        for one in self.workspaces.values():
            one._sockets = []  # they are this one's to close
            await one.stop()
        await super().stop()

    # -- what an admin does ------------------------------------------------------------------

    def approve(self, team: str, person: str, redirect: str) -> str:
        """Somebody allows the app; returns the code that their browser takes along."""
        code = f"1.2.{secrets.token_hex(16)}"
        self._codes[code] = (team, person, redirect)
        return code

    async def remove(self, team: str, *events: str) -> None:
        """The app is removed there: its tokens are void, and Slack says so, in this order."""
        one = self.workspaces[team]
        one.bot_token = f"xoxb-void-{secrets.token_hex(8)}"
        self._refresh = {token: t for token, t in self._refresh.items() if t != team}
        for event in events or ("app_uninstalled", "tokens_revoked"):
            await self.tell_of_removal(team, event)

    async def tell_of_removal(self, team: str, event: str) -> None:
        one = self.workspaces[team]
        inner: Json = {"type": event}
        if event == "tokens_revoked":
            inner["tokens"] = {"oauth": [], "bot": [one.bot_user_id]}
        await one._deliver_event({
            "token": self.verification_token, "team_id": team, "api_app_id": self.app_id, "event": inner,
            "type": "event_callback", "event_id": f"Ev{secrets.token_hex(5).upper()}", "event_time": int(time.time()),
        })  # fmt: skip

    # -- Web API -----------------------------------------------------------------------------

    async def _on_api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if name == "oauth.v2.access":
            said = self._access(request.headers.get("Authorization", ""), dict(await request.post()))
            self._log("api", method=name, args={}, ok=said["ok"], error=said.get("error"), status=200, ms=0.0)
            return web.json_response(said)
        one = next((w for w in self.workspaces.values() if w.bot_token == token), None)
        if one is None:
            return await super()._on_api(request)
        if name == "auth.revoke":
            one.bot_token = f"xoxb-void-{secrets.token_hex(8)}"
            self._log("api", method=name, args={}, ok=True, error=None, status=200, ms=0.0)
            return web.json_response({"ok": True, "revoked": True})
        return await one._on_api(request)

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        one = next((w for w in self.workspaces.values() if w.bot_token == token), None)
        return await (one._on_file(request) if one else super()._on_file(request))

    async def _on_response_url(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        one = next((w for w in self.workspaces.values() if key in w._response_urls), None)
        return await (one._on_response_url(request) if one else super()._on_response_url(request))

    def _access(self, authorization: str, form: Json) -> Json:
        right = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {right}":
            return {"ok": False, "error": "bad_client_secret"}
        person = "U0REFRESHED"
        if form.get("grant_type") == "refresh_token":
            team = self._refresh.pop(form.get("refresh_token", ""), "")
            if not team:
                return {"ok": False, "error": "invalid_refresh_token"}
        else:
            team, person, redirect = self._codes.pop(form.get("code", ""), ("", "", ""))
            if not team:
                return {"ok": False, "error": "invalid_code"}
            if form.get("redirect_uri") != redirect:
                return {"ok": False, "error": "bad_redirect_uri"}
        organisation, team = (team, self.organisations[team]) if team in self.organisations else ("", team)
        one = self.workspaces[team]
        one.bot_token = f"xoxe.xoxb-1-{secrets.token_hex(12)}" if self.rotates else f"xoxb-1-2-{secrets.token_hex(8)}"
        said: Json = {
            "ok": True, "app_id": self.app_id, "token_type": "bot", "access_token": one.bot_token,
            "scope": ",".join(sorted(self.scopes)), "bot_user_id": one.bot_user_id,
            "team": {"id": team, "name": team.title()}, "enterprise": None, "is_enterprise_install": False,
            "authed_user": {"id": person},
        }  # fmt: skip
        if organisation:
            said |= {"team": None, "enterprise": {"id": organisation, "name": "Org"}, "is_enterprise_install": True}
        if self.rotates:
            refresh = f"xoxe-1-{secrets.token_hex(12)}"
            self._refresh[refresh] = team
            said |= {"refresh_token": refresh, "expires_in": 43_200}
        return said
