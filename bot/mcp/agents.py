"""What another agent may do: search, ask and draft, as its token allows, and not too often."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import uuid
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.grants import grants_of
from bot.markup import clean, markdown_messages
from bot.replies_shown import document
from engine.cited import may_be_told
from engine.errors import FrontdeskError
from engine.store.mcp_tokens import McpToken, note_use, opened_by
from engine.store.turns import reply_to
from engine.types import Addressed, Audience, Conversation, Message, Reply

if TYPE_CHECKING:
    from bot.app import App

#: Calls of one token within a minute, questions of one token that wait for their answers, and tokens remembered.
_CALLS, _CALLS_S, _OPEN, _TOKENS = 60, 60.0, 4, 1_000
#: Seconds that an agent waits for an answer; then it is told that the question is kept.
_WAIT_S: Final = 100.0
_SEARCH_CHARS, _PASSAGES, _REPLY_CHARS = 2_000, 20, 20_000
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SEARCH: Final = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "What to look for, in any language.", "maxLength": _SEARCH_CHARS},
        "limit": {"type": "integer", "minimum": 1, "maximum": _PASSAGES, "default": 5},
    },
    "required": ["query"],
    "additionalProperties": False,
}
_TEXT_CHARS: Final = 100_000
_ASK: Final = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "The question or the request, in any language."},
        "conversation": {"type": "string", "description": "As an earlier result named it, to go on there."},
        "id": {"type": "string", "description": "Yours for this question: the same again is answered once."},
    },
    "required": ["text"],
    "additionalProperties": False,
}
ABOUT: Final = {
    "search": ("Passages of the organisation's documents that fit, with their sources.", _SEARCH),
    "ask": ("An answer from the organisation's documents, with its sources, or a word that a person is needed.", _ASK),
    "draft": ("A text drafted by the front desk, labelled as a draft: a person must read it before it is used.", _ASK),
}


class Wrong(FrontdeskError):
    """The agent asked for what cannot be had; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls: ``token`` is the id of the token, empty for the owner of the data at the standard streams."""

    token: str
    workspace: str
    audience: str

    @classmethod
    def of(cls, token: McpToken) -> Caller:
        """The agent that has this token."""
        return cls(token.id, token.workspace, token.audience)

    @property
    def place(self) -> str:
        """Where its questions stand: what was answered for one audience is never another's."""
        if self.token:
            return self.token
        return "owner-" + hashlib.sha256(orjson.dumps([self.workspace, self.audience])).hexdigest()[:16]

    @property
    def person(self) -> str:
        """As the author of its questions."""
        return f"agent:{self.token or 'owner'}"


