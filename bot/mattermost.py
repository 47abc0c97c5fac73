"""Mattermost: a WebSocket in, posts in threads out; a whole platform in one file (facts: its API reference, v4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from pydantic import PrivateAttr, SecretStr

from bot.channel import Finding, Post, Reception
from bot.edited import EditedChannel
from bot.json_api import JsonApi
from bot.markup import parse
from engine.errors import FrontdeskError, Refused, SettingsError
from engine.types import WORKSPACE, Addressed, Audience, Conversation, Message

_NAME, _AT = "mattermost", r"(?<![\w@.-])@"


def read(
    post: dict[str, Any], kind: str, me: dict[str, Any], workspace: str, *, program: bool = False
) -> Message | None:
    """What a post means for us; None for talk between others.  ``kind``: of its channel (D, G, O, P)."""
    text = re.sub(rf"{_AT}{re.escape(me['username'])}(?![\w-])", "", post["message"], flags=re.IGNORECASE).strip()
    addressed = Addressed.THREAD if post["root_id"] else None
    addressed = Addressed.DIRECT if kind == "D" else Addressed.MENTION if text != post["message"].strip() else addressed
    where = Conversation(_NAME, workspace, post["channel_id"], post["root_id"] or post["id"])
    others = bool(re.search(rf"{_AT}\w", text))
    if not addressed or (program and addressed is not Addressed.MENTION):
        return None
    return Message(post["id"], where, post["user_id"], text, addressed, others, program=program)


class Mattermost(EditedChannel):
    """One Mattermost team (the first that the bot account is in).

    ``url`` is the server's address, ``token`` the bot's access token, ``handoff`` the channel (id) that is told when
    somebody needs a colleague.  ``answer_bots``: user ids of bots that are answered where they mention
    us.  Answers carry no buttons: Mattermost would have to reach us for them.
    """

    name: ClassVar[str] = _NAME
    url: str
    token: SecretStr
    handoff: str = ""
    answer_bots: tuple[str, ...] = ()
    _api: JsonApi = PrivateAttr()
    _who: tuple[dict[str, Any], str] | None = PrivateAttr(default=None)
    _seen: int = PrivateAttr(default=0)  # the server's time of the newest post that was kept, milliseconds

    def model_post_init(self, _: Any) -> None:
        """The client; it connects on first use."""
        self._api = JsonApi("Mattermost", f"{self.url.rstrip('/')}/api/v4", self.token.get_secret_value())

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """``Channel.run``: Mattermost sends nothing twice, so what was said without a socket is read again."""

        async def take(event: dict[str, Any]) -> None:
            if event.get("event") == "hello":
                await self._catch_up(reception)
                connected()
            elif event.get("event") in ("posted", "post_edited", "post_deleted"):
                gone = {"delete_at": 1} if event["event"] == "post_deleted" else {}
                await self._take(orjson.loads(event["data"]["post"]) | gone, reception)

        try:
            await self._me()
            await self._api.listen("websocket", take)
        except Refused as e:
            raise SettingsError(f"channels: mattermost url or token: {e}") from None

    async def _take(self, post: dict[str, Any], reception: Reception) -> None:
        me, team = await self._me()
        props = post.get("props") or {}
        program = "from_bot" in props or "from_webhook" in props
        heard = not program or ("from_webhook" not in props and post["user_id"] in self.answer_bots)
        if post["user_id"] != me["id"] and not post["type"] and heard:
            kind = (await self._api.call("GET", f"channels/{post['channel_id']}"))["type"]
            if post["delete_at"]:
                await reception.deleted(_NAME, post["id"])
            elif message := read(post, kind, me, self.workspace or team, program=program):
                await reception.accept(message)
                if post["edit_at"]:
                    await reception.edited(_NAME, message.id, message.text)
        self._seen = max(self._seen, post["update_at"])

    async def _catch_up(self, reception: Reception) -> None:
        channels = await self._api.call("GET", f"users/me/teams/{(await self._me())[1]}/channels")
        newest = max((c["last_post_at"] for c in channels), default=0)
        since = self._seen - 60_000 if self._seen else newest + 1  # the first time: from now on
        for channel in (c["id"] for c in channels if c["last_post_at"] >= since):
            found = (await self._api.call("GET", f"channels/{channel}/posts?since={since}"))["posts"].values()
            for post in sorted(found, key=lambda p: int(p["create_at"])):
                await self._take(post, reception)
        self._seen = max(self._seen, newest, 1)

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """``Channel.audience``, looked up each time; guests, and people of no or another team, are outside."""
        del max_age_s
        where, (_, team) = message.conversation, await self._me()
        room = await self._api.call("GET", f"channels/{where.room}")
        if direct := room["type"] == "D":
            nobody = {"scheme_guest": True, "delete_at": 0}
            member = await self._api.call("GET", f"teams/{team}/members/{message.author}", gone=nobody)
            outside = member["scheme_guest"] or member["delete_at"]
        else:
            stats = await self._api.call("GET", f"channels/{where.room}/stats")
            outside = room["type"] == "G" or room.get("shared") or stats["guest_count"]
        own = f"user:{message.author}" if direct else f"room:{where.room}"
        return Audience.of(where.workspace, own, *(() if outside else (WORKSPACE,)))

    async def add(self, post: Post, number: int, text: str) -> str:
        """``EditedChannel.add``; the same pending id within half a minute makes no second post."""
        where, props = post.message.conversation, {"frontdesk_key": post.key, "frontdesk_part": number}
        body = {"channel_id": where.room, "root_id": where.thread, "message": text, "props": props}
        return str((await self._api.call("POST", "posts", **body, pending_post_id=f"{post.key}:{number}"))["id"])

    async def change(self, identity: str, text: str) -> None:
        """``EditedChannel.change``."""
        await self._api.call("PUT", f"posts/{identity}/patch", gone={}, message=text)

    async def remove(self, identity: str) -> None:
        """``EditedChannel.remove``."""
        await self._api.call("DELETE", f"posts/{identity}", gone={})

    async def earlier(self, post: Post) -> list[str]:
        """``EditedChannel.earlier``: those in the thread."""
        thread, (me, _) = post.message.conversation.thread, await self._me()
        found = (await self._api.call("GET", f"posts/{thread}/thread", gone={"posts": {}}))["posts"].values()
        ours = (p for p in found if p["user_id"] == me["id"] and p["props"].get("frontdesk_key") == post.key)
        return [p["id"] for p in sorted(ours, key=lambda p: int(p["props"]["frontdesk_part"]))]

    async def tell(self, where: str, text: str) -> None:
        """``Channel.tell``: ``where`` is a channel's id."""
        for part in self.texts(parse(text)):
            await self._api.call("POST", "posts", channel_id=where, message=part)

    async def check(self) -> list[Finding]:
        """``Channel.check``."""
        try:
            return [Finding(f"mattermost (as {(await self._me())[0]['username']})", works=True)]
        except FrontdeskError as e:
            return [Finding("mattermost", works=False, advice=f"{e}: are url and token right?")]

    async def close(self) -> None:
        """``Channel.close``."""
        await self._api.close()

    async def _me(self) -> tuple[dict[str, Any], str]:
        """The bot's account, and the team's id."""
        if self._who is None:
            me, teams = await self._api.call("GET", "users/me"), await self._api.call("GET", "users/me/teams")
            if not teams:
                raise Refused("this account is in no team: add it to one")
            self._who = (me, teams[0]["id"])
        return self._who
