"""The page's server: what it asks over HTTP, and the stream of answers as Server-Sent Events."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import orjson
import structlog
from aiohttp import web

from bot.channel import Button, Command, Notice, Press, Reception
from bot.choices import Select
from bot.markup import clean
from bot.phrases import first_of
from bot.web.archive import Archive, Exchange
from bot.web.guard import PERSON, Guard, answer, problem
from bot.web.live import Live, State
from bot.web.words import texts
from engine.errors import Unavailable
from engine.types import Addressed, Conversation, Message, Outcome, Source

log = structlog.get_logger()

#: Bytes of one request.
BODY_MAX = 256 * 1024
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_HERE = Path(__file__).parent
_FILES = {
    "index.html": "text/html",
    "app.js": "text/javascript",
    "view.js": "text/javascript",
    "words.js": "text/javascript",
    "texts.js": "text/javascript",  # made of the catalogue
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
}
_LISTED = 100  # conversations in the list
_SHOWN = 200  # questions of one conversation
_ALL = 1_000_000
_TITLE = 90  # characters
_STREAMS = 12  # open streams a visitor
_POLL_S = 1.5  # an answer that another worker writes is looked for in the database
_BEAT_S = 15.0  # proxies cut silent connections
_COMMAND = re.compile(r"/(?P<name>kb (?:add|list|remove|sync|search)|[a-z][a-z-]*)\b\s*(?P<text>.*)", re.DOTALL)
_PRIVATE = frozenset({"why", "help", "forget-me", "usage"})
_Action = Literal[
    "helpful", "not_helpful", "person", "feedback.said", "draft.export", "draft.as", "draft.versions", "draft.back"
]
#: Buttons of single answers that the page has; it posts nowhere, so it has no others.
_BELOW = ("draft.export", "draft.versions")
_FIELDS, _WRITTEN, _CHOICE = 5, 4_000, 40  # of a form, and characters of each; characters of a choice

Html = Callable[[str, tuple[Source, ...]], str]


class Api:
    """The handlers; ``html`` makes safe HTML of a reply's Markdown."""

    def __init__(
        self,
        *,
        workspace: str,
        about: Callable[[], dict[str, Any]],
        guard: Guard,
        live: Live,
        archive: Archive,
        html: Html,
    ) -> None:
        self.workspace = workspace
        self.about = about
        self.guard = guard
        self.live = live
        self.archive = archive
        self.html = html
        self.reception: Reception | None = None  # None: nothing is taken in, not yet or no longer
        self._closing = False
        self._streams: dict[str, dict[int, web.Request]] = {}  # by visitor and id(): requests equal others like it
        self._files: dict[str, tuple[bytes, str]] = {}

    async def routes(self) -> list[web.RouteDef]:
        """Read the page's files and say what is served."""
        self._files = await asyncio.to_thread(_read_files)
        one = "/api/conversations/{id}"
        return [
            web.get("/", self._page),
            web.get("/{file:[a-z]+[.][a-z]+}", self._page),
            web.get("/api/about", self._about),
            web.post("/api/sign-in", self._sign_in),
            web.post("/api/sign-out", self._sign_out),
            web.get("/api/conversations", self._conversations),
            web.get(one, self._conversation),
            web.delete(one, self._delete),
            web.get(f"{one}/events", self._events),
            web.post(f"{one}/messages", self._message),
            web.post(f"{one}/messages/{{message}}/press", self._press),
        ]

    def end_streams(self) -> None:
        """Let every open stream say good-bye."""
        self._closing = True
        self.live.wake_all()

    # --- the page itself

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("file", "index.html")
        if name not in self._files:
            raise web.HTTPNotFound
        body, tag = self._files[name]
        headers = {"Cache-Control": "no-cache", "ETag": f'"{tag}"'}
        response = (
            web.Response(status=304, headers=headers)
            if f'"{tag}"' in request.headers.get("If-None-Match", "")
            else web.Response(body=body, headers=headers, content_type=_FILES[name], charset="utf-8")
        )
        if name == "index.html":
            self.guard.welcome(request)
        return response

    async def _about(self, _request: web.Request) -> web.Response:
        return answer(self.about())

    async def _sign_in(self, request: web.Request) -> web.Response:
        secret = (await _body(request)).get("secret")
        response = self.guard.sign_in(request, secret if isinstance(secret, str) else "")
        if response.status in (204, 401):  # who tries again too soon is not even heard
            await self._signed("sign-in" if response.status == 204 else "sign-in refused", request)
        return response

    async def _sign_out(self, request: web.Request) -> web.Response:
        await self._signed("sign-out", request)
        return self.guard.sign_out(request)

    async def _signed(self, what: str, request: web.Request) -> None:
        """Into the audit first: nobody gets in, or out, without a row."""
        await self.archive.signed(what, request[PERSON] or "unknown", self.workspace)

    # --- reading

    async def _conversations(self, request: web.Request) -> web.Response:
        talks = []
        if request[PERSON]:
            talks = await self.archive.conversations("web", self.workspace, request[PERSON], limit=_LISTED)
        return answer(
            {"conversations": [{"id": t.conversation.thread, "title": _title(t.question), "at": t.at} for t in talks]}
        )

    async def _conversation(self, request: web.Request) -> web.Response:
        conversation, exchanges = await self._found(request)
        states = self.live.states(conversation.key)
        shown = []
        for exchange in exchanges:
            shown.append(self._shown(exchange, states.get(exchange.message), conversation))
            await asyncio.sleep(0)  # a long history makes nobody else wait
        return answer({"id": conversation.thread, "exchanges": shown})

    async def _found(self, request: web.Request) -> tuple[Conversation, list[Exchange]]:
        """The visitor's own conversation; another's is as unknown as one that never was."""
        exchanges = []
        conversation = self._named(request, request[PERSON])
        if request[PERSON]:
            exchanges = await self.archive.exchanges(conversation, limit=_SHOWN)
        if not exchanges:
            raise web.HTTPNotFound
        return conversation, exchanges

    def _named(self, request: web.Request, person: str) -> Conversation:
        if not _ID.fullmatch(request.match_info["id"]):
            raise web.HTTPNotFound
        return Conversation("web", self.workspace, person, request.match_info["id"])

    def _shown(self, exchange: Exchange, state: State | None, conversation: Conversation) -> dict[str, Any]:
        """A question with its answer, as the page wants it: from the database where it has ended there."""
        outcome, sources, below, html = exchange.outcome, exchange.sources, exchange.below, ""
        if outcome is not None:
            html = self.html(exchange.text, sources)
        elif state is not None:
            outcome, sources, below, html = state.outcome, state.sources, state.below, state.html
        return {
            "id": _on_page(exchange.message, conversation),
            "question": exchange.question,
            "at": exchange.at,
            "state": "done" if outcome is not None else "waiting" if state is None else "writing",
            "outcome": outcome,
            "html": html if outcome is not Outcome.IGNORED else "",
            "sources": [_source(s) for s in sources],
            "helpful": exchange.helpful,
            "below": [action for action in _BELOW if action in below],
            "waits": outcome is None and state is not None and state.waits,
        }

    # --- asking

    async def _message(self, request: web.Request) -> web.Response:
        data = await _body(request)
        text, uid = data.get("text"), data.get("id")
        if not isinstance(text, str) or not text.strip() or not isinstance(uid, str) or not _ID.fullmatch(uid):
            return problem(400, "wrong", 'Send {"id": a new UUID, "text": the question}.')
        text = text.replace("\0", "")  # PostgreSQL keeps no NUL
        person = self.guard.welcome(request)
        conversation = self._named(request, person)
        command = _COMMAND.fullmatch(text.strip())
        name = command["name"] if command else ""
        if command and (name in _PRIVATE or name.startswith("kb ")):
            said = await self._taking().command(Command(name, command["text"], person, conversation))
            return answer({"html": self.html(said.text, ()), "command": name})
        asking = name == "ask" or name in self._taking().claimed
        if command and asking:
            text = command["text"]
        message = Message(
            id=f"{person}:{uid}",
            conversation=conversation,
            author=person,
            text=text,
            addressed=Addressed.COMMAND if asking else Addressed.DIRECT,
            command=name if asking else "",
        )
        if not await self._taking().accept(message):
            return problem(422, "not_kept", "There is nothing to answer in this.")
        return answer({"id": uid}, 202)

    def _taking(self) -> Reception:
        if self.reception is None:
            raise Unavailable("the web channel is starting or stopping")
        return self.reception

    async def _press(self, request: web.Request) -> web.Response:
        conversation, exchanges = await self._found(request)
        data = await _body(request)
        action, filled, choice = data.get("action"), data.get("filled", {}), data.get("choice", "")
        if action not in get_args(_Action) or not _is_filled(filled) or not _is_choice(choice):
            return problem(400, "wrong", f'Send {{"action": one of {", ".join(get_args(_Action))}}}.')
        named = request.match_info["message"]
        event = next((e.event for e in exchanges if _on_page(e.message, conversation) == named), None)
        if event is None:
            raise web.HTTPNotFound
        value = f"{event}|{choice}" if choice else event
        press = Press(str(action), value, request[PERSON], conversation, _language(request), filled)
        said = await self._taking().pressed(press)
        buttons = [b for b in said.buttons if isinstance(b, Button)]
        forms = [await self._taking().form(replace(press, action=b.action, value=b.value)) for b in buttons]
        file = {"name": said.file.name, "text": said.file.text} if said.file else None
        return answer({"html": self.html(said.text, ()), "form": next(filter(None, forms), None),
                       "choices": _choices(said), "file": file})  # fmt: skip

    async def _delete(self, request: web.Request) -> web.Response:
        """Every question of the conversation is deleted by its author, open ones too."""
        conversation, _ = await self._found(request)
        exchanges = await self.archive.exchanges(conversation, limit=_ALL)
        for exchange in exchanges:
            await self._taking().deleted("web", exchange.message)
        return answer({"deleted": len(exchanges)})

    # --- the stream

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """``exchange`` events: first every question of the conversation as it stands, then each change.

        A page that comes back after a break needs nothing but to connect again.
        """
        conversation, _ = await self._found(request)
        person = request[PERSON]
        if self._open(person) >= _STREAMS:
            return problem(429, "too_often", "This page is open too many times: please close some.")
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        self._streams.setdefault(person, {})[id(request)] = request
        try:
            await stream.prepare(request)
            await self._follow(conversation, stream)
        except ConnectionError:
            pass  # the page was closed
        except Unavailable as e:
            log.warning("web stream ended", reason=str(e))  # the page connects again
        finally:
            del self._streams[person][id(request)]
            if not self._streams[person]:
                del self._streams[person]
        return stream

    def _open(self, person: str) -> int:
        """How many streams a visitor has open; those of pages that were closed or loaded again are ended."""
        live = 0
        for request in self._streams.get(person, {}).values():
            if request.transport is None or request.transport.is_closing():
                request.task.cancel()  # it would notice when it has something to say
            else:
                live += 1
        return live

    async def _follow(self, conversation: Conversation, stream: web.StreamResponse) -> None:
        seen: dict[str, tuple[Exchange, State | None]] = {}
        told: dict[str, bytes] = {}
        exchanges: list[Exchange] = []
        beat = time.monotonic()
        look = True
        with self.live.listen(conversation.key) as listener:
            while not self._closing:
                if look:
                    listener.gone = False
                    exchanges = await self.archive.exchanges(conversation, limit=_SHOWN)
                    for message in told.keys() - {e.message for e in exchanges}:
                        del told[message], seen[message]
                        await stream.write(_event("gone", orjson.dumps({"id": _on_page(message, conversation)})))
                states = self.live.states(conversation.key)
                for exchange in exchanges:
                    now = (exchange, states.get(exchange.message))
                    if seen.get(exchange.message) != now:
                        seen[exchange.message] = now
                        data = orjson.dumps(self._shown(*now, conversation))
                        if told.get(exchange.message) != data:
                            told[exchange.message] = data
                            await stream.write(_event("exchange", data))
                            await asyncio.sleep(0)
                elsewhere = any(e.outcome is None and e.message not in states for e in exchanges)
                changed = await listener.wait(_POLL_S if elsewhere else _BEAT_S)
                unknown = self.live.states(conversation.key).keys() - {e.message for e in exchanges}
                look = not changed or listener.gone or bool(unknown)
                if time.monotonic() > beat + _BEAT_S:
                    beat = time.monotonic()
                    await stream.write(b": here\n\n")


