"""A model that translates word by word, well or badly, and a turn that it writes for."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, cast

from engine.attached import Attached
from engine.budget import Budget
from engine.growing import Growing
from engine.knowledge import Knowledge
from engine.model.contract import Model, Piece
from engine.prompt import Past
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Message, Passage
from plugins.drafting.kept_spans import spans

GREETING = "你好"


def word_by_word(line: str, *, keeps: bool = True) -> str:
    """Each word that may be translated as two characters; of all else what stands there, where it ``keeps`` that."""
    held = spans(line) if keeps else []
    pattern = "|".join([r"⟦\d+⟧", *(re.escape(one) for one in sorted(held, key=len, reverse=True)), r"[A-Za-z]+"])
    said = re.sub(pattern, lambda m: m.group() if m.group() in held or m.group()[0] == "⟦" else GREETING, line)
    return said if keeps else re.sub(r"[^\u4e00-\u9fff⟦⟧\d ]|(?<!⟦)\d+(?!⟧)", "", said)


class Translating:
    """Answers each prompt with what ``says`` makes of its lines; ``asked`` are the texts that it was given."""

    name, window = "pseudo", 4_096

    def __init__(self, says: Callable[[str], str]) -> None:
        self.says = says
        self.asked: list[str] = []
        self.heads: list[str] = []

    async def write(self, prompt: Sequence[Any], **_: Any) -> AsyncGenerator[Piece, None]:
        head, _, text = prompt[-1].content.partition(":\n\n")
        self.heads.append(head)
        self.asked.append(text)
        yield Piece(self.says(text), finish="stop", model=self.name)


class Pages:
    """A knowledge base with one page, which may be read by the workspace."""

    def __init__(self, passage: Passage | None) -> None:
        self.passage = passage

    async def documents(self, workspace: str) -> list[Passage]:
        return [self.passage] if self.passage else []

    async def passages_of(self, document: str) -> list[Passage]:
        return [self.passage] if self.passage else []

    async def load_passages(self, ids: Sequence[str], audience: Audience) -> list[Passage]:
        return [self.passage] if self.passage and audience.may_read(self.passage.grant) else []


def turn_of(
    model: Translating | None,
    question: str,
    *,
    language: str = "en",
    history: Sequence[Past] = (),
    page: Passage | None = None,
    attached: Sequence[Attached] = (),
    grants: Sequence[str] = ("workspace",),
) -> Turn:
    """A turn about this question."""
    message = Message("1", Conversation("web", "main", "ann"), "ann", question, Addressed.DIRECT)
    audience, pages = Audience.of("main", *grants), cast("Knowledge", Pages(page))
    turn = Turn(
        message, question, language, audience, history, pages, cast("Model | None", model), Budget(400, 400, 300),
        Growing(),
    )  # fmt: skip
    turn.attached = attached
    return turn


def glossary(text: str, grant: str = "workspace") -> Passage:
    """A page of the knowledge base that is called Glossary."""
    return Passage("g1", "g", "house/terms.csv", "Glossary", "", "", text, "en", grant)
