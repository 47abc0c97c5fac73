"""What the rest of the house may know of a model: it writes pieces of text, and can be asked whether it is there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

if TYPE_CHECKING:
    from engine.model.tools import Toolbox

Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model wants to be called; nothing has been called yet.

    With a ``fault`` it must not be: what is wrong with it, in words that a model understands too.  ``raw`` are the
    arguments as they were written.
    """

    name: str
    id: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""
    raw: str = ""


class Piece(NamedTuple):
    """A piece of an answer as it is written.

    A tuple: one is made for every token, and a frozen dataclass takes three times as long to make.

    The last piece, and only that, has ``finish``: ``stop`` (the model was done) or ``length`` (``max_tokens`` was
    reached).  There stand too: ``usage``, ``{"prompt", "cached", "completion"}`` in tokens, where the server counts;
    ``model``, the name of the model or adapter that wrote; ``failures``, how often a server failed before the one that
    wrote; ``notes``, what was special, for the receipt; ``calls`` of tools, where some were offered; ``server``, the
    address of the one of several that wrote.
    """

    text: str = ""
    usage: Mapping[str, int] | None = None
    finish: str = ""
    model: str = ""
    failures: int = 0
    notes: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    server: str = ""


class Model(Protocol):
    """Writes text from a prompt."""

    @property
    def name(self) -> str:
        """What receipts show; may be empty until ``ready`` or the first answer."""

    @property
    def window(self) -> int:
        """How many tokens prompt and answer may have together; 0 where it is not known (yet)."""

    def write(
        self,
        prompt: Sequence[BaseMessage],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
        tools: Toolbox | None = None,
    ) -> AsyncGenerator[Piece]:
        """The answer, piece by piece.

        ``session``: any text that is the same for one conversation: of several servers it stays with one, which has
        its beginning in the cache.  ``salt``: the workspace; prefixes are cached per salt.  ``adapter``: the LoRA
        adapter to write with; empty: the one that the settings name for the workspace, else none.  ``tools`` are
        offered: the last piece has the calls that the model wants, and nothing has called them.
        Leaving early (``aclose``, cancellation) tells the server to stop.  Raises ``PromptTooLong``, and
        ``ModelUnavailable`` for all else: before the first piece only when trying again was no use either, and also
        after some pieces: then what was written is not an answer.
        """

    async def structured(
        self,
        prompt: Sequence[BaseMessage],
        schema: type[Schema],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
    ) -> Schema:
        """An object of this class, as the model filled it in; its fields' descriptions are read by the model.

        The schema is a class of ours, never text of a person's: nobody who asks can shape what the server compiles.
        Raises as ``write`` does, and ``ModelUnavailable`` when what was written is no such object.
        """

    async def ready(self) -> str:
        """Ask the server now; returns the model's name.  Raises ``ModelUnavailable`` with what to do."""

    async def faults(self, adapters: Collection[str] = ()) -> list[str]:
        """What of it does not work although it answers, asked now: each a sentence that says what to do.

        Servers that are away, and adapters (those of the settings, and these) that are not loaded.
        """

    async def close(self) -> None:
        """Let go of connections and memory."""
