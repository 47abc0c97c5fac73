"""What the desk says beside answers, in the languages that it speaks: help, commands, progress, buttons, reasons.

The texts are the Fluent files beside this, one for each language: what is added to one is added to all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bot.reasons
import engine.phrases
from bot.reasons import in_words as reason_in_words
from engine.catalogue import Catalogue
from engine.language import tag_of

__all__ = ["command_in_words", "first_of", "in_every_language", "prepare", "reason_in_words", "say"]

_CATALOGUE: Final = Catalogue(Path(__file__).parent)


def say(name: str, language: str, /, **values: object) -> str:
    """A phrase in the person's language (``zh-TW`` and ``zh`` are two; English where we speak no other)."""
    return _CATALOGUE.say(name, language, values)


def command_in_words(name: str, about: str, language: str) -> str:
    """What the command of a plugin is for: in our words where we have some (``command_NAME``), else in its own."""
    ours = f"command_{name.replace('-', '_')}"
    return say(ours, language) if _CATALOGUE.has(ours) else about


def in_every_language(name: str) -> frozenset[str]:
    """A phrase without values as each of our languages says it."""
    return frozenset(say(name, language) for language in _CATALOGUE.languages)


def prepare() -> None:
    """Parse all that is said in conversations, in every language: a desk that runs does so before it is asked."""
    _CATALOGUE.prepare()
    bot.reasons.prepare()
    engine.phrases.prepare()


def first_of(accepted: str) -> str:
    """Which of our languages somebody is spoken to in whose browser says ``Accept-Language``: its first one decides."""
    return _CATALOGUE.nearest(tag_of(accepted.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0]))
