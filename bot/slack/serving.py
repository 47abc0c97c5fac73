"""One Slack app, many workspaces: who has it now, and who hears what arrives for whom."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from bot.slack.api import Api, SlackRefused
from bot.slack.routing import left, organisations_of, teams_of
from bot.slack.tagged import tagged
from engine.errors import FrontdeskError, Refused, Unavailable

if TYPE_CHECKING:
    from bot.channel import Reception
    from bot.slack import Slack
    from bot.slack.events import Events
    from bot.slack.installed import Installed, Served
    from bot.slack.oauth import Grant

Json = dict[str, Any]
log = structlog.get_logger()

#: Seconds between two looks at who has the app: other workers install, renew and remove too.
_LOOK_S = 30.0
#: So long after a removal Slack may still say so, in seconds: retries come for six minutes.
_LATE_S = 3600.0
#: People of whom it is known where they were seen last.
_SEEN = 50_000
#: What Slack answers to a token that is void for good (docs.slack.dev, "auth.test").
_VOID = frozenset({"account_inactive", "token_revoked", "invalid_auth", "token_expired"})

#: Makes what speaks with a workspace: (its id, the token).
Make = Callable[[str, str], "Slack"]
#: Erases all that was kept for a workspace.
Erase = Callable[[str], Awaitable[None]]


class Serving:
    """The workspaces that have the app; each is served by a ``Slack`` of its own, made on first use."""

    def __init__(self, installed: Installed, api: Callable[[str], Api], make: Make, erase: Erase) -> None:
        """``api``: calls Slack with the given token."""
        self.installed = installed
        self._api = api
        self._make = make
        self._erase = erase
        self._served: dict[str, Served] = {}
        self._slacks: dict[str, Slack] = {}
        self._events: dict[str, Events] = {}
        self._erasing: dict[str, asyncio.Task[None]] = {}
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._looked = 0.0
        self._looking = asyncio.Lock()
        self._reception: Reception | None = None

    async def begin(self, reception: Reception) -> None:
        """Look for the first time.  Raises ``SettingsError`` when the key of the tokens is not theirs."""
        self._reception = reception
        await self._look()

    async def end(self) -> None:
        """Let go of listeners; what is being erased goes on at the next start."""
        for task in self._erasing.values():
            task.cancel()
        await asyncio.gather(*self._erasing.values(), return_exceptions=True)
        await asyncio.gather(*(events.close() for events in self._events.values()), return_exceptions=True)
        self._events.clear()
        self._erasing.clear()

    async def close(self) -> None:
        """Let go of connections."""
        for slack in self._slacks.values():
            await slack.close()

    # -- in -------------------------------------------------------------------------------

    async def envelope(self, envelope: Json) -> Json | None:
        """One Socket Mode envelope: the acknowledgement's payload, or None where nothing was kept."""
        status, said = await self.deliver(envelope.get("payload"))
        return (orjson.loads(said) if said else {}) if status == 200 else None

    async def deliver(self, payload: Any) -> tuple[int, str]:
        """What Slack sent, to the workspace that it is for: HTTP status and JSON to answer with."""
        if not isinstance(payload, dict):
            return 400, ""
        if payload.get("type") == "url_verification":
            return 200, orjson.dumps({"challenge": str(payload.get("challenge"))}).decode()
        try:
            if gone := left(payload):
                for id_ in gone.ids:
                    await self._leave(id_, gone.at)
                return 200, ""
            team = await self._team_of(payload)
            events = await self._listeners(team) if team else None
        except FrontdeskError as e:
            log.warning("slack event was not kept", why=str(e))
            return 503, ""
        if events is None:
            log.info("slack sent something of a workspace that does not have the app")
            return 200, ""
        self._note(payload, team)
        return await events.deliver({**tagged(payload, team), "context_team_id": team})

    async def _team_of(self, payload: Json) -> str:
        """The workspace; empty where none of those that it may be for has the app."""
        arrived = asyncio.get_running_loop().time()
        for again in (False, True):
            if again:  # another worker may have it
                await self._look(since=arrived)
            bots = {one.grant.bot: id_ for id_, one in self._served.items() if not one.through}
            candidates = teams_of(payload, bots)
            if found := next((team for team in candidates if team in self._served), ""):
                return found
            organisation = next((one for one in organisations_of(payload) if one in self._served), "")
            if organisation and candidates:
                await self.installed.serve_through(candidates[0], organisation)
                await self._look()
                return candidates[0] if candidates[0] in self._served else ""
        return ""

    async def _listeners(self, team: str) -> Events:
        if team not in self._events:
            if self._reception is None:
                raise Unavailable("the channel has not begun")
            events = await self.slack(team).listeners(self._reception)
            if self._events.setdefault(team, events) is not events:  # two came at once
                await events.close()
        return self._events[team]

    def _note(self, payload: Json, team: str) -> None:
        event, user = payload.get("event"), payload.get("user")
        said = event.get("user") if isinstance(event, dict) else payload.get("user_id")
        if person := str(said or (user.get("id") if isinstance(user, dict) else "") or ""):
            self._seen[person] = team
            self._seen.move_to_end(person)
            while len(self._seen) > _SEEN:
                self._seen.popitem(last=False)

    # -- who has the app ------------------------------------------------------------------

    def has(self, team: str) -> bool:
        """Whether this workspace has the app, as far as is known here."""
        return team in self._served

    def seen(self, person: str) -> str:
        """The workspace in which this person did something last; empty: unknown."""
        return self._seen.get(person, "")

    def installer(self, team: str) -> str:
        """Who installed the app there; empty where it is not (any more)."""
        one = self._served.get(team)
        return one.grant.installer if one else ""

    def slack(self, team: str) -> Slack:
        """What speaks with this workspace.  Raises ``Refused`` where it does not have the app."""
        if team not in self._served:
            raise Refused(f"the Slack workspace {team or 'of this person'} does not have the app (any more)")
        if team not in self._slacks:
            self._slacks[team] = self._make(team, self._served[team].grant.token)
        return self._slacks[team]

    async def install(self, grant: Grant) -> None:
        """A workspace or organisation has installed the app."""
        if under_way := self._erasing.get(grant.id):  # it comes back: first what it left is gone
            await asyncio.wait([under_way])
        await self.installed.keep(grant)
        await self._look()
        log.info("slack app installed", team=grant.id)

    async def keep_looking(self) -> None:
        """Renew tokens, and hear of what other workers do, until cancelled."""
        while True:
            try:
                if await self.installed.renew(self._served):
                    await self._look()
                await asyncio.sleep(_LOOK_S)
                await self._look()
            except FrontdeskError as e:
                log.warning("slack installations could not be looked at", why=str(e))
                await asyncio.sleep(_LOOK_S)

    async def _leave(self, id_: str, at: float) -> None:
        """The app was removed there; word of an earlier removal does not undo a new installation: Slack is asked."""
        await self._look()
        one = self._served.get(id_)
        if one and not one.through and await self._works(one):
            if at >= time.time() - _LATE_S:  # so Slack says it again, at one and at five minutes
                raise Unavailable(f"Slack says that the app was removed from {id_}, and takes its token all the same")
            log.info("slack told late of a removal, the app was installed again since", team=id_)
            return
        if gone := await self.installed.leave(id_):
            log.warning("slack app was removed: all that was kept for it is erased", teams=gone)
        await self._look()

    async def _works(self, one: Served) -> bool:
        api = self._api(one.grant.token)
        try:
            await api.call("auth.test", patience_s=5.0)
        except SlackRefused as e:
            if e.error not in _VOID:
                raise Unavailable(str(e)) from None
            return False
        finally:
            await api.close()
        return True

    async def _look(self, since: float = math.inf) -> None:
        """Serve those that have the app now, with the tokens that they have now; erase those that have left.

        ``since``: not where somebody has looked after that time (of the loop) already.
        """
        async with self._looking:
            began = asyncio.get_running_loop().time()
            if self._looked > since:
                return
            before, (served, gone) = self._served, await self.installed.all()
            self._served = served
            for id_ in list(self._slacks):
                if id_ not in served or before[id_].grant.bot != served[id_].grant.bot:
                    if events := self._events.pop(id_, None):
                        await events.close()
                    await self._slacks.pop(id_).close()
                elif before[id_].grant.token != served[id_].grant.token:
                    self._slacks[id_].act_for(id_, served[id_].grant.token)
            for row in gone:
                if row.id not in self._erasing or self._erasing[row.id].done():
                    self._erasing[row.id] = asyncio.create_task(self._forget(row.id, row.version))
            self._looked = began

    async def _forget(self, id_: str, version: int) -> None:
        """Erase what was kept for one that has left; what fails is begun again at the next look."""
        try:
            await self._erase(id_)
            await self.installed.drop(id_, version)
        except FrontdeskError as e:
            log.warning("slack workspace is not erased yet", team=id_, why=str(e))
