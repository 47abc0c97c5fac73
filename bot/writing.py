"""Who writes the answers of this process: the model of the settings, one that is still being fetched, or a new one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.parts import gate_of
from engine.budget import Budget
from engine.errors import ModelUnavailable
from engine.model import awaited, model_of

if TYPE_CHECKING:
    from engine.admission import Gate
    from engine.assistant import Assistant
    from engine.config import Settings
    from engine.model import ModelSettings
    from engine.model.contract import Model
    from engine.model.watching import Watch

_LOOK_FOR_MODEL_S = 2.0
#: Tokens of passages and of history in a prompt, and of an answer, by who writes: a small model on two cores
#: reads about 60 tokens a second (FACTS 8b), a server thousands.
_LOCAL: Final = Budget(passages=500, history=360, tokens=300, attached=400)
_SERVER: Final = Budget(passages=2_400, history=4_500, tokens=1_500, attached=2_000)
_log = structlog.get_logger()


def budget_of(settings: Settings) -> Budget:
    """How much goes into a prompt."""
    budget = _SERVER if settings.model.use == "vllm" else _LOCAL
    if settings.attachments.tokens is not None:
        budget = replace(budget, attached=settings.attachments.tokens)
    return budget


class Writer:
    """The model with its turns; ``answering``: without, there is none.  A test gives its own model."""

    def __init__(self, settings: ModelSettings, *, given: Model | None = None, answering: bool = True) -> None:
        self.settings = settings
        self.model = given or (model_of(settings) if answering else None)
        self.gate: Gate | None = None
        self._watch: Watch | None = None
        if answering:
            self.gate, self._watch = gate_of(settings, known=given is None)
        self._arriving = self._retired = False

    @property
    def about(self) -> dict[str, Any]:
        """Who writes, for the page."""
        coming = self.model is None and (self._arriving or awaited(self.settings))  # also while it is loaded
        return {"name": self.model.name if self.model else "", "awaited": coming}

    async def take_up(self, assistant: Assistant) -> None:
        """Until there is a local model passages are quoted; as soon as it is fetched, it writes."""
        if self.model is not None or not awaited(self.settings):
            return
        self._arriving = True
        try:
            while (model := model_of(self.settings)) is None:  # another process fetches it, and tells nobody
                await asyncio.sleep(_LOOK_FOR_MODEL_S)
                if self._retired:
                    return
            try:
                name = await model.ready()
            except ModelUnavailable as e:
                _log.warning("the model cannot be used, passages are quoted", reason=str(e))
                await model.close()
                return
            if self._retired:
                await model.close()
                return
            self.model = model
            assistant.use(model)
            _log.info("a model writes from now on", model=name)
        finally:
            self._arriving = False

    def retire(self) -> None:
        """Another writes from now on: what is still being fetched is not taken up any more."""
        self._retired = True

    def stop(self) -> None:
        """Whoever waits for the model is put back at once."""
        if self.gate:
            self.gate.close()

    async def close(self) -> None:
        """Let go of it."""
        if self.model:
            await self.model.close()
        if self._watch:
            await self._watch.close()
