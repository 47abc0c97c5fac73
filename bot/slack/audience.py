"""Who reads along in Slack: rooms, their members, guests, and who is an admin; looked up, kept for a minute."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot import rooms
from bot.looked import Looked
from bot.slack.api import Api, SlackRefused
from bot.slack.read import Me
from engine.language import tag_of
from engine.types import WORKSPACE, Audience, Message

#: Seconds that what Slack says about a person or a kind of room may be kept.
_KEPT_S = 60.0
#: Seconds that one look-up may take before the message has to wait.
_PATIENCE_S = 30.0
#: With more people than this to look up, the whole list costs fewer calls (users.list: 999 a call, 20 calls a minute).
_MANY = 15
#: Seconds by which Slack's clock and ours may differ.
_CLOCKS_S = 300.0
_NO_NAME = re.compile(r"[^\w .'\-]")


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says about somebody; ``guest`` also for people of another organisation; ``locale`` as ``zh-CN``."""

    name: str
    guest: bool
    bot: bool
    admin: bool
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """``shared``: people of another organisation can read here; ``private``: only those who were invited can.

    ``name`` is what people call it; empty for direct messages and group conversations.
    """

    direct: bool
    shared: bool
    private: bool
    name: str = ""


class Directory:
    """Answers who can read a reply, for one workspace.

    Who is in a room (and in which rooms a person is) is as old as asked for; what kind of room it is and who is a
    guest up to a minute, since Slack allows 50 to 100 of those calls a minute.
    """

    def __init__(self, api: Api, me: Me) -> None:
        self._api = api
        self._me = me
        self._people = Looked(self._person, size=50_000)
        self._rooms = Looked(self._room)
        self._members = Looked(self._in_room)
        self._memberships = Looked(self._rooms_of)
        self._everybody = Looked(self._all_people, size=1)

    async def audience(self, message: Message, max_age_s: float) -> Audience:
        """DESIGN rule 3.  Raises ``Unavailable`` or ``Refused`` when Slack does not say: never a wider audience."""
        where = message.conversation
        room = await self._rooms.get(where.room, max(max_age_s, _KEPT_S))
        if room.direct:
            return await self.alone(message.author, where.workspace, max_age_s, shared=room.shared)
        members = await self._members.get(where.room, max_age_s)
        outside = room.shared or any(p.guest for p in await self._all(members))
        return Audience.of(where.workspace, f"room:{where.room}", *(() if outside else (WORKSPACE,)))

    async def alone(self, author: str, workspace: str, max_age_s: float, *, shared: bool = False) -> Audience:
        """What may be told to this person in a direct message (``shared``: one between two organisations)."""
        person = await self._people.get(author, max_age_s)
        rooms = await self._memberships.get(author, max_age_s)
        grants = [f"user:{author}", *(f"room:{r}" for r in sorted(rooms))]
        return Audience.of(workspace, *grants, *(() if person.guest or shared else (WORKSPACE,)))

    async def default_grant(self, room: str) -> str:
        """For whom documents from this room are: the room where it is private, also one that we cannot see."""
        try:
            found = await self._rooms.get(room, 0.0)
        except SlackRefused:
            return f"room:{room}"
        return f"room:{room}" if found.private else WORKSPACE

    async def is_in(self, room: str) -> bool:
        """Whether we are in this conversation, and so can write there; asked now."""
        try:
            said = await self._api.call("conversations.info", patience_s=_PATIENCE_S, channel=room)
        except SlackRefused:
            return False  # a private one, or one between other people
        found = said.get("channel") or {}
        return bool(found.get("is_member") or found.get("is_im"))

    async def writable(self, person: str) -> list[rooms.Room]:
        """The rooms where this person may write and so may we, now: a message of ours there is younger than its handle.

        Of a room where only some may write, those who are named one by one are known; for others it is left out.
        """
        theirs, ours = await asyncio.gather(self._named_rooms(person), self._named_rooms(self._me.user))
        since = f"{time.time() - _CLOCKS_S:.6f}"
        return [rooms.Room(id_, name, since) for id_, name in sorted(theirs.items(), key=lambda r: r[1]) if id_ in ours]

    async def _named_rooms(self, person: str) -> dict[str, str]:
        rows = await self._api.rows(
            "users.conversations", "channels", patience_s=_PATIENCE_S, user=person, exclude_archived=True,
            types="public_channel,private_channel",
        )  # fmt: skip
        return {str(r["id"]): str(r.get("name") or r["id"]) for r in rows if may_write(r, person)}

    async def language(self, person: str) -> str:
        """The language of their Slack; empty where it does not say."""
        return _language_of(await self._people.get(person, _KEPT_S))

    async def is_admin(self, person: str) -> bool:
        """Whether Slack calls them an admin or owner of the workspace, now."""
        return (await self._people.get(person, 0.0)).admin

    async def room_name(self, room: str) -> str:
        """What people call a room."""
        return (await self._rooms.get(room, _KEPT_S)).name

    async def name(self, person: str) -> str:
        """Their name, for others to read."""
        return (await self._people.get(person, _KEPT_S)).name

    def known_name(self, person: str) -> str:
        """Their name where it is known without asking, else nothing."""
        known = self._people.peek(person)
        return known.name if known else ""

    def known_language(self, person: str) -> str:
        """Their language where it is known without asking, else nothing."""
        known = self._people.peek(person)
        return _language_of(known) if known else ""

    async def _all(self, ids: Iterable[str]) -> list[Person]:
        wanted = list(ids)
        if len(self._people.stale(wanted, _KEPT_S)) > _MANY:
            await self._everybody.get("", _KEPT_S)
        found = await asyncio.gather(*(self._people.get(i, _KEPT_S) for i in wanted), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return [p for p in found if isinstance(p, Person)]

    async def _person(self, person: str) -> Person:
        said = await self._api.call("users.info", patience_s=_PATIENCE_S, user=person, include_locale=True)
        return self._read(said.get("user") or {})

    async def _all_people(self, _: str) -> None:
        began = asyncio.get_running_loop().time()
        for user in await self._api.rows("users.list", "members", patience_s=_PATIENCE_S):
            self._people.put(user["id"], self._read(user), began)

    def _read(self, user: dict[str, Any]) -> Person:
        profile = user.get("profile") or {}
        bot = bool(user.get("is_bot")) or user.get("id") in ("USLACKBOT", self._me.user)
        teams = {user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ())}
        guest = any(user.get(k) for k in ("is_restricted", "is_ultra_restricted", "is_stranger"))
        admin = any(user.get(k) for k in ("is_admin", "is_owner", "is_primary_owner"))
        name = profile.get("display_name") or profile.get("real_name") or user.get("name") or ""
        return Person(
            name=_NO_NAME.sub("", name)[:40].strip(),
            guest=not bot and (guest or self._me.team not in teams),
            bot=bot,
            admin=admin and not bot and not guest and self._me.team in teams,
            locale=str(user.get("locale") or ""),
        )

    async def _room(self, room: str) -> Room:
        said = await self._api.call("conversations.info", patience_s=_PATIENCE_S, channel=room)
        c = said.get("channel") or {}
        foreign = c.get("is_ext_shared") or c.get("is_pending_ext_shared")
        direct = bool(c.get("is_im"))
        private = not direct and bool(c.get("is_private") or c.get("is_mpim") or c.get("is_group"))
        name = "" if direct or c.get("is_mpim") else str(c.get("name") or "")
        return Room(direct=direct, shared=bool(foreign), private=private, name=name)

    async def _in_room(self, room: str) -> tuple[str, ...]:
        found = await self._api.rows("conversations.members", "members", patience_s=_PATIENCE_S, channel=room)
        return tuple(m for m in found if m != self._me.user)

    async def _rooms_of(self, person: str) -> frozenset[str]:
        rows = await self._api.rows(
            "users.conversations",
            "channels",
            patience_s=_PATIENCE_S,
            user=person,
            types="public_channel,private_channel,mpim",
        )
        return frozenset(r["id"] for r in rows)


def may_write(row: Mapping[str, Any], person: str) -> bool:
    """Whether this person may write in the room that Slack describes so, being in it."""
    if any(row.get(kind) for kind in ("is_read_only", "is_thread_only", "is_archived")):
        return False
    some = (row.get("properties") or {}).get("posting_restricted_to")
    return not some or person in (some.get("user") or ())


def _language_of(person: Person) -> str:
    return tag_of(person.locale)
