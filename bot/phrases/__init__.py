"""What the desk says beside answers, in the languages that it speaks: help, commands, progress, buttons."""

from __future__ import annotations

from typing import Final

from bot.phrases.chinese import CHINESE
from bot.phrases.english import ENGLISH
from bot.reasons import in_chinese

_BY_LANGUAGE: Final = {"en": ENGLISH, "zh": CHINESE}


def reason_in_words(reason: str, language: str) -> str:
    """A reason or note of the engine, in the person's language where we know the words."""
    return in_chinese(reason) if language == "zh" else reason


def say(name: str, language: str, /, **values: object) -> str:
    """A phrase in the person's language (English where we speak no other)."""
    return _BY_LANGUAGE.get(language, ENGLISH)[name].format(**values)
