"""A strict stand-in for a Mattermost server: the part of API v4 that the channel uses, as its reference describes it.

Written from Mattermost's published API description (api/v4/source/*.yaml) and never compared with a real server.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import WSMsgType, web

Json = dict[str, Any]
#: Runes of a post (server, MESSAGE default), and for how long a pending id is remembered (app/post.go).
POST_RUNES = 16_383


def new_id() -> str:
    """26 letters and digits."""
    return secrets.token_hex(13)


@dataclass
class FakeMattermost:
    """People do things by its methods; ``posts`` is what stands there, ``sent`` each body that the bot posted."""

    token: str = field(default_factory=new_id)
    team: str = field(default_factory=new_id)
    bot: Json = field(default_factory=lambda: {"id": new_id(), "username": "frontdesk", "is_bot": True})
    channels: dict[str, Json] = field(default_factory=dict)
    members: dict[str, Json] = field(default_factory=dict)  # of the team, by user
    posts: dict[str, Json] = field(default_factory=dict)
    sent: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    url: str = ""
    lose_answers: int = 0  # so many posts are made, and their maker hears nothing
    busy: int = 0  # so many requests are answered with 429
    _pending: dict[str, str] = field(default_factory=dict)
    _sockets: set[web.WebSocketResponse] = field(default_factory=set)
    _clock: int = 1_700_000_000_000

    # -- what people do --

    def channel(self, kind: str = "O", *people: str, guests: int = 0) -> str:
        """A channel that the bot is in."""
        number = new_id()
        self.channels[number] = {"id": number, "type": kind, "shared": False, "last_post_at": 0, "guests": guests}
        return number

    def person(self, *, guest: bool = False, member: bool = True) -> str:
        """Somebody, in the team or not."""
        number = new_id()
        if member:
            self.members[number] = {"user_id": number, "roles": "", "scheme_guest": guest, "delete_at": 0}
        return number

    async def say(self, channel: str, user: str, text: str, *, root: str = "", **more: Any) -> Json:
        """Somebody posts."""
        now = self._now()
        post = {"id": new_id(), "create_at": now, "update_at": now, "edit_at": 0, "delete_at": 0, "user_id": user}
        post |= {"channel_id": channel, "root_id": root, "message": text, "type": "", "props": {}, **more}
        self.posts[post["id"]] = post
        self.channels[channel]["last_post_at"] = now
        await self._tell("posted", post)
        return post

    async def edit(self, post: Json, text: str) -> None:
        """Its author changes a post."""
        post |= {"message": text, "update_at": (now := self._now()), "edit_at": now}
        await self._tell("post_edited", post)

    async def delete(self, post: Json) -> None:
        """Its author deletes a post: the event still shows it as it was."""
        before = dict(post)
        post |= {"delete_at": (now := self._now()), "update_at": now}
        await self._tell("post_deleted", before)

    async def cut(self) -> None:
        """All sockets close."""
        for socket in list(self._sockets):
            await socket.close()

    @property
    def connected(self) -> bool:
        """Whether somebody listens."""
        return bool(self._sockets)

    def answers(self, root: str) -> list[Json]:
        """What the bot has said in a thread."""
        ours = [p for p in self.posts.values() if p["user_id"] == self.bot["id"] and not p["delete_at"]]
        return [p for p in ours if p["root_id"] == root]

    # -- the server --

    def _now(self) -> int:
        self._clock += 1_000
        return self._clock

    async def _tell(self, event: str, post: Json) -> None:
        kind = self.channels[post["channel_id"]]["type"]
        data = {"post": orjson.dumps(post).decode(), "channel_type": kind, "team_id": "" if kind == "D" else self.team}
        for socket in list(self._sockets):
            await socket.send_str(orjson.dumps({"event": event, "data": data, "broadcast": {}, "seq": 1}).decode())

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, "Invalid or expired session, please login again.")
        if self.busy:
            self.busy -= 1
            return web.json_response({"message": "limit exceeded"}, status=429, headers={"Retry-After": "1"})
        return await handler(request)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        await socket.send_json({"event": "hello", "data": {"server_version": "10.0.0"}, "broadcast": {}, "seq": 0})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self.violations.append(f"said on the socket: {frame.data}")
        finally:
            self._sockets.discard(socket)
        return socket

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.sent.append(body)
        pending, root = body.get("pending_post_id", ""), body.get("root_id", "")
        if body["channel_id"] not in self.channels:
            return _error(403, "You do not have the appropriate permissions.")
        if not body["message"] or len(body["message"]) > POST_RUNES:
            return _error(400, "Invalid or missing message.")
        if root and (root not in self.posts or self.posts[root]["root_id"] or self.posts[root]["delete_at"]):
            return _error(400, "Invalid RootId parameter.")
        if pending in self._pending:
            return web.json_response(self.posts[self._pending[pending]], status=201)
        made = await self.say(
            body["channel_id"], self.bot["id"], body["message"], root=root, props=body.get("props") or {}
        )
        self._pending[pending] = made["id"] if pending else ""
        if self.lose_answers:
            self.lose_answers -= 1
            request.transport.abort()
        return web.json_response(made, status=201)

    def _own(self, request: web.Request) -> Json | None:
        post = self.posts.get(request.match_info["post"])
        return post if post and not post["delete_at"] and post["user_id"] == self.bot["id"] else None

    async def _patch(self, request: web.Request) -> web.Response:
        body, post = await request.json(), self._own(request)
        self.sent.append(body)
        if post is None:
            return _error(404, "Unable to find the post.")
        await self.edit(post, body["message"])
        return web.json_response(post)

    async def _delete(self, request: web.Request) -> web.Response:
        if (post := self._own(request)) is None:
            return _error(404, "Unable to find the post.")
        await self.delete(post)
        return web.json_response({"status": "OK"})

    async def _thread(self, request: web.Request) -> web.Response:
        root = request.match_info["post"]
        if root not in self.posts or self.posts[root]["delete_at"]:
            return _error(404, "Unable to find the post.")
        found = {k: p for k, p in self.posts.items() if root in (k, p["root_id"]) and not p["delete_at"]}
        return web.json_response({"order": list(found), "posts": found})

    async def _since(self, request: web.Request) -> web.Response:
        since, channel = int(request.query["since"]), request.match_info["channel"]
        found = {k: p for k, p in self.posts.items() if p["channel_id"] == channel and p["update_at"] > since}
        return web.json_response({"order": list(reversed(found)), "posts": found})

    async def _get(self, request: web.Request) -> web.Response:
        match request.match_info["path"].split("/"):
            case ["users", "me"]:
                return web.json_response(self.bot)
            case ["users", "me", "teams"]:
                return web.json_response([{"id": self.team, "name": "acme"}])
            case ["users", "me", "teams", self.team, "channels"]:
                return web.json_response(list(self.channels.values()))
            case ["channels", number] if number in self.channels:
                return web.json_response(self.channels[number])
            case ["channels", number, "stats"] if number in self.channels:
                return web.json_response({"member_count": 3, "guest_count": self.channels[number]["guests"]})
            case ["teams", self.team, "members", user] if user in self.members:
                return web.json_response(self.members[user])
        return _error(404, "Sorry, we could not find the page.")

    @asynccontextmanager
    async def open(self) -> Any:
        """Listen on loopback."""
        app = web.Application(middlewares=[self._guard])
        v4 = "/api/v4"
        app.router.add_get(f"{v4}/websocket", self._socket)
        app.router.add_post(f"{v4}/posts", self._post)
        app.router.add_put(f"{v4}/posts/{{post}}/patch", self._patch)
        app.router.add_delete(f"{v4}/posts/{{post}}", self._delete)
        app.router.add_get(f"{v4}/posts/{{post}}/thread", self._thread)
        app.router.add_get(f"{v4}/channels/{{channel}}/posts", self._since)
        app.router.add_get(f"{v4}/{{path:.*}}", self._get)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await self.cut()
            await runner.cleanup()
            await asyncio.sleep(0)


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"id": "api.error", "message": message, "status_code": status}, status=status)
