"""What a tool is: something that can be called, with what it may do, and who may be told what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from engine.types import WORKSPACE

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from pydantic import BaseModel

#: ``read``: looks something up in a system of the organisation's own, changes nothing, and what it is asked goes
#: nowhere else; ``write``: changes something there; ``outside``: reaches people or systems that are not the
#: organisation's, be it by what it is asked.  Only the first runs without somebody's click.
Capability = Literal["read", "write", "outside"]
CAPABILITIES: frozenset[str] = frozenset(get_args(Capability))


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a plugin offers.

    ``run`` is an async function with annotations and a docstring, which say what it takes and what it is for, or a
    LangChain tool.  ``can`` is declared by whoever wrote it, and nothing widens it.  ``grant``: who may be told its
    results, as for a document (``public``, ``workspace``, ``room:ID``, ``user:ID``); it is offered to nobody else.
    ``timeout_s``: seconds that a call may take; ``most_chars``: characters of a result that are read; ``cost`` of a
    call, of which a turn may spend 10; ``workspaces`` in which it is offered (none named: all).
    """

    run: Callable[..., Awaitable[Any]] | BaseTool
    can: Capability
    grant: str = WORKSPACE
    timeout_s: float = 20.0
    most_chars: int = 4_000
    cost: float = 1.0
    workspaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool as a model is offered it.

    ``name`` is what people read (``ops.status``), ``wire`` the same as model servers take names.  ``form`` is what a
    model is told of it: a LangChain tool, or a class whose fields are the arguments.  ``call`` runs it, with exactly
    these arguments, and gives text.
    """

    name: str
    wire: str
    tool: Tool
    form: BaseTool | type[BaseModel]
    call: Callable[[Mapping[str, Any]], Awaitable[str]] = field(compare=False, repr=False)
    print: str = ""  # tells its description from any other, where a server describes it


class CallFailed(Exception):
    """A call came to nothing; the message says why, for the model and for people."""
