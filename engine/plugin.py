"""The contract of a plugin, and how settings name one: ``load("module:Class")``."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.errors import SettingsError

if TYPE_CHECKING:
    from engine.tools.contract import Tool
    from engine.turn import Turn
    from engine.types import Reply


class Plugin(BaseModel, ABC):
    """One capability.  Its fields are its settings; the order in the settings decides who is asked first.

    ``commands`` are the chat commands it claims (``draft``), each with what it is for, in a line: it alone is asked for
    those, and for anything else only what it ``claims``.  ``kind`` is what it promises: ``grounded`` replies hold
    nothing that is not in a passage, ``draft`` replies are labelled as drafts and reach nobody outside without a click.
    ``adapter`` is the LoRA adapter that writes for it, by the name that the model
    server has for it; empty: the one of the workspace (``model.adapters``), else the model itself.
    ``timeout_s``: seconds that it may work on one answer, waiting for the model's turn not counted; 0: ten minutes, or
    twice ``model.total_s`` where that is more.
    """

    model_config = ConfigDict(extra="forbid")

    commands: ClassVar[Mapping[str, str]] = {}
    kind: ClassVar[Literal["grounded", "draft"]] = "grounded"

    adapter: str = ""
    timeout_s: float = Field(default=0.0, ge=0, le=86_400)

    def claims(self, turn: Turn) -> bool:
        """Whether a message is for this plugin by its words, or because it goes on with what the plugin said last.

        Those that claim a message are asked before the others.  No search, no model: every message comes by here.
        """
        del turn
        return False

    def offers(self) -> Sequence[Tool]:
        """Tools that this plugin brings, for the answers of any plugin; each is called ``PLUGIN.TOOL``."""
        return ()

    def uses(self) -> Sequence[str]:
        """The names of the tools that ``Turn.generate`` may call for this plugin (``ops.status``)."""
        return ()

    @property
    def name(self) -> str:
        """What receipts and the history call it."""
        return type(self).__name__.lower()

    @abstractmethod
    async def answer(self, turn: Turn) -> Reply | None:
        """The reply to this turn, or None: then the next plugin is asked."""


def load(name: str, setting: str) -> type[BaseModel]:
    """The class that ``module:Class`` names; ``setting`` is where it was written, for the error.

    Raises ``SettingsError`` when there is no such module or class, with the reason: a plugin that does not load is
    never skipped in silence.
    """
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise SettingsError(f"{setting} = {name!r}: write module:Class, for example plugins.faq:Faq")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as e:
        missing = f"the module {e.name} is not installed" if e.name != module else f"there is no module {module}"
        raise SettingsError(f"{setting} = {name!r}: {missing}") from e
    except AttributeError as e:
        raise SettingsError(f"{setting} = {name!r}: {module} has no {attribute}") from e
    except Exception as e:  # whatever happens in somebody's own file is told with its name
        raise SettingsError(f"{setting} = {name!r}: {module} cannot be imported ({type(e).__name__}: {e})") from e
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise SettingsError(f"{setting} = {name!r}: {attribute} is no channel or plugin class")
    return found