class Agents:
    """Carries out what agents ask for."""

    def __init__(self, app: App, *, wait_s: float = _WAIT_S) -> None:
        self._app = app
        self._wait_s = wait_s
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()
        self._open: Counter[str] = Counter()

    async def caller(self, given: str) -> Caller | None:
        """Who has this token; None for one that opens nothing, whyever."""
        database = self._app.database
        token = await database.read(lambda c: opened_by(database, c, given))
        if token is None:
            return None
        if time.time() - token.used > _CALLS_S:
            await database.write(lambda c: note_use(database, c, token.id))
        return Caller.of(token)

    @property
    def tools(self) -> tuple[str, ...]:
        """What is offered: drafting where a plugin does it."""
        return ("search", "ask", *(("draft",) if "draft" in self._app.reception.claimed else ()))

    async def call(self, caller: Caller, tool: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a tool.  Raises ``Wrong`` with what the agent can do about it."""
        self._count(caller)
        if tool not in self.tools:
            raise Wrong(f"There is no tool {clean(tool)[:40]!r}: there are {', '.join(self.tools)}.")
        values = _checked(ABOUT[tool][1], given)
        if tool == "search":
            return await self._search(caller, str(values["query"]), int(values.get("limit", 5)))
        return await self._ask(caller, values, command="" if tool == "ask" else tool)

    def _count(self, caller: Caller) -> None:
        now = time.monotonic()
        calls = self._calls.setdefault(caller.token, deque())
        self._calls.move_to_end(caller.token)
        while len(self._calls) > _TOKENS:
            self._calls.popitem(last=False)
        while calls and calls[0] < now - _CALLS_S:
            calls.popleft()
        if len(calls) >= _CALLS:
            raise Wrong(f"Too many calls: wait {calls[0] + _CALLS_S - now:.0f} s.")
        calls.append(now)

    async def _search(self, caller: Caller, query: str, limit: int) -> dict[str, Any]:
        audience = Audience.of(caller.workspace, *grants_of(caller.audience))
        found = await self._app.knowledge.search(clean(query), audience, limit=limit)
        results = [
            {"title": clean(p.title), "heading": clean(p.section), "url": p.url, "text": clean(p.text),
             "document": p.document, "score": round(p.score, 4)}
            for p in found.passages
        ]  # fmt: skip
        return {"results": results, "enough": found.enough, "confidence": round(found.confidence, 4)}

    async def _ask(self, caller: Caller, values: Mapping[str, Any], *, command: str) -> dict[str, Any]:
        """A question in the inbox, and its reply; one whose agent does not wait is answered all the same."""
        message = self._message(caller, values, command)
        if self._open[caller.token] >= _OPEN:
            # Also where an answer leads to a tool that asks us again: such a circle ends here.
            raise Wrong(f"{_OPEN} questions of this token wait for their answers: wait for those first.")
        self._open[caller.token] += 1
        try:
            async with asyncio.timeout(self._wait_s):
                return _shown(await self._replied(message), message)
        except TimeoutError:
            return {"outcome": "waiting", "text": "It is kept and will be answered: call again with the same id.",
                    "conversation": message.conversation.thread, "id": message.id.partition(":")[2]}  # fmt: skip
        finally:
            self._open[caller.token] -= 1
            if not self._open[caller.token]:
                del self._open[caller.token]

    async def _replied(self, message: Message) -> Reply:
        if known := await self._app.database.read(lambda c: reply_to(c, message.key)):
            reply, passages = known
            audience = await self._app.mcp.audience(message)
            there = {p.id for p in await self._app.knowledge.load_passages(list(passages), audience)}
            if not all(id_ in there or may_be_told(id_, audience) for id_ in passages):
                raise Wrong("What this was answered from is not there any more: ask again with another id.")
            return reply
        async for state in self._app.mcp.ask(message):
            if isinstance(state, Reply):
                return state
        raise AssertionError("a question always has an end")

    def _message(self, caller: Caller, values: Mapping[str, Any], command: str) -> Message:
        for name in ("conversation", "id"):
            if values.get(name) and not _ID.fullmatch(str(values[name])):
                raise Wrong(f"{name}: letters, digits, dots and hyphens, at most 64.")
        thread = str(values.get("conversation") or uuid.uuid4().hex)
        number = str(values.get("id") or uuid.uuid4().hex)
        grants = {"grants": grants_of(caller.audience)} if not caller.token else {"token": caller.token}
        return Message(
            f"{caller.place}:{number}",
            Conversation("mcp", caller.workspace, caller.place, thread),
            caller.person,
            str(values["text"]).replace("\0", ""),
            Addressed.COMMAND if command else Addressed.DIRECT,
            command=command,
            handle=orjson.dumps(grants).decode(),
        )


def _checked(schema: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was given, if it is what the schema says.  Raises ``Wrong``."""
    known = schema["properties"]
    if strange := sorted(set(given) - set(known)):
        raise Wrong(f"{clean(str(strange[0]))[:40]} is not known: there are {', '.join(known)}.")
    for name in schema["required"]:
        if not given.get(name):
            raise Wrong(f"{name} is missing.")
    for name, value in given.items():
        kind = known[name]
        if kind["type"] == "string" and not isinstance(value, str):
            raise Wrong(f"{name} must be text.")
        if kind["type"] == "string" and len(value) > (most := kind.get("maxLength", _TEXT_CHARS)):
            raise Wrong(f"{name} may have {most:,} characters.")
        if kind["type"] == "integer" and not (type(value) is int and kind["minimum"] <= value <= kind["maximum"]):
            raise Wrong(f"{name} must be a number from {kind['minimum']} to {kind['maximum']}.")
    return given


def _shown(reply: Reply, message: Message) -> dict[str, Any]:
    """A reply for an agent: as people see it, so that nothing leaves that we did not build."""
    return {
        "outcome": str(reply.outcome),
        "text": "\n\n".join(markdown_messages(document(reply), limit=_REPLY_CHARS)) if reply.text else "",
        "language": reply.language,
        "confidence": round(reply.confidence, 4),
        "reason": reply.reason or None,
        "sources": [asdict(s) for s in reply.sources],
        "draft": reply.reason == "a draft",
        "conversation": message.conversation.thread,
        "id": message.id.partition(":")[2],
    }
