"""Tries a plugin as the desk would run it: over a few pages of its own, with a model that writes what one wants."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.assistant import Assistant
from engine.budget import Budget
from engine.containing import Containing, Standing
from engine.errors import FrontdeskError, ModelUnavailable
from engine.growing import Growing
from engine.model.contract import Model, Piece, Schema
from engine.plugin import Plugin
from engine.prompt import Past
from engine.types import PUBLIC, WORKSPACE, Addressed, Audience, Conversation, Message, Outcome, Reply

if TYPE_CHECKING:
    from bot.app import App
    from engine.knowledge import Embedder
    from engine.turn import Turn

_WORKSPACE = "trial"
_BUDGET = Budget(passages=1_000, history=1_000, tokens=400)
#: What the knowledge base of a trial holds; the address is what a source may lead to.
PAGES = {
    "hours.md": "# Opening hours\n\nThe workshop is open from Tuesday to Saturday, from 10:00 to 18:00.\n",
    "returns.md": "# Returns\n\nA light can be returned within 45 days. The money is back after 5 days.\n",
    "保修.md": "# 保修\n\n车灯保修两年,登记以后再加一年。\n",
}


class Scripted:
    """A model that writes ``says``; ``down``: it is away; ``hangs``: it begins, and never ends."""

    name = "scripted"
    window = 8_192

    def __init__(self, says: str = "", *, down: bool = False, hangs: bool = False) -> None:
        self._says, self._down, self._hangs = says, down, hangs
        self.asked = 0
        self.writing = asyncio.Event()

    async def write(
        self,
        prompt: Sequence[Any],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
        tools: object = None,
    ) -> AsyncGenerator[Piece]:
        """``Model.write``."""
        del prompt, max_tokens, session, salt, adapter, tools
        self.asked += 1
        if self._down:
            raise ModelUnavailable("The model server is away, as this trial wants it.")
        self.writing.set()
        for start in range(0, len(self._says), 12):
            yield Piece(self._says[start : start + 12])
            await asyncio.sleep(0)
        if self._hangs:
            await asyncio.Event().wait()
        yield Piece("", {"prompt": 10, "cached": 0, "completion": 10}, "stop", self.name)

    async def structured(
        self, prompt: Sequence[Any], schema: type[Schema], *, max_tokens: int, session: str = "",
        salt: str = "", adapter: str = "",
    ) -> Schema:  # fmt: skip
        """``Model.structured``: what it says, where that is such an object."""
        said = "".join([p.text async for p in self.write(prompt, max_tokens=max_tokens)])
        del session, salt, adapter
        try:
            return schema.model_validate_json(said)
        except ValueError:
            raise ModelUnavailable("What the model wrote is no such object.") from None

    async def ready(self) -> str:
        """``Model.ready``."""
        return self.name

    async def faults(self, adapters: Collection[str] = ()) -> list[str]:
        """``Model.faults``."""
        del adapters
        return []

    async def close(self) -> None:
        """``Model.close``."""


class Next(Plugin):
    """Who is asked when the plugin declines."""

    async def answer(self, turn: Turn) -> Reply | None:
        """Always."""
        return Reply(Outcome.ANSWERED, "the next plugin is asked", turn.language)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a question.

    ``failed`` says what the desk had to contain, ``declined``: the next plugin was asked, or there was none.
    """

    reply: Reply
    failed: str
    declined: bool


class Trial:
    """A desk with ``PAGES`` in it, in a folder that is gone afterwards."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._asked = 0

    async def ask(
        self,
        plugin: Plugin,
        text: str,
        *,
        command: str = "",
        model: Model | None = None,
        past: Sequence[Past] = (),
        audience: str = WORKSPACE,
    ) -> Tried:
        """Ask the plugin, as a chat command or as it is.  Raises ``Unavailable`` where it can only wait."""
        self._asked += 1
        failures: list[str] = []

        def told(standing: Standing, kind: str) -> None:
            if kind:
                failures.append(standing.last)

        contained = Containing([plugin, Next()], told=told)
        assistant = Assistant(self._app.database, self._app.knowledge, model, contained, _BUDGET)
        message = Message(
            str(self._asked),
            Conversation("trial", _WORKSPACE, "room", f"thread-{self._asked}"),
            "somebody",
            text,
            Addressed.COMMAND if command else Addressed.DIRECT,
            command=command,
        )
        grants = () if audience == PUBLIC else (audience,)
        reply = await assistant.respond(message, Audience.of(_WORKSPACE, *grants), past, Growing())
        declined = reply.receipt.plugin == Next().name or (bool(command) and not reply.receipt.plugin)
        return Tried(reply, "; ".join(failures), declined)


@contextlib.asynccontextmanager
async def trial(embedder: Embedder | None = None) -> AsyncIterator[Trial]:
    """Opened for as long as the block lasts; loading the packaged embedder takes some seconds."""
    from bot.app import App  # only now: the parts behind it take seconds to import
    from bot.operations import Operations
    from engine.config import load

    with tempfile.TemporaryDirectory(prefix="frontdesk-trial-") as name:
        folder = Path(name)
        pages = folder / "pages"
        pages.mkdir()
        for page, text in PAGES.items():
            (pages / page).write_text(text, encoding="utf-8")
        file = folder / "frontdesk.toml"
        file.write_text(f'workspace = "{_WORKSPACE}"\n[data]\npath = "{folder / "var"}"\n[model]\nuse = "none"\n')
        async with App(load(file), answering=False, embedder=embedder).opened() as app:
            arguments = {"sources": [str(pages)], "folder": name, "workspace": _WORKSPACE, "person": "trial"}
            async for line in Operations(app)("kb.add", arguments):
                if line.get("row", {}).get("status") == "failed":
                    raise FrontdeskError(f"the trial's pages could not be loaded: {line['row']['reason']}")
            yield Trial(app)


def ask(plugin: Plugin, text: str, *, command: str = "", says: str = "") -> Reply:
    """For the test of a plugin: its reply, with a model that writes ``says`` (empty: there is no model)."""

    async def work() -> Reply:
        async with trial() as desk:
            tried = await desk.ask(plugin, text, command=command, model=Scripted(says) if says else None)
            return tried.reply

    return asyncio.run(work())