def _language(request: web.Request) -> str:
    """The language of the page: the browser's first one decides."""
    return first_of(request.headers.get("Accept-Language", ""))


def _is_filled(filled: Any) -> bool:
    """Whether this is what somebody wrote into a form."""
    return (
        isinstance(filled, dict)
        and len(filled) <= _FIELDS
        and all(isinstance(text, str) and len(text) <= _WRITTEN for text in filled.values())
    )


def _on_page(message: str, conversation: Conversation) -> str:
    """What the page calls a question: its own name for it, or all of ``Message.id`` where a click asked it."""
    return message.removeprefix(f"{conversation.room}:")


def _is_choice(choice: Any) -> bool:
    """Whether this may stand behind an answer's name, as a choice below it has it."""
    return isinstance(choice, str) and len(choice) <= _CHOICE and "|" not in choice


def _choices(said: Notice) -> list[dict[str, str]]:
    """What can be chosen below a notice, of what the page can press: a button each, those of a menu too."""
    found = []
    for one in (b for b in said.buttons if b.action in get_args(_Action)):
        offered, under = (one.choices, one.label) if isinstance(one, Select) else ((one,), "")
        found += [{"action": one.action, "under": under, "label": o.label, "choice": o.value.partition("|")[2]}
                  for o in offered]  # fmt: skip
    return [one for one in found if one["choice"]]


def _event(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


async def _body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; anything else is status 400."""
    try:
        data = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise web.HTTPBadRequest(reason="This is not JSON") from None
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(reason="This is not a JSON object")
    return data


def _source(source: Source) -> dict[str, Any]:
    url = source.url if source.url.startswith(("https://", "http://")) else ""
    return {
        "number": source.number,
        "title": clean(source.title),
        "heading": clean(source.heading),
        "url": url,
        "dated": source.dated,
    }


def _title(question: str) -> str:
    line = " ".join(clean(question).split())
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"


def _read_files() -> dict[str, tuple[bytes, str]]:
    made = {"texts.js": b"export default " + orjson.dumps(texts()) + b";\n"}
    files = {name: made.get(name) or (_HERE / name).read_bytes() for name in _FILES}
    return {name: (body, hashlib.sha256(body).hexdigest()[:16]) for name, body in files.items()}
