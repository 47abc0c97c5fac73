"""A conversation with the desk about a draft, between two pages and a stand-in for a model server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine import Outcome, Past, Plugin, Reply, Turn
from engine.assistant import Assistant
from engine.attached import Attached
from engine.budget import Budget
from engine.growing import Growing
from engine.language import written_in
from engine.model.served import ServedModel
from engine.types import Addressed, Audience, Conversation, Found, Message, Passage
from plugins.drafting import Drafting
from tests.model.replica import Replica

DRILL = Passage(
    "p1",
    "d1",
    "drill.md",
    "Fire drill",
    "Fire drill",
    "",
    "The fire drill of the Bluebell house is on 14 May and takes 20 minutes. Everybody leaves by the stairs.",
    "en",
    "workspace",
    0.8,
)
STYLE = Passage(
    "p2",
    "d2",
    "brand.md",
    "Brand guide",
    "Brand guide",
    "",
    "We say colleagues, never staff. Founded in 1987.",
    "en",
    "workspace",
    0.5,
)
ASKED = "an announcement about the fire drill of the Bluebell house, at most 40 words"
GOOD = "The fire drill of the Bluebell house is on 14 May and takes 20 minutes. Everybody leaves by the stairs."


class Others(Plugin):
    """Who answers what is no draft."""

    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, f"others: {turn.question}")


@dataclass
class Pages:
    """A knowledge base of two pages; nothing else of one is needed here."""

    pages: tuple[Passage, ...] = (DRILL, STYLE)
    confidence: float = 0.9

    async def search(self, text: str, audience: Audience, **how: Any) -> Found:
        found = self.pages if "brand" in text.lower() else tuple(p for p in self.pages if p is not STYLE)
        return Found(text, found, enough=True, confidence=self.confidence)

    async def readable(self, audience: Audience) -> int:
        return len(self.pages)

    async def passages_of(self, document: str) -> list[Passage]:
        return [p for p in self.pages if p.document == document]

    async def load_passages(self, ids: list[str], audience: Audience) -> list[Passage]:
        return [p for p in self.pages if p.id in ids and audience.may_read(p.grant)]


@dataclass
class Talk:
    """A conversation with the desk; the model says what is in ``says``, one text after the other."""

    server: Replica
    model: ServedModel | None
    pages: Pages = field(default_factory=Pages)
    past: list[Past] = field(default_factory=list)
    plugin: Drafting = field(default_factory=Drafting)

    def says(self, *texts: str) -> None:
        for text in reversed(texts):
            self.server.rule("", "script", text=text, times=1)

    async def ask(
        self, text: str, *, command: str = "", thread: tuple[str, ...] = (), files: tuple[Attached, ...] = ()
    ) -> Reply:
        assistant = Assistant(None, self.pages, self.model, [Others(), self.plugin], Budget(400, 2_000, 300, 400))  # type: ignore[arg-type]  # what is asked of a knowledge base here, Pages has
        message = Message(
            str(len(self.past)), Conversation("web", "acme", "ann"), "ann", text, Addressed.DIRECT, command=command
        )

        async def reading() -> tuple[str, ...]:
            return thread

        async def read() -> tuple[Attached, ...]:
            return files

        reply = await assistant.respond(
            message,
            Audience.of("acme", "workspace"),
            self.past,
            Growing(),
            thread=reading,
            files=read if files else None,
        )
        if reply.outcome is Outcome.ANSWERED:
            self.past.append(
                Past(
                    reply.used, text, reply.text, written_in(text), plugin=reply.receipt.plugin, kept=reply.receipt.kept
                )
            )
        return reply

    def prompt(self, number: int = -1) -> str:
        return "\n".join(m["content"] for m in self.server.requests[number].body["messages"])
