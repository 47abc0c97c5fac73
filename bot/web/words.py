"""What the page says, in every language: the texts of ``bot/phrases/web``, for its script."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bot.phrases
from engine.catalogue import Catalogue

_CATALOGUE: Final = Catalogue(Path(bot.phrases.__file__).parent / "web")


def texts() -> dict[str, dict[str, str]]:
    """By language and by name; ``{n}`` stands where the script puts a value."""
    return {
        language: {
            name: "".join(piece if isinstance(piece, str) else f"{{{piece.name}}}" for piece in pieces)
            for name, pieces in _CATALOGUE.pieces(language).items()
        }
        for language in _CATALOGUE.languages
    }
