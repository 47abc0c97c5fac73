"""What the desk says in its own words within an answer, in the languages it speaks: the Fluent files beside this."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine.catalogue import Catalogue

_CATALOGUE: Final = Catalogue(Path(__file__).parent)


def prepare() -> None:
    """Parse everything now, that nobody waits for it later."""
    _CATALOGUE.prepare()


def known(name: str) -> bool:
    """Whether there is a phrase of this name."""
    return _CATALOGUE.has(name)


def phrase(name: str, language: str, /, **values: object) -> str:
    """A phrase in the language of the conversation (English where we speak no other)."""
    return _CATALOGUE.say(name, language, values)
