"""Prompt in, streamed text out: the only package that knows a model server.

LangChain takes more than a second to import: who writes is imported when somebody is to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import ModelUnavailable, PromptTooLong
from engine.model.fetch import cache_folder, fetch_local_model
from engine.model.presence import lacking
from engine.model_settings import ModelSettings

if TYPE_CHECKING:
    from engine.model.contract import Model

__all__ = [
    "ModelSettings",
    "ModelUnavailable",
    "PromptTooLong",
    "awaited",
    "cache_folder",
    "fetch_local_model",
    "missing",
    "model_of",
]


def model_of(settings: ModelSettings) -> Model | None:
    """The model that the settings name; None when there is none, and the best passages are quoted."""
    if missing(settings):
        return None
    from engine.model.local import LocalModel
    from engine.model.served import ServedModel

    return ServedModel(settings) if settings.use == "vllm" else LocalModel(settings)


def awaited(settings: ModelSettings) -> bool:
    """Whether ``model_of`` gives None now, and the extra `local` and ``frontdesk model get`` would change that."""
    return settings.use == "local" and bool(missing(settings))


def missing(settings: ModelSettings) -> str:
    """Why ``model_of`` gives None, and what to do; empty when there is a model."""
    if settings.use == "none":
        return 'model.use is "none": the best passages are quoted.'
    return lacking(settings) if settings.use == "local" else ""
