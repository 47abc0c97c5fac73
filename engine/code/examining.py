"""One piece of code looked through, as plain values: what ``child.py`` does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.code.dangers import dangers_in
from engine.code.imports import packages_of
from engine.code.languages import language_of_fence
from engine.code.parsing import parse


def examined(code: str, language: str, known: str) -> dict[str, Any]:
    """What ``engine.code.checking.Checked`` is made from; ``parsed`` is None where there is no parser."""
    named = language_of_fence(language)
    parsed = parse(code, named) if named else None
    if parsed is None:
        return {"parsed": None}
    return {
        "parsed": not parsed.faults,
        "faults": [asdict(fault) for fault in (*parsed.faults, *parsed.lint)],
        "dangers": [asdict(danger) for danger in dangers_in(parsed)],
        "packages": packages_of(parsed, known),
    }
