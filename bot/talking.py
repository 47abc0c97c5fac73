"""`frontdesk chat`: the terminal, with the desk behind it, wherever that runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.config import Loaded


async def chat(loaded: Loaded, where: Mapping[str, Any]) -> int:
    """Talk until the person leaves; returns the exit status."""
    raise NotImplementedError
