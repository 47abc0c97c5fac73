"""Whether the local model can run here, told without importing what runs it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from engine.errors import SettingsError
from engine.model.fetch import QWEN, fetched
from engine.model_settings import ModelSettings

RUNTIME = "xllamacpp"


def model_file(settings: ModelSettings) -> Path | None:
    """The GGUF file to run: the settings' own, else the one that ``frontdesk model get`` fetched."""
    return settings.path.expanduser() if settings.path else fetched()


def runs_here() -> bool:
    """Whether what runs a local model is installed."""
    return importlib.util.find_spec(RUNTIME) is not None


def lacking(settings: ModelSettings) -> str:
    """What a local model lacks and what to do; empty when it lacks nothing.  ``SettingsError`` for a wrong path."""
    file = model_file(settings)
    if settings.path and file and not file.is_file():
        raise SettingsError(f"model.path: there is no file {settings.path}; name a GGUF file, or leave it out")
    if not runs_here():
        return "The local model's runtime is not installed: install Frontdesk with its extra `local`."
    if file is None:
        return f"There is no local model yet: `frontdesk model get` fetches one ({QWEN.size / 1e9:.1f} GB)."
    return ""
