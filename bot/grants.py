"""Who may be told, as it is written on the command line."""

from __future__ import annotations

from engine.errors import FrontdeskError
from engine.types import PUBLIC, WORKSPACE


def grants_of(audience: str) -> tuple[str, ...]:
    """The grants that ``--audience`` names.  Raises ``FrontdeskError`` for anything else."""
    kind, _, name = audience.partition(":")
    if audience in (PUBLIC, WORKSPACE) or (kind in ("room", "user") and name):
        return (audience,) if audience in (PUBLIC, WORKSPACE) else (audience, WORKSPACE)
    raise FrontdeskError(f"--audience {audience}: write public, workspace, room:ID or user:ID")
