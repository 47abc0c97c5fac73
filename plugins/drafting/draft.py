"""A draft as its conversation keeps it: what stands in ``Receipt.kept`` of every reply of this plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from engine import Passage, Past

#: The plugin's name, as receipts and the history have it.
PLUGIN: Final = "drafting"


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of a draft.

    ``kind`` is one of ``plugins.drafting.request.KINDS`` or ``translation``; ``version`` counts from 1, and a new
    request begins at 1 again; ``text`` is the draft's Markdown alone, without the desk's label, the markers of sources
    or the lines below it: what is exported or posted.  ``title`` names it in a list or a file name.  ``request`` is
    what was understood (``Request.as_json``), ``unmet`` says in words what of it could not be met.
    """

    kind: str
    version: int
    text: str
    title: str
    request: Mapping[str, Any] = field(default_factory=dict)
    unmet: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """As it stands in ``Receipt.kept``: exactly these keys, all of them JSON."""
        return {**asdict(self), "request": dict(self.request), "unmet": list(self.unmet)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Draft | None:
        """What ``kept`` wrote; None for anything else."""
        if not (isinstance(kept.get("text"), str) and isinstance(kept.get("version"), int)):
            return None
        return cls(
            str(kept.get("kind", "")),
            kept["version"],
            kept["text"],
            str(kept.get("title", "")),
            kept.get("request") or {},
            tuple(map(str, kept.get("unmet") or ())),
        )


def versions(history: Iterable[Past]) -> list[Draft]:
    """The versions of the conversation's last draft, oldest first; none where nothing was drafted."""
    found: list[Draft] = []
    for past in history:
        draft = Draft.of(past.kept) if past.plugin == PLUGIN else None
        if draft:
            found = [draft] if draft.version == 1 else [*found, draft]
    return found


def behind(history: Iterable[Past]) -> tuple[Passage, ...]:
    """The passages that these versions were made from: whoever reads the next one must be allowed to read them."""
    found: dict[str, Passage] = {}
    for past in history:
        draft = Draft.of(past.kept) if past.plugin == PLUGIN else None
        if draft:
            found = {} if draft.version == 1 else found
            found.update((p.id, p) for p in past.behind)
    return tuple(found.values())
