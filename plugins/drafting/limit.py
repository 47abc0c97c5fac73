"""One thing about a draft's form that can be verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limit:
    """``what`` names the check (``words``, ``bullets``, ``lowercase``, ...; see ``checks``).

    ``count`` belongs to it with ``relation`` (``least``, ``most``, ``exactly``, ``about``); ``text`` is what must stand
    there (a keyword, an ending, a separator), ``options`` what else it is about.
    """

    what: str
    count: int = 0
    relation: str = ""
    text: str = ""
    options: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What ``of`` reads back."""
        return {**asdict(self), "options": list(self.options)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Limit:
        """The limit that ``as_json`` wrote."""
        return cls(
            str(kept.get("what", "")),
            int(kept.get("count") or 0),
            str(kept.get("relation") or ""),
            str(kept.get("text") or ""),
            tuple(map(str, kept.get("options") or ())),
        )
