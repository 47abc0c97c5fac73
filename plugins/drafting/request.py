"""What somebody wants to have written: understood once, kept with each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from plugins.drafting.limit import Limit

#: The kinds of drafts; ``text`` is anything else that can be written.
KINDS: Final = ("announcement", "article", "release_note", "reply", "post", "summary", "text")


@dataclass(frozen=True, slots=True)
class Request:
    """``asked`` are the words of whoever asks; ``content`` the same without what is said about form: a source of facts.

    ``language`` is that of the draft (``en``, ``zh``, ``zh-TW``, ``ja``, ...).  ``given`` is a text that came with the
    request, behind a colon or in a fence: what to answer, to summarise or to translate.  ``tone`` and ``audience`` are
    in the asker's words, ``limits`` can be verified.
    """

    asked: str
    kind: str
    language: str
    content: str = ""
    given: str = ""
    tone: str = ""
    audience: str = ""
    limits: tuple[Limit, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What ``of`` reads back to an equal value."""
        return {**asdict(self), "limits": [limit.as_json() for limit in self.limits]}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Request:
        """The request that ``as_json`` wrote; what is not known (of another version) is left out."""
        words = {name: str(kept.get(name) or "") for name in cls.__slots__ if name != "limits"}
        return cls(**words, limits=tuple(map(Limit.of, kept.get("limits") or ())))
